"""One month of seven countries, from delivery to published table, through a real Dagster backfill."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from thin_assets import read_published
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.reading.read import load_delta_extension
from thin_assets.resources.lake import Lake
from thin_assets.validated.catalogue import catalogue

pytestmark = pytest.mark.journey

PRODUCT, PERSONS = "cohort_counts", "lung_cancer_features"


@pytest.fixture(scope="module")
def status(seven_countries: Path) -> dict[str, dict]:
    rows = json.loads(thin_assets(seven_countries, "status", "--json").stdout)
    return {row["partition"]: row for row in rows}


def test_every_room_of_every_country_is_built(status: dict[str, dict]) -> None:
    assert len(status) == len(COUNTRIES)
    assert {state for row in status.values() for state in row["rooms"].values()} == {"built"}


@pytest.mark.parametrize("country", COUNTRIES)
def test_rows_reconcile_and_equal_what_was_planted(seven_countries: Path, country: str) -> None:
    """delivered = loaded + collapsed + rejected - multi-map extra, table by table, and the truth agrees."""
    snapshot = Snapshot.named(country, MONTH)
    truth = json.loads((seven_countries / "truth" / country / f"{MONTH}.json").read_text())["tables"]
    equations = {
        row["source_table"]: row
        for row in Lake(home=str(seven_countries)).reported("validated", snapshot)["equations"]
    }
    for table, planted in truth.items():
        found = equations[table]
        assert {
            "delivered": found["delivered"],
            "loaded": found["loaded"],
            "collapsed": found["collapsed"],
            "rejected": {reason: n for reason, n in found["rejected"].items() if n},
            "multi_map_extra": found["multi_map_extra"],
        } == planted | {"rejected": {reason: n for reason, n in planted["rejected"].items() if n}}, table
        assert found["delivered"] == (
            found["loaded"] + found["collapsed"] + sum(found["rejected"].values()) - found["multi_map_extra"]
        )


@pytest.mark.parametrize("country", COUNTRIES)
def test_swapped_units_are_what_the_checks_find_and_all_they_find(
    seven_countries: Path, country: str
) -> None:
    """Defects that no rule refuses stay in the CDM: results in another unit than the one that stands beside
    them. The checks of values by unit count them, but for those of refused patients and those that are
    plausible in both units; nothing else fails.
    """
    snapshot = Snapshot.named(country, MONTH)
    truth = json.loads((seven_countries / "truth" / country / f"{MONTH}.json").read_text())
    results = Lake(home=str(seven_countries)).read("validated", "data_quality", snapshot)
    of_values = pl.col("check_name").is_in(["plausibleValueLow", "plausibleValueHigh"])
    in_units = (pl.col("level") == "CONCEPT") & of_values
    planted = truth["defects"]["unit_swap"]
    assert 0.75 * planted <= results.filter(in_units)["violated_rows"].sum() <= planted
    failed = results.filter(~in_units, status="failed")
    assert failed.select("check_name", "cdm_table", "cdm_field").rows() == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_judgement_is_kept_in_four_counts(seven_countries: Path, country: str) -> None:
    snapshot = Snapshot.named(country, MONTH)
    lake = Lake(home=str(seven_countries))
    results = lake.read("validated", "data_quality", snapshot)
    counts = lake.reported("validated", snapshot)["checks"]
    ended = dict(results["status"].value_counts().iter_rows())
    assert counts["checks"] == results.height == len(catalogue())
    assert (counts["passed"], counts["not_applicable"]) == (ended["passed"], ended["not_applicable"])
    assert counts["executed"] == counts["passed"] + counts["failed"] > counts["checks"] // 2


def test_the_published_table_is_read_by_our_reader_by_polars_and_by_duckdb(seven_countries: Path) -> None:
    ours = read_published(PRODUCT, home=seven_countries)
    path = seven_countries / "published" / PRODUCT / "v1"
    assert ours.height > 0
    assert pl.read_delta(str(path)).height == ours.height
    con = duckdb.connect(config={"autoinstall_known_extensions": False})
    load_delta_extension(con)
    assert con.sql(f"select count(*) from delta_scan('{path}')").fetchone() == (ours.height,)


def test_one_country_can_be_read_alone(seven_countries: Path) -> None:
    everyone = read_published(PRODUCT, home=seven_countries)
    one = everyone.get_column("country").unique().sort()[0]
    alone = read_published(PRODUCT, country=one, snapshot=MONTH, home=seven_countries)
    assert alone.get_column("country").unique().to_list() == [one]


def test_no_country_of_few_patients_publishes_a_row_of_persons(seven_countries: Path) -> None:
    """Of 300 patients fewer than ten had a lung cancer: the partition is published, and empty."""
    lake, table = Lake(home=str(seven_countries)), read_published(PERSONS, home=seven_countries)
    for country in COUNTRIES:
        snapshot = Snapshot.named(country, MONTH)
        cohort = lake.read("cohorts", "lung_cancer", snapshot).get_column("subject_id").n_unique()
        shown = table.filter(pl.col("country") == country).get_column("person_id").n_unique()
        assert shown == 0 if cohort < 10 else shown <= cohort
