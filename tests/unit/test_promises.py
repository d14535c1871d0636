"""A broken contract is told by column and rule; the row that breaks it is a patient, and is never shown."""

import datetime as dt

import polars as pl
import pytest

from thin_assets.cohorts.contract import CohortMember
from thin_assets.errors import BrokenRules
from thin_assets.promises import OUR_FAULT, require

MARKER = 987654321


def members(start: dt.date, end: dt.date, times: int = 1) -> pl.DataFrame:
    schema = {
        "cohort_definition_id": pl.Int32,
        "subject_id": pl.Int64,
        "cohort_start_date": pl.Date,
        "cohort_end_date": pl.Date,
    }
    return pl.DataFrame([(1, MARKER, start, end)] * times, schema=schema, orient="row")


def told(rows: pl.DataFrame) -> str:
    with pytest.raises(BrokenRules) as caught:
        require(CohortMember, rows, name="members", where="cohorts/example", remedy=OUR_FAULT)
    return str(caught.value)


def test_a_table_that_keeps_its_promise_passes() -> None:
    rows = members(dt.date(2024, 1, 1), dt.date(2024, 2, 1))
    require(CohortMember, rows, name="members", where="cohorts/example", remedy=OUR_FAULT)


def test_a_rule_of_the_whole_table_is_named_without_the_row() -> None:
    said = told(members(dt.date(2024, 2, 1), dt.date(2024, 1, 1)))
    assert "starts_before_it_ends" in said
    assert str(MARKER) not in said and "2024-02-01" not in said


def test_a_key_that_is_not_unique_is_named_without_the_row() -> None:
    said = told(members(dt.date(2024, 1, 1), dt.date(2024, 2, 1), times=2))
    assert str(MARKER) not in said


def test_a_missing_column_is_named() -> None:
    assert "subject_id" in told(members(dt.date(2024, 1, 1), dt.date(2024, 2, 1)).drop("subject_id"))
