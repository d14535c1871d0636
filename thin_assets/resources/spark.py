"""Spark where one machine is too small: one session a process, started when a step first asks for it.

Imported by nobody who computes on DuckDB alone: pyspark and Java are there only where they are wanted.
"""

import ipaddress
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel

from thin_assets.errors import EngineMissing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOW_TO = "see docs/explanation/engines.md"
JAVA = "Spark needs a Java runtime of version 17 or 21"
LOOPBACK = "127.0.0.1"

_SAME_AS_DUCKDB = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # the CDM's datetimes have no zone
    "spark.sql.ansi.enabled": "true",  # what overflows, or cannot be cast, is an error and no null
    "spark.sql.caseSensitive": "false",
}
"""What a result depends on: no operator may change it."""

_NO_ROW_IN_LOGS = {"spark.log.level": "OFF", "spark.executor.syncLogLevel.enabled": "true"}
"""What an engine says of a failed task may quote a row, and each executor keeps a log of its own."""

_USUAL = {
    "spark.app.name": "thin-assets",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""What an operator may change in the file of options."""


class SparkSettings(BaseModel, frozen=True):
    """How Spark is reached.

    master    as spark-submit takes it: `local[2]`, `spark://host:7077`, `yarn`, `k8s://https://...`
    memory    of the driver and of each executor, as `4g`
    options   file of further options, one a line as in spark-defaults.conf; None: none
    scratch   folder for what does not fit in memory, and for tables between steps
    """

    master: str = "local[2]"
    memory: str = "2g"
    options: Path | None = None
    scratch: Path


def spark_options(told: SparkSettings) -> dict[str, str]:
    """Every option of a session, by name. Raises EngineMissing for a file of options that is not there."""
    given = _read_options(told.options) if told.options else {}
    usual = _USUAL | {
        "spark.driver.memory": told.memory,
        "spark.executor.memory": told.memory,
        "spark.local.dir": str(told.scratch),
        "spark.sql.warehouse.dir": str(told.scratch / "warehouse"),
    }
    if _is_of_this_machine(told.master):
        usual |= {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
    return usual | given | _SAME_AS_DUCKDB | _NO_ROW_IN_LOGS | {"spark.master": told.master}


def spark_session(told: SparkSettings) -> "SparkSession":
    """The session of this process, and a new one in it for the caller alone: views are its own.

    Raises EngineMissing where pyspark, Java or the cluster is not there.
    """
    try:
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise not_installed(error.name) from error
    require_java()
    told.scratch.mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder
    for name, value in spark_options(told).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate().newSession()
    except PySparkRuntimeError as error:
        raise EngineMissing(
            "Java ended before Spark had started", where=_java() or "PATH", remedy=f"{JAVA}; {HOW_TO}"
        ) from error
    except Py4JJavaError as error:
        raise EngineMissing(
            "Spark did not start", where=told.master, remedy=f"is THIN_SPARK_MASTER there, and free? {HOW_TO}"
        ) from error


def not_installed(module: str) -> EngineMissing:
    """The error where a package of the extra is missing."""
    return EngineMissing(
        f"{module} is not installed",
        where="THIN_ENGINE",
        remedy=f"pip install thin-assets[spark]; {HOW_TO}",
    )


def stop_spark() -> None:
    """Give back what the process holds of a cluster; the next session starts it anew."""
    from pyspark import SparkContext

    if (context := SparkContext._active_spark_context) is not None:
        context.stop()


def require_java() -> None:
    """Raises EngineMissing where no Java is found."""
    if _java() is None:
        raise EngineMissing("there is no Java", where="JAVA_HOME, PATH", remedy=f"{JAVA}; {HOW_TO}")


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")


def _is_of_this_machine(master: str) -> bool:
    """Whether everything runs here, so that nothing need listen to the outside."""
    if master.startswith("local"):
        return True
    try:
        return ipaddress.ip_address(urlsplit(master).hostname or "").is_loopback
    except ValueError:
        return urlsplit(master).hostname == "localhost"


def _read_options(file: Path) -> dict[str, str]:
    if not file.is_file():
        raise EngineMissing(
            "there is no such file of options",
            where=str(file),
            remedy=f"THIN_SPARK_OPTIONS names it; {HOW_TO}",
        )
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)
