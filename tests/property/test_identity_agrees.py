"""Ids and pseudonyms are the same wherever they are made: in Python, in SQL, on any machine."""

import hashlib
import hmac

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.domain.identity import PSEUDONYM_LENGTH, SEPARATOR, pseudonym, stable_id

PARTS = st.lists(st.text(st.characters(exclude_characters="\x00\x1f", codec="utf-8")), min_size=1, max_size=5)


@given(PARTS)
def test_sql_and_python_derive_the_same_id(parts: list[str]) -> None:
    joined = SEPARATOR.join(parts)
    found = duckdb.execute("select (md5_number_upper(?) >> 1)::bigint", [joined]).fetchone()
    assert found == (stable_id(*parts),)


@given(PARTS)
def test_an_id_fits_a_signed_bigint_and_is_never_negative(parts: list[str]) -> None:
    assert 0 <= stable_id(*parts) < 2**63


@given(PARTS, PARTS)
def test_different_keys_have_different_ids(one: list[str], other: list[str]) -> None:
    if one != other:
        assert stable_id(*one) != stable_id(*other)


def test_a_missing_part_is_refused() -> None:
    with pytest.raises(ValueError, match="null"):
        stable_id("GB", None)


@given(st.binary(min_size=1), PARTS)
def test_a_pseudonym_is_the_head_of_an_hmac_sha256(secret: bytes, parts: list[str]) -> None:
    full = hmac.new(secret, SEPARATOR.join(parts).encode(), hashlib.sha256).hexdigest()
    assert pseudonym(secret, *parts) == full[:PSEUDONYM_LENGTH]


@given(st.binary(min_size=1), st.binary(min_size=1), PARTS)
def test_another_secret_gives_another_pseudonym(one: bytes, other: bytes, parts: list[str]) -> None:
    if one.ljust(64, b"\0") != other.ljust(64, b"\0"):  # HMAC pads short keys with zeros
        assert pseudonym(one, *parts) != pseudonym(other, *parts)
