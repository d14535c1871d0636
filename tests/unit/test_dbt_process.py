"""dbt in a process of its own: told everything, telling little, and gone with whoever waits for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from thin_assets.errors import RunFailed
from thin_assets.resources import dbt, dbt_process
from thin_assets.resources.dbt import Dbt
from thin_assets.resources.dbt_process import faults_of, stand_by

PATIENCE_SECONDS = 60


def project(folder: Path, sql: str) -> list[str]:
    """A dbt project of one model, and the arguments that build it."""
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "one.sql").write_text(sql, encoding="utf-8")
    (folder / "dbt_project.yml").write_text("{name: own, profile: own, version: 1.0.0}", encoding="utf-8")
    (folder / "profiles.yml").write_text(
        "own: {target: dev, outputs: {dev: {type: duckdb, path: ':memory:'}}}", encoding="utf-8"
    )
    return ["build", "--quiet", "--project-dir", str(folder), "--profiles-dir", str(folder)]


@pytest.fixture(params=["standing by", "fresh"])
def how(request: pytest.FixtureRequest) -> None:
    if request.param == "standing by":
        stand_by()


@pytest.mark.usefixtures("how")
def test_what_dbt_is_told_reaches_it_and_nobody_else(tmp_path: Path) -> None:
    told = os.environ | {"THIN_TOLD": "7"}
    model = "select 1 / (case when '{{ env_var(\"THIN_TOLD\") }}' = '7' then 1 end) as a"
    assert faults_of(project(tmp_path, "{{ config(materialized='table') }} " + model), told, tmp_path) is None
    assert "THIN_TOLD" not in os.environ
    assert dbt_process._standing_by == []


def test_a_fault_names_the_model_and_never_the_value(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    arguments = project(
        tmp_path, "{{ config(materialized='table') }} select cast('a patient' as integer) as a"
    )
    assert faults_of(arguments, os.environ, tmp_path) == ["one (Runtime Error)"]
    assert "a patient" not in "".join(capfd.readouterr())


def test_a_model_that_does_not_fit_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hungry = """
        {{ config(materialized='table') }}
        {% if execute %}{% do run_query("set memory_limit = '30MB'") %}{% endif %}
        {% if execute %}{% do run_query("set temp_directory = ''") %}{% endif %}
        select i, repeat('x', 100) || i as word from range(2000000) as t(i) order by word
    """
    found = faults_of(project(tmp_path, hungry), os.environ, tmp_path)
    assert found == ["one (Out of Memory Error)"]
    monkeypatch.setattr(dbt, "faults_of", lambda *_: found)
    monkeypatch.setattr(dbt, "prepare_manifest", lambda _: tmp_path / "manifest.json")
    with pytest.raises(RunFailed, match="one .Out of Memory Error") as told:
        Dbt(memory_limit="30MB", spill=str(tmp_path)).build({"THIN_COUNTRY": "GB"})
    assert "THIN_MEMORY_LIMIT" in told.value.remedy


def test_a_project_that_cannot_be_read_is_a_fault_of_the_project(tmp_path: Path) -> None:
    arguments = project(tmp_path, "select {{ ")
    assert faults_of(arguments, os.environ, tmp_path) == ["project (Compilation Error)"]


def test_a_dbt_that_was_killed_is_missed(tmp_path: Path) -> None:
    stand_by()
    dbt_process._standing_by[-1].kill()
    assert faults_of(project(tmp_path, "select 1 as a"), os.environ, tmp_path) == []


_WAITER = """
import os
from pathlib import Path
from thin_assets.resources.dbt_process import faults_of, stand_by
if {standing_by}:
    stand_by()
faults_of({arguments}, os.environ, Path({folder!r}))
"""


@pytest.mark.parametrize("standing_by", [True, False], ids=["standing by", "fresh"])
def test_dbt_does_not_go_on_when_the_run_is_killed(tmp_path: Path, standing_by: bool) -> None:
    """The model says who computes it, and then computes until somebody ends it."""
    endless = f"""
        {{% if execute %}}{{% do run_query("copy (select 1 as a) to '{tmp_path}/begun.csv'") %}}{{% endif %}}
        select count(*) as a from range(1000000000) as x, range(1000000000) as y where x.range + y.range = 1
    """
    script = tmp_path / "waiter.py"
    script.write_text(
        _WAITER.format(
            standing_by=standing_by, arguments=project(tmp_path / "project", endless), folder=str(tmp_path)
        ),
        encoding="utf-8",
    )
    waiter = subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    wait_for(lambda: (tmp_path / "begun.csv").exists())
    children = _children(waiter.pid)
    waiter.send_signal(signal.SIGKILL)
    waiter.wait(timeout=PATIENCE_SECONDS)
    assert children
    wait_for(lambda: not any(_is_alive(pid) for pid in children))


def wait_for(happened) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in told for child in file.read_text().split()]


def _is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
