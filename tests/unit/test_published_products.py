"""What is promised of a product before anything is written, and what is prepared for it."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from tests.products import LUNG, features
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import BrokenRules, NothingPublished
from thin_assets.published.declared.product import PARTITIONED_BY, Product, products
from thin_assets.published.declared.protection import Protection
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.reading.read import read_published
from thin_assets.published.writing.publish import prepare, publish_partition

GB = Snapshot.of("GB|2024-03-01")


def test_a_product_says_what_it_is_column_by_column() -> None:
    product = products()["lung_cancer_features"]
    assert product.source == "features/lung_cancer_matched"
    assert set(product.unique) | set(product.sorted_by) | set(PARTITIONED_BY) <= set(product.schema)
    assert all(column.description for column in product.columns)


def test_country_month_and_build_are_added_and_rows_are_sorted() -> None:
    ready = prepare(features(3).reverse(), LUNG, GB, "b1")
    assert ready.columns == list(LUNG.schema)
    assert ready["person_id"].is_sorted()
    assert ready.select("country", "snapshot", "build").unique().rows() == [("GB", dt.date(2024, 3, 1), "b1")]


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (features(2).with_columns(value=pl.lit(None, pl.Float64)), "value: not_nullable"),
        (features(2).with_columns(row_id=pl.lit(1, pl.Int64)), "multiple_fields_uniqueness"),
        (features(2).with_columns(pl.col("n").cast(pl.Int32)), "n: dtype"),
    ],
)
def test_rows_that_break_the_contract_are_not_published(
    tmp_path: Path, broken: pl.DataFrame, named: str
) -> None:
    path = Shelf(tmp_path, LUNG).table
    with pytest.raises(BrokenRules, match=named) as raised:
        publish_partition(broken, LUNG, path, GB, "b1")
    assert not path.exists()
    assert raised.value.__cause__ is None and raised.value.__context__ is None
    with pytest.raises(NothingPublished):
        read_published(LUNG.name, home=tmp_path)


def test_a_product_that_leaves_entries_to_another_has_its_project_and_its_source() -> None:
    for product in products().values():
        if product.protection and product.protection.entries:
            decides = products()[product.protection.entries]
            assert (decides.project, decides.source) == (product.project, product.source)
            assert decides.protection and decides.protection.entries is None


def test_days_of_the_calendar_are_declared_or_refused() -> None:
    told = LUNG.model_dump()
    day = told["columns"][0] | {"name": "index_date", "type": "date"}
    with pytest.raises(ValidationError, match="dates say calendar"):
        Product.model_validate(told | {"columns": [*told["columns"], day]})
    allowed = told["protection"] | {"dates": "calendar"}
    assert Product.model_validate(told | {"columns": [*told["columns"], day], "protection": allowed})


@pytest.mark.parametrize(
    "weaker",
    [
        {"smallest_group": 4},
        {"fewest_persons": 4},
        {"oldest_shown": 95},
        {"sensitive": [{"group": "hiv", "reason": "wanted"}]},
        {"sensitive": [{"group": "horoscope", "reason": "asked for by the steering committee"}]},
    ],
)
def test_protection_cannot_be_declared_away(weaker: dict) -> None:
    with pytest.raises(ValidationError):
        Protection.model_validate(weaker)
