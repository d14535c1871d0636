"""An operator launches and stops, through the door."""

import json

import pytest
from websockets.sync.client import connect

from tests.doors import MEMBERS, Doors, credentials
from tests.journey.doors.conftest import LAUNCH, LOAD_VOCABULARY, Waiting

pytestmark = pytest.mark.journey

TERMINATE = "mutation($run: String!) { terminateRun(runId: $run) { __typename } }"
STATUS = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
EVENTS = """subscription($run: ID!) { pipelineRunLogs(runId: $run) {
    __typename ... on PipelineRunLogsSubscriptionSuccess { messages { __typename } } } }"""


def status(doors: Doors, run: str) -> str:
    return doors.graphql("readers", STATUS, "rita", {"run": run}).json()["data"]["runOrError"]["status"]


def test_an_operator_launches_a_run_and_stops_it(doors: Doors) -> None:
    asked = doors.graphql("operators", LAUNCH, "olga", {"run": LOAD_VOCABULARY}).json()
    run = asked["data"]["launchRun"]["run"]["runId"]
    assert status(doors, run) == "QUEUED"
    stopped = doors.graphql("operators", TERMINATE, "olga", {"run": run}).json()["data"]["terminateRun"]
    assert (stopped["__typename"], status(doors, run)) == ("TerminateRunSuccess", "CANCELED")


@pytest.mark.parametrize("door", MEMBERS)
def test_events_of_a_run_come_by_websocket(doors: Doors, waiting: Waiting, door: str) -> None:
    """Through nginx, upgraded and signed in: what the page of a run listens to."""
    with (
        doors.knock(door) as secured,
        connect(
            f"ws://{doors.name(door)}:{doors.port}/graphql",
            sock=secured,
            additional_headers={"Authorization": credentials("olga")},
            origin=doors.address(door),
            subprotocols=["graphql-ws"],
        ) as wire,
    ):
        wire.send(json.dumps({"type": "connection_init"}))
        assert json.loads(wire.recv(timeout=60)) == {"type": "connection_ack"}
        asked = {"query": EVENTS, "variables": {"run": waiting.run}}
        wire.send(json.dumps({"type": "start", "id": "1", "payload": asked}))
        told = json.loads(wire.recv(timeout=60))
        wire.send(json.dumps({"type": "stop", "id": "1"}))
    kinds = {message["__typename"] for message in told["payload"]["data"]["pipelineRunLogs"]["messages"]}
    assert "RunEnqueuedEvent" in kinds
