"""A reader sees everything and changes nothing: every mutation that Dagster knows is refused, by Dagster."""

import re
from collections.abc import Mapping

import pytest
from dagster_graphql.schema import create_schema
from graphql import GraphQLField, GraphQLNamedType, GraphQLUnionType, get_named_type, is_leaf_type

from tests.doors import Doors
from tests.journey.doors.conftest import LOAD_VOCABULARY, ONE_PARTITION, REPOSITORY, Waiting

pytestmark = pytest.mark.journey

MUTATIONS = create_schema().graphql_schema.mutation_type.fields
HARMLESS = {
    "logTelemetry": "telemetry is off (dagster.yaml), and it would tell of the browser only",
    "setNuxSeen": "remembers that the welcome page was seen",
}
WITHIN = {"launchMultipleRunsResult", "terminateRunResults"}
"""Fields of answers that hold an answer for each of many."""

REFUSED = re.compile(r"UnauthorizedError|You do not have permission")
SENSOR = {**REPOSITORY, "sensorName": "deliveries_arrived"}
SCHEDULE = {**REPOSITORY, "scheduleName": "month_end"}
DELIVERY = {"path": ["landing", "delivery"]}
STATES = """query($sensor: SensorSelector!, $schedule: ScheduleSelector!) {
    sensorOrError(sensorSelector: $sensor) { ... on Sensor { sensorState { id status } } }
    scheduleOrError(scheduleSelector: $schedule) { ... on Schedule { scheduleState { id status } } }
    runsOrError { ... on Runs { results { runId status } } }
    partitionBackfillsOrError { ... on PartitionBackfills { results { id status } } }
    instance { autoMaterializePaused concurrencyLimits { concurrencyKey } }
}"""


def everything(doors: Doors, door: str = "readers") -> dict:
    """What there is that a mutation could change."""
    return doors.graphql(door, STATES, "olga", {"sensor": SENSOR, "schedule": SCHEDULE}).json()["data"]


def arguments(doors: Doors, waiting: Waiting) -> dict[str, dict]:
    """Arguments by mutation, with which an operator would change something."""
    seen = everything(doors)
    schedule, sensor = (seen[f"{one}OrError"][f"{one}State"]["id"] for one in ("schedule", "sensor"))
    run, again = {"runId": waiting.run}, {"parentRunId": waiting.run, "strategy": "ALL_STEPS"}
    place = {"locationName": "thin_assets"}
    return {
        "launchPipelineExecution": {"executionParams": LOAD_VOCABULARY},
        "launchRun": {"executionParams": LOAD_VOCABULARY},
        "launchMultipleRuns": {"executionParamsList": [LOAD_VOCABULARY]},
        "launchPipelineReexecution": {"reexecutionParams": again},
        "launchRunReexecution": {"reexecutionParams": again},
        "startSchedule": {"scheduleSelector": SCHEDULE},
        "stopRunningSchedule": {"id": schedule},
        "resetSchedule": {"scheduleSelector": SCHEDULE},
        "startSensor": {"sensorSelector": SENSOR},
        "setSensorCursor": {"sensorSelector": SENSOR, "cursor": "moved"},
        "stopSensor": {"id": sensor},
        "resetSensor": {"sensorSelector": SENSOR},
        "sensorDryRun": {"selectorData": SENSOR, "cursor": ""},
        "scheduleDryRun": {"selectorData": SCHEDULE, "timestamp": 1.7e9},
        "terminatePipelineExecution": run,
        "terminateRun": {**run, "terminatePolicy": "MARK_AS_CANCELED_IMMEDIATELY"},
        "terminateRuns": {"runIds": [waiting.run]},
        "deletePipelineRun": run,
        "deleteRun": run,
        "reloadRepositoryLocation": {"repositoryLocationName": "thin_assets"},
        "reloadWorkspace": {},
        "shutdownRepositoryLocation": {"repositoryLocationName": "thin_assets"},
        "wipeAssets": {"assetPartitionRanges": [{"assetKey": DELIVERY}]},
        "reportRunlessAssetEvents": {
            "eventParams": {"eventType": "ASSET_MATERIALIZATION", "assetKey": DELIVERY}
        },
        "reportAssetCheckEvaluations": {
            "eventParams": {"assetKey": DELIVERY, "checkName": "any", "passed": True},
        },
        "launchPartitionBackfill": {"backfillParams": ONE_PARTITION},
        "resumePartitionBackfill": {"backfillId": waiting.backfill},
        "reexecutePartitionBackfill": {"reexecutionParams": {**again, "parentRunId": waiting.ended}},
        "cancelPartitionBackfill": {"backfillId": waiting.backfill},
        "addDynamicPartition": {
            **{"repositorySelector": REPOSITORY, "partitionsDefName": "any", "partitionKey": "any"}
        },
        "deleteDynamicPartitions": {
            **{"repositorySelector": REPOSITORY, "partitionsDefName": "any", "partitionKeys": ["any"]}
        },
        "setAppManagedComponent": {**place, "componentId": "a", "componentType": "b", "attributes": "{}"},
        "deleteAppManagedComponent": {**place, "componentId": "a"},
        "refreshComponentState": {**place, "defsStateKey": "a"},
        "setAutoMaterializePaused": {"paused": True},
        "setConcurrencyLimit": {"concurrencyKey": "text", "limit": 9},
        "deleteConcurrencyLimit": {"concurrencyKey": "text"},
        "freeConcurrencySlotsForRun": run,
        "freeConcurrencySlots": run,
    }


def spelled(name: str, field: GraphQLField, given: Mapping) -> str:
    """A mutation as a document, with a variable for each argument that is given."""
    heads = ", ".join(f"${one}: {field.args[one].type}" for one in given)
    inner = ", ".join(f"{one}: ${one}" for one in given)
    kind = get_named_type(field.type)
    wanted = "" if is_leaf_type(kind) else f" {{ {answered(kind)} }}"
    return f"mutation{f'({heads})' if heads else ''} {{ {name}{f'({inner})' if inner else ''}{wanted} }}"


def answered(kind: GraphQLNamedType) -> str:
    """What to ask of an answer: which it is, what it says, and the same of the answers within."""
    kinds = kind.types if isinstance(kind, GraphQLUnionType) else [kind]
    parts = ["__typename"]
    for one in kinds:
        told = ["message"] if "message" in one.fields else []
        for field in WITHIN & {*one.fields}:
            told.append(f"{field} {{ {answered(get_named_type(one.fields[field].type))} }}")
        parts += [f"... on {one.name} {{ {' '.join(told)} }}"] if told else []
    return " ".join(parts)


@pytest.fixture(scope="module")
def attempts(doors: Doors, waiting: Waiting) -> dict[str, dict]:
    return arguments(doors, waiting)


def test_every_mutation_of_dagster_is_tried_here(attempts: dict[str, dict]) -> None:
    """A release of Dagster that brings another one has to be looked at."""
    assert set(attempts) | set(HARMLESS) == set(MUTATIONS)


@pytest.mark.parametrize("name", sorted(set(MUTATIONS) - set(HARMLESS)))
def test_a_reader_is_refused(doors: Doors, attempts: dict[str, dict], name: str) -> None:
    document = spelled(name, MUTATIONS[name], attempts[name])
    answer = doors.graphql("readers", document, "rita", attempts[name])
    assert REFUSED.search(answer.text), answer.text


def test_nothing_has_changed_after_all_of_it(
    doors: Doors, attempts: dict[str, dict], waiting: Waiting
) -> None:
    before = everything(doors)
    for name, given in attempts.items():
        doors.graphql("readers", spelled(name, MUTATIONS[name], given), "rita", given)
    assert everything(doors) == before
    assert {"runId": waiting.run, "status": "QUEUED"} in before["runsOrError"]["results"]
    assert {"id": waiting.backfill, "status": "REQUESTED"} in before["partitionBackfillsOrError"]["results"]


@pytest.mark.parametrize("kind", ["materialization", "observation", "check"])
def test_a_reader_cannot_report_what_no_run_did(doors: Doors, kind: str) -> None:
    path = f"/report_asset_{kind}/landing/delivery"
    assert doors.ask("readers", path, "rita", method="POST").status == 401


def test_a_reader_sees_runs_assets_and_partitions(doors: Doors, waiting: Waiting) -> None:
    query = """query($key: AssetKeyInput!) { assetNodes { id } assetNodeOrError(assetKey: $key) {
        ... on AssetNode { partitionKeys } } runsOrError { ... on Runs { results { runId } } } }"""
    seen = doors.graphql("readers", query, "rita", {"key": {"path": ["omop", "person"]}}).json()["data"]
    assert waiting.run in {run["runId"] for run in seen["runsOrError"]["results"]}
    assert "GB|2024-03-01" in seen["assetNodeOrError"]["partitionKeys"]
    assert len(seen["assetNodes"]) > 100
