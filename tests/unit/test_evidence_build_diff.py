"""A build beside the one before it: rows by id, content by column, and small counts kept back."""

from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cdm import write_cdm
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.evidence.build_diff import BuildDiff, compare_builds, nothing_compared, what_differs
from thin_assets.evidence.diff_assets import as_markdown, build_diff, compare, is_different, shown_row
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse
from thin_assets.validated.seal import seal

MARCH = Snapshot.named("GB", "2024-03")
COUNTS = ("rows_before", "rows_now", "only_before", "only_now", "changed")


def table(*rows: str, head: str = "person_id | year_of_birth | gender_concept_id") -> str:
    return "\n".join([head, *rows])


def compared(tmp_path: Path, before: dict[str, str], now: dict[str, str]) -> dict[str, dict]:
    """The line of each table, by name."""
    old, new = write_cdm(tmp_path / "old", **before), write_cdm(tmp_path / "new", **now)
    with duckdb.connect() as con:
        rows = compare_builds(old, new, con)
    BuildDiff.validate(rows)
    return {row["cdm_table"]: row for row in rows.to_dicts()}


def counts(row: dict) -> tuple:
    return tuple(row[name] for name in COUNTS)


def test_rows_are_only_in_one_build_or_changed_or_the_same(tmp_path: Path) -> None:
    before = table("1 | 1950 | 8507", "2 | 1960 | 8507", "3 | 1970 | 8507")
    now = table("2 | 1960 | 8507", "3 | 1971 | 8532", "4 | 1980 | 8507", "5 | 1980 | 8507")
    (row,) = compared(tmp_path, {"person": before}, {"person": now}).values()
    assert counts(row) == (3, 4, 1, 2, 1)
    assert row["changed_columns"] == "gender_concept_id 1, year_of_birth 1"


def test_a_value_that_is_no_longer_known_is_a_change(tmp_path: Path) -> None:
    head = "measurement_id | person_id | value_as_number"
    before, now = (table(f"7 | 1 | {value}", head=head) for value in ("120", ""))
    row = compared(tmp_path, {"measurement": before}, {"measurement": now})["measurement"]
    assert (row["changed"], row["changed_columns"]) == (1, "value_as_number 1")


def test_a_table_without_a_key_is_compared_by_content_and_by_how_often_it_is_there(tmp_path: Path) -> None:
    head = "domain_concept_id_1 | fact_id_1 | domain_concept_id_2 | fact_id_2 | relationship_concept_id"
    same, other = "1 | 10 | 1 | 11 | 5", "1 | 10 | 1 | 12 | 5"
    before, now = table(same, same, head=head), table(same, other, head=head)
    row = compared(tmp_path, {"fact_relationship": before}, {"fact_relationship": now})["fact_relationship"]
    assert counts(row) == (2, 2, 1, 1, None)


def test_tables_that_are_empty_in_both_builds_are_left_out(tmp_path: Path) -> None:
    person = table("1 | 1950 | 8507")
    assert list(compared(tmp_path, {"person": person}, {"person": person})) == ["person"]


PEOPLE = st.dictionaries(st.integers(1, 12), st.integers(1950, 1953))


@given(before=PEOPLE, now=PEOPLE)
def test_counts_agree_with_a_comparison_in_python(
    tmp_path_factory: pytest.TempPathFactory, before: dict[int, int], now: dict[int, int]
) -> None:
    texts = [table(*(f"{key} | {year} | 8507" for key, year in one.items())) for one in (before, now)]
    found = compared(tmp_path_factory.mktemp("builds"), *({"person": text} for text in texts))
    if not before and not now:
        assert found == {}
        return
    both = before.keys() & now.keys()
    assert counts(found["person"]) == (
        len(before),
        len(now),
        len(before.keys() - now.keys()),
        len(now.keys() - before.keys()),
        sum(before[key] != now[key] for key in both),
    )


def test_what_the_builds_were_made_from_is_said_in_words() -> None:
    before = {"delivery": "a", "vocabulary": "v", "code": "1", "key": "k"}
    assert what_differs(before, before | {"vocabulary": "w"}) == ["vocabulary"]
    assert what_differs(before, before) == []


def test_people_are_shown_no_count_from_1_to_9() -> None:
    row = dict(zip(("cdm_table", *COUNTS), ("person", 1000, 1003, 2, 5, 12), strict=True))
    shown = shown_row(row | {"changed_columns": "year_of_birth 12, gender_concept_id 3"})
    assert shown == (
        "person",
        "1,000",
        "1,003",
        "<10",
        "<10",
        "12",
        "year_of_birth 12, gender_concept_id <10",
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(home=str(tmp_path))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(memory_limit="200MB", threads=1, spill=str(tmp_path / "spill"))


def seal_persons(lake: Lake, persons: str, delivery: str) -> Path:
    candidate = write_cdm(Path(lake.home) / "candidate", person=f"person_id\n{persons}")
    identity = {"delivery": delivery, "vocabulary": "v", "code": "c", "key": "k"}
    return seal(candidate, lake.sealed(MARCH), identity).folder


def written(lake: Lake, warehouse: Warehouse) -> tuple[pl.DataFrame, dict]:
    done = dg.materialize(
        [build_diff], partition_key=MARCH.key, resources={"lake": lake, "warehouse": warehouse}
    )
    (event,) = done.asset_materializations_for_node("evidence__build_diff")
    return lake.read("evidence", "build_diff", MARCH), event.metadata


def test_the_first_build_has_nothing_to_compare_with(lake: Lake, warehouse: Warehouse) -> None:
    seal_persons(lake, "1\n2", "first")
    rows, told = written(lake, warehouse)
    assert (rows.height, told["made from other"].value) == (0, "nothing to compare with")


def test_a_corrected_delivery_is_compared_with_the_build_before_it(lake: Lake, warehouse: Warehouse) -> None:
    old = seal_persons(lake, "1\n2", "first")
    seal_persons(lake, "2\n3\n4", "second")
    rows, told = written(lake, warehouse)
    (row,) = rows.filter(is_different()).to_dicts()
    assert counts(row) == (2, 3, 1, 2, 0)
    assert (told["build before"].value, told["made from other"].value) == (build_id(old), "delivery")
    assert "| person | <10 | <10 | <10 | <10 | 0 |" in told["differences"].value
    assert lake.reported("evidence", MARCH)["build_diff"]["tables"] == 1


def test_an_old_build_that_retention_removed_is_not_compared_with(lake: Lake, warehouse: Warehouse) -> None:
    old = seal_persons(lake, "1\n2", "first")
    seal_persons(lake, "2\n3", "second")
    old.rename(old.with_name("gone"))
    rows, told = written(lake, warehouse)
    assert (rows.height, told["made from other"].value) == (0, "nothing to compare with")
    with pytest.raises(NothingSealed, match=build_id(old)):
        compare(lake, warehouse, MARCH, None, None)


def test_any_two_builds_can_be_compared_and_one_that_is_not_there_is_named(
    lake: Lake, warehouse: Warehouse
) -> None:
    ids = [build_id(seal_persons(lake, persons, "d")) for persons in ("1", "1\n2", "1\n2\n3")]
    _, _, rows = compare(lake, warehouse, MARCH, ids[0], ids[2])
    assert counts(rows.to_dicts()[0]) == (1, 3, 0, 2, 0)
    with pytest.raises(NothingSealed, match="feed"):
        compare(lake, warehouse, MARCH, "feed", None)


def test_the_table_of_nothing_holds_its_contract() -> None:
    BuildDiff.validate(nothing_compared())
    assert as_markdown(nothing_compared()).count("\n") == 1
