"""`python -m benchmarks.study_truth_long_covid`: the study of long COVID through real deliveries and texts.

A delivery with the planted effect and its text bundle go through every room, and what the study finds is held
against what was planted, by codes alone and by codes and text.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Cost, cost_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings
from thin_assets.studies.long_covid.declared import symptoms
from thin_assets.studies.long_covid.study import STUDY
from thin_assets.synthetic.delivery import write_delivery
from thin_assets.synthetic.effects import planted
from thin_assets.synthetic.texts import write_texts

EFFECT = "long_covid"
SYMPTOMS_OF = {"dyspnoea": "breathlessness", "sputum_abnormal": "phlegm"}
"""What a notion of the generator is called in the study, where the two differ."""

WITHIN = (0.18, 0.22)


def main() -> None:
    """Write, build, compute, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=40_000)
    parser.add_argument("--country", default="GB")
    parser.add_argument("--month", default="2024-03")
    parser.add_argument("--home", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = told.home or Path(folder)
        snapshot = Snapshot.named(told.country, told.month)
        costs = {
            "delivery and texts": cost_of(lambda: deliver(home, snapshot, told.patients)),
            "all rooms": cost_of(lambda: build(home, snapshot)),
        }
        report(home, snapshot, costs)


def deliver(home: Path, snapshot: Snapshot, patients: int) -> None:
    """The delivery and its text bundle."""
    settings, truth = Settings(home=home), home / "truth"
    delivery = write_delivery(
        snapshot, patients=patients, seed=7, deliveries=settings.deliveries, truth=truth, effects=[EFFECT]
    )
    write_texts(delivery, snapshot, seed=7, bundles=home / "texts", truth=truth)


def build(home: Path, snapshot: Snapshot) -> None:
    """Everything that the study stands on, the study, its page and its product."""
    from thin_assets.cli.doctor import mend
    from thin_assets.definitions import build_definitions
    from thin_assets.instance.config import QUIET, open_instance

    settings = Settings(home=home, text_bundles=home / "texts")
    mend(settings)
    definitions = build_definitions(settings)
    last = dg.AssetSelection.assets(["studies", STUDY.page], ["published", "long_covid_symptoms"])
    graph = definitions.resolve_asset_graph()
    wanted = [
        key
        for key in last.upstream().required_multi_asset_neighbors().resolve(graph)
        if graph.get(key).is_partitioned
    ]
    job = definitions.resolve_implicit_global_asset_job_def()
    with open_instance(settings) as instance:
        job.execute_in_process(
            instance=instance, partition_key=snapshot.key, asset_selection=wanted, run_config=QUIET
        )


def report(home: Path, snapshot: Snapshot, costs: dict[str, Cost]) -> None:
    """Every hazard ratio beside the planted one, shares of codes, and what it cost."""
    lake = Lake(home=str(home))
    read = {name: lake.read("studies", name, snapshot) for name in STUDY.tables}
    console = Console(width=120)
    table = Table(
        "symptom", "planted", "source", "infected", "unexposed", "hazard ratio", "holds it", "p over time"
    )
    for row in judged(read["long_covid_hazards"], snapshot.country):
        table.add_row(*row)
    console.print(table)
    console.print(shares(read["long_covid_sources"]))
    console.print(read["long_covid_flow"].rows(), read["long_covid_before_label"].rows())
    seconds = computing(home, snapshot)
    console.print(json.dumps({name: vars(cost) for name, cost in costs.items()} | {"study CPU s": seconds}))


def judged(hazards: pl.DataFrame, country: str) -> Iterator[list[str]]:
    """Rows of the table: what was found of each symptom by each source."""
    effects = (row for row in planted([EFFECT], country) if row["kind"] == "after")
    truth = {SYMPTOMS_OF.get(row["exposure"], row["exposure"]): row["multiplier"] for row in effects}
    for row in hazards.sort("source").iter_rows(named=True):
        real = truth.get(row["symptom"], 1.0)
        events = (f"{row[name]:,}" for name in ("events_exposed", "events_unexposed"))
        told = [symptoms()[row["symptom"]], f"{real:g}", row["source"], *events]
        if row["hazard_ratio"] is None:
            yield [*told, row["outcome"], "", ""]
            continue
        interval = f"{row['hazard_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
        holds = row["lower"] <= real <= row["upper"]
        yield [*told, interval, "yes" if holds else "no", f"{row['p_proportional']:.2f}"]


def shares(sources: pl.DataFrame) -> pl.DataFrame:
    """Share of records of each symptom that is coded."""
    coded = pl.col("coded_only") + pl.col("coded_and_text")
    share = (coded / (coded + pl.col("text_only"))).alias("coded_share")
    return sources.select("symptom", share, share.is_between(*WITHIN).alias("within"))


def computing(home: Path, snapshot: Snapshot) -> float:
    """CPU seconds of the study alone, once what it imports is there."""
    from thin_assets.resources.warehouse import attach_tables, connect
    from thin_assets.studies.study import Material

    lake = Lake(home=str(home))
    names = dict(
        lake.read("cohorts", "cohort_definition", snapshot)
        .select("cohort_definition_name", "cohort_definition_id")
        .iter_rows()
    )
    entries = lake.read("cohorts", "cohort", snapshot)
    members = {name: entries.filter(cohort_definition_id=names[name]) for name in STUDY.cohorts}
    matched = {name: lake.read("cohorts", f"{name}_matched", snapshot) for name in STUDY.matched}
    build_of = lake.current_build(snapshot)
    for _ in range(2):
        with connect() as con:
            attach_tables(con, "cdm", build_of)
            attach_tables(con, "cdm", lake.vocabulary_of(build_of))
            before = time.process_time()
            STUDY.found(Material(snapshot, con, members, "benchmark", matched))
            spent = time.process_time() - before
    return round(spent, 2)


if __name__ == "__main__":
    main()
