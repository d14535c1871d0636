"""dbt as Dagster sees it: a manifest prepared before runs start, keys from folders, values by environment."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from thin_assets.domain.engines import DUCKDB, SPARK, Engine
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DiskFull, RunFailed, SettingsError
from thin_assets.resources.dbt_on_spark import join_parts, require_spark, write_options
from thin_assets.resources.dbt_process import OUT_OF_MEMORY, faults_of
from thin_assets.resources.engine_choice import EngineChoice
from thin_assets.resources.files import locked
from thin_assets.resources.full_disk import REMEDY as FULL_DISK_REMEDY
from thin_assets.resources.full_disk import NamingFullDisk, words_of
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_tables import is_encrypted
from thin_assets.settings import PARQUET_KEY

PROJECT_DIR = Path(__file__).parents[2] / "dbt_project"
TARGET = DUCKDB
"""Of the manifest that Dagster reads: models and lineage are the same on each engine."""

PARSE_CACHE = "partial_parse.msgpack"
MORE_MEMORY = (
    "give the engine more memory with THIN_MEMORY_LIMIT, where the machine has it; or build the country on"
    " Spark: docs/how-to/spark.md"
)
_PARSED = ("dbt_project.yml", "profiles.yml", "models/**/*", "macros/**/*", "seeds/**/*")


def _files() -> list[Path]:
    found = (path for pattern in _PARSED for path in PROJECT_DIR.glob(pattern) if path.is_file())
    return sorted(found)


@cache
def code_version() -> str:
    """Hash of every file that decides what dbt builds: part of the identity of a build."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(path.relative_to(PROJECT_DIR).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def prepare_manifest(engine: Engine = TARGET) -> Path:
    """Parse the project once when a file of it is newer than the manifest; returns the manifest's path.

    Held by a file lock, because several processes may load the definitions at once.
    """
    folder = PROJECT_DIR / "target"
    manifest = (folder if engine == TARGET else folder / engine) / "manifest.json"
    with locked(manifest):
        newest = max(path.stat().st_mtime for path in _files())
        if not manifest.exists() or manifest.stat().st_mtime < newest:
            remedy = "mend the dbt project; `dbt parse` shows the fault"
            _dbt("parse", manifest.parent, os.environ, remedy, engine=engine)
    return manifest


def compile_project(target: Path, values: Mapping[str, str]) -> dict[str, str]:
    """The query of every model as the engine reads it, by model.

    target    an empty folder for what dbt writes
    values    of a partition, whose raw tables and vocabulary must exist. Raises RunFailed.
    """
    _dbt("compile", target, os.environ | values, "mend the dbt project; `dbt compile` shows the fault")
    found = (target / "compiled").glob("*/models/**/*.sql")
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(found)}


def _dbt(
    command: str,
    target: Path,
    environment: Mapping[str, str],
    remedy: str,
    key: bytes | None = None,
    engine: Engine = TARGET,
) -> None:
    """One dbt command in a process of its own. Raises RunFailed with the models at fault, none of their rows.

    key    of raw tables that are encrypted: told in the environment, and read there by `dbt_plugin` alone
    dbt's own words are not repeated: the message of an engine may quote a value of a patient's row.
    """
    arguments = [
        *command.split(),
        *("--target", engine, "--target-path", str(target), "--log-path", str(target)),
        *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
        *("--no-send-anonymous-usage-stats", "--log-level-file", "none", "--quiet"),
    ]
    told = {**environment, PARQUET_KEY: key.hex() if key else ""}
    faults = faults_of(arguments, told, PROJECT_DIR)
    if faults is not None:
        at_fault = ", ".join(faults) or "before the first model"
        if words_of(at_fault):
            raise DiskFull(f"dbt cannot write: {at_fault}", where=str(target), remedy=FULL_DISK_REMEDY)
        if OUT_OF_MEMORY in at_fault:
            remedy = MORE_MEMORY
        raise RunFailed(f"dbt {command.split()[0]} failed: {at_fault}", where="dbt_project", remedy=remedy)


class Dbt(EngineChoice):
    """Builds the whole project for one partition.

    is_incremental    whether rows of the month before are taken over where nothing changed
    """

    memory_limit: str
    spill: str
    is_incremental: bool = False

    def carries(self, country: str) -> bool:
        """Whether builds of a country may take rows over: the models that compare are written for DuckDB."""
        return not self.is_on_spark(country)

    def build(self, values: Mapping[str, str], key: bytes | None = None) -> None:
        """Seeds and models, with the partition's values in the environment of this one process.

        key    reads raw tables that are encrypted; None: all are plain
        A folder of this build's own, gone afterwards, holds a copy of the parse cache and what is not kept in
        memory: builds at once share no file. Raises RunFailed, DiskFull, and EngineMissing where Spark is
        asked for and not there.
        """
        Path(self.spill).mkdir(parents=True, exist_ok=True)
        temporary = tempfile.TemporaryDirectory(prefix="dbt-", dir=self.spill)
        with temporary as folder, NamingFullDisk(self.spill):
            told = {"THIN_MEMORY_LIMIT": self.memory_limit, "THIN_SPILL": folder, "DO_NOT_TRACK": "1"}
            if self.is_on_spark(values["THIN_COUNTRY"]):
                self._build_on_spark(Path(folder), told | dict(values), key)
            else:
                _build_all(Path(folder), told | dict(values), DUCKDB, key)

    def _build_on_spark(self, folder: Path, told: dict[str, str], key: bytes | None) -> None:
        require_spark(key)
        _build_all(folder, told | write_options(self.spark_with(folder)), SPARK)
        join_parts(folder, Path(told["THIN_CANDIDATE"]), self.memory_limit)


def _build_all(folder: Path, told: dict[str, str], engine: Engine, key: bytes | None = None) -> None:
    cache_file = prepare_manifest(engine).with_name(PARSE_CACHE)
    if cache_file.is_file():
        shutil.copy(cache_file, folder)
    _dbt(
        "build --no-write-json --exclude-resource-type test unit_test",
        folder,
        os.environ | told,
        _REMEDIES[engine],
        key,
        engine,
    )


_REMEDIES = {
    DUCKDB: "the model's tests show the rule at fault: pytest tests/dbt; then run the partition again",
    SPARK: "before the first model: is THIN_SPARK_MASTER there, and free? else build it on DuckDB: where "
    "that fails too, the model's tests show the rule at fault; see docs/how-to/spark.md",
}


def partition_values(
    lake: Lake, snapshot: Snapshot, candidate: Path, delivered: Mapping[str, Any], vocabulary: str
) -> dict[str, str]:
    """What dbt is told of the partition, in the environment of its process.

    delivered    what landing reported of the delivery
    vocabulary   version to build with: it belongs to the candidate's identity, so it is read once
    """
    return {
        "THIN_COUNTRY": snapshot.country,
        "THIN_SNAPSHOT": snapshot.month.isoformat(),
        "THIN_CUTOFF": snapshot.cutoff.isoformat(),
        "THIN_RAW": str(lake.root / "raw"),
        "THIN_TEXT": str(lake.root / "text"),
        "THIN_ENCRYPTED": ",".join(t for t, file in lake.raw_tables(snapshot).items() if is_encrypted(file)),
        "THIN_VOCABULARY_DIR": str(lake.vocabulary(vocabulary)),
        "THIN_VOCABULARY_VERSION": vocabulary,
        "THIN_CANDIDATE": str(candidate),
        "THIN_CODE_VERSION": code_version(),
        **_told_of(delivered),
    }


def _told_of(delivered: Mapping[str, Any]) -> dict[str, str]:
    """What the delivery says of itself: for cdm_source and metadata."""
    origin = delivered.get("origin", {})
    return {
        "THIN_GENERATED_AT": delivered["generated_at"],
        "THIN_DELIVERY": delivered["delivery"],
        "THIN_LAYOUT": delivered["layout"],
        "THIN_TEXT_BUNDLE": delivered.get("text", {}).get("delivery", ""),
        "THIN_HOLDER": origin.get("holder", "unknown"),
        "THIN_SEED": origin.get("seed", ""),
        "THIN_GENERATOR_VERSION": origin.get("generator_version", ""),
    }


class RoomTranslator(DagsterDbtTranslator):
    """Keys and groups of dbt's nodes: a source has the key it declares, what dbt builds lives in `omop`."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`models/omop/person.sql` is `omop/person`."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey(["omop", dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """One group for the room."""
        return "omop"

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's own description, without the SQL."""
        return dbt_resource_props["description"] or f"dbt {dbt_resource_props['resource_type']}"


def dbt_specs() -> list[dg.AssetSpec]:
    """An asset spec for every seed and model of the project, with lineage from the manifest."""
    manifest = prepare_manifest()
    specs = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=RoomTranslator())
    if not specs:
        raise SettingsError(
            "the dbt project has no model", where=str(PROJECT_DIR), remedy="check the installation"
        )
    return list(specs)
