"""What dbt needs of Spark, and what Spark leaves of a candidate.

Spark writes a table as files that follow one another in the order of the model. DuckDB streams them into the
one file that it would have written itself: a reader sees no difference, for there is none.
"""

import importlib.util
from pathlib import Path

from thin_assets.errors import SettingsError
from thin_assets.resources.spark import SparkSettings, not_installed, require_java, spark_options
from thin_assets.resources.warehouse import connect, streamed

PARTS = "candidate"
"""Folder of the tables that the materialisation `candidate` writes, in that of the build."""

ROWS_OF_A_GROUP = 122_880
"""And Zstandard: as dbt_project/macros/materializations/candidate.sql writes them."""


def require_spark(key: bytes | None) -> None:
    """Raises EngineMissing where something is not installed, SettingsError where raw is encrypted.

    key    that raw tables are encrypted with; None: all are plain
    """
    if key is not None:
        raise SettingsError(
            "Spark reads no raw table that is encrypted",
            where="THIN_ENGINE, THIN_ENCRYPT",
            remedy="let DuckDB compute this country, or keep raw plain on a disk that is encrypted; "
            "see docs/how-to/spark.md",
        )
    for module in ("pyspark", "dbt.adapters.spark"):
        if importlib.util.find_spec(module) is None:
            raise not_installed(module)
    require_java()


def write_options(told: SparkSettings) -> dict[str, str]:
    """Write the options of the session that dbt will start; returns what tells it of them, by variable."""
    options = spark_options(told)
    folder = told.scratch / "conf"
    folder.mkdir(parents=True)
    lines = (f"{name} {value}\n" for name, value in options.items())
    (folder / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
    return {"SPARK_CONF_DIR": str(folder)}


def join_parts(scratch: Path, candidate: Path, memory_limit: str) -> None:
    """Make one file of the files of each table, row after row: nothing is sorted or kept in memory.

    scratch    folder of the build
    candidate  folder of the tables, each of which has a folder there
    """
    for folder in sorted((scratch / PARTS).iterdir()):
        parts = sorted(str(path) for path in folder.glob("part-*.parquet"))
        with connect(memory_limit=memory_limit) as reader, connect(memory_limit=memory_limit) as writer:
            query = "select * from read_parquet(?, hive_partitioning = false)"
            # in batches of a row group: where one file ends and the next begins leaves no trace
            writer.register("rows", streamed(reader, query, ROWS_OF_A_GROUP, [parts]))
            writer.execute(
                f"copy (select * from rows) to '{candidate / folder.name / 'data.parquet'}' "
                f"(format parquet, compression zstd, row_group_size {ROWS_OF_A_GROUP})"
            )
