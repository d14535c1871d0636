"""`python -m benchmarks.incremental --patients 10000 --share 30`: a month that starts from the month before.

March, keeps   every person built, and kept what the next month compares itself with
April          every person built, nothing kept: as without `THIN_INCREMENTAL`
incremental    April again, rows of unchanged persons taken over; the same bytes, or this fails

Each in a process of its own, in one run. April is delivered as the generator has it. Where a share is asked
for, so many patients of each hundred have their rows of April and one more consultation; of all others the
rows of March come again, so that what the share costs can be told apart from what the generator changes.
Copies of all patients under other keys make a larger month than there is time to generate.
"""

import argparse
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.omop_build import MEMORY_LIMIT, Partition, deliver, unpack
from benchmarks.processes import Cost, cost_of
from thin_assets.omop import carried
from thin_assets.omop.contract import candidate_tables
from thin_assets.resources.dbt import Dbt, partition_values, prepare_manifest
from thin_assets.resources.sums import sum_of

MARCH, APRIL = "2024-03", "2024-04"
OF_PATIENTS = ("patient", "consult", "medical", "therapy", "dispense", "ahd", "pvi")


@dataclass(frozen=True)
class Measured:
    """What a month cost.

    changed    persons built anew in the incremental build, of all persons, in percent
    """

    patients: int
    copies: int
    share: int | None
    persons: int
    changed: float
    keeping: Cost
    full: Cost
    incremental: Cost

    def as_record(self) -> dict:
        """As JSON: the costs, and the ratios that can be compared between machines."""
        return asdict(self) | {
            "incremental_to_full": round(self.incremental.cpu / self.full.cpu, 2),
            "march_to_april": round(self.keeping.cpu / self.full.cpu, 2),
        }


@dataclass(frozen=True)
class Months:
    """March and April of one country below a home; April as delivered, or with chosen patients changed."""

    home: Path
    patients: int
    copies: int = 1

    def of(self, month: str) -> Partition:
        """The partition of one of them."""
        return Partition(self.home, self.patients, month)

    def candidate(self, month: str, name: str) -> Path:
        """The folder that dbt writes."""
        return self.of(month).candidate.with_name(f"candidate={name}")


def measure(months: Months, share: int | None) -> Measured:
    """Deliver where that is not done yet, then build March once and April twice. Raises AssertionError."""
    prepare_manifest()
    for month in (MARCH, APRIL):
        partition = months.of(month)
        if partition.lake.reported("raw", partition.snapshot) is None:
            cost_of(partial(deliver_and_unpack, partition))
    cost_of(partial(choose, months, share))
    ways = {
        "keeping": partial(build, months, MARCH, "before", keeps=True),
        "full": partial(build, months, APRIL, "full"),
        "incremental": partial(build, months, APRIL, "incremental", keeps=True, before="before"),
    }
    costs = {name: cost_of(way) for name, way in ways.items()}
    full, incremental = (_sums(months.candidate(APRIL, name)) for name in ("full", "incremental"))
    assert full == incremental, "the bytes are not the same"
    told = carried.told_of(months.candidate(APRIL, "incremental"), carried.Start(None))
    changed = 100 * (told["persons"] - told["carried"]) / told["persons"]
    return Measured(months.patients, months.copies, share, told["persons"], round(changed, 1), **costs)


def deliver_and_unpack(partition: Partition) -> None:
    """A delivery as raw has it, its patients kept aside: `choose` puts those there that are built from."""
    deliver(partition)
    unpack(partition)
    for table in OF_PATIENTS:
        partition.raw(table).rename(_delivered(partition.raw(table)))


def choose(months: Months, share: int | None) -> None:
    """Raw tables of both months: as delivered, or April with so many changed patients of each hundred."""
    con = months.of(MARCH).connect()
    for table in OF_PATIENTS:
        files = {month: months.of(month).raw(table) for month in (MARCH, APRIL)}
        march, april = (f"from read_parquet('{_delivered(file)}')" for file in files.values())
        queries = {MARCH: march, APRIL: april if share is None else _mixed(march, april, table, share)}
        for month, query in queries.items():
            rows = " union all ".join(_copied(con, query, number) for number in range(months.copies))
            con.execute(f"copy ({rows}) to '{files[month]}' (format parquet, compression zstd)")


def _mixed(march: str, april: str, table: str, share: int) -> str:
    """Rows of April of some patients, with a consultation more of each; of the others those of March."""
    chosen = f"hash(patient_key) % 100 < {share}"
    query = f"{april} where {chosen} union all {march} where not ({chosen})"
    if table != "consult":
        return query
    one = f"select distinct on (patient_key) * {april} where {chosen} order by patient_key, consult_key"
    more = "xor(consult_key, 1) as consult_key, date '2024-04-15' as eventdate"
    return f"{query} union all select * replace ({more}) from ({one})"


def _copied(con: duckdb.DuckDBPyConnection, query: str, number: int) -> str:
    """The same rows of other patients: keys of records and patients differ in their highest bits."""
    names = [name for name, *_ in con.sql(query).description]
    keys = [name for name in names if name.endswith("_key") and name not in ("practice_key", "staff_key")]
    other = ", ".join(f"xor({key}, {number << 59}) as {key}" for key in keys)
    return f"select * replace ({other}) from ({query})"


def build(months: Months, month: str, name: str, *, keeps: bool = False, before: str | None = None) -> None:
    """dbt as the omop room runs it; `before` names the candidate of March that rows are taken over from."""
    partition, candidate = months.of(month), months.candidate(month, name)
    lake, snapshot = partition.lake, partition.snapshot
    shutil.rmtree(candidate, ignore_errors=True)
    for table in (*candidate_tables(), carried.FOLDER):
        (candidate / table).mkdir(parents=True)
    start = carried.Start(months.candidate(MARCH, before) if before else None)
    told = carried.values_of(candidate, start) if keeps else carried.NOTHING
    delivered = lake.reported("landing", snapshot)
    values = partition_values(lake, snapshot, candidate, delivered, lake.vocabulary_version())
    Dbt(memory_limit=MEMORY_LIMIT, spill=str(months.home / "spill")).build(values | told)


def _delivered(file: Path) -> Path:
    return file.with_name("delivered.parquet")


def _sums(candidate: Path) -> dict[str, str]:
    return {path.parent.name: sum_of(path) for path in sorted(candidate.glob("*/data.parquet"))}


def table_of(one: Measured) -> Table:
    """For people: the costs of the three builds, and the ratio below."""
    record = one.as_record()
    table = Table(
        "build",
        title=f"{one.patients:,} patients, {one.copies} of each\n{one.persons:,} persons, "
        f"{one.changed} % of them built anew",
        caption=f"incremental to full {record['incremental_to_full']}",
        title_justify="left",
        caption_justify="left",
    )
    for name in ("CPU s", "wall s", "peak MB"):
        table.add_column(name, justify="right")
    costs = {"March, keeps": one.keeping, "April": one.full, "April, incremental": one.incremental}
    for name, cost in costs.items():
        table.add_row(name, f"{cost.cpu:.1f}", f"{cost.wall:.1f}", f"{cost.peak_mb:,}")
    return table


def main() -> None:
    """Measure, print tables, and JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[10_000])
    parser.add_argument("--copies", type=int, default=1, help="how often each patient is there")
    parser.add_argument(
        "--share", type=int, nargs="*", help="percent of patients that change; none: as delivered"
    )
    parser.add_argument("--keep", type=Path, help="folder for deliveries and raw Parquet, used again")
    parser.add_argument("--json", type=Path, help="file for the figures")
    told = parser.parse_args()
    measured = []
    with tempfile.TemporaryDirectory() as passing:
        home = (told.keep or Path(passing)).resolve()
        for patients in told.patients:
            for share in told.share or [None]:
                measured.append(measure(Months(home / str(patients), patients, told.copies), share))
                Console().print(table_of(measured[-1]))
    if told.json:
        told.json.write_text(json.dumps([one.as_record() for one in measured], indent=2) + "\n")


if __name__ == "__main__":
    main()
