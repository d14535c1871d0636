"""Every night, ask for what was delivered in the last months and is not built, or no longer current."""

from collections.abc import Iterable

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from thin_assets.domain.snapshot import Snapshot, parse_month
from thin_assets.instance.gaps import at_work, unbuilt
from thin_assets.jobs import partitioned_assets, receive_delivery
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.partitions import SNAPSHOT
from thin_assets.resources.lake import Lake
from thin_assets.sensors.deliveries import short
from thin_assets.settings import Settings

GAP_OF = "thin/gap_of"
"""Tag of a run that fills a gap: the delivery that was not built, by the first digits of its id."""

MOST_NIGHTS = 3
"""A delivery that failed in so many nights is left to people."""


@dg.schedule(job=receive_delivery, cron_schedule="0 2 * * *", execution_timezone="UTC")
def fill_gaps(context: dg.ScheduleEvaluationContext, lake: Lake) -> list[dg.RunRequest] | dg.SkipReason:
    """Build again, at night, what failed, was cancelled, or is not of the current delivery and code.

    Looks THIN_FILL_GAPS_MONTHS back. What waits or is running is left alone, and so is a delivery that
    failed in three nights: its name is in the log, for one that is refused will be refused again.
    """
    months = SNAPSHOT.get_partition_keys(current_time=context.scheduled_execution_time)
    looked_at = {parse_month(month) for month in months[-Settings.load().fill_gaps_months :]}
    arrived = {one: id for one, id in complete_deliveries(lake.deliveries).items() if one.month in looked_at}
    graph = context.repository_def.asset_graph
    gaps = unbuilt(context.instance, graph, lake, partitioned_assets(graph), arrived)
    idle = [one for one in gaps if one.key not in at_work(context.instance)]
    given_up = {one for one in idle if _nights(context.instance, one, arrived[one]) >= MOST_NIGHTS}
    if given_up:
        context.log.warning("failed in %d nights: %s", MOST_NIGHTS, _named(given_up))
    night = f"{context.scheduled_execution_time:%Y-%m-%d}"
    asked = [_request(one, arrived[one], night) for one in idle if one not in given_up]
    return asked or dg.SkipReason(f"{len(arrived)} deliveries, none of them to be built")


def _request(snapshot: Snapshot, delivery: str, night: str) -> dg.RunRequest:
    return dg.RunRequest(
        partition_key=snapshot.key,
        run_key=f"gap:{night}:{snapshot.key}",
        tags={GAP_OF: short(delivery)},
    )


def _nights(instance: dg.DagsterInstance, snapshot: Snapshot, delivery: str) -> int:
    """How often a delivery failed that was asked for at night."""
    tags = {GAP_OF: short(delivery), PARTITION_NAME_TAG: snapshot.key}
    return instance.get_runs_count(dg.RunsFilter(tags=tags, statuses=[dg.DagsterRunStatus.FAILURE]))


def _named(snapshots: Iterable[Snapshot]) -> str:
    return ", ".join(sorted(one.key for one in snapshots))
