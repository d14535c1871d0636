"""The vocabulary in Dagster: one step loads the whole bundle that the settings name."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from thin_assets.cdm.spec import table
from thin_assets.resources.lake import Lake
from thin_assets.resources.vocabulary import VocabularyBundle
from thin_assets.resources.warehouse import Warehouse
from thin_assets.vocabulary import load_bundle, project_maps, reviewed_files
from thin_assets.vocabulary.contract import TABLES

_SPECS = [
    dg.AssetSpec(
        ["vocabulary", name],
        group_name="vocabulary",
        description=table(name).description,
        owners=["team:data-engineering"],
        kinds={"parquet"},
    )
    for name in TABLES
]


@dg.multi_asset(name="vocabulary", specs=_SPECS)
def vocabulary(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse, bundle: VocabularyBundle
) -> Iterator[dg.MaterializeResult]:
    """Load an Athena bundle, our own maps and reviewed ones; the version in use changes last, and at once."""
    unfinished = lake.vocabulary_versions / f".loading.{uuid.uuid4().hex[:8]}"
    with warehouse.open() as con:
        report = load_bundle(
            Path(bundle.folder),
            project_maps(),
            unfinished,
            con,
            reviewed=reviewed_files(Path(bundle.maps)),
            today=dt.datetime.now(dt.UTC).date(),
        )
    lake.adopt_vocabulary(unfinished, report.version)
    context.log.info("vocabulary: %s, %d concepts", report.release, report.rows["concept"])
    for name, rows in report.rows.items():
        yield dg.MaterializeResult(
            asset_key=["vocabulary", name],
            metadata={"dagster/row_count": rows, "release": report.release},
            data_version=dg.DataVersion(report.version),
        )


ASSETS = [vocabulary]
