"""All countries of a month in Dagster: their prescribing compared, revisions, and a page of them."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg
import polars as pl

from thin_assets.automation import ONCE_OTHERS_ARE_DONE
from thin_assets.partitions import SNAPSHOT, of_every_country
from thin_assets.resources.lake import Lake
from thin_assets.resources.page_file import pictures, write_page
from thin_assets.studies.prescribing.across import compare_countries, compare_snapshots
from thin_assets.studies.prescribing.across_page import Findings, draw_across
from thin_assets.studies.prescribing.study import STUDY

ACROSS, REVISIONS, PAGE = "prescribing_across", "prescribing_revisions", "prescribing_across_page"
ABOUT = {
    ACROSS: (
        "Users and defined daily doses of each class in the countries of a month, crude and at the same "
        "sex and age.\n\nGrain: one row per kind of record, class and country that is built by now.",
        {"polars"},
    ),
    REVISIONS: (
        "Calendar months as this snapshot counts them, beside the snapshot before where that was built.\n\n"
        "Grain: one row per country, kind of record, class and calendar month that both hold.",
        {"polars"},
    ),
    PAGE: ("Prescribing of the countries of a month, as one static HTML page.", {"html"}),
}


@dg.multi_asset(
    name="prescribing_across",
    specs=[
        dg.AssetSpec(
            ["studies", name],
            group_name="studies",
            partitions_def=SNAPSHOT,
            automation_condition=ONCE_OTHERS_ARE_DONE,
            deps=[of_every_country("studies", "prescribing")],
            owners=["team:epidemiology"],
            kinds=kinds,
            description=told,
        )
        for name, (told, kinds) in ABOUT.items()
    ],
)
def prescribing_across(context: dg.AssetExecutionContext, lake: Lake) -> Iterator[dg.MaterializeResult]:
    """Countries side by side, snapshots side by side, and the page."""
    month = dt.date.fromisoformat(context.partition_key)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    now, then = _of_countries(lake, month), _of_countries(lake, before)
    where = f"studies/{ACROSS} {context.partition_key}"
    across = compare_countries(
        _table(now, "prescribing"),
        _table(now, "prescribing_person_days"),
        _table(now, "prescribing_changes"),
        where=where,
    )
    revisions = compare_snapshots(
        _table(now, "prescribing"),
        _table(then, "prescribing"),
        _table(now, "prescribing_person_days"),
        _table(then, "prescribing_person_days"),
        where=where,
    )
    for name, rows in ((ACROSS, across), (REVISIONS, revisions)):
        lake.write_month("studies", name, month, rows)
        yield dg.MaterializeResult(asset_key=["studies", name], metadata={"dagster/row_count": rows.height})
    drawn, pictured = draw_across(Findings(month, now, across, revisions))
    path = lake.month_folder("studies", PAGE, month) / "index.html"
    context.log.info("prescribing across %d countries: %d rows", len(now), across.height)
    yield dg.MaterializeResult(
        asset_key=["studies", PAGE], metadata=write_page(path, drawn) | pictures(pictured)
    )


def _of_countries(lake: Lake, month: dt.date) -> dict[str, dict[str, pl.DataFrame]]:
    """Tables of the study by name, of every country of a month that has them by now."""
    return {
        one.country: {name: lake.read("studies", name, one) for name in STUDY.tables}
        for one in lake.built("studies", "prescribing", month)
    }


def _table(countries: dict[str, dict[str, pl.DataFrame]], name: str) -> dict[str, pl.DataFrame]:
    return {country: tables[name] for country, tables in countries.items()}


ASSETS = [prescribing_across]
