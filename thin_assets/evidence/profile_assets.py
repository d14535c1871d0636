"""Evidence in Dagster: the profile of the sealed build as tables, and as a page that people read."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.page import concepts_in, draw_profile
from thin_assets.evidence.profile import build_profile
from thin_assets.evidence.reading import Reading
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.page_file import write_page
from thin_assets.resources.warehouse import Warehouse

RESULTS, DISTRIBUTIONS, PAGE = "achilles_results", "achilles_results_dist", "profile_page"


def _spec(name: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["evidence", name],
        group_name="evidence",
        deps=[["validated", "cdm"]],
        owners=["team:data-quality"],
        kinds={"duckdb"},
        description=description,
    )


@dg.multi_asset(
    name="profile",
    partitions_def=GRID,
    specs=[
        _spec(RESULTS, "Counts of persons and records of the sealed build, by Achilles analysis and strata."),
        _spec(
            DISTRIBUTIONS,
            "Distributions of ages, days and values in the sealed build, by analysis and strata.",
        ),
    ],
)
def profile(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult]:
    """Both tables of a profile, counted together."""
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    vocabulary = lake.vocabulary_of(build)
    with warehouse.open_cdm(build, vocabulary) as con:
        found = build_profile(con, where=f"evidence {snapshot.key}")
    rows = {}
    for name, table in {RESULTS: found.results, DISTRIBUTIONS: found.distributions}.items():
        lake.write("evidence", name, snapshot, table)
        rows[name] = table.height
        yield dg.MaterializeResult(
            asset_key=["evidence", name],
            metadata={"dagster/row_count": table.height, "build": build_id(build)},
        )
    told = {"vocabulary": vocabulary.name.partition("=")[2], "rows": rows}
    lake.report_of_build("evidence", snapshot, build_id(build), {"profile": told})
    context.log.info("evidence: %s", rows)


@dg.asset(
    key=["evidence", PAGE],
    group_name="evidence",
    partitions_def=GRID,
    deps=[["evidence", RESULTS], ["evidence", DISTRIBUTIONS]],
    owners=["team:data-quality"],
    kinds={"html"},
)
def profile_page(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
    """The profile as one static HTML page, beside the month before and the other countries of the month.

    Reads   the profiles of those partitions too, as far as they are built: no edge, for none must wait.

    Rule    a count of 1 to 9 is shown as `<10`; docs/how-to/read-a-profile.md
    """
    snapshot = Snapshot.of(context.partition_key)
    shown = write_page(page_path(lake, snapshot), draw_page(lake, warehouse, snapshot))
    beside = [other.key for other in [snapshot.previous, *_neighbours(snapshot)] if _is_profiled(lake, other)]
    context.log.info("evidence: page beside %s", ", ".join(beside) or "nothing")
    return dg.MaterializeResult(
        metadata=shown
        | {
            "build": lake.reported("evidence", snapshot)["build"],
            "compared with": dg.MetadataValue.json(beside),
        }
    )


def page_path(lake: Lake, snapshot: Snapshot) -> Path:
    """Where the page of a partition lies."""
    return lake.folder("evidence", PAGE, snapshot) / "index.html"


def draw_page(lake: Lake, warehouse: Warehouse, snapshot: Snapshot) -> str:
    """The page of a partition from the profiles that stand in the lake now. Raises NothingSealed."""
    now = _read(lake, snapshot)
    before = _read(lake, snapshot.previous) if _is_profiled(lake, snapshot.previous) else None
    others = [_read(lake, other) for other in _neighbours(snapshot) if _is_profiled(lake, other)]
    wanted = concepts_in([now, *([before] if before else [])])
    with warehouse.open() as con:
        names = _names(con, lake.vocabulary(now.vocabulary) / "concept.parquet", wanted)
    return draw_profile(now, before, others, names)


def _neighbours(snapshot: Snapshot) -> list[Snapshot]:
    return [Snapshot(code, snapshot.month) for code in COUNTRIES if code != snapshot.country]


def _is_profiled(lake: Lake, snapshot: Snapshot) -> bool:
    return "profile" in (lake.reported("evidence", snapshot) or {})


def _read(lake: Lake, snapshot: Snapshot) -> Reading:
    """The profile of a partition; its build may have been followed by a newer one. Raises NothingSealed."""
    results, distributions = (lake.read("evidence", name, snapshot) for name in (RESULTS, DISTRIBUTIONS))
    told = lake.reported("evidence", snapshot)
    return Reading(snapshot, told["build"], told["profile"]["vocabulary"], results, distributions)


def _names(con: duckdb.DuckDBPyConnection, concepts: Path, wanted: list[int]) -> dict[int, str]:
    """Name by concept, of those that the vocabulary knows."""
    known = f"select concept_id, concept_name from read_parquet('{concepts}')"
    return dict(con.execute(f"{known} where concept_id in (select unnest(?))", [wanted]).fetchall())


ASSETS = [profile, profile_page]
