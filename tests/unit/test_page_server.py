"""The server of pages: pages and their pictures of one home, and nothing else of it."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import ROOT
from tests.waiting import free_port
from thin_assets.errors import SettingsError
from thin_assets.resources.page_file import leads_to, place_of, write_page
from thin_assets.resources.page_server import listening, page_app

PAGE = "lake/evidence/profile_page/country=GB/snapshot=2024-03-01/index.html"
FRONT, STYLE = "published/catalogue/index.html", "published/catalogue/catalogue.css"
KEPT_BACK = {
    "lake/cdm/country=GB/snapshot=2024-03-01/build=1/person/data.parquet": "a table",
    "lake/reports/landing.json": "a report",
    "lake/evidence/_candidate/index.html": "unfinished",
    "lake/.hidden/index.html": "hidden",
    "secrets/pseudonym.key": "a key",
    "secrets/index.html": "a page where none belongs",
    "deliveries/GB/2024-03/patient.csv.gz": "a delivery",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pages") / "home"
    texts = {
        PAGE: "<h1>profile</h1>",
        FRONT: "<h1>catalogue</h1>",
        "published/catalogue/catalogue.css": "p {}",
    }
    for name, text in (texts | KEPT_BACK).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (home / "lake" / "leads_out.html").symlink_to(home / "secrets" / "pseudonym.key")
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(page_app(home, FRONT, ["127.0.0.1"]), base_url="http://127.0.0.1:3003") as client:
        yield client


def test_a_page_is_shown_as_it_lies_there(client: TestClient) -> None:
    answer = client.get(f"/{PAGE}")
    assert (answer.status_code, answer.text) == (200, "<h1>profile</h1>")
    assert answer.headers["content-type"].startswith("text/html")


def test_the_front_leads_to_the_catalogue(client: TestClient) -> None:
    assert client.get("/").text == "<h1>catalogue</h1>"
    assert client.get(f"/{STYLE}").status_code == 200


@pytest.mark.parametrize("name", [*KEPT_BACK, "lake/leads_out.html", "lake/", "lake/cdm", "lake/absent.html"])
def test_nothing_else_is_shown(client: TestClient, name: str) -> None:
    assert client.get(f"/{name}").status_code == 404


@pytest.mark.parametrize(
    "way", ["/lake/../secrets/index.html", "/lake/%2e%2e/secrets/index.html", "/lake//etc/x.html"]
)
def test_no_way_leads_out_of_the_folders(client: TestClient, way: str) -> None:
    assert client.get(way).status_code == 404


def test_a_page_loads_nothing_from_elsewhere_and_stands_in_no_frame(client: TestClient) -> None:
    policy = client.get(f"/{PAGE}").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_nothing_can_be_written(client: TestClient) -> None:
    assert {client.request(verb, f"/{PAGE}").status_code for verb in ("POST", "PUT", "DELETE")} == {405}


def test_another_name_for_this_machine_is_refused(home: Path) -> None:
    """A page of another site whose name leads to loopback asks under that name."""
    with TestClient(page_app(home, FRONT, ["127.0.0.1"]), base_url="http://evil.example:3003") as client:
        assert client.get(f"/{PAGE}").status_code == 400


def test_metadata_leads_to_where_the_page_is_served(home: Path, client: TestClient) -> None:
    address = leads_to(home / PAGE)["page"].value
    assert address == f"http://127.0.0.1:3003/{PAGE}"
    assert client.get(address).text == "<h1>profile</h1>"


def test_where_no_page_is_served_metadata_has_the_path_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THIN_PAGES_ADDRESS", "")
    page = tmp_path / "lake" / "operations" / "page" / "index.html"
    assert {name: value.value for name, value in write_page(page, "text").items()} == {"path": str(page)}


@pytest.mark.parametrize("home", ["/data/lake/home", "/published", "/a b"])
def test_the_place_of_a_page_begins_at_its_home(home: str) -> None:
    assert place_of(Path(home) / FRONT) == FRONT
    assert place_of(Path(home) / "lake" / "a b" / "x.html") == "lake/a%20b/x.html"


def test_a_port_that_is_taken_is_told_with_a_remedy() -> None:
    with listening("127.0.0.1", 0) as taken, pytest.raises(SettingsError, match="THIN_PAGES_ADDRESS"):
        listening("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("address", ["http://0.0.0.0:3003", "https://127.0.0.1:3003", "http://127.0.0.1"])
def test_the_command_listens_on_loopback_only(
    address: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THIN_PAGES_ADDRESS", address)
    command = [sys.executable, "-m", "thin_assets.cli", "--home", str(home), "pages"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == SettingsError.exit_code
    assert "loopback only" in done.stderr


def test_the_command_serves_a_page_until_it_is_stopped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("THIN_PAGES_ADDRESS", address)
    command = [sys.executable, "-m", "thin_assets.cli", "--home", str(home), "pages"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert address in process.stderr.readline()
            with urllib.request.urlopen(f"{address}/{PAGE}", timeout=60) as answer:
                assert answer.read() == b"<h1>profile</h1>"
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(f"{address}/secrets/pseudonym.key", timeout=60)
        finally:
            process.terminate()
        assert process.wait(timeout=60) is not None
