"""Secrets are files and variables: none is in the repository, in dagster.yaml, or asked of a run."""

import re
import subprocess

import dagster as dg
import pytest
import yaml

from tests.conftest import ROOT
from thin_assets.definitions import build_definitions
from thin_assets.instance.config import configuration
from thin_assets.jobs import JOBS
from thin_assets.settings import Settings

LOOKS_SECRET = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a password in an address": re.compile(r"\b[a-z+]+://[\w.-]+:[^@\s{}$<>'\"]+@"),
    "a hashed password": re.compile(r"\$(?:apr1|2[aby]|5|6|y)\$[\w./]{8,}"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token": re.compile(r"\b(?:ghp|gho|github_pat|glpat|xox[abp])[-_]\w{16,}"),
}
PLANTED = "planted-by-a-test"
SETTINGS = {
    "THIN_SECRET": PLANTED,
    "THIN_PARQUET_KEY": PLANTED,
    "THIN_PROJECT_KEY_LUNG_CANCER": PLANTED,
    "THIN_INSTANCE_POSTGRES_URL": f"postgresql://thin:{PLANTED}@localhost:5432/thin",
}


def committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT)
    return [name for name in listed.stdout.split("\0") if name and not name.startswith("tests/")]


@pytest.mark.parametrize("kind", LOOKS_SECRET)
def test_no_file_of_the_repository_holds_a_secret(kind: str) -> None:
    """Tests aside, which plant their own."""
    names = [name for name in committed() if (ROOT / name).is_file()]
    assert len(names) > 300
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "replace") for name in names}
    assert [name for name, text in texts.items() if LOOKS_SECRET[kind].search(text)] == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("a private key", "-----BEGIN EC PRIVATE KEY-----"),
        ("a password in an address", "postgresql://thin:hush@db/thin"),
        ("a hashed password", "olga:$6$saltsalt$hash"),
    ],
)
def test_and_one_would_be_seen(kind: str, text: str) -> None:
    assert LOOKS_SECRET[kind].search(text)


def test_dagsters_configuration_names_secrets_and_holds_none(tmp_path, monkeypatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    written = yaml.safe_dump(configuration(Settings.load(tmp_path)))
    assert "run_coordinator" in written
    assert PLANTED not in written


def test_no_job_asks_for_a_path_or_a_secret(tmp_path) -> None:
    """Whatever the launchpad says of home, folders or limits, a run is given those of the settings."""
    settings = Settings.load(tmp_path)
    definitions = build_definitions(settings)
    names = ("lake", "intake", "dbt", "warehouse", "bundle")
    folders = dict.fromkeys(("home", "text_bundles", "folder", "spill"), "/elsewhere")
    wanted = {"resources": {name: {"config": folders} for name in names}}
    seen = set()
    for job in JOBS:
        resolved = definitions.resolve_job_def(job.name)
        keys = {key for key in resolved.resource_defs if key in wanted["resources"]}
        given = {"resources": {key: wanted["resources"][key] for key in keys}}
        told = dg.validate_run_config(resolved, given)["resources"]
        seen |= {key for key in keys if key in told}
        assert "/elsewhere" not in str(told)
        assert str(tmp_path) in str(told["lake"])
    assert seen == set(wanted["resources"])


def test_what_a_run_may_be_told_is_known(tmp_path) -> None:
    """A step that takes configuration is looked at before it is added here."""
    resolved = build_definitions(Settings.load(tmp_path)).resolve_job_def("receive_delivery")
    steps = dg.validate_run_config(resolved, {})["ops"]
    assert [name for name, step in steps.items() if step["config"]] == ["studies__risk_scores"]
