"""`thin-assets pool`: studies of seven countries brought together, and their pages opened in a browser."""

from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from tests.ui.browser import VIEWPORT, chromium, opened
from thin_assets.domain.countries import COUNTRIES

pytestmark = [pytest.mark.journey, pytest.mark.ui]


@pytest.fixture(scope="module")
def pages(seven_countries: Path) -> dict[str, Path]:
    """The pages that the command says it has written, by study."""
    said = thin_assets(seven_countries, "pool", "--snapshot", MONTH).stdout
    written = [
        Path(line.removeprefix("written ")) for line in said.splitlines() if line.startswith("written")
    ]
    return {page.parents[1].name: page for page in written}


STUDIES = ("association_scan_page", "risk_report", "prescribing_across_page")


def test_scans_risk_models_and_prescribing_have_a_page_each(pages: dict[str, Path]) -> None:
    assert set(pages) == set(STUDIES)


@pytest.mark.parametrize("study", STUDIES)
def test_a_page_tells_of_every_country_and_complains_of_nothing(pages: dict[str, Path], study: str) -> None:
    heard: list[str] = []
    with chromium() as browser, opened(browser, VIEWPORT, pages[study], heard) as page:
        words = page.locator("body").inner_text()
    assert set(heard) == {pages[study].resolve().as_uri()}
    assert [code for code in COUNTRIES if code not in words] == []


def test_a_month_without_a_country_is_refused(seven_countries: Path) -> None:
    done = thin_assets(seven_countries, "pool", "--snapshot", "2023-01", check=False)
    assert (done.returncode, "2023-01-01" in done.stderr) == (43, True)
