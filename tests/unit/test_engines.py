"""Which engine computes a country, and how Spark is reached."""

import sys
from pathlib import Path

import pytest

from thin_assets.domain.engines import engine_of
from thin_assets.errors import EngineMissing, SettingsError
from thin_assets.resources.spark import SparkSettings, spark_options, spark_session
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings


@pytest.mark.parametrize(
    ("told", "engines"),
    [
        ("duckdb", ("duckdb", "duckdb")),
        ("spark", ("spark", "spark")),
        ("GB=spark", ("spark", "duckdb")),
        ("default=spark, FR=duckdb", ("spark", "duckdb")),
    ],
)
def test_the_engine_is_chosen_by_country(told: str, engines: tuple[str, str]) -> None:
    assert (engine_of(told, "GB"), engine_of(told, "FR")) == engines


@pytest.mark.parametrize("told", ["sparkle", "UK=spark", "GB=spark,GB=duckdb", "GB=", ""])
def test_an_engine_that_is_none_is_refused_when_the_settings_are_read(
    told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THIN_ENGINE", told)
    with pytest.raises(SettingsError, match="THIN_ENGINE"):
        Settings.load(tmp_path)


def test_an_operator_adds_options_but_none_that_a_result_or_a_secret_depends_on(tmp_path: Path) -> None:
    file = tmp_path / "spark.conf"
    given = ("# ours", "spark.executor.cores 4", "spark.sql.session.timeZone UTC+1", "spark.log.level INFO")
    file.write_text("\n".join(given))
    options = spark_options(SparkSettings(master="yarn", options=file, scratch=tmp_path))
    assert options["spark.executor.cores"] == "4"
    assert options["spark.sql.session.timeZone"] == "UTC"
    assert (options["spark.log.level"], options["spark.executor.syncLogLevel.enabled"]) == ("OFF", "true")


@pytest.mark.parametrize(
    ("master", "is_here"),
    [("local[2]", True), ("spark://127.0.0.1:7077", True), ("spark://head:7077", False), ("yarn", False)],
)
def test_nothing_listens_to_the_outside_where_all_of_spark_is_here(
    master: str, is_here: bool, tmp_path: Path
) -> None:
    options = spark_options(SparkSettings(master=master, scratch=tmp_path))
    assert (options.get("spark.driver.bindAddress") == "127.0.0.1") == is_here


def test_without_java_spark_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match="no Java.*version 17 or 21"):
        spark_session(SparkSettings(scratch=tmp_path))


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(EngineMissing, match=r"thin-assets\[spark\]"):
        spark_session(SparkSettings(scratch=tmp_path))


def test_only_a_country_that_is_computed_on_spark_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    warehouse = Warehouse.of(Settings(home=tmp_path, engine="GB=spark"))
    with warehouse.open_engine("FR") as con:
        assert con.execute("select 1").fetchone() == (1,)
    with pytest.raises(EngineMissing), warehouse.open_engine("GB"):
        pass


def test_options_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="nowhere.conf"):
        spark_options(SparkSettings(options=tmp_path / "nowhere.conf", scratch=tmp_path))
