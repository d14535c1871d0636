"""A page of another site cannot use the sign-in of whoever looks at it: requests like its own are refused."""

import json
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.doors import MEMBERS, Doors, credentials
from tests.journey.doors.conftest import LAUNCH, LOAD_VOCABULARY

pytestmark = pytest.mark.journey

ELSEWHERE = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
BODY = json.dumps({"query": LAUNCH, "variables": {"run": LOAD_VOCABULARY}})
RUNS = "{ runsOrError { ... on Runs { results { runId } } } }"
UNPAUSE = "/graphql?query=mutation%7BsetAutoMaterializePaused(paused%3A{})%7D"


def runs(doors: Doors) -> int:
    return len(doors.graphql("operators", RUNS, "olga").json()["data"]["runsOrError"]["results"])


@pytest.mark.parametrize(
    "said",
    [
        ELSEWHERE,
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain; application/json"])
def test_a_mutation_from_elsewhere_is_refused(doors: Doors, said: dict[str, str], kind: str) -> None:
    """Whatever it calls itself: Dagster takes JSON that says it is text, for which no browser asks first."""
    before = runs(doors)
    answer = doors.ask(
        "operators", "/graphql", "olga", method="POST", body=BODY, headers={**said, "Content-Type": kind}
    )
    assert (answer.status, "another site" in answer.text) == (403, True)
    assert runs(doors) == before


def test_the_readers_page_is_elsewhere_too(doors: Doors) -> None:
    """The two doors are two sites to a browser: a fault behind one cannot reach through the other."""
    said = {"Origin": doors.address("readers"), "Content-Type": "application/json"}
    assert doors.ask("operators", "/graphql", "olga", method="POST", body=BODY, headers=said).status == 403


@pytest.mark.parametrize("door", MEMBERS)
def test_the_page_itself_is_answered(doors: Doors, door: str) -> None:
    said = {
        "Origin": doors.address(door),
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
    }
    query = json.dumps({"query": "{ version }"})
    assert doors.ask(door, "/graphql", "olga", method="POST", body=query, headers=said).status == 200


def paused(doors: Doors) -> bool:
    told = doors.graphql("operators", "{ instance { autoMaterializePaused } }", "olga").json()
    return told["data"]["instance"]["autoMaterializePaused"]


def test_a_mutation_in_an_address_is_refused(doors: Doors) -> None:
    """A picture's address, or a link, would do: Dagster runs what comes as GET, as is seen behind."""
    before = paused(doors)
    other = UNPAUSE.format(str(not before).lower())
    assert doors.ask("operators", other, "olga").status == 405
    assert paused(doors) == before
    for turned in (not before, before):
        address = UNPAUSE.format(str(turned).lower())
        with urllib.request.urlopen(f"http://127.0.0.1:{doors.behind['operators']}{address}") as answer:
            assert answer.status == 200
        assert paused(doors) == turned


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(doors: Doors, method: str) -> None:
    assert doors.ask("operators", "/runs", "olga", method=method).status == 405


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_a_websocket_from_elsewhere_is_refused(doors: Doors, origin: str) -> None:
    """Browsers let any page open one, and send the sign-in along."""
    with doors.knock("operators") as secured, pytest.raises(InvalidStatus, match="405"):
        connect(
            f"ws://{doors.name('operators')}:{doors.port}/graphql",
            sock=secured,
            additional_headers={"Authorization": credentials("olga")},
            origin=origin,
            subprotocols=["graphql-ws"],
        )


def test_a_link_to_a_page_is_followed(doors: Doors) -> None:
    """From a mail or a wiki: looking changes nothing."""
    assert doors.ask("readers", "/runs", "rita", headers={"Sec-Fetch-Site": "cross-site"}).status == 200
