"""The ids of a project: keyed pseudonyms that another project's table does not share.

A pseudonym is the number of HMAC-SHA256(key of the project, project, kind, id): the same in every snapshot
and every rerun, another in every other project, even under the same key. Without the key it cannot be made,
and so not looked up by trying all ids.
"""

import numpy as np
import polars as pl

from thin_assets.domain.identity import SEPARATOR, KeyedHash
from thin_assets.errors import BrokenRules

PERSON, ENTRY, SET, PRACTICE = "person", "entry", "set", "practice"
"""Kinds of ids: an id means one thing by kind, so that a set and its first entry are not the same number."""


class Pseudonyms:
    """Makes the ids of one project.

    key    secret of the project; it stays in this object
    """

    def __init__(self, key: bytes, project: str) -> None:
        self._digest, self._project = KeyedHash(key).digest, project

    def of(self, kind: str, ids: pl.Series) -> pl.Series:
        """The pseudonym of every id, an int64 above 0, in the order given; null stays null.

        kind    what is identified: `PERSON`, `ENTRY`, `SET` or `PRACTICE`
        ids     of the lake, integers; each distinct one is hashed once
        Raises BrokenRules when two ids would share a pseudonym: nobody may become another.
        """
        distinct = ids.drop_nulls().unique().sort()
        head = SEPARATOR.join((self._project, kind, ""))
        digests = b"".join(self._digest(f"{head}{one}")[:8] for one in distinct.to_list())
        made = pl.Series((np.frombuffer(digests, "<u8") >> 1).astype(np.int64))
        _require_own(made, kind, self._project)
        return ids.replace_strict(distinct, made, default=None, return_dtype=pl.Int64)


def _require_own(made: pl.Series, kind: str, project: str) -> None:
    if made.n_unique() != len(made) or (made == 0).any():
        raise BrokenRules(
            f"two ids of kind {kind} share a pseudonym",
            where=f"project {project}",
            remedy="give the project another key, and publish all of its products again; "
            "see docs/how-to/keep-project-keys.md",
        )
