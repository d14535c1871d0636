"""Landing in Dagster: the delivery as the provider laid it down, and its inspection at the door."""

import dagster as dg

from thin_assets.domain.layout import LAYOUT_OMOP
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.texts import inspect_texts
from thin_assets.partitions import GRID
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake


@dg.observable_source_asset(
    key=["landing", "delivery"],
    group_name="landing",
    partitions_def=GRID,
    description="A country's full extract of one month, as delivered. Never changed.",
    tags={"dagster/kind/csv": "", "dagster/kind/file": ""},
)
def delivery(lake: Lake) -> dg.DataVersionsByPartition:
    """The delivery id (sha256 of the manifest) of every complete delivery in the landing zone."""
    arrived = complete_deliveries(lake.deliveries)
    return dg.DataVersionsByPartition(
        {snapshot.key: delivery_id for snapshot, delivery_id in arrived.items()}
    )


@dg.asset(
    key=["landing", "inspection"],
    group_name="landing",
    partitions_def=GRID,
    deps=[["landing", "delivery"]],
    owners=["team:data-engineering"],
    kinds={"python"},
)
def inspection(context: dg.AssetExecutionContext, lake: Lake, intake: Intake) -> dg.MaterializeResult:
    """The delivery was looked at from outside: whole, from whom and of when it says, and in a layout we know.

    Grain   one report per delivery.

    Rule    manifest, sha256, rows, columns, country and month; no column that names a person; free text only
            from a bundle of its own, and only where THIN_TEXT_BUNDLES says where such bundles lie
    """
    snapshot = Snapshot.of(context.partition_key)
    bundle = intake.text_bundle(snapshot)
    found = inspect_delivery(lake.delivery(snapshot), snapshot, allow_text=bundle is not None)
    record = found.as_record()
    if bundle and found.layout != LAYOUT_OMOP and (texts := inspect_texts(bundle, snapshot)):
        record |= {"text": texts.as_record(), "tables": record["tables"] | texts.tables}
    lake.report("landing", snapshot, record)
    rows = sum(record["tables"].values())
    context.log.info("landing: %d rows in %d tables", rows, len(record["tables"]))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows,
            "layout": found.layout,
            "delivery": found.delivery_id,
            "tables": dg.MetadataValue.json(dict(record["tables"])),
        },
        data_version=dg.DataVersion(found.delivery_id),
    )


ASSETS = [delivery, inspection]
