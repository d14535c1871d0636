"""A backfill from the partition grid of a job: two months of a country, chosen and launched by clicks."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.conftest import thin_assets
from tests.ui.browser import VIEWPORT
from thin_assets.domain.snapshot import Snapshot

pytestmark = pytest.mark.ui

JOB = "/locations/thin_assets/jobs/unpack_delivery/partitions"
MONTHS = [Snapshot.named("FR", "2024-01"), Snapshot.named("FR", "2024-02")]
LONGEST_SECONDS = 600
ENDED = re.compile(r"^(Succeeded|Failed|Canceled)$")


@pytest.fixture(scope="module")
def delivered(home: Path) -> None:
    """Two small deliveries beside that of the other tests."""
    for snapshot in MONTHS:
        asked = ("--country", snapshot.country, "--snapshot", snapshot.folder, "--patients", "30")
        thin_assets(home, "generate", *asked, "--seed", "5")


@pytest.fixture(scope="module")
def outcome(browser: Browser, address: str, delivered: None) -> str:
    """The word in the job's history of backfills, once the one that was launched here has ended."""
    with browser.new_context(base_url=address, viewport=VIEWPORT) as context:
        page = context.new_page()
        launch(page)
        return wait_for_the_end(page)


def launch(page: Page) -> None:
    """Choose a country and a range of months in the grid, and start a run for each."""
    page.goto(JOB)
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog").first
    months = dialog.get_by_placeholder(re.compile(r"\d{4}-\d\d-01"))
    expect(months).to_be_visible()
    dialog.get_by_text("Select a partition").click()
    page.get_by_role("menuitem", name=MONTHS[0].country).click()
    page.keyboard.press("Escape")
    months.fill(f"[{MONTHS[0].month.isoformat()}...{MONTHS[1].month.isoformat()}]")
    months.press("Enter")
    expect(dialog.get_by_text("2 partitions")).to_be_visible()
    dialog.get_by_role("button", name="Launch backfill").click()
    expect(page.get_by_role("dialog").first).to_be_hidden()


def wait_for_the_end(page: Page) -> str:
    """The history is read when the page is opened: it is opened again until it tells of an end."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        page.goto(JOB)
        try:
            page.get_by_text(ENDED).first.wait_for(timeout=20_000)
        except PlaywrightTimeout:
            continue
        return page.get_by_text(ENDED).first.inner_text()
    return "still going on"


def test_a_backfill_launched_from_the_grid_ends_well(outcome: str) -> None:
    assert outcome == "Succeeded"


def test_the_history_of_the_job_tells_how_many_partitions_it_had(page: Page, outcome: str) -> None:
    page.goto(JOB)
    expect(page.get_by_text("2 partitions")).to_be_visible()
    expect(page.get_by_text("Manually launched")).to_be_visible()


@pytest.mark.parametrize("snapshot", MONTHS, ids=lambda snapshot: snapshot.folder)
def test_each_month_has_its_raw_tables(page: Page, outcome: str, snapshot: Snapshot) -> None:
    page.goto(f"/assets/raw/medical?view=partitions&partition={snapshot.key}")
    expect(page.get_by_text(snapshot.key).filter(visible=True).first).to_be_visible()
    expect(page.get_by_text("Materialized", exact=True)).to_be_visible()
