"""The hash of a person's rows, as the dbt project has it: the same for the same rows only, in any order."""

from collections import Counter
from pathlib import Path

import duckdb
import jinja2
from hypothesis import assume, given
from hypothesis import strategies as st

_MACROS = Path(__file__).parents[2] / "dbt_project" / "macros" / "carried.sql"
_TEMPLATE = jinja2.Environment().from_string(_MACROS.read_text(encoding="utf-8")).module

ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-3, 3),
        st.none() | st.sampled_from(["", "a", "b", "ab"]),
        st.none() | st.sampled_from([0.0, 1.5, 2.0]),
    ),
    max_size=5,
)
"""Few values, so that rows of two months often differ in one of them, or by a swap."""


def hashed(rows: list[tuple]) -> tuple[int, int]:
    """Number of rows, and the sum of their hashes, as int_person_digests takes it."""
    values = ", ".join("(?::integer, ?::varchar, ?::double)" for _ in rows) or "(null, null, null)"
    row_hash = _TEMPLATE.mixed_hash("'kind'", "event")
    sum_of_hashes = _TEMPLATE.sum_of_hashes(row_hash)
    query = f"select count(*), {sum_of_hashes} from (values {values}) as event (code, word, number)"
    return duckdb.execute(
        query + ("" if rows else " where false"), [v for row in rows for v in row]
    ).fetchone()


@given(ROWS, ROWS)
def test_other_rows_have_another_hash(before: list[tuple], now: list[tuple]) -> None:
    """One value more, one less, two swapped between rows, a row twice: all are seen."""
    assume(Counter(before) != Counter(now))
    assert hashed(before) != hashed(now)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_same_rows_have_the_same_hash_in_any_order(rows: list[tuple], random) -> None:
    """A delivery may bring them in another order."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert hashed(rows) == hashed(shuffled)


def test_a_swap_between_rows_is_seen() -> None:
    """A sum of hashes that were not mixed once more could miss it."""
    assert hashed([(1, "a", 0.0), (2, "b", 1.5)]) != hashed([(1, "b", 0.0), (2, "a", 1.5)])
