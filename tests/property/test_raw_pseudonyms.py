"""A column of keys is `domain.identity.key_of` the pseudonym, value by value."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.domain.identity import SEPARATOR, key_of, pseudonym
from thin_assets.raw.contract import Key
from thin_assets.raw.pseudonymise import Pseudonymiser

SECRETS = st.binary(min_size=1, max_size=200)
PARTS = st.text(
    st.characters(exclude_characters=SEPARATOR, exclude_categories=["Cs"]), min_size=1, max_size=12
)


@given(secret=SECRETS, rows=st.lists(st.tuples(PARTS, st.none() | PARTS), max_size=8))
def test_a_column_of_pseudonyms_agrees_with_the_definition(secret, rows):
    delivered = pa.table({"pracid": [row[0] for row in rows], "staffid": [row[1] for row in rows]})
    delivered = delivered.cast(pa.schema({"pracid": pa.string(), "staffid": pa.string()}))
    key = Key("staff_key", "staff", ("pracid", "staffid"))
    expected = [None if row[1] is None else pseudonym(secret, "staff", "GB", *row) for row in rows]
    assert Pseudonymiser(secret, "GB").texts(key, delivered).to_pylist() == expected
    assert Pseudonymiser(secret, "GB").keys(key, delivered).to_pylist() == [
        text and key_of(text) for text in expected
    ]


@given(secret=SECRETS, rows=st.lists(st.tuples(PARTS, st.none() | PARTS), min_size=1, max_size=8))
def test_a_whole_row_counts_what_is_empty_as_empty_text(secret, rows):
    delivered = pa.table({"pracid": [row[0] for row in rows], "atc": [row[1] for row in rows]})
    delivered = delivered.cast(pa.schema({"pracid": pa.string(), "atc": pa.string()}))
    key = Key("event_key", "dispense", ("pracid", "atc"))
    column = Pseudonymiser(secret, "FR").keys(key, delivered, whole_row=True)
    assert column.to_pylist() == [
        key_of(pseudonym(secret, "dispense", "FR", row[0], row[1] or "")) for row in rows
    ]


@given(secret=SECRETS, one=st.tuples(PARTS, PARTS), other=st.tuples(PARTS, PARTS))
def test_two_keys_have_two_pseudonyms(secret, one, other):
    key = Key("patient_key", "patient", ("pracid", "patid"))
    delivered = pa.table({"pracid": [one[0], other[0]], "patid": [one[1], other[1]]})
    first, second = Pseudonymiser(secret, "GB").keys(key, delivered).to_pylist()
    assert (first == second) == (one == other)
    assert first != Pseudonymiser(secret, "FR").keys(key, delivered)[0].as_py()
