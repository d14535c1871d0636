"""The dictionary of a partition after somebody withdrew: counted anew, and no earlier one left beside it.

A covariate that falls below ten persons leaves the dictionary; compared with the earlier one, that would tell
what the person had who is gone.
"""

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.facts import count_covariates
from thin_assets.resources.files import replacing


def renew_dictionary(shelf: Shelf, snapshot: Snapshot, before: int, now: int, rows: pl.DataFrame) -> None:
    """Write the dictionary of version `now`, and remove those of every version before it.

    before    version whose words are taken over
    rows      the partition as it is read now
    """
    old = shelf.dictionary(snapshot, before)
    if not old.is_file():
        return
    counted = count_covariates(rows.lazy())
    words = pl.read_parquet(old)
    renewed = words.drop("entries").join(counted, on="covariate_id", maintain_order="left")
    path = shelf.dictionary(snapshot, now)
    with replacing(path) as temporary:
        renewed.select(words.columns).write_parquet(temporary, compression="zstd", statistics=False)
    for other in path.parent.glob("*.parquet"):
        if other != path:
            other.unlink()
