"""A complete new delivery asks for its partition to be built."""

import json
from collections.abc import Mapping

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.jobs import receive_delivery
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake

DELIVERY_TAG = "thin/delivery"
"""Tag of a run: the delivery that it was asked for, by the first digits of its id."""

ID_LENGTH = 16
MOST_AT_ONCE = 25
"""Partitions asked for in one look: a history of years that arrives in an hour is asked for in several."""

History = dict[str, list[str]]
"""Cursor of the sensor: ids of the deliveries of each partition that were asked for, oldest first."""


@dg.sensor(job=receive_delivery, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.STOPPED)
def deliveries_arrived(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult | dg.SkipReason:
    """One run request for every delivery whose marker file was written and that was not asked for last.

    A delivery that replaces another of the same month has another manifest, so it is asked for; so is one
    that comes back after a correction was withdrawn. A month that has no partition yet is asked for once it
    has one. The newest months come first, and some wait for the next look where many arrive at once.
    """
    history = read_cursor(context.cursor)
    arrived = complete_deliveries(lake.deliveries)
    keys = set(GRID.get_partition_keys())
    last = {key: ids[-1] for key, ids in history.items()}
    new = [one for one, whole in arrived.items() if one.key in keys and last.get(one.key) != short(whole)]
    if not new:
        return dg.SkipReason(f"{len(arrived)} deliveries, none of them new")
    asked = {one.key: arrived[one] for one in sorted(new, key=_newest_first)[:MOST_AT_ONCE]}
    after = history | {key: [*history.get(key, []), short(whole)] for key, whole in asked.items()}
    return dg.SensorResult(
        run_requests=[run_request(key, after[key]) for key in asked],
        asset_events=[_arrival(key, identity) for key, identity in asked.items()],
        cursor=json.dumps(after, sort_keys=True),
    )


def read_cursor(cursor: str | None) -> History:
    """What was asked for; cursors of before there were histories hold the last id only."""
    told: Mapping[str, str | list[str]] = json.loads(cursor or "{}")
    return {key: [short(ids)] if isinstance(ids, str) else ids for key, ids in told.items()}


def short(identity: str) -> str:
    """A delivery id as tags and run keys have it."""
    return identity[:ID_LENGTH]


def run_request(key: str, history: list[str]) -> dg.RunRequest:
    """A request to build a partition from the last of its deliveries: asked twice, it is built once.

    history    ids of the partition's deliveries; one that comes back is another run than the first time
    """
    identity = short(history[-1])
    before = history[:-1].count(identity)
    again = f":{before + 1}" if before else ""
    return dg.RunRequest(partition_key=key, run_key=f"{key}:{identity}{again}", tags={DELIVERY_TAG: identity})


def _newest_first(snapshot: Snapshot) -> tuple[int, str]:
    return -snapshot.month.toordinal(), snapshot.country


def _arrival(key: str, identity: str) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        ["landing", "delivery"],
        partition=key,
        metadata={"delivery": identity, "month": Snapshot.of(key).folder},
        tags={"dagster/data_version": identity},
    )
