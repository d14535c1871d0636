"""What the models ask of DuckDB and of Spark by a macro for each: both give the same answer."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.dialect import answers_of_duckdb, answers_of_spark, macros_for, write_rows
from thin_assets.domain.identity import derived_id, stable_id
from thin_assets.resources.spark import SparkSettings, spark_session, stop_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DUCKDB, SPARK = macros_for("duckdb"), macros_for("spark")
ENGINES = {"duckdb": DUCKDB, "spark": SPARK}

NUMBERS = [
    *("5", "1.5", "-.5", "5.", ".", "+5", "-", "--5", "++5", "1e5", "1E+05", "1e", "1e400", "1e-400", "1,5"),
    *("1_000", "1__0", "_1", "1_", "1e5_0", "1_000.5", "1.2.3", "", " ", "trace", "\u0661"),
    *(" 5 ", "5\t", "\n5", "\x0b5", "\x0c5\r", "5\xa0", "\x1f5"),
    *(
        "5d",
        "5f",
        "5D",
        "5L",
        "0x10",
        "0x1p3",
        "nan",
        "NaN",
        "-nan",
        "+nan",
        "inf",
        "+inf",
        "-Infinity",
        "infinit",
    ),
    *("<5", "<=0,5", "\u2264 7", ">=1 2", "|=3", "\u22654", "<>9", " < 5", "5<", "=1_0", "<5d"),
]
CODES = [
    *("I10", "I10.0", "E11.9!", "J45.+0", "A", "", "H33..00", "H33", "V81.2", "E8120", "34009301"),
    *(
        "3400930123456",
        "3400930123456\n",
        "0123456",
        "123456",
        "12 3456",
        "\xe912.3",
        "X\ny.z",
        "12345678901",
    ),
]
DOUBLES = [
    *(0.0, 1e-06, 9e-06, 1e-05, 2.5e-05, 9.9e-05, 0.0001, 0.000101, 0.1, 0.5, 2.4999999, 7.0, 12.5, 1e6, 1e7),
    *(123456.789012, 99999999.5, 1e15, 1.5e16, 1e16, 0.1234565, 2.675, 1.0000005, 3.5),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    yield spark_session(SparkSettings(master="local[1]", scratch=tmp_path_factory.mktemp("spark")))
    stop_spark()


def ask(spark: "SparkSession", file: Path, expressions) -> tuple[dict, dict]:
    """Answers of DuckDB and of Spark, as they are written: nan is no number that equals another."""
    told = (
        answers_of_duckdb(file, expressions(DUCKDB)),
        answers_of_spark(spark, file, expressions(SPARK)),
    )
    return tuple({name: list(map(repr, values)) for name, values in answers.items()} for answers in told)


def test_a_text_states_the_same_number(spark: "SparkSession", tmp_path: Path) -> None:
    file = write_rows(tmp_path / "texts.parquet", {"text": pa.array([*NUMBERS, None])})
    ours, theirs = ask(
        spark,
        file,
        lambda sql: {
            "double": sql.double_of("text"),
            "number": sql.number_of("text"),
            "comparison": sql.comparison_of("text"),
        },
    )
    assert theirs == ours
    assert set(ours["double"]) > {"5.0", "1000.5", "nan", "inf", "None"}


def test_a_code_is_spelled_the_same(spark: "SparkSession", tmp_path: Path) -> None:
    pairs = [(code, name) for code in CODES for name in ("ICD10", "ICD9CM", "CIM10", "Read", "SNOMED")]
    codes, names = zip(*pairs, strict=True)
    file = write_rows(tmp_path / "codes.parquet", {"code": pa.array(codes), "name": pa.array(names)})
    ours, theirs = ask(
        spark,
        file,
        lambda sql: {
            "normal": sql.normal_code("name", "code"),
            "is_icd": sql.is_icd("name"),
            "digits": sql.is_wholly("code", "[0-9]{1,13}"),
            "bare": sql.letters_and_digits("code"),
            "cip": sql.product_form("'CIP13'", "code"),
            "pzn": sql.product_form("'PZN'", "code"),
        },
    )
    assert theirs == ours


def test_a_number_is_rounded_and_written_the_same(spark: "SparkSession", tmp_path: Path) -> None:
    draw = random.Random(7)
    doses = [round(draw.random() * 10 ** draw.randint(-5, 9), 6) for _ in range(2000)]
    file = write_rows(tmp_path / "doubles.parquet", {"x": pa.array([*DOUBLES, *doses, None])})
    halves = write_rows(tmp_path / "halves.parquet", {"x": pa.array([0.5, 1.5, 2.5, -0.5, -1.5, 7.49, None])})
    rounded = "round(x * 1000000) / 1000000"
    ours, theirs = ask(
        spark, file, lambda sql: {"text": sql.text_of_double(f"({rounded})"), "rounded": rounded}
    )
    assert theirs == ours
    nearest, of_spark = ask(spark, halves, lambda sql: {"nearest": sql.nearest_integer("x")})
    assert of_spark == nearest
    assert nearest["nearest"] == ["0", "2", "2", "0", "-2", "7", "None"]


@pytest.mark.parametrize("engine", ENGINES)
def test_ids_are_those_of_python(engine: str, spark: "SparkSession", tmp_path: Path) -> None:
    draw = random.Random(3)
    keys = [0, 1, 2**63 - 1, *(draw.getrandbits(63) for _ in range(200))]
    concepts = [0, 2**31 - 1, *(draw.getrandbits(31) for _ in range(201))]
    days = [dt.date(1, 1, 1), dt.date(9999, 12, 31)]
    days += [dt.date(1900, 1, 1) + dt.timedelta(days=draw.randint(0, 60000)) for _ in range(201)]
    words = ["", "é", "a'b", *(f"word {number}" for number in range(200))]
    file = write_rows(
        tmp_path / "keys.parquet",
        {
            "k": pa.array(keys, pa.int64()),
            "c": pa.array(concepts, pa.int32()),
            "d": pa.array(days),
            "w": pa.array(words),
        },
    )
    sql = ENGINES[engine]
    expressions = {
        "all": sql.derived_id("k", "c", "d"),
        "day": sql.derived_id("k", day="d"),
        "words": sql.stable_id("location", "w", "k", "d"),
        "null": sql.stable_id("location", "w", "nullif(k, k)"),
    }
    told = (
        answers_of_duckdb(file, expressions)
        if engine == "duckdb"
        else answers_of_spark(spark, file, expressions)
    )
    assert told["all"] == [derived_id(*one) for one in zip(keys, concepts, days, strict=True)]
    assert told["day"] == [derived_id(key, day=day) for key, day in zip(keys, days, strict=True)]
    parts = zip(words, keys, days, strict=True)
    assert told["words"] == [stable_id("GB", "location", word, key, day) for word, key, day in parts]
    assert set(told["null"]) == {None}


def test_days_and_numbers_are_counted_the_same(spark: "SparkSession", tmp_path: Path) -> None:
    first = [dt.date(2024, 2, 28), dt.date(2024, 3, 31), dt.date(1, 1, 1), None]
    then = [dt.date(2024, 3, 1), dt.date(2023, 3, 31), dt.date(2024, 1, 1), dt.date(2024, 1, 1)]
    file = write_rows(
        tmp_path / "days.parquet",
        {"a": pa.array(first), "b": pa.array(then), "n": pa.array([3, 4, 7, 0], pa.int32())},
    )
    ours, theirs = ask(spark, file, lambda sql: {"days": sql.days_between("a", "b")})
    assert theirs == ours
    for sql, rows_of in (
        (DUCKDB, lambda query: answers_of_duckdb(file, query)),
        (SPARK, lambda query: answers_of_spark(spark, file, query)),
    ):
        kept = rows_of({"kept": f"(select count(*) from (select {sql.each_number(3, 'n')}))"})["kept"]
        assert kept == [0, 1, 4, 0]
