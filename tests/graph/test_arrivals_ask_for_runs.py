"""A complete delivery asks for its partition once; the month's end asks for what nobody has asked for."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest

from tests.cdm import write_cdm
from tests.deliveries import deliver
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.schedules.month_end import month_end
from thin_assets.sensors import deliveries as sensor
from thin_assets.sensors.deliveries import DELIVERY_TAG, deliveries_arrived, short
from thin_assets.settings import Settings
from thin_assets.validated.seal import seal

MARCH = Snapshot.named("GB", "2024-03")


@pytest.fixture
def definitions(tmp_path: Path) -> dg.Definitions:
    return build_definitions(Settings(home=tmp_path))


def sense(definitions: dg.Definitions, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    resources = definitions.resources
    with dg.build_sensor_context(definitions=definitions, resources=resources, cursor=cursor) as context:
        return deliveries_arrived(context)


def test_a_delivery_without_its_marker_asks_for_nothing(tmp_path: Path, definitions: dg.Definitions) -> None:
    deliver(tmp_path / "deliveries", complete=False)
    assert isinstance(sense(definitions), dg.SkipReason)


def test_a_complete_delivery_asks_for_its_partition_and_is_recorded(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    result = sense(definitions)
    assert [request.partition_key for request in result.run_requests] == [MARCH.key]
    assert [(event.asset_key.path, event.partition) for event in result.asset_events] == [
        (["landing", "delivery"], MARCH.key)
    ]


def test_the_same_delivery_asks_only_once(tmp_path: Path, definitions: dg.Definitions) -> None:
    deliver(tmp_path / "deliveries")
    first = sense(definitions)
    assert isinstance(sense(definitions, first.cursor), dg.SkipReason)


def test_a_month_delivered_again_asks_again_under_another_run_key(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    deliver(tmp_path / "deliveries")
    first = sense(definitions)
    deliver(tmp_path / "deliveries", {"medical": [{"patid": "P001", "medcode": "73211009"}]})
    again = sense(definitions, first.cursor)
    assert [request.partition_key for request in again.run_requests] == [MARCH.key]
    assert again.run_requests[0].run_key != first.run_requests[0].run_key


def test_a_folder_that_is_no_country_or_no_month_is_left_alone(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    for name in ("XX/2024-03", "GB/march", "GB/1999-01"):
        folder = tmp_path / "deliveries" / name
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text("{}")
        (folder / "_COMPLETE").touch()
    assert isinstance(sense(definitions), dg.SkipReason)


ANOTHER = {"medical": [{"patid": "P001", "medcode": "73211009"}]}


def test_a_correction_that_is_withdrawn_asks_for_the_first_delivery_again(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    """Dagster starts no second run under a run key: a delivery that is back needs another."""
    cursor, keys = None, []
    for tables in ({}, ANOTHER, {}):
        deliver(tmp_path / "deliveries", tables)
        found = sense(definitions, cursor)
        cursor, keys = found.cursor, [*keys, *(request.run_key for request in found.run_requests)]
    assert len(set(keys)) == 3


def test_a_sensor_that_lost_its_cursor_asks_under_the_run_keys_of_before(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    """After a reset, or a crash before the cursor was kept, Dagster sees that these runs were started."""
    deliver(tmp_path / "deliveries")
    keys = [[request.run_key for request in sense(definitions).run_requests] for _ in range(2)]
    assert keys[0] == keys[1]


def test_a_cursor_of_an_earlier_version_asks_for_nothing_twice(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    deliver(tmp_path / "deliveries")
    arrived = {one.key: whole for one, whole in complete_deliveries(tmp_path / "deliveries").items()}
    assert isinstance(sense(definitions, json.dumps(arrived)), dg.SkipReason)


def test_a_delivery_that_vanishes_and_is_laid_down_again_unchanged_asks_for_nothing(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    folder = deliver(tmp_path / "deliveries")
    first = sense(definitions)
    folder.rename(tmp_path / "aside")
    gone = sense(definitions, first.cursor)
    (tmp_path / "aside").rename(folder)
    assert isinstance(gone, dg.SkipReason)
    assert isinstance(sense(definitions, first.cursor), dg.SkipReason)


def test_a_month_that_has_no_partition_yet_is_asked_for_once_it_has(
    tmp_path: Path, definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Delivered before its month has ended: not seen, and not forgotten."""
    for month in ("2024-02", "2024-03"):
        deliver(tmp_path / "deliveries", snapshot=Snapshot.named("GB", month))
    february = dg.StaticPartitionsDefinition(["GB|2024-02-01"])
    with monkeypatch.context() as early:
        early.setattr(sensor, "GRID", february)
        first = sense(definitions)
    later = sense(definitions, first.cursor)
    assert [request.partition_key for request in first.run_requests] == ["GB|2024-02-01"]
    assert [request.partition_key for request in later.run_requests] == [MARCH.key]


def test_many_deliveries_are_asked_for_in_parts_newest_first_and_each_once(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    keys = [
        key for key in GRID.get_partition_keys() if key[3:7] in ("2023", "2024") and key[:2] in ("GB", "FR")
    ]
    for key in keys:
        folder = tmp_path / "deliveries" / key[:2] / key[3:10]
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"of": key}))
        (folder / "_COMPLETE").touch()
    asked, cursor = [], None
    while isinstance(found := sense(definitions, cursor), dg.SensorResult):
        assert len(found.run_requests) <= sensor.MOST_AT_ONCE
        asked, cursor = [*asked, *(request.partition_key for request in found.run_requests)], found.cursor
    assert sorted(asked) == sorted(keys)
    assert asked[:2] == ["FR|2024-12-01", "GB|2024-12-01"]


def test_the_arrival_bears_the_data_version_that_looking_at_the_landing_zone_gives(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    """Else an observation after the arrival would look like another delivery."""
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    (event,) = sense(definitions).asset_events
    identity = complete_deliveries(tmp_path / "deliveries")[MARCH]
    assert event.tags["dagster/data_version"] == identity


def end_of_march(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> list[dg.RunRequest] | dg.SkipReason:
    context = dg.build_schedule_context(
        instance=instance,
        resources=definitions.resources,
        scheduled_execution_time=dt.datetime(2024, 4, 8, 6, tzinfo=dt.UTC),
    )
    with context:
        return month_end(context)


def test_the_schedule_asks_for_every_country_that_delivered(
    tmp_path: Path, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    assert [request.partition_key for request in end_of_march(definitions, instance)] == [MARCH.key]


def test_the_schedule_skips_a_month_in_which_nobody_delivered(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    assert isinstance(end_of_march(definitions, instance), dg.SkipReason)


@pytest.mark.parametrize(
    ("status", "asks"),
    [("NOT_STARTED", False), ("STARTED", False), ("SUCCESS", False), ("FAILURE", True), ("CANCELED", True)],
)
def test_the_schedule_leaves_alone_what_the_sensor_has_under_way(
    tmp_path: Path, definitions: dg.Definitions, instance: dg.DagsterInstance, status: str, asks: bool
) -> None:
    """Dagster holds run keys against runs of the same sensor only: the schedule looks for itself."""
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    (request,) = sense(definitions).run_requests
    run = dg.DagsterRun(
        job_name="receive_delivery",
        status=dg.DagsterRunStatus(status),
        tags={**request.tags, "dagster/partition": request.partition_key},
    )
    instance.add_run(run)
    assert isinstance(end_of_march(definitions, instance), list) == asks


def test_the_schedule_leaves_alone_what_a_command_has_built(
    tmp_path: Path, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    lake = Lake(home=str(tmp_path))
    candidate = write_cdm(tmp_path / "candidate", person="person_id\n1")
    seal(candidate, lake.sealed(MARCH), {"delivery": complete_deliveries(lake.deliveries)[MARCH]})
    assert isinstance(end_of_march(definitions, instance), dg.SkipReason)
    deliver(tmp_path / "deliveries", ANOTHER, snapshot=MARCH)
    assert [request.partition_key for request in end_of_march(definitions, instance)] == [MARCH.key]


def test_a_run_names_its_delivery(tmp_path: Path, definitions: dg.Definitions) -> None:
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    (request,) = sense(definitions).run_requests
    assert request.tags[DELIVERY_TAG] == short(complete_deliveries(tmp_path / "deliveries")[MARCH])
