"""The contract as others read it: valid ODCS, and the very promises that are verified here."""

import json
from pathlib import Path

import jsonschema
import polars as pl
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from tests.products import LUNG, features, publish
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import BrokenRules
from thin_assets.published.contract.odcs import contract_yaml
from thin_assets.published.declared.product import Product, products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.publish import publish_partition

PRODUCTS = list(products().values())


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_every_contract_is_valid_by_the_model_and_the_schema_of_the_standard(product: Product) -> None:
    text = contract_yaml(product)
    read = OpenDataContractStandard.from_string(text)
    assert (read.kind, read.version, read.dataProduct) == ("DataContract", product.version, product.name)
    jsonschema.validate(yaml.safe_load(text), json.loads(OpenDataContractStandard.json_schema()))


def test_the_contract_tells_types_units_absence_and_key_of_every_column() -> None:
    (schema,) = OpenDataContractStandard.from_string(contract_yaml(LUNG)).schema_
    told = {column.name: column for column in schema.properties}
    assert list(told) == list(LUNG.schema)
    days = told["days_since_last"]
    own = {one.property: one.value for one in days.customProperties}
    assert (days.logicalType, days.physicalType, days.required) == ("integer", "INTEGER", False)
    assert own == {
        "unit": "days",
        "nullMeaning": "nothing is counted for this covariate",
        "deltaType": "integer",
    }
    key = sorted((one for one in told.values() if one.primaryKey), key=lambda one: one.primaryKeyPosition)
    assert tuple(one.name for one in key) == LUNG.unique
    assert [one.name for one in told.values() if one.partitioned] == ["country", "snapshot"]


def test_the_contract_tells_service_levels_purpose_limits_and_owner() -> None:
    read = OpenDataContractStandard.from_string(contract_yaml(LUNG))
    levels = {one.property: (one.value, one.unit) for one in read.slaProperties}
    assert levels == {"latency": (10, "d"), "frequency": (1, "m"), "retention": (24, "m")}
    assert (read.description.purpose, read.team.name) == (LUNG.purpose, LUNG.owner)
    assert read.description.limitations.splitlines() == list(LUNG.limits)


def test_every_rule_that_is_verified_stands_in_the_contract() -> None:
    (schema,) = OpenDataContractStandard.from_string(contract_yaml(LUNG)).schema_
    assert [rule.id for rule in schema.quality] == ["one_row_per_key", *(rule.name for rule in LUNG.rules)]


@pytest.mark.parametrize(
    ("broken", "rule"),
    [({"n": 0}, "a_count_is_of_one_record_or_more"), ({"days_since_last": 0}, "the_last_record_is_before")],
)
def test_a_row_that_breaks_a_rule_is_not_published_and_the_rule_is_named(
    tmp_path: Path, broken: dict[str, int], rule: str
) -> None:
    columns = {name: pl.lit(value, features(1).schema[name]) for name, value in broken.items()}
    with pytest.raises(BrokenRules, match=rule):
        publish_partition(
            features(3).with_columns(**columns), LUNG, tmp_path / "t", Snapshot.of("GB|2024-03-01"), "b1"
        )


def test_a_value_that_may_be_absent_breaks_no_rule(tmp_path: Path) -> None:
    rows = features(3).with_columns(n=pl.lit(None, pl.Int64))
    done = publish_partition(rows, LUNG, tmp_path / "t", Snapshot.of("GB|2024-03-01"), "b1")
    assert done.nulls["n"] == 3


def test_a_publication_leaves_its_contract_on_the_shelf(tmp_path: Path) -> None:
    publish(tmp_path, "GB|2024-03-01", 3)
    assert Shelf(tmp_path, LUNG).contract.read_text(encoding="utf-8") == contract_yaml(LUNG)
