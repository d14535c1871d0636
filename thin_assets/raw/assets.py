"""Raw in Dagster: every delivered table typed and pseudonymised, and beside them what could not be read."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pyarrow as pa

from thin_assets.code_versions import code_version
from thin_assets.domain import layout
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.contract import TEXTS, Inspection
from thin_assets.partitions import GRID
from thin_assets.raw.room import unpack_delivery
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake
from thin_assets.resources.register import read_register
from thin_assets.resources.warehouse import Warehouse

_OWN = {
    "rejected": "Rows that could not be read or typed: file, line and reason; never a value.",
    "cdm": "Tables of a delivery that is OMOP CDM already, typed; empty for the THIN layout.",
}
_DELIVERED = {
    name: f"Delivered table `{name}`, typed; its keys are pseudonyms." for name in layout.all_tables()
}


def _spec(table: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", table],
        group_name="raw",
        deps=[["landing", "inspection"]],
        description=description,
        owners=["team:data-engineering"],
        kinds={"parquet"},
        partitions_def=GRID,
    )


@dg.multi_asset(name="raw", specs=[_spec(*item) for item in (_DELIVERED | _OWN).items()])
def raw(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse, intake: Intake
) -> Iterator[dg.MaterializeResult]:
    """Unpack a delivery: csv.gz to typed Parquet, rows that cannot be read kept aside with a reason."""
    snapshot = Snapshot.of(context.partition_key)
    record = lake.reported("landing", snapshot)
    inspection = Inspection.from_record(record, lake.delivery(snapshot), snapshot)
    texts = _texts_of(record, intake.text_bundle(snapshot), snapshot)
    opted_out = read_register(intake.register(snapshot.country))
    with warehouse.open() as con:
        report = unpack_delivery(
            inspection,
            snapshot,
            intake.pseudonym_key(),
            lambda table: lake.file("raw", table, snapshot),
            intake.max_rejected_share,
            con,
            texts=texts,
            opted_out=pa.array(opted_out, pa.int64()),
            key=intake.parquet_key(),
        )
    lake.report("raw", snapshot, {"delivery": inspection.delivery_id, **report.as_counts()})
    context.log.info("raw: %d rows in, %d rejected", report.delivered, report.rejected)
    version = _data_version(inspection, texts, intake.pseudonym_key(), opted_out)
    for table in [*_DELIVERED, *_OWN]:
        yield dg.MaterializeResult(
            asset_key=["raw", table], metadata=report.metadata(table), data_version=version
        )


def _data_version(
    inspection: Inspection, texts: Inspection | None, key: bytes, opted_out: list[int]
) -> dg.DataVersion:
    """Of all that decides what raw holds: delivery, texts, key, who opted out, and the code of the room."""
    told = [inspection.delivery_id, texts.delivery_id if texts else "", code_version([__name__])]
    digest = hashlib.sha256("\0".join([*told, *map(str, opted_out)]).encode())
    digest.update(hashlib.sha256(key).digest())
    return dg.DataVersion(digest.hexdigest())


def _texts_of(record: dict, bundle: Path | None, snapshot: Snapshot) -> Inspection | None:
    """The text bundle that was let in with a delivery; none where the door has been closed since."""
    if "text" not in record or bundle is None:
        return None
    return Inspection.from_record(record["text"], bundle, snapshot, TEXTS)


ASSETS = [raw]
