"""A reading plan judges rows in the order in which they stand: keys and line numbers are laid beside them."""

import duckdb
import pyarrow as pa

from thin_assets.raw.plan import Fault, Plan, judge, missing, quoted, reading, unreadable

PLAN = Plan(
    readings={"x": 'try_cast("x" as bigint)'},
    outputs={"x": reading("x")},
    faults=(*unreadable("not_a_number", ["x"]), *missing(["x"])),
)


def test_many_threads_keep_the_order_of_the_rows():
    """A parallel engine may return rows in another order unless it is told not to."""
    pieces = [pa.table({"x": list(map(str, range(at, at + 5_000)))}) for at in range(0, 400_000, 5_000)]
    with duckdb.connect(config={"threads": 8, "preserve_insertion_order": False}) as con:
        typed, broken = judge(con, PLAN, pa.concat_tables(pieces))
    assert typed["x"].to_pylist() == list(range(400_000))
    assert broken.null_count == 400_000


def test_each_row_is_told_the_first_rule_it_breaks():
    rules = (*PLAN.faults, Fault("too_large", "x", f"{reading('x')} > 10"))
    plan = Plan(PLAN.readings, PLAN.outputs, rules)
    with duckdb.connect() as con:
        typed, broken = judge(con, plan, pa.table({"x": ["1", "one", None, "11"]}))
    assert broken.to_pylist() == [None, 0, 1, 2]
    assert typed["x"].to_pylist() == [1, None, None, 11]


def test_a_plan_without_rules_breaks_none():
    with duckdb.connect() as con:
        typed, broken = judge(con, Plan({}, {"x": quoted("x")}, ()), pa.table({"x": ["a"]}))
    assert (typed["x"].to_pylist(), broken.to_pylist()) == (["a"], [None])


def test_nothing_is_left_in_the_connection():
    with duckdb.connect() as con:
        judge(con, PLAN, pa.table({"x": ["1"]}))
        assert con.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)


def test_a_column_name_with_quotes_stays_one_name():
    assert quoted('a"b') == '"a""b"'
