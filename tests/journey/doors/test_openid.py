"""Sign-in with an OpenID provider, as nginx sees it: a stand-in answers as oauth2-proxy documents its paths.

oauth2-proxy itself is no package that is installed here: what it does with a provider is not tested.
"""

import http.server
import json
import shutil
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.doors import MEMBERS, NGINX, Doors, lay_out, nginx

pytestmark = pytest.mark.journey

GROUPS = {"olga": {"thin-operators", "thin-readers"}, "rita": {"thin-readers"}}
PAGE, DATA = {"Accept": "text/html,*/*"}, {"Accept": "application/json"}
CONFIG = tomllib.loads((NGINX / "oauth2-proxy.cfg").read_text(encoding="utf-8"))


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status: int, headers: dict[str, str], body: str = "") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class StandIn(Handler):
    """oauth2-proxy's paths: a cookie that holds a name is a session."""

    def do_GET(self) -> None:  # noqa: N802
        address = urlsplit(self.path)
        user = self.headers.get("Cookie", "").removeprefix("__Host-thin=")
        if address.path != "/oauth2/auth":
            self.answer(302, {"Location": f"https://login.example/?{address.query}"})
        elif user not in GROUPS:
            self.answer(401, {})
        elif not GROUPS[user] & set(parse_qs(address.query)["allowed_groups"][0].split(",")):
            self.answer(403, {})
        else:
            self.answer(202, {"X-Auth-Request-Email": f"{user}@example.org"})


class Dagster(Handler):
    """Says what it was told."""

    def do_GET(self) -> None:  # noqa: N802
        self.answer(200, {}, json.dumps({name.lower(): value for name, value in self.headers.items()}))


@contextmanager
def serving(handler: type[Handler]) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = Path(tempfile.mkdtemp(prefix="doors-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        behind = dict.fromkeys(MEMBERS, stack.enter_context(serving(Dagster)))
        proxy = stack.enter_context(serving(StandIn))
        yield stack.enter_context(nginx(lay_out(folder, tmp_path_factory.mktemp("home"), behind, proxy)))


def session(user: str) -> dict[str, str]:
    return {"Cookie": f"__Host-thin={user}"}


@pytest.mark.parametrize("door", MEMBERS)
def test_who_has_no_session_is_led_to_the_provider(doors: Doors, door: str) -> None:
    answer = doors.ask(door, "/runs?a=1", headers=PAGE)
    assert (answer.status, answer.headers["Location"]) == (
        302,
        f"{doors.address(door)}/oauth2/start?rd=/runs?a=1",
    )
    started = doors.ask(door, "/oauth2/start?rd=/runs")
    assert (started.status, started.headers["Location"]) == (302, "https://login.example/?rd=/runs")


def test_a_program_is_told_that_it_must_sign_in(doors: Doors) -> None:
    assert doors.ask("readers", "/runs", headers=DATA).status == 401
    assert doors.ask("readers", "/graphql", method="POST", body="{}", headers=DATA).status == 401


@pytest.mark.parametrize(
    ("door", "user", "status"),
    [
        ("operators", "olga", 200),
        ("readers", "olga", 200),
        ("readers", "rita", 200),
        ("operators", "rita", 403),
    ],
)
def test_a_door_is_for_its_group(doors: Doors, door: str, user: str, status: int) -> None:
    assert doors.ask(door, "/runs", headers=session(user)).status == status


def test_dagster_learns_who_asks_and_nobody_can_say_they_are_another(doors: Doors) -> None:
    """Neither session nor claim of a client reaches it."""
    claim = {"X-Forwarded-User": "root", "X-Auth-Request-Email": "root", "Authorization": "Basic cm9vdDo="}
    told = json.loads(doors.ask("readers", "/runs", headers=session("rita") | claim).text)
    assert told["x-forwarded-user"] == "rita@example.org"
    assert not {"cookie", "authorization"} & set(told)
    assert 'user="rita@example.org"' in (doors.folder / "thin-readers.log").read_text()


def test_the_proxys_configuration_fits_the_doors() -> None:
    """Both names and both groups; secrets in files or the environment; cookies for one door alone."""
    names = {f"{door}.thin.example" for door in MEMBERS}
    assert set(CONFIG["whitelist_domains"]) == names
    assert set(CONFIG["allowed_groups"]) == {f"thin-{door}" for door in MEMBERS}
    assert "cookie_domains" not in CONFIG
    assert CONFIG["cookie_secure"] and CONFIG["cookie_httponly"]
    assert {name for name in CONFIG if "secret" in name} == {"client_secret_file"}
    assert CONFIG["http_address"].startswith("127.0.0.1:")
