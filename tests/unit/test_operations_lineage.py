"""Runs as OpenLineage events: rooms with what they read and wrote, taken by the standard's own classes."""

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.generated.base import EventType

from tests.operations_home import MARCH, PLANTED, broken, raw_patient, run
from tests.receivers import posts
from thin_assets.errors import SettingsError
from thin_assets.instance.config import open_instance
from thin_assets.operations.lineage.emit import client
from thin_assets.operations.lineage.tables import table_of
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.sensors.lineage import lineage_sensor
from thin_assets.settings import Settings

ROWS = pl.DataFrame({"patient_key": [1, 2, 3], "name": ["a", "b", "c"]})


@dg.asset(key=["cohorts", "everybody"], deps=[["raw", "patient"]], partitions_def=GRID)
def everybody() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})


DEFINITIONS = dg.Definitions(assets=[raw_patient, everybody, broken])


def look(settings: Settings, cursor: str | None) -> str:
    """One look of the sensor; the cursor after it."""
    with open_instance(settings) as instance:
        context = dg.build_sensor_context(
            instance=instance, cursor=cursor, repository_def=DEFINITIONS.get_repository_def()
        )
        return lineage_sensor(settings)(context).cursor


def told(events: list[dict]) -> list[tuple[str, str]]:
    return [(event["job"]["name"], event["eventType"]) for event in events]


def read_back(event: dict) -> RunEvent:
    """An event by the classes of the standard's own client, which refuse what is malformed."""
    return RunEvent(
        eventType=EventType(event["eventType"]),
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=Run(event["run"]["runId"]),
        job=Job(event["job"]["namespace"], event["job"]["name"]),
        inputs=[InputDataset(one["namespace"], one["name"]) for one in event["inputs"]],
        outputs=[OutputDataset(one["namespace"], one["name"]) for one in event["outputs"]],
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_a_run_is_told_when_it_starts_and_ends_with_its_rooms_in_between(settings: Settings) -> None:
    with posts() as receiver:
        settings = settings.model_copy(update={"openlineage_url": receiver.url.removesuffix("/hook")})
        cursor = look(settings, None)
        Lake(home=str(settings.home)).write("cohorts", "everybody", MARCH, ROWS)
        done = run(settings, raw_patient, everybody)
        look(settings, cursor)
    events = receiver.received
    assert told(events) == [
        ("assets", "START"),
        ("assets.raw", "START"),
        ("assets.raw", "COMPLETE"),
        ("assets.cohorts", "START"),
        ("assets.cohorts", "COMPLETE"),
        ("assets", "COMPLETE"),
    ]
    cohorts = events[4]
    assert [one["name"] for one in cohorts["inputs"]] == ["raw/patient"]
    (output,) = cohorts["outputs"]
    assert output["name"] == "cohorts/everybody"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert [(one["name"], one["type"]) for one in output["facets"]["schema"]["fields"]] == [
        ("patient_key", "int64"),
        ("name", "large_string"),
    ]
    assert cohorts["run"]["facets"]["parent"]["run"]["runId"] == done
    assert cohorts["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2024-03-01T00:00:00Z"
    assert events[3]["run"]["runId"] == cohorts["run"]["runId"] != done
    for event in events:
        assert read_back(event).eventTime == event["eventTime"]


def test_a_run_that_failed_tells_the_class_of_the_error_and_nothing_it_says(settings: Settings) -> None:
    file = settings.home / "lineage.jsonl"
    settings = settings.model_copy(update={"openlineage_url": file.as_uri()})
    cursor = look(settings, None)
    run(settings, broken)
    look(settings, cursor)
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert told(events)[-2:] == [("assets.landing", "FAIL"), ("assets", "FAIL")]
    assert events[-2]["run"]["facets"]["errorMessage"]["message"] == "ValueError"
    assert PLANTED not in file.read_text()
    assert str(settings.home) not in file.read_text()


def test_a_receiver_that_is_away_is_told_later(settings: Settings) -> None:
    with posts() as receiver:
        settings = settings.model_copy(update={"openlineage_url": receiver.url.removesuffix("/hook")})
        cursor = look(settings, None)
        run(settings, raw_patient)
        receiver.status = 503
        with pytest.raises(SettingsError, match="lineage was not taken"):
            look(settings, cursor)
        receiver.status = 200
        look(settings, cursor)
    assert told(receiver.received)[0] == ("assets", "START")
    assert len(receiver.received) == 4


def test_without_a_receiver_the_sensor_is_off(settings: Settings) -> None:
    sensor = lineage_sensor(settings)
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    with open_instance(settings) as instance:
        assert isinstance(sensor(dg.build_sensor_context(instance=instance)), dg.SkipReason)


def test_an_address_that_is_neither_http_nor_a_file_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="http, https or file"):
        client(settings.model_copy(update={"openlineage_url": "kafka://x"}))


def test_an_encrypted_table_and_a_page_have_no_columns_to_tell(settings: Settings) -> None:
    lake = Lake(home=str(settings.home))
    file = lake.file("raw", "patient", MARCH)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"PARE" + b"x" * 100)
    for key in (("raw", "patient"), ("features", "page"), ("omop", "person"), ("operations",)):
        assert table_of(lake, key, MARCH) is None
    assert table_of(lake, ("raw", "patient"), None) is None


def test_states_of_a_run_are_those_of_the_standard() -> None:
    assert {state.name for state in RunState} >= {"START", "COMPLETE", "FAIL", "ABORT"}
