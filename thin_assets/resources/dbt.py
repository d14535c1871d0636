"""dbt as Dagster sees it: a manifest prepared before runs start, keys from folders, values by environment."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import RunFailed, SettingsError
from thin_assets.resources.files import locked
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_tables import is_encrypted
from thin_assets.settings import PARQUET_KEY

PROJECT_DIR = Path(__file__).parents[2] / "dbt_project"
TARGET = "duckdb"
PARSE_CACHE = "partial_parse.msgpack"
_KIND = re.compile(r"[A-Z][a-z]+ Error")
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


def prepare_manifest() -> Path:
    """Parse the project once when a file of it is newer than the manifest; returns the manifest's path.

    Held by a file lock, because several processes may load the definitions at once.
    """
    manifest = PROJECT_DIR / "target" / "manifest.json"
    with locked(manifest):
        newest = max(path.stat().st_mtime for path in _files())
        if not manifest.exists() or manifest.stat().st_mtime < newest:
            _dbt("parse", manifest.parent, os.environ, "mend the dbt project; `dbt parse` shows the fault")
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
    command: str, target: Path, environment: Mapping[str, str], remedy: str, key: bytes | None = None
) -> None:
    """One dbt command in a process of its own. Raises RunFailed with the models at fault, none of their rows.

    key    of raw tables that are encrypted: told in the environment, and read there by `dbt_plugin` alone
    dbt's own words are not repeated: the message of an engine may quote a value of a patient's row.
    """
    arguments = [
        *(str(Path(sys.executable).with_name("dbt")), *command.split()),
        *("--target", TARGET, "--target-path", str(target), "--log-path", str(target)),
        *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
        *("--no-send-anonymous-usage-stats", "--log-level-file", "none", "--log-format", "json"),
        *("--log-level", "error"),
    ]
    told = {**environment, PARQUET_KEY: key.hex() if key else ""}
    done = subprocess.run(arguments, env=told, capture_output=True, cwd=PROJECT_DIR, check=False)
    if done.returncode:
        faults = ", ".join(_faults(done.stdout)) or "before the first model"
        raise RunFailed(f"dbt {command.split()[0]} failed: {faults}", where="dbt_project", remedy=remedy)


def _faults(log: bytes) -> Iterator[str]:
    """Model and kind of error of every failed model, from the JSON lines that dbt logs."""
    for line in log.splitlines():
        if line.startswith(b"{"):
            data = json.loads(line)["data"]
            node, kind = (
                data.get("node_info", {}).get("node_name"),
                _KIND.search(str(data.get("exc", data.get("msg")))),
            )
            if node or kind:
                yield f"{node or 'project'} ({kind[0] if kind else 'error'})"


class Dbt(dg.ConfigurableResource):
    """Builds the whole project for one partition."""

    memory_limit: str
    spill: str

    def build(self, values: Mapping[str, str], key: bytes | None = None) -> None:
        """Seeds and models, with the partition's values in the environment of this one process.

        key    reads raw tables that are encrypted; None: all are plain
        A folder of this build's own, gone afterwards, holds a copy of the parse cache and what is not kept in
        memory: builds at once share no file. Raises RunFailed.
        """
        Path(self.spill).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="dbt-", dir=self.spill) as folder:
            cache_file = prepare_manifest().with_name(PARSE_CACHE)
            if cache_file.is_file():
                shutil.copy(cache_file, folder)
            settings = {"THIN_MEMORY_LIMIT": self.memory_limit, "THIN_SPILL": folder, "DO_NOT_TRACK": "1"}
            _dbt(
                "build --no-write-json --exclude-resource-type test unit_test",
                Path(folder),
                os.environ | settings | dict(values),
                "the model's tests show the rule at fault: pytest tests/dbt; then run the partition again",
                key,
            )


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
