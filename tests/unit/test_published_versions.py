"""The version of a contract: what may change under which number, and what readers of the old one keep."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.products import HAND, LUNG, features, publish
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import BrokenRules, VersionNotRaised
from thin_assets.published.contract.odcs import contract_of
from thin_assets.published.contract.versions import (
    Level,
    changes,
    keep_contract,
    last_contract,
    next_version,
    numbers,
)
from thin_assets.published.declared.product import Column, Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import entries
from thin_assets.published.writing.publication import publish_table

GB = Snapshot.of("GB|2024-03-01")
NOTE = Column(name="note", type="string", nullable=True, description="a word", null_means="nothing to say")

Edit = Callable[[Product], Product]


def told(**fields: object) -> Edit:
    """The declaration with other fields."""
    return lambda product: Product.model_validate(product.model_dump() | fields)


def column(name: str, /, **fields: object) -> Edit:
    """The declaration with one column told differently."""

    def edit(product: Product) -> Product:
        columns = [one.model_dump() | (fields if one.name == name else {}) for one in product.columns]
        return Product.model_validate(product.model_dump() | {"columns": columns})

    return edit


def without(name: str) -> Edit:
    return lambda product: product.model_copy(
        update={"columns": tuple(one for one in product.columns if one.name != name)}
    )


def with_column(new: Column) -> Edit:
    return lambda product: product.model_copy(update={"columns": (*product.columns, new)})


def in_other_order(product: Product) -> Product:
    return product.model_copy(update={"columns": product.columns[::-1]})


BREAKING = {
    "n: removed or renamed": without("n"),
    "records: new, and never null": column("n", name="records", nullable=False, null_means=None),
    "n: BIGINT became INTEGER": column("n", type="int32"),
    "value: may be null now": column("value", nullable=True, null_means="not measured"),
    "days_since_last: another unit": column("days_since_last", unit="weeks"),
    "n: null means something else": column("n", null_means="more than 99"),
    "another key: country, covariate_id, row_id": told(unique=("country", "row_id", "covariate_id")),
    "another grain": told(grain="one row per person"),
    "another zone": lambda product: product.model_copy(update={"zone": "published"}),
    "columns in another order": in_other_order,
}
MINOR = {
    "note: new": with_column(NOTE),
    "n: is never null now": column("n", nullable=False, null_means=None),
    "a_count_is_of_one_record_or_more: a rule that changed, came or went": told(rules=LUNG.rules[1:]),
}
PATCH = {
    "texts": told(purpose="Something else."),
    "service levels": told(ready_within_days=20),
    "owner": told(owner="team:others"),
}


@pytest.mark.parametrize(
    ("what", "edit", "level"),
    [
        *((what, edit, Level.MAJOR) for what, edit in BREAKING.items()),
        *((what, edit, Level.MINOR) for what, edit in MINOR.items()),
        *((what, edit, Level.PATCH) for what, edit in PATCH.items()),
    ],
    ids=[*BREAKING, *MINOR, *PATCH],
)
def test_every_change_asks_for_its_part_of_the_version(what: str, edit: Edit, level: Level) -> None:
    found = list(changes(contract_of(LUNG), contract_of(edit(LUNG))))
    assert max(one.level for one in found) is level
    assert any(what in one.what for one in found)


def test_the_same_declaration_changes_nothing() -> None:
    assert list(changes(contract_of(LUNG), contract_of(told()(LUNG)))) == []


@pytest.mark.parametrize(
    ("level", "after"),
    [(None, "1.4.2"), (Level.PATCH, "1.4.3"), (Level.MINOR, "1.5.0"), (Level.MAJOR, "2.0.0")],
)
def test_the_next_version_is_the_lowest_that_says_enough(level: Level | None, after: str) -> None:
    assert next_version((1, 4, 2), level) == numbers(after)


def put(home: Path, product: Product, rows: pl.DataFrame) -> None:
    publish_table(rows, Shelf(home, product), GB, "b1", HAND)


@pytest.mark.parametrize(
    ("edit", "version", "to_set"),
    [
        (column("n", type="int32"), "1.9.9", "2.0.0"),
        (with_column(NOTE), "1.0.7", "1.1.0"),
        (told(purpose="Something else."), "1.0.0", "1.0.1"),
        (told(), "0.9.0", "1.0.0"),
    ],
)
def test_a_version_that_says_too_little_publishes_nothing_and_says_what_to_set(
    tmp_path: Path, edit: Edit, version: str, to_set: str
) -> None:
    publish(tmp_path, GB.key, 3)
    changed = edit(LUNG).model_copy(update={"version": version})
    with pytest.raises(VersionNotRaised, match=f"set version: {to_set} in the declaration of {LUNG.name}"):
        put(tmp_path, changed, features(9))
    assert read_published(LUNG.name, home=tmp_path).height == 3
    assert [line["event"] for line in entries(tmp_path)] == ["begun", "published", "begun", "refused"]
    assert last_contract(Shelf(tmp_path, LUNG))["version"] == LUNG.version


def test_the_refusal_names_every_column_that_changed(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    changed = without("covariate_name")(column("n", type="int32")(LUNG))
    with pytest.raises(
        VersionNotRaised, match=r"covariate_name: removed or renamed; n: BIGINT became INTEGER"
    ):
        put(tmp_path, changed, features(3))


def test_a_new_minor_version_adds_its_column_to_the_same_table(tmp_path: Path) -> None:
    """What was published before has no value there."""
    publish(tmp_path, "FR|2024-03-01", 4)
    newer = with_column(NOTE)(LUNG).model_copy(update={"version": "1.1.0"})
    put(tmp_path, newer, features(3).with_columns(note=pl.lit("a word")))
    found = read_published(LUNG.name, home=tmp_path)
    assert found.group_by("country", "note").len().sort("country").rows() == [
        ("FR", None, 4),
        ("GB", "a word", 3),
    ]
    versions = [path.stem for path in sorted(Shelf(tmp_path, LUNG).contract.parent.glob("*.yaml"))]
    assert versions == ["1.0.0", "1.1.0"]


def test_a_new_major_version_has_a_table_of_its_own_and_the_old_one_stays(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    newer = without("n")(LUNG).model_copy(update={"version": "2.0.0", "rules": ()})
    put(tmp_path, newer, features(5).drop("n"))
    assert "n" not in read_published(LUNG.name, home=tmp_path).columns
    assert read_published(LUNG.name, version="v1", home=tmp_path).height == 3
    assert Shelf(tmp_path, newer).table.name == "v2"


def test_a_contract_that_is_there_is_never_written_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, LUNG)
    written = keep_contract(shelf).stat().st_mtime_ns
    assert keep_contract(shelf).stat().st_mtime_ns == written


def test_a_contract_of_rows_that_were_refused_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(BrokenRules):
        put(tmp_path, LUNG, features(2).with_columns(n=pl.lit(0, pl.Int64)))
    assert last_contract(Shelf(tmp_path, LUNG)) is None
