"""Ids and pseudonyms are the same wherever they are made: in Python, in SQL, on any machine."""

import datetime as dt
import hashlib
import hmac

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialect import macros_for
from thin_assets.domain.identity import (
    PSEUDONYM_LENGTH,
    SEPARATOR,
    derived_id,
    key_of,
    pseudonym,
    stable_id,
)
from thin_assets.resources.ids import stable_ids

WORDS = st.text(st.characters(exclude_characters="\x00\x1f", codec="utf-8"))
PARTS = st.lists(WORDS, min_size=1, max_size=5)
KEYS = st.integers(0, 2**63 - 1)
CONCEPTS = st.integers(0, 2**31 - 1)
DAYS = st.dates()


@pytest.fixture(scope="module")
def sql():
    """The macros of the dbt project, as dbt renders them for Great Britain."""
    return macros_for("duckdb")


def answer(expression: str, *values: object) -> object:
    """What DuckDB says an expression over bound values is."""
    return duckdb.execute(f"select {expression}", values).fetchone()[0]


@given(parts=PARTS)
def test_sql_and_python_derive_the_same_id_of_words(sql, parts: list[str]) -> None:
    expression = sql.duckdb__stable_id("location", ["?::varchar"] * len(parts))
    assert answer(expression, *parts) == stable_id("GB", "location", *parts)


@given(key=KEYS, concept=CONCEPTS, day=DAYS)
def test_sql_and_python_derive_the_same_id_of_a_key(sql, key: int, concept: int, day: dt.date) -> None:
    asked = "?::bigint", "?::integer", "?::date"
    assert answer(sql.derived_id(*asked), key, concept, day) == derived_id(key, concept, day)
    assert answer(sql.derived_id(*asked[:2]), key, concept) == derived_id(key, concept)
    assert answer(sql.derived_id(asked[0], day=asked[2]), key, day) == derived_id(key, day=day)


@given(parts=PARTS, key=KEYS, concept=CONCEPTS, day=DAYS)
def test_an_id_fits_a_signed_bigint_and_is_never_negative(parts, key, concept, day) -> None:
    assert 0 <= stable_id(*parts) < 2**63
    assert 0 <= derived_id(key, concept, day) < 2**63


@given(PARTS, PARTS)
def test_different_words_have_different_ids(one: list[str], other: list[str]) -> None:
    if one != other:
        assert stable_id(*one) != stable_id(*other)


@given(KEYS, st.tuples(CONCEPTS, DAYS), st.tuples(CONCEPTS, DAYS))
def test_one_key_never_has_one_id_for_two_things(key: int, one: tuple, other: tuple) -> None:
    assert (derived_id(key, *one) == derived_id(key, *other)) == (one == other)


def test_a_million_records_with_like_concepts_and_days_do_not_meet() -> None:
    """Numbers close together, as concepts and days are, do not bring keys together."""
    keys = [key_of(pseudonym(b"secret", "patient", "GB", str(number))) for number in range(1000)]
    things = [derived_id(0, concept, dt.date(2024, 1, 1 + concept % 28)) for concept in range(1000)]
    ids = np.bitwise_xor.outer(np.array(keys), np.array(things))
    assert len(np.unique(ids)) == 1_000_000
    assert derived_id(keys[3], 7, dt.date(2024, 1, 8)) == ids[3, 7]


def test_a_missing_part_is_refused_in_python_and_makes_the_id_null_in_sql(sql) -> None:
    with pytest.raises(ValueError, match="null"):
        stable_id("GB", None)
    with pytest.raises(ValueError, match="null"):
        derived_id(None, 1)
    with pytest.raises(ValueError, match="null"):
        derived_id(1, None)
    assert answer(sql.duckdb__stable_id("location", ["?::varchar", "?::varchar"]), "UKI", None) is None
    asked = sql.derived_id("?::bigint", "?::integer", "?::date")
    day = dt.date(2024, 1, 1)
    assert [answer(asked, *parts) for parts in [(None, 1, day), (1, None, day), (1, 1, None)]] == [None] * 3


@given(st.binary(min_size=1), PARTS)
def test_a_pseudonym_is_the_head_of_an_hmac_sha256(secret: bytes, parts: list[str]) -> None:
    full = hmac.new(secret, SEPARATOR.join(parts).encode(), hashlib.sha256)
    assert pseudonym(secret, *parts) == full.hexdigest()[:PSEUDONYM_LENGTH]
    assert key_of(pseudonym(secret, *parts)) == int.from_bytes(full.digest()[:8], "little") >> 1


@given(st.binary(min_size=1), st.binary(min_size=1), PARTS)
def test_another_secret_gives_another_pseudonym(one: bytes, other: bytes, parts: list[str]) -> None:
    if one.ljust(64, b"\0") != other.ljust(64, b"\0"):  # HMAC pads short keys with zeros
        assert pseudonym(one, *parts) != pseudonym(other, *parts)


@given(st.binary(min_size=1), PARTS)
def test_two_countries_with_the_same_keys_have_other_persons(secret: bytes, parts: list[str]) -> None:
    assert key_of(pseudonym(secret, "patient", "GB", *parts)) != key_of(
        pseudonym(secret, "patient", "FR", *parts)
    )


@given(rows=st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.dates(), WORDS), max_size=5))
def test_ids_of_many_rows_are_those_of_each(rows: list[tuple[int, dt.date, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"number": pl.Int64, "day": pl.Date, "word": pl.String}, orient="row")
    assert stable_ids("entry", frame).to_list() == [stable_id("entry", *row) for row in rows]


def test_many_rows_with_a_null_have_no_ids() -> None:
    with pytest.raises(ValueError, match="no null part"):
        stable_ids("entry", pl.DataFrame({"number": [1, None]}))
