"""What the rooms ask DuckDB, in Spark's words; that both answer alike is shown on a cluster."""

import pytest

from thin_assets.resources.spark_words import Wish, wishes


def spark(sql: str, *values: object) -> str:
    (wish,) = wishes(sql, values)
    return wish.sql


@pytest.mark.parametrize(
    ("duckdb", "in_spark"),
    [
        (
            "select a from t order by a, b desc",
            "SELECT a FROM t ORDER BY a NULLS LAST, b DESC",
        ),
        ("select a // 3 from t", "SELECT a DIV 3 FROM t"),
        ("select x.* exclude (a) from x", "SELECT x.* EXCEPT (a) FROM x"),
        (
            "select date_diff('day', a, b) from t",
            "SELECT CAST(DATEDIFF(CAST(b AS DATE), CAST(a AS DATE)) AS BIGINT) FROM t",
        ),
        ("select a + to_days(3) from t", "SELECT a + MAKE_DT_INTERVAL(CAST(3 AS INT)) FROM t"),
        (
            "select date_diff('day', a, a + to_days(3)) from t",
            "SELECT CAST(DATEDIFF(CAST(a + MAKE_DT_INTERVAL(CAST(3 AS INT)) AS DATE), CAST(a AS DATE))"
            " AS BIGINT) FROM t",
        ),
        (
            "select row_number() over (order by a rows between unbounded preceding and unbounded following)",
            "SELECT ROW_NUMBER() OVER (ORDER BY a NULLS LAST)",
        ),
        (
            "select first(v order by day, id desc) filter (where day > 3) from t",
            "SELECT MIN_BY(v, STRUCT(day IS NULL, day, id IS NULL, ~(id))) FILTER(WHERE day > 3) FROM t",
        ),
        (
            "select sum(a) filter (where b) * count(*) - sum(c) * sum(d) from t",
            "SELECT SUM(CAST(a AS DECIMAL(20, 0))) FILTER(WHERE b) * COUNT(*)"
            " - SUM(CAST(c AS DECIMAL(20, 0))) * SUM(CAST(d AS DECIMAL(20, 0))) FROM t",
        ),
        (
            "select cast(unnest([1, 2]) as integer) as a",
            "SELECT EXPLODE(CAST(ARRAY(1, 2) AS ARRAY<INT>)) AS a",
        ),
        ("from t where a is not distinct from b", "SELECT * FROM t WHERE a IS NOT DISTINCT FROM b"),
    ],
)
def test_what_sqlglot_leaves_different_is_settled(duckdb: str, in_spark: str) -> None:
    assert spark(duckdb) == in_spark


def test_values_stand_where_the_question_marks_were() -> None:
    assert spark("select cast(? as integer) as a from t where b = ?", 3, "it's") == (
        "SELECT CAST(3 AS INT) AS a FROM t WHERE b = 'it\\'s'"
    )


def test_a_table_of_a_schema_is_a_view_and_keeps_the_name_that_columns_call_it() -> None:
    (wish,) = wishes("select person.person_id from cdm.person join cdm.death as d using (person_id)")
    assert wish.sql == (
        "SELECT person.person_id FROM cdm__person AS person JOIN cdm__death AS d USING (person_id)"
    )
    assert wish.reads == {"cdm__person", "cdm__death"}


def test_a_file_is_a_view_too() -> None:
    (wish,) = wishes("select * from read_parquet('/lake/country=GB/data.parquet', hive_partitioning = false)")
    ((name, path),) = wish.files.items()
    assert path == "/lake/country=GB/data.parquet"
    assert wish.sql == f"SELECT * FROM {name}"
    assert not wish.reads


@pytest.mark.parametrize(
    ("duckdb", "kind", "table"),
    [
        ("create schema if not exists work", "nothing", ""),
        ("create or replace table work.a as select 1", "fill", "work__a"),
        ("create or replace temp table a as select 1", "fill", "a"),
        ("create view cdm.a as select 1", "view", "cdm__a"),
        ("create or replace temp table a (b bigint, c integer)", "empty", "a"),
        ("insert into a select 1", "append", "a"),
        ("drop table a", "drop", "a"),
        ("drop schema work cascade", "drop", "work__"),
    ],
)
def test_a_statement_says_what_it_wants_of_the_session(duckdb: str, kind: str, table: str) -> None:
    (wish,) = wishes(duckdb)
    assert (wish.kind, wish.table) == (kind, table)


def test_a_script_is_several_wishes() -> None:
    assert [wish.kind for wish in wishes("create table w.a as select 1; select * from w.a;")] == [
        "fill",
        "ask",
    ]


def test_what_has_no_like_in_spark_is_not_guessed() -> None:
    with pytest.raises(NotImplementedError, match="update"):
        list(wishes("update a set b = 1"))


def test_an_empty_table_has_its_columns() -> None:
    assert list(wishes("create temp table a (b bigint, c varchar)")) == [
        Wish("empty", "a", "b BIGINT, c STRING")
    ]
