"""Evidence in Dagster: how the codes of the sealed build were mapped, as tables and as a page."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.mapping import LABELS, MappingReport, build_mapping_report
from thin_assets.evidence.mapping_drift import Drift, compare
from thin_assets.evidence.mapping_page import Made, Scene, draw_mapping
from thin_assets.evidence.mapping_shown import shown_report
from thin_assets.partitions import GRID
from thin_assets.resources.files import read_json
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.page_file import write_page
from thin_assets.resources.raw_key import raw_key
from thin_assets.resources.warehouse import Warehouse

MAPPING = {
    "mapping_coverage": "Codes and records mapped, by kind, domain and level.",
    "mapping_codes": "The most frequent mapped and unmapped codes of each domain, with names.",
    "mapping_classes": "Vocabulary and class of the standard concepts that codes became.",
    "mapping_columns": "Records and distinct persons mapped, by concept column of the CDM.",
    "mapping_drift": "Codes new, vanished and mapped otherwise since last month; shares beside each other.",
    "mapping_changes": "The most frequent of the codes that changed since last month.",
}


@dg.multi_asset(
    name="mapping",
    partitions_def=GRID,
    specs=[
        dg.AssetSpec(
            ["evidence", name],
            group_name="evidence",
            deps=[["validated", "cdm"]],
            owners=["team:data-quality"],
            kinds={"duckdb"},
            description=told,
        )
        for name, told in MAPPING.items()
    ],
)
def mapping(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult]:
    """The tables of the mapping report; last month's account is read where that month is built: no edge."""
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    before = _made(lake, snapshot.previous)
    now = _made(lake, snapshot)
    labels = label_files(lake, snapshot, build)
    key = raw_key(Path(lake.home), labels.values())
    with warehouse.open_cdm(build, lake.vocabulary_of(build), key) as con:
        where = f"evidence {snapshot.key}"
        report = build_mapping_report(con, labels, where=where)
        drift = compare(
            con,
            _account(lake, before),
            same_vocabulary=before is not None and before.vocabulary == now.vocabulary,
            where=where,
        )
    rows = {}
    for name, table in _mapping_tables(report, drift).items():
        lake.write("evidence", name, snapshot, table)
        rows[name] = table.height
        yield dg.MaterializeResult(
            asset_key=["evidence", name],
            metadata={"dagster/row_count": table.height, "build": build_id(build)},
        )
    told = {"before": None if before is None else before.build, "rows": rows}
    lake.report_of_build("evidence", snapshot, build_id(build), {"mapping": told})
    context.log.info("mapping: %s", rows)


def _mapping_tables(report: MappingReport, drift: Drift) -> dict[str, pl.DataFrame]:
    return dict(report.items()) | {"mapping_drift": drift.by_domain, "mapping_changes": drift.changes}


def _made(lake: Lake, snapshot: Snapshot, build: str | None = None) -> Made | None:
    """What the current, or that, sealed build of a partition was made from; None where there is none."""
    folder = lake.sealed(snapshot)
    named = build or (read_json(folder / "current.json") or {}).get("build")
    told = named and read_json(lake.build_folder(snapshot, named) / "build.json")
    return Made(snapshot, named, told["identity"]["vocabulary"]) if told else None


def _account(lake: Lake, made: Made | None) -> Path | None:
    """The account of a build; builds of before there were accounts have none."""
    if made is None:
        return None
    file = lake.build_folder(made.snapshot, made.build) / "mapping" / "data.parquet"
    return file if file.is_file() else None


def label_files(lake: Lake, snapshot: Snapshot, build: Path) -> dict[str, Path]:
    """The lists that came with the delivery of a build; none where another delivery has taken its place."""
    delivery = (read_json(build / "build.json") or {}).get("identity", {}).get("delivery")
    if (lake.reported("raw", snapshot) or {}).get("delivery") != delivery:
        return {}
    files = {table: lake.file("raw", table, snapshot) for table in LABELS}
    return {table: file for table, file in files.items() if file.is_file()}


@dg.asset(
    key=["evidence", "mapping_page"],
    group_name="evidence",
    partitions_def=GRID,
    deps=[["evidence", name] for name in MAPPING],
    owners=["team:data-quality"],
    kinds={"html"},
)
def mapping_page(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """The mapping report as one static HTML page.

    Rule    a count of 1 to 9 is shown as `<10`, and what would tell it is kept back;
            docs/how-to/read-a-mapping-report.md
    """
    snapshot = Snapshot.of(context.partition_key)
    path = lake.folder("evidence", "mapping_page", snapshot) / "index.html"
    scene = mapping_scene(lake, snapshot)
    shown = write_page(path, draw_mapping(scene))
    flagged = scene.drift.by_domain.get_column("is_flagged").sum()
    return dg.MaterializeResult(
        metadata=shown
        | {
            "build": scene.now.build,
            "domains flagged": int(flagged),
        }
    )


def mapping_scene(lake: Lake, snapshot: Snapshot) -> Scene:
    """What the page of a partition shows, from the tables in the lake. Raises NothingSealed."""
    tables = {name: lake.read("evidence", name, snapshot) for name in MAPPING}
    told = lake.reported("evidence", snapshot)
    earlier = told["mapping"]["before"]
    return Scene(
        now=_made(lake, snapshot, told["build"]),
        before=_made(lake, snapshot.previous, earlier) if earlier else None,
        report=shown_report(*(tables[name] for name in list(MAPPING)[:4])),
        drift=Drift(tables["mapping_drift"], tables["mapping_changes"]),
    )


ASSETS = [mapping, mapping_page]
