"""Sensors: a complete new delivery asks for its partition to be built."""

import json

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.jobs import receive_delivery
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake


@dg.sensor(job=receive_delivery, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.STOPPED)
def deliveries_arrived(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult | dg.SkipReason:
    """One run request for every delivery whose marker file was written and that was not seen before.

    A delivery that replaces another of the same month has another manifest, so it is asked for again.
    """
    seen = json.loads(context.cursor or "{}")
    arrived = {snapshot.key: identity for snapshot, identity in complete_deliveries(lake.deliveries).items()}
    keys = set(GRID.get_partition_keys())
    new = {key: identity for key, identity in arrived.items() if seen.get(key) != identity and key in keys}
    if not new:
        return dg.SkipReason(f"{len(arrived)} deliveries, none of them new")
    return dg.SensorResult(
        run_requests=[run_request(key, identity) for key, identity in new.items()],
        asset_events=[_arrival(key, identity) for key, identity in new.items()],
        cursor=json.dumps(arrived, sort_keys=True),
    )


def run_request(key: str, identity: str) -> dg.RunRequest:
    """A request to build a partition from one delivery: asked twice, it is built once."""
    return dg.RunRequest(partition_key=key, run_key=f"{key}:{identity[:16]}")


def _arrival(key: str, identity: str) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        ["landing", "delivery"],
        partition=key,
        metadata={"delivery": identity, "month": Snapshot.of(key).folder},
        tags={"dagster/data_version": identity},
    )


SENSORS = [deliveries_arrived]
