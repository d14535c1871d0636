"""The evidence of real builds: tables that agree with the CDM, a page for every country, the command."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.profile_assets import DISTRIBUTIONS, RESULTS, page_path
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_profile_counts_what_the_sealed_build_holds(seven_countries: Path, country: str) -> None:
    lake, snapshot = Lake(home=str(seven_countries)), Snapshot.named(country, MONTH)
    results = lake.read("evidence", RESULTS, snapshot)
    build = lake.current_build(snapshot)
    with duckdb.connect() as con:
        records = {
            table: con.sql(f"select count(*) from '{build}/{table}/data.parquet'").fetchone()[0]
            for table in results.filter(pl.col("analysis_id") == 9000)["stratum_1"]
        }
    counted = results.filter(pl.col("analysis_id") == 9000).select("stratum_1", "count_value").rows()
    assert dict(counted) == records
    by_concept = results.filter(pl.col("analysis_id") == 401)["count_value"].sum()
    assert by_concept == records["condition_occurrence"] > 0
    assert lake.read("evidence", DISTRIBUTIONS, snapshot).height > 100


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_a_page_that_names_its_build(seven_countries: Path, country: str) -> None:
    lake, snapshot = Lake(home=str(seven_countries)), Snapshot.named(country, MONTH)
    text = page_path(lake, snapshot).read_text(encoding="utf-8")
    assert f"Profile of {COUNTRIES[country].name}, March 2024" in text
    assert lake.current_build(snapshot).name.partition("=")[2] in text


def test_the_command_draws_the_page_beside_all_countries_and_twice_the_same(
    seven_countries: Path, tmp_path: Path
) -> None:
    """Drawn again when all seven are built, the page compares all seven; it holds no time of its own."""
    first, second = tmp_path / "first.html", tmp_path / "second.html"
    for out in (first, second):
        thin_assets(seven_countries, "profile", "--country", "GB", "--snapshot", MONTH, "--out", str(out))
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text(encoding="utf-8")
    assert [one.name for one in COUNTRIES.values() if f">{one.name}</th>" not in text] == []


def test_a_partition_that_is_not_built_has_no_profile(seven_countries: Path) -> None:
    done = thin_assets(seven_countries, "profile", "--country", "GB", "--snapshot", "2023-06", check=False)
    assert done.returncode == 43
    assert "materialise evidence/achilles_results first" in done.stderr
