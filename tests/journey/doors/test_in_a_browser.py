"""The two doors in Chromium: what each lets a person press, and that a foreign page can press nothing."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.doors import MEMBERS, PASSWORDS, Doors
from tests.journey.doors.conftest import Waiting
from tests.ui.browser import VIEWPORT, chromium

pytestmark = pytest.mark.journey  # beside the others, for whom the same doors are open

PATIENCE_MS = 60_000
JOB = "/locations/thin_assets/jobs/load_vocabulary"
PRESSED = {
    "materialize a job": (JOB, "Materialize"),
    "materialize an asset": ("/assets/omop/person", "Materialize"),
}
PAUSED = "{ instance { autoMaterializePaused } }"
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@contextmanager
def signed_in(browser: Browser, doors: Doors, door: str, user: str | None) -> Iterator[Page]:
    """A fresh page at a door; the certificate is the test's own, so that the browser is told to take it."""
    known = {"http_credentials": {"username": user, "password": PASSWORDS[user]}} if user else {}
    with browser.new_context(
        base_url=doors.address(door), ignore_https_errors=True, viewport=VIEWPORT, **known
    ) as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()


def button(page: Page, what: str) -> Locator:
    path, name = PRESSED[what]
    page.goto(path)
    return page.get_by_role("button", name=name).first


@pytest.mark.parametrize("door", MEMBERS)
def test_who_does_not_sign_in_sees_nothing(browser: Browser, doors: Doors, door: str) -> None:
    with signed_in(browser, doors, door, None) as page:
        with pytest.raises(PlaywrightError, match="ERR_INVALID_AUTH_CREDENTIALS"):
            page.goto("/runs")
        expect(page.get_by_text("thin_assets")).to_have_count(0)


@pytest.mark.parametrize("what", PRESSED)
def test_an_operator_can(browser: Browser, doors: Doors, what: str) -> None:
    with signed_in(browser, doors, "operators", "olga") as page:
        expect(button(page, what)).to_be_enabled()


@pytest.mark.parametrize("what", PRESSED)
def test_a_reader_cannot(browser: Browser, doors: Doors, what: str) -> None:
    """The page is there, with a button that cannot be pressed."""
    with signed_in(browser, doors, "readers", "rita") as page:
        expect(button(page, what)).to_be_disabled()


@pytest.mark.parametrize(("door", "user"), [("operators", "olga"), ("readers", "rita")])
def test_the_page_of_a_run_listens_to_its_events(
    browser: Browser, doors: Doors, waiting: Waiting, door: str, user: str
) -> None:
    heard: list[str] = []
    with signed_in(browser, doors, door, user) as page:
        page.on("websocket", lambda wire: wire.on("framereceived", lambda frame: heard.append(str(frame))))
        page.goto(f"/runs/{waiting.run}")
        expect(page.get_by_text("Run queued")).to_be_visible()
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not any("RunEnqueuedEvent" in frame for frame in heard):
            assert time.monotonic() < deadline, heard
            page.wait_for_timeout(100)


@contextmanager
def foreign_site(page: str) -> Iterator[str]:
    """A web server of somebody else on this machine, with one page; its address."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


FOREIGN = """<!doctype html><img src="{door}/graphql?query={mutation}">
<form id="form" method="post" action="{door}/graphql?query={mutation}" target="frame"><input name="a"></form>
<iframe name="frame"></iframe><script>
const body = JSON.stringify({{query: decodeURIComponent("{mutation}")}});
const how = {{method: "POST", mode: "no-cors", credentials: "include", body: new Blob([body])}};
document.getElementById("form").submit();
fetch("{door}/graphql", how).catch(() => 0).then(() => document.body.append("tried"));
</script>"""
"""What can be sent from another site without being asked: a picture, a form, a fetch of text."""


def test_a_foreign_page_presses_nothing(browser: Browser, doors: Doors) -> None:
    """An operator who is signed in looks at a page that tries to launch: nginx refuses all it sends."""
    mutation = "mutation%7BsetAutoMaterializePaused(paused%3A{})%7D"
    before = doors.graphql("operators", PAUSED, "olga").json()
    other = not before["data"]["instance"]["autoMaterializePaused"]
    page_of_theirs = FOREIGN.format(
        door=doors.address("operators"), mutation=mutation.format(str(other).lower())
    )
    with signed_in(browser, doors, "operators", "olga") as page, foreign_site(page_of_theirs) as address:
        page.goto("/server_info")
        before_them = len(told_by(doors))
        page.goto(address)
        expect(page.get_by_text("tried")).to_be_visible()
        page.wait_for_load_state("networkidle")
    tried = [line.split('"')[3:5] for line in told_by(doors)[before_them:] if "/graphql" in line]
    assert sorted((what, status.split()[0]) for what, status in tried) == [
        ("GET /graphql", "405"),
        ("POST /graphql", "403"),
        ("POST /graphql", "403"),
    ]
    assert doors.graphql("operators", PAUSED, "olga").json() == before


def told_by(doors: Doors) -> list[str]:
    """Lines of the operators' door: who asked for what, and what they were answered."""
    return (doors.folder / "thin-operators.log").read_text(encoding="utf-8").splitlines()
