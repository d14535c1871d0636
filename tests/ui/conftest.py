"""One home with one delivery, the Dagster page that serves it, and a browser in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import thin_assets
from tests.ui.browser import PHONE, VIEWPORT, chromium, opened, served
from thin_assets.domain.snapshot import Snapshot

DELIVERED = Snapshot.named("GB", "2024-03")
PATIENTS, SEED = "200", "5"
PATIENCE_MS = 30_000

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is ready to run and holds one delivery, of which nothing is built yet."""
    home = tmp_path_factory.mktemp("ui") / "home"
    thin_assets(home, "doctor", "--fix")
    thin_assets(
        *(home, "generate", "--country", DELIVERED.country, "--snapshot", DELIVERED.folder),
        *("--patients", PATIENTS, "--seed", SEED),
    )
    return home


@pytest.fixture(scope="session")
def address(browser: Browser, home: Path) -> Iterator[str]:
    """Where Dagster answers; asks for the browser first, because without one there is no use in waiting."""
    with served(home, log=home.parent / "dagster-dev.log") as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page whose relative addresses lead to the server: `page.goto("/runs")`."""
    with browser.new_context(base_url=address, viewport=VIEWPORT) as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()


@pytest.fixture
def asked() -> list[str]:
    """Addresses that a static page asked for, and what it complained of."""
    return []


@pytest.fixture(params=[VIEWPORT, PHONE], ids=["desktop", "phone"])
def static_page(
    request: pytest.FixtureRequest, browser: Browser, file: Path, asked: list[str]
) -> Iterator[Page]:
    """The page in the `file` of a module, on a screen and on a phone, without network."""
    with opened(browser, request.param, file, asked) as page:
        page.on("pageerror", lambda error: asked.append(str(error)))
        page.reload()
        yield page
