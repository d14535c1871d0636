"""Raw tables of two months, the second of which differs from the first as a test says; and builds of them.

A month is a folder of raw tables as the room raw lays them out. `carried_and_full` builds a month twice, once
with rows of the month before and once without, and says what is not the same.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.spec.builds import Build, build_all
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.omop import carried
from thin_assets.raw.room import unpack_delivery
from thin_assets.resources.sums import sum_of
from thin_assets.synthetic.delivery import write_delivery
from thin_assets.vocabulary import DEMO, load_bundle, project_maps

EVENTS = ("consult", "medical", "therapy", "dispense", "ahd", "pvi")
OF_PATIENTS = ("patient", *EVENTS)


@dataclass(frozen=True)
class Month:
    """Raw tables of one country and month, below `folder/raw`."""

    snapshot: Snapshot
    folder: Path

    def file(self, table: str) -> Path:
        """The Parquet file of a raw table."""
        return self.folder / "raw" / table / self.snapshot.partition_folder / "data.parquet"

    def rows(self, query: str) -> list[tuple]:
        """Rows of a query in which `{therapy}` and the like stand for tables of the month."""
        return duckdb.sql(query.format_map(self)).fetchall()

    def replace(self, table: str, query: str) -> None:
        """Put the rows of a query in the place of a table; it may read the table itself."""
        file = self.file(table)
        changed = file.with_suffix(".changed")
        duckdb.sql(f"copy ({query.format_map(self)}) to '{changed}' (format parquet)")
        changed.replace(file)

    def __getitem__(self, table: str) -> str:
        return f"read_parquet('{self.file(table)}', hive_partitioning = false)"

    def as_of(self, snapshot: Snapshot, folder: Path) -> "Month":
        """A copy of all rows, as a delivery of another month that says the same."""
        other = Month(snapshot, folder)
        for file in (self.folder / "raw").glob("*/*/*/data.parquet"):
            target = other.file(file.parents[2].name)
            target.parent.mkdir(parents=True)
            shutil.copy(file, target)
        return other


def delivered(snapshot: Snapshot, folder: Path, patients: int, seed: int) -> Month:
    """A synthetic delivery with its faults, taken through the room raw."""
    month = Month(snapshot, folder)
    write_delivery(
        snapshot, patients=patients, seed=seed, deliveries=folder / "deliveries", truth=folder / "truth"
    )
    inspected = inspect_delivery(folder / "deliveries" / snapshot.country / snapshot.folder, snapshot)
    with duckdb.connect() as con:
        unpack_delivery(inspected, snapshot, b"months", month.file, 0.05, con)
    return month


def vocabulary(folder: Path) -> None:
    """The demo vocabulary, for all builds of a folder."""
    with duckdb.connect() as con:
        load_bundle(DEMO, project_maps(), folder / "vocabulary", con)


@dataclass(frozen=True)
class Asked:
    """A build to be made of a month: its name among others, and the build that it takes rows over from."""

    name: str
    month: Month
    start: Build | None = None


def built(folder: Path, asked: Sequence[Asked], *, keeps: bool = True) -> dict[str, Build]:
    """Builds by name, each with what the next month would start from, unless nothing is to be kept."""
    for one in asked:
        home = folder / one.name
        home.mkdir()
        (home / "raw").symlink_to(one.month.folder / "raw")
        environment = carried.NOTHING
        if keeps:
            (home / "candidate" / carried.FOLDER).mkdir(parents=True)
            start = carried.Start(one.start.candidate if one.start else None)
            environment = carried.values_of(home / "candidate", start)
        (home / "environment.json").write_text(json.dumps(environment))
    builds = build_all(folder, [one.name for one in asked])
    for name, build in builds.items():
        failed = {node: ran["message"] for node, ran in build.results().items() if ran["status"] == "error"}
        assert failed == {}, name
    return builds


def sums(build: Build) -> dict[str, str]:
    """SHA-256 of every table of a build."""
    return {path.parent.name: sum_of(path) for path in sorted(build.candidate.glob("*/data.parquet"))}


def differing(one: Build, other: Build) -> list[str]:
    """Tables whose files do not hold the same bytes."""
    ours, theirs = sums(one), sums(other)
    assert ours.keys() == theirs.keys()
    return [table for table in ours if ours[table] != theirs[table]]


def kept_differing(one: Build, other: Build) -> list[str]:
    """Of what two builds kept for the next month: models whose rows are not the same, in whatever order."""
    names = [path.name for path in sorted((one.candidate / carried.FOLDER).glob("*.parquet"))]
    return [name for name in names if _difference(one, other, name)]


def _difference(one: Build, other: Build, name: str) -> int:
    ours, theirs = (f"'{build.candidate / carried.FOLDER / name}'" for build in (one, other))
    rows = f"(from {ours} except all from {theirs}) union all (from {theirs} except all from {ours})"
    return duckdb.sql(f"select count(*) from ({rows})").fetchone()[0]


def counts(build: Build) -> tuple[int, int]:
    """Persons of a build, and how many of them were carried."""
    told = carried.told_of(build.candidate, carried.Start(None))
    return told["persons"], told["carried"]


def some(month: Month, count: int) -> list[int]:
    """The first patients, by key, who have events of each kind and some prescriptions."""
    others = " and ".join(
        f"patient_key in (select patient_key from {{{table}}})" for table in ("consult", "medical", "ahd")
    )
    found = month.rows(
        f"select patient_key from {{therapy}} where {others}"
        f" group by patient_key having count(*) > 3 order by patient_key limit {count}"
    )
    return [key for (key,) in found]


def keys(patients: Iterable[int]) -> str:
    """Patients as a list of SQL."""
    return f"({', '.join(map(str, patients))})"
