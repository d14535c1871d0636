"""What a person sees in Dagster's pages: the rooms, the grid, one partition from a click to its product.

Text and roles are looked for, never positions or class names: a small change of Dagster's pages may pass.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.ui.browser import VIEWPORT
from tests.ui.conftest import DELIVERED
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.validated.checks import ACCOUNTS, ERRORS

pytestmark = pytest.mark.ui

JOB = "/locations/thin_assets/jobs/receive_delivery/partitions"
RUNS = "/runs?q%5B0%5D=job%3Areceive_delivery"
SEALED_CDM, PRODUCT = "/assets/validated/cdm", "/assets/published/lung_cancer_features"
LONGEST_RUN_MS = 240_000
OPENED_AT_MOST = 4
ENDED = re.compile(r"^(Success|Failure|Canceled)$")


def open_launch_dialog(page: Page) -> Locator:
    """The dialog behind the job's `Materialize…`, with both dimensions loaded."""
    page.goto(JOB)
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog").first
    expect(snapshot_box(dialog)).to_be_visible()
    return dialog


def snapshot_box(dialog: Locator) -> Locator:
    return dialog.get_by_placeholder(re.compile(r"\d{4}-\d\d-01"))


def open_country_menu(page: Page, dialog: Locator) -> None:
    dialog.get_by_text("Select a partition").click()
    expect(page.get_by_role("menuitem", name=DELIVERED.country)).to_be_visible()


def choose(page: Page, snapshot: Snapshot) -> Locator:
    """Choose one partition in a new dialog; the button that would start it."""
    dialog = open_launch_dialog(page)
    open_country_menu(page, dialog)
    page.get_by_role("menuitem", name=snapshot.country).click()
    page.keyboard.press("Escape")
    snapshot_box(dialog).fill(snapshot.month.isoformat())
    snapshot_box(dialog).press("Enter")
    return dialog.get_by_role("button", name="Launch 1 run")


def launch(page: Page, snapshot: Snapshot) -> None:
    """Choose one partition and start it; returns when Dagster has taken the run.

    Dagster's dialog may forget a choice that was made while it was still loading: then it is opened again, as
    a person would.
    """
    for _ in range(OPENED_AT_MOST):
        button = choose(page, snapshot)
        try:
            button.wait_for(timeout=10_000)
        except PlaywrightTimeout:
            continue
        break
    button.click()
    expect(page.get_by_role("dialog").first).to_be_hidden()


def wait_for_the_end(page: Page) -> str:
    """The word that the list of runs, filtered to this one, shows when it has ended."""
    page.goto(RUNS)
    expect(page.get_by_text(f"partition: {DELIVERED.key}")).to_be_visible()
    expect(page.get_by_role("link", name="load_vocabulary")).to_have_count(0)
    ended = page.get_by_text(ENDED).first
    expect(ended).to_be_visible(timeout=LONGEST_RUN_MS)
    return ended.inner_text()


@pytest.fixture(scope="module")
def outcome(browser: Browser, address: str) -> str:
    """How the run ended that was launched by clicks; the tests after it look at what it left behind."""
    with browser.new_context(base_url=address, viewport=VIEWPORT) as context:
        page = context.new_page()
        launch(page, DELIVERED)
        return wait_for_the_end(page)


@pytest.fixture
def built(outcome: str) -> Snapshot:
    """The partition that was launched and is green."""
    assert outcome == "Success"
    return DELIVERED


def test_the_lineage_shows_every_room(page: Page) -> None:
    page.goto("/asset-groups")
    graph = page.locator("svg")
    for room in (*ROOMS, "vocabulary"):
        expect(graph.get_by_text(room, exact=True).first).to_be_visible()


def test_the_job_counts_a_partition_for_every_country_and_month(page: Page) -> None:
    page.goto(JOB)
    expect(page.get_by_text("Total partitions")).to_be_visible()
    expect(page.get_by_text(str(len(GRID.get_partition_keys())), exact=True).first).to_be_visible()


def test_the_launch_dialog_offers_seven_countries(page: Page) -> None:
    open_country_menu(page, open_launch_dialog(page))
    offered = [page.get_by_role("menuitem", name=re.compile(rf"\b{country}\b")) for country in COUNTRIES]
    assert len(offered) == 7
    for country in offered:
        expect(country).to_be_visible()


def test_an_asset_has_a_country_and_a_snapshot_dimension(page: Page) -> None:
    page.goto(f"{SEALED_CDM}?view=partitions")
    for dimension in ("country", "snapshot"):
        expect(page.get_by_placeholder(f"Filter by {dimension}")).to_be_visible()
    for country in COUNTRIES:
        expect(page.get_by_text(country, exact=True).filter(visible=True).first).to_be_visible()


def test_a_partition_launched_from_the_page_turns_green(outcome: str) -> None:
    assert outcome == "Success"


@pytest.mark.parametrize("asset", [SEALED_CDM, PRODUCT])
def test_the_launched_partition_is_materialized(page: Page, built: Snapshot, asset: str) -> None:
    page.goto(f"{asset}?view=partitions&partition={built.key}")
    expect(page.get_by_text("Materialized (1)")).to_be_visible()
    expect(page.get_by_text("Failed (0)")).to_be_visible()
    expect(page.get_by_text(built.key).filter(visible=True).first).to_be_visible()
    expect(page.get_by_text("Materialized", exact=True)).to_be_visible()


def test_both_checks_of_the_sealed_cdm_have_succeeded(page: Page, built: Snapshot) -> None:
    page.goto(f"{SEALED_CDM}?view=checks")
    expect(page.get_by_text("Checks (2)")).to_be_visible()
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(2)


@pytest.mark.parametrize(
    ("check", "meaning"),
    [(ERRORS, "Structure, required values, keys"), (ACCOUNTS, "delivered = loaded + collapsed")],
)
def test_a_check_page_tells_what_is_checked_and_that_it_passed(
    page: Page, built: Snapshot, check: str, meaning: str
) -> None:
    page.goto(f"{SEALED_CDM}?view=checks&checkDetail={check}")
    expect(page.get_by_text(meaning)).to_be_visible()
    expect(page.get_by_text("blocking")).to_be_visible()
    expect(page.get_by_text("Passed", exact=True)).to_be_visible()
    expect(page.get_by_text(built.key).filter(visible=True).first).to_be_visible()


def test_an_asset_page_tells_owner_kind_and_what_it_is(page: Page) -> None:
    page.goto(SEALED_CDM)
    for words in ("data-quality", "Pandera", "DuckDB", "The sealed CDM of a partition"):
        expect(page.get_by_text(words).filter(visible=True).first).to_be_visible()


def test_an_asset_page_tells_how_many_rows_were_sealed(page: Page, home: Path, built: Snapshot) -> None:
    build = Lake(home=str(home)).current_build(built)
    tables = json.loads((build / "build.json").read_text(encoding="utf-8"))["tables"]
    rows = sum(table["rows"] for table in tables.values())
    page.goto(SEALED_CDM)
    expect(page.get_by_text("Row count")).to_be_visible()
    expect(page.get_by_text(f"{rows:,}", exact=True)).to_be_visible()
