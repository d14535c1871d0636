"""Nobody passes a door without the right name and password, and nobody tries many."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors import MEMBERS, PASSWORDS, Doors, lay_out, nginx

pytestmark = pytest.mark.journey

PATHS = [
    *("/", "/runs", "/server_info", "/published/", "/logs/x", "/download_debug/x"),
    *("/favicon.png", "/report_asset_materialization/landing/delivery", "/graphql?query={version}"),
]
WAYS_IN = [(door, user) for door, users in MEMBERS.items() for user in users]
BURST, SECONDS_PER_GUESS = 20, 6
"""Guesses that deploy/nginx lets an address make at once, and how long it waits for each further one."""


@pytest.mark.parametrize("door", MEMBERS)
@pytest.mark.parametrize("path", PATHS)
def test_without_a_name_there_is_no_way_in(doors: Doors, door: str, path: str) -> None:
    answer = doors.ask(door, path, method="POST" if "graphql" in path or "report" in path else "GET")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == f'Basic realm="thin-assets: {door}"'


@pytest.mark.parametrize(("door", "user"), WAYS_IN)
def test_the_right_name_and_password_lead_to_dagster(doors: Doors, door: str, user: str) -> None:
    answer = doors.ask(door, "/server_info", user)
    assert (answer.status, "dagster_version" in answer.json()) == (200, True)


@pytest.mark.parametrize(
    ("door", "user", "password"),
    [
        ("operators", "rita", None),
        ("operators", "olga", PASSWORDS["rita"]),
        ("operators", "olga", ""),
        ("readers", "rita", PASSWORDS["rita"] + " "),
        ("readers", "rita", PASSWORDS["rita"].upper()),
        ("readers", "olga", PASSWORDS["rita"]),
    ],
)
def test_the_wrong_one_does_not(doors: Doors, door: str, user: str, password: str | None) -> None:
    """A reader's name opens the readers' door only; and a password belongs to one name."""
    assert doors.ask(door, "/server_info", user, password=password).status == 401


def test_another_name_than_those_of_the_doors_is_not_answered(doors: Doors) -> None:
    """Not even with a certificate: who comes by address, or by a name that leads here, learns nothing."""
    with pytest.raises(OSError, match="unrecognized name"):
        doors.ask("cellar", "/", "olga")


def test_a_name_that_is_not_that_of_the_certificate_is_not_answered(doors: Doors) -> None:
    """Whoever came in by the readers' name cannot ask for the operators' pages on the same connection."""
    answer = doors.ask(
        "readers", "/server_info", "rita", headers={"Host": f"operators.localhost:{doors.port}"}
    )
    assert answer.status in {401, 421}


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[Doors]:
    """nginx as shipped with nobody behind it, and nobody who has knocked yet."""
    folder = Path(tempfile.mkdtemp(prefix="doors-"))
    try:
        with nginx(lay_out(folder, tmp_path, {})) as doors:
            yield doors
    finally:
        shutil.rmtree(folder)


def test_who_guesses_is_stopped_and_who_is_in_stays_in(empty_house: Doors) -> None:
    """After the burst an address is told to wait, right or wrong; who had signed in before goes on."""
    inside = 404  # signed in, and no such page
    assert empty_house.ask("readers", "/published/x", "rita").status == inside
    begun = time.monotonic()
    guesses = [empty_house.ask("operators", "/", "olga", password=f"guess {n}") for n in range(2 * BURST)]
    allowed = BURST + 1 + (time.monotonic() - begun) / SECONDS_PER_GUESS
    told = Counter(guess.status for guess in guesses)
    assert set(told) == {401, 429}
    assert BURST - 1 <= told[401] <= allowed
    assert next(one for one in guesses if one.status == 429).headers["Retry-After"] == "60"
    asked = (empty_house.ask("operators", "/published/x", "olga").status for _ in range(BURST))
    assert 429 in asked, "one in six seconds may come in"
    assert empty_house.ask("readers", "/published/x", "rita").status == inside
    assert empty_house.ask("readers", "/published/x").status == 401, "no password is no guess"


def test_no_password_is_written_to_a_log(doors: Doors) -> None:
    doors.ask("readers", "/runs", "rita")
    doors.ask("readers", "/runs", "rita", password="a slip of the pen")
    log = (doors.folder / "thin-readers.log").read_text(encoding="utf-8")
    assert 'door=readers from=127.0.0.1 user="rita" "GET /runs" 200' in log
    logs = [path for path in doors.folder.glob("*.log") if path.is_file()]
    told = "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)
    assert not [one for one in (*PASSWORDS.values(), "a slip of the pen", "Basic ") if one in told]
