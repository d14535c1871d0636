"""Homes that were built for real: generated deliveries, a Dagster backfill, published tables."""

from pathlib import Path

import pytest

from tests.conftest import thin_assets
from thin_assets.domain.countries import COUNTRIES

MONTH = "2024-03"
PATIENTS = "300"


def deliver(home: Path, country: str, month: str = MONTH, patients: str = PATIENTS, seed: str = "11") -> None:
    """One synthetic delivery, defects included."""
    thin_assets(
        home, "generate", "--country", country, "--snapshot", month, "--patients", patients, "--seed", seed
    )


@pytest.fixture(scope="session")
def seven_countries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a real backfill, four runs at once, built one month of all seven countries."""
    home = tmp_path_factory.mktemp("seven") / "home"
    for country in COUNTRIES:
        deliver(home, country)
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "backfill", "--countries", "all", "--snapshots", MONTH, "--max-concurrent", "4")
    return home
