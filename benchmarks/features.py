"""`python -m benchmarks.features --persons 100000`: features beside scan and index join, in the same run.

The work is what FeatureExtraction is asked for most: concepts in four windows, with counts and recency, of
every person, 200 events each, 3,500 concepts. The floor reads the same events, joins the index date and looks
at every one of them once. Each is measured in a process of its own, so that the peak of memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ibis
import polars as pl
from rich.console import Console
from rich.table import Table

from thin_assets.features.build import ENTRIES_AT_ONCE, FeatureWork
from thin_assets.features.catalogue import Catalogue, catalogue
from thin_assets.features.entries import entries_of_cohort
from thin_assets.features.queries import SOURCES
from thin_assets.resources.warehouse import attach_tables, connect

EVENTS_EACH, CONCEPTS = 200, 3_500
MEMORY = "100MB"
"""Of DuckDB; Python and its libraries come on top."""

WORKS = ("imports", "floor", "covariates", "written")
MAKE = "make"
"""The events too are made in a process of its own: a child is told the peak of its parent as its own."""


def four_windows() -> Catalogue:
    """The analyses that are measured: conditions in four windows."""
    whole = catalogue()
    family = whole.family("condition")
    nested = tuple(one for one in family.analyses if not one.lag)
    return whole.model_copy(update={"families": (family.model_copy(update={"analyses": nested}),)})


def make_events(folder: Path, persons: int) -> None:
    """A build as the seal leaves it: events sorted by person and date, concepts by Zipf's law."""
    con = connect(memory_limit="3GB", spill=folder / "spill")
    con.execute("create schema cdm")
    for name in SOURCES:
        con.execute(f"create table cdm.{name} (person_id bigint)")
    (folder / "condition_occurrence").mkdir(parents=True)
    drawn = f"""
        select
            (hash(e) >> 1)::bigint as condition_occurrence_id,
            e // {EVENTS_EACH} as person_id,
            floor(pow({CONCEPTS}, (hash(e, 'c') % 1000003) / 1000003.0))::integer as condition_concept_id,
            date '2020-07-01' - (hash(e, 'd') % 7300)::integer as condition_start_date,
            0::integer as condition_source_concept_id
        from range({persons * EVENTS_EACH}) as events (e)
        order by person_id, condition_start_date, condition_occurrence_id
    """
    target = folder / "condition_occurrence" / "data.parquet"
    con.execute(f"copy ({drawn}) to '{target}' (format parquet, compression zstd)")
    people = "select range as person_id, 8507::integer as gender_concept_id, 1950::integer as year_of_birth"
    _write(con, folder, "person", f"{people}, 1::bigint as care_site_id from range({persons})")
    _write(
        con,
        folder,
        "observation_period",
        "select range as person_id, date '2000-01-01' as observation_period_start_date,"
        f" date '2022-12-31' as observation_period_end_date from range({persons})",
    )
    _write(
        con,
        folder,
        "concept",
        f"select (range + 1)::integer as concept_id, 'concept' as concept_name from range({CONCEPTS})",
    )


def _write(con, folder: Path, name: str, query: str) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    con.execute(f"copy ({query}) to '{folder / name / 'data.parquet'}' (format parquet)")


def measure(folder: Path, persons: int, work: str, at_once: int) -> dict:
    """One piece of work in this process: CPU and wall seconds, rows, and the peak of memory in MB."""
    con = connect(memory_limit=MEMORY, spill=folder / "spill")
    attach_tables(con, "cdm", folder)
    ibis.duckdb.from_connection(con)  # Loads Ibis's backend: an import, which is no work of a build.
    wall, cpu = time.monotonic(), time.process_time()
    rows = _WORK[work](con, folder, persons, at_once)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"work": work, "persons": persons, "rows": rows, "wall": wall, "cpu": cpu, "peak_mb": peak}


def _imports(con, folder: Path, persons: int, at_once: int) -> int:
    """Nothing: what the libraries take before any work."""
    return 0


def _floor(con, folder: Path, persons: int, at_once: int) -> int:
    con.execute(
        f"create temp table entry as select range as person_id, date '2020-07-01' as index_date"
        f" from range({persons})"
    )
    found = con.execute(
        "select count(*), sum(index_date - condition_start_date), max(condition_concept_id)"
        " from cdm.condition_occurrence join entry using (person_id) where condition_start_date < index_date"
    ).fetchone()
    return found[0]


def _covariates(con, folder: Path, persons: int, at_once: int) -> int:
    """Every row computed and handed over, none kept."""
    return sum(part.num_rows for part in _work(con, persons, at_once).covariate_ranges())


def _written(con, folder: Path, persons: int, at_once: int) -> int:
    """What the asset does: held against the contract, sorted, written to Parquet."""
    return _work(con, persons, at_once).write(folder / "features.parquet")


def _work(con, persons: int, at_once: int) -> FeatureWork:
    import datetime as dt

    day = pl.lit(dt.date(2020, 7, 1))
    members = pl.DataFrame({"subject_id": pl.int_range(persons, eager=True)}).with_columns(
        cohort_definition_id=pl.lit(7, pl.Int32), cohort_start_date=day, cohort_end_date=day
    )
    return FeatureWork(con, entries_of_cohort(members), told=four_windows(), at_once=at_once)


_WORK = {"imports": _imports, "floor": _floor, "covariates": _covariates, "written": _written}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, nargs="+", default=[100_000])
    parser.add_argument("--at-once", type=int, default=ENTRIES_AT_ONCE)
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "WORK"))
    told = parser.parse_args()
    if told.child:
        folder, work = told.child
        if work == MAKE:
            make_events(Path(folder), told.persons[0])
        else:
            print(json.dumps(measure(Path(folder), told.persons[0], work, told.at_once)))
        return
    found = []
    for persons in told.persons:
        with tempfile.TemporaryDirectory() as folder:
            _in_a_process(folder, persons, MAKE, told.at_once)
            found += [_in_a_process(folder, persons, work, told.at_once) for work in WORKS]
    Console().print(_table(found))


def _in_a_process(folder: str, persons: int, work: str, at_once: int) -> dict:
    options = ["--persons", str(persons), "--at-once", str(at_once), "--child", folder, work]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.features", *options], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}


def _table(found: list[dict]) -> Table:
    table = Table(title="Features in four windows, with counts and recency", title_justify="left")
    for name in ("persons", "work", "rows", "wall s", "CPU s", "ratio", "peak MB"):
        table.add_column(name, justify="left" if name == "work" else "right")
    floors = {one["persons"]: one["cpu"] for one in found if one["work"] == "floor"}
    for one in found:
        table.add_row(
            f"{one['persons']:,}",
            one["work"],
            f"{one['rows']:,}",
            f"{one['wall']:.1f}",
            f"{one['cpu']:.2f}",
            f"{one['cpu'] / floors[one['persons']]:.1f}",
            f"{one['peak_mb']:.0f}",
        )
    return table


if __name__ == "__main__":
    main()
