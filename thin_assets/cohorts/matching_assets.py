"""Matched controls in Dagster: one table for each cohort that `matching.csv` names."""

from collections.abc import Container, Iterator

import dagster as dg
import polars as pl

from thin_assets.cohorts.matching import Matching, match_controls, matchings
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.backends import table_of
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse


def matched_asset(cohorts: Container[str]) -> Iterator[dg.AssetsDefinition]:
    """The assets of the matched sets, of those cohorts that are there."""
    return (_asset(one) for one in matchings().values() if one.cohort in cohorts)


def _barred(matching: Matching) -> list[str]:
    """Cohorts whose records make nobody a control."""
    return [matching.cohort, *([matching.free_of] if matching.free_of else [])]


def _asset(matching: Matching) -> dg.AssetsDefinition:
    cohort = matching.cohort

    @dg.asset(
        key=["cohorts", f"{cohort}_matched"],
        group_name="cohorts",
        partitions_def=GRID,
        deps=[*(["cohorts", one] for one in _barred(matching)), ["validated", "cdm"]],
        owners=["team:epidemiology"],
        kinds={"ibis", "duckdb"},
        description=(
            f"Every case of cohort {cohort} with up to {matching.controls} controls who were at risk then."
            "\n\nGrain: one row per set and person. Matched on sex, practice and year of birth"
            f" (± {matching.birth_years}); docs/how-to/match-controls.md"
        ),
    )
    def matched(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        members = lake.read("cohorts", cohort, snapshot)
        first = pl.concat(lake.read("cohorts", f"{one}_first_records", snapshot) for one in _barred(matching))
        with warehouse.open_cdm(build, lake.vocabulary_of(build), country=snapshot.country) as con:
            person, periods = (table_of(con, name, "cdm") for name in ("person", "observation_period"))
            where = f"cohorts/{cohort}_matched {snapshot.key}"
            found = match_controls(members, first, person, periods, matching, where=where)
        lake.write("cohorts", f"{cohort}_matched", snapshot, found.rows)
        counts = {
            "sets": found.sets,
            "incomplete sets": found.incomplete,
            "sets without control": found.alone,
        }
        _report(lake, snapshot, build_id(build), cohort, counts)
        context.log.info("%s: %d sets, %d incomplete", cohort, found.sets, found.incomplete)
        return dg.MaterializeResult(metadata={"dagster/row_count": found.rows.height, **counts})

    return matched


def _report(lake: Lake, snapshot: Snapshot, build: str, cohort: str, counts: dict[str, int]) -> None:
    before = lake.reported("cohorts", snapshot) or {}
    kept = before.get("matched", {}) if before.get("build") == build else {}
    lake.report_of_build("cohorts", snapshot, build, {"matched": kept | {cohort: counts}})
