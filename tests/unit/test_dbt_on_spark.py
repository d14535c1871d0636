"""What dbt is told of Spark, and how what Spark leaves becomes the files of a candidate."""

from pathlib import Path

import duckdb
import pytest

from thin_assets.errors import EngineMissing, SettingsError
from thin_assets.resources import dbt_on_spark
from thin_assets.resources.dbt import Dbt
from thin_assets.resources.dbt_on_spark import PARTS, join_parts, require_spark, write_options
from thin_assets.resources.spark import SparkSettings

ROWS = "select range as id, range % 7 = 0 as flag, 'word ' || range % 10 as word from range({}, {})"


def _write(folder: Path, name: str, query: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"copy ({query}) to '{folder / name}' (format parquet)")


def test_the_parts_of_a_table_become_the_file_that_duckdb_would_have_written(tmp_path: Path) -> None:
    scratch, candidate = tmp_path / "scratch", tmp_path / "candidate"
    for number, (start, end) in enumerate(((0, 100_000), (100_000, 250_000), (250_000, 250_001))):
        _write(scratch / PARTS / "person", f"part-0000{number}-x.c000.parquet", ROWS.format(start, end))
    (scratch / PARTS / "person" / "_SUCCESS").touch()
    (candidate / "person").mkdir(parents=True)
    join_parts(scratch, candidate, "500MB")
    told = "(format parquet, compression zstd, row_group_size 122880)"
    duckdb.sql(f"copy ({ROWS.format(0, 250_001)}) to '{tmp_path / 'expected.parquet'}' {told}")
    joined = candidate / "person" / "data.parquet"
    assert joined.read_bytes() == (tmp_path / "expected.parquet").read_bytes()


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    scratch, candidate = tmp_path / "scratch", tmp_path / "candidate"
    _write(scratch / PARTS / "cost", "part-00000-x.c000.parquet", ROWS.format(0, 0))
    (candidate / "cost").mkdir(parents=True)
    join_parts(scratch, candidate, "500MB")
    empty = duckdb.read_parquet(str(candidate / "cost" / "data.parquet"))
    assert (empty.columns, len(empty)) == (["id", "flag", "word"], 0)


def test_the_options_are_told_in_a_folder_of_the_build_and_nobody_logs_a_row(tmp_path: Path) -> None:
    told = write_options(SparkSettings(master="spark://127.0.0.1:7077", scratch=tmp_path))
    file = Path(told["SPARK_CONF_DIR"]) / "spark-defaults.conf"
    options = dict(line.split(" ", 1) for line in file.read_text().splitlines())
    assert file.is_relative_to(tmp_path)
    assert options["spark.master"] == "spark://127.0.0.1:7077"
    assert options["spark.sql.session.timeZone"] == "UTC"
    assert (options["spark.log.level"], options["spark.executor.syncLogLevel.enabled"]) == ("OFF", "true")


@pytest.mark.parametrize("missing", ["pyspark", "dbt.adapters.spark"])
def test_what_is_not_installed_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = dbt_on_spark.importlib.util.find_spec
    monkeypatch.setattr(
        dbt_on_spark.importlib.util, "find_spec", lambda name: None if name == missing else found(name)
    )
    with pytest.raises(EngineMissing, match=rf"{missing} is not installed.*thin-assets\[spark\]"):
        require_spark(key=None)


def test_encrypted_raw_is_refused_before_spark_starts() -> None:
    with pytest.raises(SettingsError, match="no raw table that is encrypted"):
        require_spark(key=b"k" * 32)


@pytest.mark.parametrize(("country", "target"), [("GB", "spark"), ("FR", "duckdb")])
def test_the_country_decides_on_the_target_of_dbt(
    country: str, target: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []
    monkeypatch.setattr("thin_assets.resources.dbt.faults_of", lambda words, *_: asked.append(words))
    monkeypatch.setattr("thin_assets.resources.dbt.prepare_manifest", lambda _: tmp_path / "manifest.json")
    monkeypatch.setattr("thin_assets.resources.dbt.join_parts", lambda *_: None)
    dbt = Dbt(memory_limit="1GB", spill=str(tmp_path / "spill"), engine="default=duckdb,GB=spark")
    dbt.build({"THIN_COUNTRY": country, "THIN_CANDIDATE": str(tmp_path)})
    [arguments] = asked
    assert arguments[arguments.index("--target") + 1] == target
