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
from thin_assets.published.read import load_delta_extension
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey

PRODUCT = "lung_cancer_features"


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


def test_the_published_table_is_read_by_our_reader_by_polars_and_by_duckdb(seven_countries: Path) -> None:
    ours = read_published(PRODUCT, home=seven_countries)
    path = seven_countries / "published" / PRODUCT
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
