"""On the pages of assets: why a check failed and what to do, the report, where a column comes from."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.conftest import ROOT, thin_assets
from tests.waiting import free_port
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.validated.checks import ERRORS

pytestmark = pytest.mark.ui

REFUSED, REPORTED = Snapshot.named("IT", "2024-01"), Snapshot.named("BE", "2024-01")
QUALITY, SEALED, PROFILE = (
    "/assets/validated/data_quality",
    "/assets/validated/cdm",
    "/assets/evidence/profile_page",
)
OPENED_AT_MOST = 4
FEATURES, PRODUCT = "/assets/features/lung_cancer_matched", "/assets/published/lung_cancer_features"


def build(home: Path, snapshot: Snapshot, *rooms: str, check: bool = True) -> subprocess.CompletedProcess:
    named = ("--country", snapshot.country, "--snapshot", snapshot.folder)
    return thin_assets(home, "run", *named, *rooms, check=check)


@pytest.fixture(scope="module")
def refused(home: Path) -> Snapshot:
    """A partition whose candidate holds a person twice, so that it was judged and not sealed."""
    named = ("--country", REFUSED.country, "--snapshot", REFUSED.folder)
    thin_assets(home, "generate", *named, "--patients", "40", "--seed", "5")
    build(home, REFUSED, "--until", "omop")
    person = Lake(home=str(home)).candidate(REFUSED)[0] / "person" / "data.parquet"
    pl.concat([pl.read_parquet(person), pl.read_parquet(person).head(1)]).write_parquet(person)
    assert build(home, REFUSED, "--room", "validated", check=False).returncode != 0
    return REFUSED


@pytest.fixture(scope="module")
def pages_address(home: Path) -> Iterator[str]:
    """Where the pages of the home are served; runs of this module link to it."""
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIN_PAGES_ADDRESS", address)
        command = [sys.executable, "-m", "thin_assets.cli", "--home", str(home), "pages"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert address in process.stderr.readline()
                yield address
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def reported(home: Path, pages_address: str) -> Snapshot:
    """A partition that is sealed, and has its profile."""
    named = ("--country", REPORTED.country, "--snapshot", REPORTED.folder)
    thin_assets(home, "generate", *named, "--patients", "40", "--seed", "5")
    build(home, REPORTED, "--until", "evidence")
    return REPORTED


def row_of(page: Page, label: str) -> Locator:
    """The row of a metadata entry; its table lies in it, and has rows of its own."""
    return page.get_by_role("row").filter(has=page.get_by_role("cell", name=label, exact=True)).first


def told_of_column(page: Page, column: str) -> str:
    """The row of a column in the dialog of origins.

    Dagster closes the dialog when more of the page has loaded: then it is opened again, as a person would.
    """
    row = page.get_by_role("dialog").get_by_role("row").filter(has_text=column).first
    for _ in range(OPENED_AT_MOST):
        row_of(page, "where columns come from").get_by_text("Show Markdown").click()
        try:
            return row.inner_text(timeout=10_000)
        except PlaywrightTimeout:
            continue
    raise AssertionError(f"the dialog was opened {OPENED_AT_MOST} times, and shows no {column}")


def test_a_check_that_stopped_the_seal_says_what_to_do(page: Page, refused: Snapshot) -> None:
    page.goto(f"{SEALED}?view=checks&checkDetail={ERRORS}")
    expect(page.get_by_text(refused.key).filter(visible=True).first).to_be_visible()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    expect(page.get_by_text("what to do")).to_be_visible()
    expect(page.get_by_text(re.compile("Two records have one identity"))).to_be_visible()


def test_a_check_of_a_kind_says_where_it_failed_and_what_to_do(page: Page, refused: Snapshot) -> None:
    page.goto(f"{QUALITY}?view=checks&checkDetail=field_isPrimaryKey")
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile("docs/explanation/identity.md"))).to_be_visible()
    failed = row_of(page, "checks that failed")
    expect(failed.get_by_role("cell", name="person.person_id", exact=True)).to_be_visible()


def test_the_report_opens_from_the_page_of_its_asset(
    page: Page, reported: Snapshot, pages_address: str
) -> None:
    page.goto(f"{PROFILE}?view=partitions&partition={reported.key}")
    with page.context.expect_page() as opening:
        page.get_by_text(re.compile(re.escape(pages_address))).click()
    report = opening.value
    expect(report.get_by_role("heading", level=1)).to_have_text("Profile of Belgium, January 2024")
    assert report.url.startswith(pages_address)


@pytest.mark.parametrize("asset", [FEATURES, PRODUCT])
def test_a_feature_shows_the_columns_it_comes_from_back_to_the_delivery(page: Page, asset: str) -> None:
    page.goto(asset)
    told = told_of_column(page, "covariate_id")
    for field in ("condition_occurrence.condition_concept_id", "medical.medcode", "therapy.drugcode"):
        assert field in told
