"""A data set that nobody here wrote, in OMOP layout, goes through every room, its faults reported."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import thin_assets
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey

PARTITION = Snapshot.named("GB", "2024-03")


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("omop") / "home"
    thin_assets(home, "demo-omop")
    return home


def test_every_room_is_built(adopted: Path) -> None:
    (row,) = json.loads(thin_assets(adopted, "status", "--json").stdout)
    assert set(row["rooms"].values()) == {"built"}
    assert row["persons"] == 1130


def test_all_rows_arrive_or_are_counted(adopted: Path) -> None:
    report = Lake(home=str(adopted)).reported("validated", PARTITION)
    assert {row["missing"] for row in report["equations"]} == {0}
    assert report["delivered"] > 300_000


def test_a_source_key_of_a_person_is_a_pseudonym_after_raw(adopted: Path) -> None:
    person = Lake(home=str(adopted)).current_build(PARTITION) / "person" / "data.parquet"
    values = pl.read_parquet(person).get_column("person_source_value").drop_nulls()
    assert values.str.contains(r"^[0-9a-f]{32}$").all()


def test_the_product_is_readable_even_where_the_cohort_is_small(adopted: Path) -> None:
    table = read_published("lung_cancer_features", country="GB", home=adopted)
    cohort = Lake(home=str(adopted)).read("cohorts", "lung_cancer", PARTITION)
    assert table.get_column("person_id").n_unique() == cohort.height
