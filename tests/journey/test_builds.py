"""Builds: the same inputs give the same bytes, parallel runs meet no lock, a broken rule harms nobody."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from tests.conftest import ROOT, thin_assets
from tests.journey.conftest import MONTH, deliver
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.config import QUIET, open_instance
from thin_assets.omop.contract import candidate_tables
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

VALIDATED = [dg.AssetKey(["validated", "cdm"]), dg.AssetKey(["validated", "data_quality"])]


def digests(home: Path, country: str) -> dict[str, str]:
    """SHA-256 of every table of the current build."""
    build = Lake(home=str(home)).current_build(Snapshot.named(country, MONTH))
    files = sorted(build.glob("*/data.parquet"))
    return {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_partition_built_twice_has_identical_bytes_and_the_same_build(seven_countries: Path) -> None:
    before = digests(seven_countries, "DE")
    build = Lake(home=str(seven_countries)).current_build(Snapshot.named("DE", MONTH)).name
    thin_assets(seven_countries, "run", "--country", "DE", "--snapshot", MONTH)
    assert sorted(before) == sorted(candidate_tables())
    assert digests(seven_countries, "DE") == before
    assert Lake(home=str(seven_countries)).current_build(Snapshot.named("DE", MONTH)).name == build


def test_another_home_with_the_same_key_builds_the_same_bytes(
    seven_countries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("THIN_SECRET", (seven_countries / "secrets" / "pseudonym.key").read_text().strip())
    deliver(home, "BE")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "run", "--country", "BE", "--snapshot", MONTH, "--until", "validated")
    assert digests(home, "BE") == digests(seven_countries, "BE")


def test_four_runs_at_once_never_fail_on_a_lock(seven_countries: Path) -> None:
    """Four processes build four partitions of one home at the same time."""
    countries = ["GB", "FR", "ES", "IT"]
    before = {country: digests(seven_countries, country) for country in countries}
    command = [
        sys.executable,
        "-m",
        "thin_assets.cli",
        "--home",
        str(seven_countries),
        "run",
        "--snapshot",
        MONTH,
    ]
    runs = [
        subprocess.Popen([*command, "--country", country], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for country in countries
    ]
    said = [process.communicate(timeout=600)[1] for process in runs]
    failed = [
        f"exit {run.returncode}\n{told}" for run, told in zip(runs, said, strict=True) if run.returncode
    ]
    assert not failed, "\n".join(failed)
    assert {country: digests(seven_countries, country) for country in countries} == before


def test_a_broken_rule_leaves_the_sealed_build_current_and_stops_what_follows(seven_countries: Path) -> None:
    """A person twice in the candidate: the check turns red with counts, and nothing after it is built."""
    lake, romania = Lake(home=str(seven_countries)), Snapshot.named("RO", MONTH)
    before = lake.current_build(romania)
    thin_assets(seven_countries, "run", "--country", "RO", "--snapshot", MONTH, "--until", "omop")
    candidate, _ = lake.candidate(romania)
    person = candidate / "person" / "data.parquet"
    twice = pl.concat([pl.read_parquet(person), pl.read_parquet(person).head(1)])
    twice.write_parquet(person)
    settings = Settings(home=seven_countries)
    with open_instance(settings) as instance:
        job = build_definitions(settings).resolve_job_def("rebuild_omop")
        selection = [*VALIDATED, dg.AssetKey(["cohorts", "lung_cancer"])]
        result = job.execute_in_process(
            instance=instance,
            partition_key=romania.key,
            asset_selection=selection,
            run_config=QUIET,
            raise_on_error=False,
        )
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    red = checks["every_check_of_severity_error_passes"]
    assert (result.success, red.passed) == (False, False)
    assert {check.partition for check in checks.values()} == {romania.key}
    blocking = {name: check.passed for name, check in checks.items() if check.blocking}
    assert blocking == {red.check_name: False, "every_delivered_row_is_accounted_for": False}
    told = thin_assets(seven_countries, "quality", "--country", "RO", "--snapshot", MONTH).stdout
    assert "the candidate was refused" in told
    assert "error isPrimaryKey" in told
    assert result.asset_materializations_for_node("library_cohorts") == []
    assert lake.current_build(romania) == before
    status = {
        row["partition"]: row for row in json.loads(thin_assets(seven_countries, "status", "--json").stdout)
    }
    assert status[romania.key]["rooms"]["validated"] == "failed"
    assert status[Snapshot.named("BE", MONTH).key]["rooms"]["validated"] == "built"
    thin_assets(seven_countries, "run", "--country", "RO", "--snapshot", MONTH)
    assert lake.current_build(romania) == before


def test_the_exported_database_holds_the_sealed_cdm_and_the_vocabulary(
    seven_countries: Path, tmp_path: Path
) -> None:
    out = tmp_path / "omop.duckdb"
    thin_assets(seven_countries, "export-duckdb", "--country", "GB", "--snapshot", MONTH, "--out", str(out))
    build = Lake(home=str(seven_countries)).current_build(Snapshot.named("GB", MONTH))
    with duckdb.connect(str(out), read_only=True) as con:
        tables = {name for (name,) in con.sql("select table_name from information_schema.tables").fetchall()}
        persons = con.sql("select count(*) from cdm.person").fetchone()
    assert {"person", "note_nlp", "concept", "concept_ancestor", "cohort_definition"} <= tables
    assert persons == (pl.read_parquet(build / "person" / "data.parquet").height,)


def test_no_process_of_a_backfill_is_left_behind(seven_countries: Path) -> None:
    """The daemon that a backfill started is stopped with it."""
    mine = [
        Path("/proc", pid, "cmdline").read_bytes()
        for pid in (path.name for path in Path("/proc").iterdir())
        if pid.isdigit() and str(seven_countries).encode() in environment_of(pid)
    ]
    assert [line for line in mine if b"dagster._daemon" in line] == []


def environment_of(pid: str) -> bytes:
    try:
        return Path("/proc", pid, "environ").read_bytes()
    except OSError:  # it ended, or is another user's
        return b""
