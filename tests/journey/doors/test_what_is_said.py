"""What a door says besides: headers that protect who reads, and static pages that run nothing foreign."""

from pathlib import Path

import pytest

from tests.doors import MEMBERS, Doors

pytestmark = pytest.mark.journey

ALWAYS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
ANSWERS = {
    "Dagster's page": ("/runs", "rita", 200),
    "Dagster's data": ("/server_info", "rita", 200),
    "a static page": ("/published/catalogue/", "rita", 200),
    "a static page that is not there": ("/published/x.html", "rita", 404),
    "nobody let in": ("/runs", None, 401),
}
NOT_THERE = [
    *(
        "/published/.hidden",
        "/published/t/v1/_delta_log/0.json",
        "/published/t/v1/a.parquet",
        "/published/t/",
    ),
    *("/published/away/pseudonym.key", "/published/secrets/pseudonym.key"),
    *("/notebook?path=/x.ipynb", "/dagit/notebook?path=/x.ipynb"),
]
OUTSIDE = [
    *(
        "/published/../secrets/pseudonym.key",
        "/published/..%2fsecrets/pseudonym.key",
        "/secrets/pseudonym.key",
    ),
    *("/published/%2e%2e/secrets/pseudonym.key", "/published//secrets/pseudonym.key", "/published../secrets"),
    *("/logs/..%2f..%2f..%2fsecrets%2fpseudonym.key", "/logs/../../../secrets/pseudonym.key"),
]
PLANTED = "nobody reads this here"


@pytest.fixture(scope="module", autouse=True)
def shelf(home: Path) -> None:
    """A published zone: a catalogue, a table, and what somebody left lying about."""
    published = home / "published"
    files = {
        "published/catalogue/index.html": "<!doctype html><title>catalogue</title>",
        "published/catalogue/catalogue.js": "0",
        "published/t/v1/a.parquet": PLANTED,
        "published/t/v1/_delta_log/0.json": PLANTED,
        "published/.hidden": PLANTED,
        "secrets/pseudonym.key": PLANTED,
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    (published / "away").symlink_to(home / "secrets")


@pytest.mark.parametrize("door", MEMBERS)
@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_carries_them_once(doors: Doors, door: str, what: str) -> None:
    path, user, status = ANSWERS[what]
    answer = doors.ask(door, path, user and "olga")
    assert answer.status == status
    assert {name: answer.headers.get_all(name) for name in ALWAYS} == {
        name: [value] for name, value in ALWAYS.items()
    }
    assert answer.headers["Server"] == "nginx"


def test_dagsters_own_policy_for_scripts_stands_and_no_page_frames_it(doors: Doors) -> None:
    policies = doors.ask("readers", "/runs", "rita").headers.get_all("Content-Security-Policy")
    assert [policy.split(";")[0] for policy in policies] == ["base-uri 'none'", "frame-ancestors 'none'"]


def test_a_static_page_loads_nothing_from_elsewhere(doors: Doors) -> None:
    policy = doors.ask("readers", "/published/catalogue/", "rita").headers["Content-Security-Policy"]
    sources = {word for part in policy.split(";") for word in part.split()[1:]}
    assert policy.startswith("default-src 'none'")
    assert sources == {"'none'", "'self'", "'unsafe-inline'", "data:"}
    assert "script-src 'self';" in policy, "no inline script"


def test_pages_of_the_published_zone_are_served(doors: Doors) -> None:
    page = doors.ask("readers", "/published/catalogue/", "rita")
    assert "<title>catalogue</title>" in page.text
    assert doors.ask("readers", "/published/catalogue/catalogue.js", "rita").status == 200


@pytest.mark.parametrize("path", NOT_THERE)
def test_no_table_and_no_hidden_file_is_served(doors: Doors, path: str) -> None:
    answer = doors.ask("readers", path, "rita")
    assert (answer.status, PLANTED in answer.text) in {(404, False), (429, False)}


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_is_served_by_any_spelling(doors: Doors, path: str) -> None:
    """What is no file of the published zone is Dagster's to answer, with its page, or with an error."""
    answer = doors.ask("readers", path, "rita")
    assert PLANTED not in answer.text
    assert answer.status in {400, 404, 500} or "dagster" in answer.text.lower()
