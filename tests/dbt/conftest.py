"""Builds shared by all tests of the transformation: each takes seconds, so each is made once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.dbt import stories
from tests.dbt.candidate import Build, build, parse, write_raw
from tests.dbt.small_vocabulary import write_vocabulary
from thin_assets.domain.snapshot import Snapshot

WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "test")


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    """One build a country of `stories.py`, and one of shuffled rows; the first runs the unit tests too."""
    home: Path = tmp_path_factory.mktemp("dbt")
    parsed, vocabulary = parse(home / "parsed"), write_vocabulary(home / "vocabulary")

    def run(name: str, country: str, shuffle: int | None, *options: str) -> Build:
        snapshot = Snapshot.named(country, "2024-03")
        raw = write_raw(home / name / "raw", snapshot, shuffle, **stories.TABLES[country])
        return build(home / name, parsed, raw, vocabulary, snapshot, *options)

    with ThreadPoolExecutor(max_workers=2) as pool:
        started = {
            "GB": pool.submit(run, "GB", "GB", None),
            "shuffled": pool.submit(run, "shuffled", "GB", 1, *WITHOUT_TESTS),
            "DE": pool.submit(run, "DE", "DE", None, *WITHOUT_TESTS),
            "FR": pool.submit(run, "FR", "FR", None, *WITHOUT_TESTS),
        }
    return {name: future.result() for name, future in started.items()}


@pytest.fixture
def gb(builds: dict[str, Build]) -> Build:
    """A list country with deprivation and its own test entities."""
    return builds["GB"]


@pytest.fixture
def de(builds: dict[str, Build]) -> Build:
    """Free choice of doctor; diagnoses carry a certainty."""
    return builds["DE"]


@pytest.fixture
def fr(builds: dict[str, Build]) -> Build:
    """Free choice of doctor; pharmacies deliver what they dispensed."""
    return builds["FR"]
