"""Operations in Dagster: what runs cost, and the page; they follow the catalogue where automation is on."""

import datetime as dt
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.automation import ONCE_OTHERS_ARE_DONE
from thin_assets.operations.facts import gather
from thin_assets.operations.page import draw_page
from thin_assets.operations.runs import runs_file, write_runs
from thin_assets.resources.lake import Lake
from thin_assets.resources.page_file import write_page
from thin_assets.settings import Settings

RUNS, PAGE = dg.AssetKey(["operations", "runs"]), dg.AssetKey(["operations", "page"])


def page_file(home: Path) -> Path:
    """Where the page lies: in the lake, for its owner only."""
    return home / "lake" / "operations" / "page" / "index.html"


def draw_operations(
    instance: dg.DagsterInstance, settings: Settings, now: dt.datetime
) -> tuple[pl.DataFrame, dict]:
    """Add the runs that ended since, and draw the page; all runs, and what Dagster is told of the page."""
    runs = write_runs(instance, settings.home)
    return runs, write_page(page_file(settings.home), draw_page(gather(settings, runs, now)))


@dg.multi_asset(
    name="operations",
    specs=[
        dg.AssetSpec(
            RUNS,
            group_name="operations",
            deps=[["published", "catalogue"]],
            owners=["team:data-engineering"],
            kinds={"polars", "parquet"},
            automation_condition=ONCE_OTHERS_ARE_DONE,
            description="""What every run that has ended cost in every room, and what became of it.

Grain   one row per run and room.

Rule    thin_assets/operations/contract.py; runs that Dagster has forgotten stay""",
        ),
        dg.AssetSpec(
            PAGE,
            group_name="operations",
            deps=[RUNS],
            owners=["team:data-engineering"],
            kinds={"html"},
            automation_condition=ONCE_OTHERS_ARE_DONE,
            description="""The platform at a glance: partitions by room, what is late, trends, costs, disk.

Grain   one page of all countries and months.

Rule    counts of rows, checks and runs only; it stays in the lake, for its owner""",
        ),
    ],
)
def operations(context: dg.AssetExecutionContext, lake: Lake) -> tuple[dg.MaterializeResult, ...]:
    """Add the runs that ended since, and draw the page."""
    home, now = Path(lake.home), dt.datetime.now(dt.UTC)
    runs, page = draw_operations(context.instance, Settings.load(home), now)
    told = {"dagster/row_count": runs.height, "path": dg.MetadataValue.path(runs_file(home))}
    return (
        dg.MaterializeResult(asset_key=RUNS, metadata=told),
        dg.MaterializeResult(asset_key=PAGE, metadata=page),
    )


ASSETS = [operations]
