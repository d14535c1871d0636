"""Backfills as the command line sees them: how far, what each partition took, whose partitions they are."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.tags import BACKFILL_ID_TAG, PARTITION_NAME_TAG

from thin_assets.cli.backfill import _require_free
from thin_assets.cli.backfills import cost_table
from thin_assets.cli.options import Room, read_rooms
from thin_assets.domain.rooms import ROOMS
from thin_assets.errors import RunFailed, SettingsError
from thin_assets.instance import backfills
from thin_assets.instance.backfills import Cost, Progress
from thin_assets.instance.measured import CPU_SECONDS, PEAK_MB
from thin_assets.partitions import GRID

KEYS = ["GB|2024-02-01", "GB|2024-03-01"]
STATUS = dg.DagsterRunStatus


@dg.asset(partitions_def=GRID)
def table() -> None:
    """An asset of the grid."""


GRAPH = dg.Definitions([table]).resolve_asset_graph()


@dg.op
def nothing() -> None:
    """An op that does nothing."""


@dg.job
def of_a_partition() -> None:
    """A job whose runs are never executed."""
    nothing()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def asked(instance: dg.DagsterInstance) -> str:
    return backfills.submit_backfill(instance, GRAPH, [table.key], KEYS)


def ran(instance: dg.DagsterInstance, backfill: str, key: str, status: STATUS, **tags: str) -> dg.DagsterRun:
    tags = {BACKFILL_ID_TAG: backfill, PARTITION_NAME_TAG: key, **tags}
    return instance.create_run_for_job(of_a_partition, tags=tags, status=status)


def ends(instance: dg.DagsterInstance, backfill: str, status: BulkActionStatus) -> None:
    instance.update_backfill(instance.get_backfill(backfill).with_status(status))


def test_a_backfill_knows_its_partitions_until_it_ends(instance: dg.DagsterInstance, asked: str) -> None:
    assert backfills.unfinished(instance) == {asked: set(KEYS)}
    ends(instance, asked, BulkActionStatus.COMPLETED_SUCCESS)
    assert backfills.unfinished(instance) == {}


def test_progress_tells_built_failed_queued_and_running_apart(
    instance: dg.DagsterInstance, asked: str
) -> None:
    ends = {
        "a": "SUCCESS",
        "b": "FAILURE",
        "c": "CANCELED",
        "d": "NOT_STARTED",
        "e": "STARTED",
        "f": "STARTING",
    }
    for key, status in ends.items():
        ran(instance, asked, key, STATUS[status])
    ran(instance, "another", "g", STATUS.SUCCESS)
    assert backfills.progress(instance, asked) == Progress(built=1, failed=2, queued=1, running=("e", "f"))


def test_what_a_partition_took_is_told_by_its_last_run(instance: dg.DagsterInstance, asked: str) -> None:
    ran(instance, asked, KEYS[0], STATUS.FAILURE, **{CPU_SECONDS: "1.0", PEAK_MB: "10"})
    ran(instance, asked, KEYS[0], STATUS.SUCCESS, **{CPU_SECONDS: "12.5", PEAK_MB: "400"})
    ran(instance, asked, KEYS[1], STATUS.FAILURE)
    assert backfills.costs(instance, asked) == [
        Cost(KEYS[0], "SUCCESS", None, 12.5, 400),
        Cost(KEYS[1], "FAILURE", None, None, None),
    ]


def test_costs_are_added_up_below_the_table() -> None:
    shown = cost_table([Cost("a", "SUCCESS", 10.2, 30.1, 400), Cost("b", "FAILURE", None, None, None)])
    assert [column.footer for column in shown.columns] == ["2 partitions", "", "10", "30", "400"]
    assert list(shown.columns[2].cells) == ["10", ""]


@pytest.mark.parametrize("status", [BulkActionStatus.COMPLETED_FAILED, BulkActionStatus.CANCELED])
def test_a_backfill_that_did_not_succeed_names_its_partitions_and_the_way_on(
    status: BulkActionStatus, instance: dg.DagsterInstance, asked: str
) -> None:
    ran(instance, asked, KEYS[0], STATUS.SUCCESS)
    ran(instance, asked, KEYS[1], STATUS.FAILURE)
    ends(instance, asked, status)
    seen = []
    with pytest.raises(RunFailed, match=r"GB\|2024-03-01.*same command again") as told:
        backfills.wait_for_backfill(instance, asked, seen.append)
    assert KEYS[0] not in str(told.value)
    assert seen == [Progress(built=1, failed=1, queued=0, running=())]


def test_a_partition_is_not_asked_for_twice_at_once() -> None:
    with pytest.raises(SettingsError, match=r"backfill abc.*GB\|2024-02-01.*--resume abc.*--cancel abc"):
        _require_free(KEYS, {"abc": {KEYS[0], "FR|2024-02-01"}})
    _require_free(KEYS, {"abc": {"FR|2024-02-01"}})


def test_what_is_no_backfill_or_has_ended_cannot_be_cancelled(
    instance: dg.DagsterInstance, asked: str
) -> None:
    backfills.require_going_on(instance, asked)
    with pytest.raises(SettingsError, match="there is no backfill nowhere"):
        backfills.require_going_on(instance, "nowhere")
    ends(instance, asked, BulkActionStatus.CANCELED)
    with pytest.raises(SettingsError, match="ended already"):
        backfills.cancel_backfill(instance, asked, lambda _: None)


def test_one_room_or_all_up_to_one() -> None:
    assert read_rooms(Room.omop, Room.published) == ("omop",)
    assert read_rooms(None, Room.text) == ("landing", "raw", "text")
    assert read_rooms(None, Room.published) == ROOMS
