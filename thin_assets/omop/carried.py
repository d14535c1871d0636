"""From which sealed build a build may take rows over, and what it leaves for the build of the next month.

Where the setting `THIN_INCREMENTAL` is on, a candidate has a folder `carried` beside its tables: hashes of
what the rows of each person were built from, and the accounts by person. It is sealed with the candidate,
and is no table of it: it decides nothing of the build's id. With it dbt knows whose rows of the month before
would be built the same again, and takes them over (dbt_project/macros/carried.sql).

Does not belong here: which rows those are. The models `int_person_digests` and `int_codes_digested` say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.sealed import DESCRIPTION, is_damaged
from thin_assets.resources.sums import sum_of

FOLDER = "carried"
_DESCRIPTION = "carried.json"
CARRIED = "int_persons_carried"
"""Model of the persons whose rows were taken over."""

_SAME = ("vocabulary", "code", "layout")
"""Of a build's identity: what the rows of all persons depend on, and no hash of a person tells."""


@dataclass(frozen=True)
class Start:
    """Where an incremental build starts.

    build     sealed build that rows are taken over from; None: every person is built
    reason    why there is none
    keeps     whether the build leaves what the next month would start from
    """

    build: Path | None
    reason: str | None = None
    keeps: bool = True


ON_SPARK = Start(None, "Spark builds every person", keeps=False)
"""Hashes are DuckDB's own, and so is the merge of files: on Spark an incremental month is not offered."""


def start_from(build: Path | None, identity: Mapping[str, str]) -> Start:
    """Whether a sealed build may be started from by a build of that identity.

    build    of the month before; None where nothing is sealed
    """
    if build is None:
        return Start(None, "no sealed build of the month before")
    sealed, kept = read_json(build / DESCRIPTION), read_json(build / FOLDER / _DESCRIPTION)
    if sealed is None or kept is None:
        return Start(None, "the build of the month before kept nothing to compare with")
    before = sealed["identity"]
    for name in _SAME:
        if before.get(name) != identity[name]:
            return Start(None, f"another {name} than the month before")
    if "text" in before or "text" in identity:
        return Start(None, "free text was taken in")
    if kept["engine"] != duckdb.__version__:
        return Start(None, "another engine than the month before")
    if is_damaged(build, sealed["tables"]) or _is_damaged(build / FOLDER, kept["files"]):
        return Start(None, "the build of the month before is damaged")
    return Start(build)


NOTHING = {"THIN_CARRY_TO": "", "THIN_CARRY_FROM": ""}
"""What dbt is told of a build that is not incremental, or cannot be."""


def values_of(candidate: Path, start: Start) -> dict[str, str]:
    """What dbt is told: where to keep what the next month needs, and which build kept it the month before."""
    if not start.keeps:
        return NOTHING
    return {"THIN_CARRY_TO": str(candidate / FOLDER), "THIN_CARRY_FROM": str(start.build or "")}


def describe(candidate: Path) -> None:
    """Say what was kept beside a candidate, and by which engine: its hashes are its own."""
    folder = candidate / FOLDER
    files = {path.name: sum_of(path) for path in sorted(folder.glob("*.parquet"))}
    write_json(folder / _DESCRIPTION, {"engine": duckdb.__version__, "files": files})


def told_of(candidate: Path, start: Start) -> dict[str, str | int]:
    """Counts: persons of the build, how many of them were carried, and from which build or why not."""
    count = {
        "persons": _rows(candidate / "person" / "data.parquet"),
        "carried": _rows(candidate / FOLDER / f"{CARRIED}.parquet") if start.keeps else 0,
    }
    told = {"from": start.build.name.partition("=")[2]} if start.build else {"why_not": start.reason or ""}
    return count | told


def _rows(file: Path) -> int:
    return pq.read_metadata(file).num_rows


def _is_damaged(folder: Path, files: Mapping[str, str]) -> bool:
    paths = {name: folder / name for name in files}
    return any(not path.is_file() or sum_of(path) != files[name] for name, path in paths.items())
