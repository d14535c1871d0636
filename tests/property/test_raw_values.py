"""The SQL that reads values agrees with Python, on what can be read and on what cannot."""

import datetime as dt

import duckdb
from hypothesis import example, given
from hypothesis import strategies as st

from thin_assets.raw.values import (
    is_birth_too_precise,
    read_cdm_date,
    read_date,
    read_decimal,
    read_integer,
)

CUTOFF = dt.date(2024, 3, 31)
COLLECTED = "date '2024-03-31'"
DIGITS = st.text("0123456789", min_size=7, max_size=9)
YEARS, MONTHS, DAYS = st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)


def read(expression: str, text: str) -> object:
    """The value of an expression over a column called x."""
    with duckdb.connect() as con:
        return con.execute(f"select {expression} from (select cast(? as varchar) as x)", [text]).fetchone()[0]


def date_or_none(year: int, month: int, day: int) -> dt.date | None:
    """The calendar's word."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


@given(year=YEARS, month=MONTHS, day=DAYS)
@example(2024, 2, 29)
@example(2023, 2, 29)
@example(2024, 0, 15)
@example(0, 0, 0)
def test_a_date_is_what_the_calendar_says_once_unknown_parts_are_the_first(year, month, day):
    resolved = (1, 1) if (month, day) == (0, 0) else (month, day or 1)
    expected = date_or_none(year, *resolved) if year >= 1000 else None
    assert read(read_date("x"), f"{year:04d}{month:02d}{day:02d}") == expected


@given(
    text=DIGITS.filter(lambda text: len(text) != 8)
    | st.text(max_size=8).filter(lambda text: not text.isdigit())
)
def test_what_is_not_eight_digits_is_no_date(text):
    assert read(read_date("x"), text) is None


@given(day=st.dates(dt.date(1000, 1, 1)), time=st.sampled_from(["", " 00:00:00", "T23:59:59Z", " 12:00"]))
def test_an_iso_date_is_read_whatever_time_follows(day, time):
    assert read(read_cdm_date("x"), day.isoformat() + time) == day


@given(number=st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_read_exactly(number):
    assert read(read_integer("x"), str(number)) == number


@given(text=st.text("0123456789+-. eE_,x", max_size=6))
def test_nothing_is_rounded_to_a_whole_number(text):
    digits = text[1:] if text[:1] in ("+", "-") else text
    assert read(read_integer("x"), text) == (int(text) if digits.isdigit() else None)


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_decimal_numbers_are_read_exactly(number):
    assert read(read_decimal("x"), repr(number)) == number


@given(year=st.integers(1900, 2024), month=st.integers(0, 12))
def test_a_month_of_birth_is_borne_below_fifteen_years_only(year, month):
    age_months = (CUTOFF.year - year) * 12 + CUTOFF.month - month
    expected = month > 0 and age_months >= 15 * 12
    assert read(is_birth_too_precise("x", COLLECTED), f"{year}{month:02d}00") is expected
