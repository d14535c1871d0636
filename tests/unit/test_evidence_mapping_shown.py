"""What people see of a mapping report: no small number, and none that a sum would give away."""

from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.mapping_account import cdm_with
from thin_assets.evidence.mapping import build_mapping_report
from thin_assets.evidence.mapping_shown import Part, ShownReport, kept_back, shown_report

COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=8)


def seen(tmp_path: Path, text: str) -> ShownReport:
    report = build_mapping_report(cdm_with(tmp_path / "mapping.parquet", text), {}, where="test")
    return shown_report(report.coverage, report.codes, report.classes, report.columns)


def records(rows: pl.DataFrame, by: str) -> dict[str, int | None]:
    return dict(rows.select(by, "records").iter_rows())


@given(COUNTS, st.integers(0, 3), st.integers(0, 30))
def test_what_is_hidden_is_never_one_part_and_never_few_together(
    counts: list[int], rest_parts: int, each: int
) -> None:
    parts = [Part((number,), count) for number, count in enumerate(counts)]
    hidden = kept_back(parts, rest_parts=rest_parts, rest_records=rest_parts * each)
    left = [part for part in parts if part.key in hidden]
    together = sum(part.records for part in left) + rest_parts * each
    assert all(part.key in hidden for part in parts if part.is_few)
    if len(hidden) < len(parts) and any(part.is_few for part in parts):
        assert together >= 10
        assert len(left) + rest_parts >= 2


def test_numbers_of_many_are_shown() -> None:
    assert kept_back([Part(("a",), 10, 10), Part(("b",), 900, 400)]) == set()


def test_many_records_of_few_persons_are_hidden() -> None:
    assert ("a",) in kept_back([Part(("a",), 500, 3), Part(("b",), 900, 400)])


def test_a_zero_hides_nothing() -> None:
    assert kept_back([Part(("a",), 0, 0), Part(("b",), 900, 400)]) == set()


FEW_UNMAPPED = """
    system | code | domain    | target | records | persons | level
    -------+------+-----------+--------+---------+---------+-------
    READ2  | A    | Condition | 1      | 900     | 300     | exact
    READ2  | B    | Condition | 2      | 60      | 40      | exact
    READ2  | C    | Condition | 2      | 36      | 30      | parent
    READ2  | D    | Condition | 0      | 4       | 3       |
"""


def test_few_unmapped_records_can_be_told_from_no_table(tmp_path: Path) -> None:
    """Neither by the list of codes, nor by the levels, nor by the classes, nor by a percentage."""
    found = seen(tmp_path, FEW_UNMAPPED)
    codes = records(found.codes, "source_code")
    assert (codes["A"], codes["D"]) == (900, None)
    assert list(codes.values()).count(None) >= 2

    levels = records(found.coverage.filter(pl.col("domain") == "Condition"), "level")
    assert levels == {"all": 1000, "exact": 960, "mapped": None, "parent": None, "unmapped": None}

    hidden = found.coverage.filter(pl.col("records").is_null()).select("level", "record_percent")
    assert set(hidden.iter_rows()) >= {("mapped", 99.1), ("parent", None), ("unmapped", None)}
    assert None in records(found.classes, "concept_class_id").values()


def test_nothing_is_hidden_where_nothing_is_small(tmp_path: Path) -> None:
    found = seen(tmp_path, FEW_UNMAPPED.replace("| 4       | 3 ", "| 40      | 30"))
    for rows in (found.coverage, found.codes, found.classes):
        assert rows.get_column("records").null_count() == 0


def test_a_level_that_is_hidden_for_another_cannot_be_added_up_from_its_codes(tmp_path: Path) -> None:
    found = seen(tmp_path, FEW_UNMAPPED)
    levels = records(found.coverage.filter(pl.col("domain") == "Condition"), "level")
    for level in ("exact", "parent"):
        if levels[level] is None:
            of_level = found.codes.filter(pl.col("level") == level)
            assert of_level.get_column("records").null_count() >= 1


MANY_CODES = """
    system | code | domain    | target | records | persons | level
    -------+------+-----------+--------+---------+---------+-------
    READ2  | A    | Condition | 1      | 900     | 300     | exact
    READ2  | B    | Condition | 2      | 8       | 7       | exact
    READ2  | C    | Condition | 2      | 6       | 5       | exact
    READ2  | D    | Condition | 0      | 40      | 30      |
"""


def test_small_codes_of_a_level_that_hide_each_other_leave_the_levels_shown(tmp_path: Path) -> None:
    found = seen(tmp_path, MANY_CODES)
    assert records(found.codes, "source_code") == {"A": 900, "B": None, "C": None, "D": 40}
    assert found.coverage.get_column("records").null_count() == 0


def test_a_code_of_few_persons_alone_in_its_level_hides_the_level(tmp_path: Path) -> None:
    """Five hundred records of three persons are as telling as three records."""
    found = seen(tmp_path, MANY_CODES.replace("| 40      | 30", "| 500     | 3 "))
    levels = records(found.coverage.filter(pl.col("domain") == "Condition"), "level")
    assert (levels["all"], levels["exact"], levels["unmapped"]) == (1414, None, None)


def test_columns_with_few_unmapped_do_not_tell_how_many_are_mapped(tmp_path: Path) -> None:
    con = cdm_with(tmp_path / "mapping.parquet", FEW_UNMAPPED)
    con.execute("insert into cdm.condition_occurrence select n, if(n < 4, 0, 1) from range(100) as r(n)")
    report = build_mapping_report(con, {}, where="test")
    found = shown_report(report.coverage, report.codes, report.classes, report.columns).columns
    row = found.filter(cdm_table="condition_occurrence").row(0, named=True)
    assert (row["records"], row["mapped_records"], row["persons_with_unmapped"]) == (100, None, None)
