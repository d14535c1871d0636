"""A backfill whose code server does not answer waits for it; it is neither failed nor cancelled."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import PythonFileTarget
from dagster._daemon.backfill import execute_backfill_iteration

from thin_assets.definitions import defs
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.backfills import submit_backfill
from thin_assets.instance.config import open_instance
from thin_assets.instance.queue import WAIT_FOR_CODE
from thin_assets.settings import Settings

RAW = dg.AssetKey(["raw", "patient"])


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance as a daemon has it: with its queue."""
    monkeypatch.delenv(WAIT_FOR_CODE, raising=False)
    with open_instance(Settings(home=tmp_path)) as instance:
        assert instance.run_coordinator is not None
        yield instance
    os.environ.pop(WAIT_FOR_CODE, None)


def status_after_a_look(instance: dg.DagsterInstance, folder: Path) -> BulkActionStatus:
    """Of a backfill, once a daemon looked at it whose code location does not load."""
    graph = defs.resolve_asset_graph()
    backfill = submit_backfill(instance, graph, [RAW], [Snapshot.named("GB", "2024-03").key])
    broken = folder / "broken.py"
    broken.write_text("raise RuntimeError('not now')\n")
    target = PythonFileTarget(str(broken), None, str(folder), "thin_assets")
    with create_test_daemon_workspace_context(target, instance) as workspace:
        list(execute_backfill_iteration(workspace, logging.getLogger("daemon")))
    return instance.get_backfill(backfill).status


def test_a_backfill_waits_while_no_code_server_answers(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    assert status_after_a_look(instance, tmp_path) is BulkActionStatus.REQUESTED


def test_dagster_alone_would_fail_it(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When this fails, Dagster waits by itself, and the word for it can go."""
    monkeypatch.delenv(WAIT_FOR_CODE)
    assert status_after_a_look(instance, tmp_path) is BulkActionStatus.FAILING
