"""The dictionary after a withdrawal: counted anew, and nothing left beside it to compare with."""

from pathlib import Path

import polars as pl
import pytest

from tests.products import LUNG, publish
from tests.shop import put_on_shelf
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.catalogue.stock import take_stock
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.dictionary import renew_dictionary
from thin_assets.resources.files import read_json, write_json

GB = Snapshot.named("GB", "2024-03")
COUGH, AGE = 254761102, 1002


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return put_on_shelf(tmp_path, [(GB, 100)])


def having(**persons: int) -> pl.DataFrame:
    rows = [(one, one, int(name[1:])) for name, count in persons.items() for one in range(count)]
    return pl.DataFrame(rows, schema=["row_id", "person_id", "covariate_id"], orient="row")


def test_a_covariate_that_ten_persons_no_longer_have_is_gone(shelf: Shelf) -> None:
    renew_dictionary(shelf, GB, 1, 2, having(**{f"c{COUGH}": 9, f"c{AGE}": 96}))
    write_json(shelf.facts(GB), read_json(shelf.facts(GB)) | {"version": 2})
    told = take_stock(shelf).dictionary(GB)
    assert told.select("covariate_id", "entries").rows() == [(AGE, 100)]
    assert told["covariate_name"].to_list() == ["age in years"]


def test_no_earlier_dictionary_is_left_to_compare_it_with(shelf: Shelf) -> None:
    renew_dictionary(shelf, GB, 1, 2, having(**{f"c{AGE}": 96}))
    assert [path.name for path in shelf.dictionary(GB, 2).parent.glob("*.parquet")] == ["2.parquet"]


def test_a_product_without_a_dictionary_gets_none(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 12)
    shelf = Shelf(tmp_path, LUNG)
    renew_dictionary(shelf, GB, 1, 2, having(c5=20))
    assert not shelf.dictionary(GB, 2).exists()
