"""`python -m benchmarks.essential_tremor`: what the study finds of what was planted, in a real build.

One partition is generated, unpacked and transformed as ever; its cohorts are built, and the study is run.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.partition import measure_partition
from thin_assets.cohorts.build import build_cohort
from thin_assets.cohorts.definition import load_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import attach_tables, connect
from thin_assets.studies.essential_tremor.scene import BROAD, INCIDENCE, POINT, RECORDED
from thin_assets.studies.essential_tremor.study import STUDY
from thin_assets.studies.incidence_prevalence.study import STUDY as ENGINE
from thin_assets.studies.study import Material

SOURCE_DAY = "2020"
"""The source tells the prevalence of 1 January of this year."""


def main() -> None:
    """Build, study and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--country", default="GB")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="folder of a build to make, or to use where there is one")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = told.keep or Path(folder)
        figures = _built(home, told.country, told.patients) | study(home, told.country)
    if told.json:
        told.json.write_text(json.dumps(figures, indent=2) + "\n")
    table = Table("", "", title=f"{told.patients:,} patients of {told.country}")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)


def _built(home: Path, country: str, patients: int) -> dict[str, float]:
    """Seconds of CPU until the CDM is there."""
    if (home / "candidate").exists():
        return {}
    home.mkdir(parents=True, exist_ok=True)
    spent = {}
    for room in measure_partition(home, country, patients):
        spent[f"CPU seconds, {room.room}"] = round(room.cpu, 1)
        if room.room == "omop":
            return spent
    return spent


def study(home: Path, country: str) -> dict[str, float | int | str]:
    """Headline figures of the study, over the CDM in a folder."""
    lake, con = Lake(home=str(home)), connect(memory_limit="4GB", spill=home / "spill")
    attach_tables(con, "cdm", home / "candidate")
    attach_tables(con, "cdm", lake.vocabulary())
    known, names = load_definitions(), {*ENGINE.cohorts, *STUDY.cohorts}
    members = {name: build_cohort(known[name], con).members for name in sorted(names)}
    material = Material(Snapshot.named(country, "2024-03"), con, members, "studies")
    started = time.process_time()
    tables = ENGINE.found(material)
    counted = time.process_time()
    tables |= STUDY.found(material)
    return _headlines(tables) | {
        "persons": con.sql("select count(*) from cdm.person").fetchone()[0],
        "CPU seconds, engine": round(counted - started, 1),
        "CPU seconds, study": round(time.process_time() - counted, 1),
    }


def _headlines(tables: dict[str, pl.DataFrame]) -> dict[str, str]:
    whole = {"analysis": INCIDENCE, "outcome": BROAD, "period": "all", "sex": "all"}
    crude = tables["incidence_prevalence_incidence"].filter(age_band="all", **whole).row(0, named=True)
    standard = tables["incidence_prevalence_standardised"].filter(**whole).row(0, named=True)
    share = tables["incidence_prevalence_prevalence"].filter(
        analysis=POINT, outcome=RECORDED, period=SOURCE_DAY, sex="all", age_band="all"
    )
    trend = tables["incidence_prevalence_trend"].filter(analysis=INCIDENCE, outcome=BROAD).row(0, named=True)
    found = {
        "first records": str(crude["outcome_count"]),
        "crude rate per 100,000 person-years": _interval(crude, "incidence_100000_pys"),
        "standardised rate": _interval(standard, "estimate"),
        "rate ratio per year": _interval(trend, "rate_ratio_per_year", decimals=3),
        "rate ratio of men": _interval(trend, "rate_ratio_of_men"),
    }
    if share.height:
        row = {name: 1000 * value for name, value in share.row(0, named=True).items() if "prevalence" in name}
        found[f"prevalence per 1,000, 1 January {SOURCE_DAY}"] = _interval(row, "prevalence")
    return found


def _interval(row: dict, name: str, decimals: int = 2) -> str:
    ends = [row[column] for column in (name, f"{name}_95ci_lower", f"{name}_95ci_upper")]
    if None in ends:
        return "too few"
    return "{} ({} to {})".format(*(f"{end:.{decimals}f}" for end in ends))


if __name__ == "__main__":
    main()
