"""A complete delivery asks for its partition once; the month's end asks for all that arrived."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from tests.deliveries import deliver
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.schedules import month_end, month_just_ended
from thin_assets.sensors import deliveries_arrived
from thin_assets.settings import Settings

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


def test_the_month_just_ended_is_the_one_before() -> None:
    assert month_just_ended(dt.datetime(2024, 4, 8, tzinfo=dt.UTC)) == dt.date(2024, 3, 1)
    assert month_just_ended(dt.datetime(2024, 1, 8, tzinfo=dt.UTC)) == dt.date(2023, 12, 1)


def end_of_march(definitions: dg.Definitions) -> list[dg.RunRequest] | dg.SkipReason:
    context = dg.build_schedule_context(
        resources=definitions.resources,
        scheduled_execution_time=dt.datetime(2024, 4, 8, 6, tzinfo=dt.UTC),
    )
    with context:
        return month_end(context)


def test_the_schedule_asks_for_every_country_that_delivered(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    assert [request.partition_key for request in end_of_march(definitions)] == [MARCH.key]


def test_the_schedule_skips_a_month_in_which_nobody_delivered(definitions: dg.Definitions) -> None:
    assert isinstance(end_of_march(definitions), dg.SkipReason)


def test_the_schedule_and_the_sensor_ask_under_the_same_run_key(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    deliver(tmp_path / "deliveries", snapshot=MARCH)
    assert end_of_march(definitions)[0].run_key == sense(definitions).run_requests[0].run_key
