"""The executor of runs, where homes share a store."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator

from thin_assets.errors import StoreMoved
from thin_assets.instance import executor
from thin_assets.instance.executor import executor_of
from thin_assets.settings import Settings


def test_a_store_that_moved_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the rooms said: what nobody can see was not built."""
    seen = []

    class Moved:
        def __init__(self, home: Path, partition: str | None, rooms: set[str]) -> None:
            seen.append((home, partition, sorted(rooms)))

        def __enter__(self) -> None:
            pass

        def __exit__(self, *_: object) -> None:
            raise StoreMoved("somebody was first", where="there", remedy="run it again")

    monkeypatch.setattr(executor, "shared_run", Moved)
    job = dg.define_asset_job("a_job", executor_def=executor_of(Settings(home=tmp_path)))

    @dg.asset(key=["cohorts", "one"], partitions_def=dg.StaticPartitionsDefinition(["GB"]))
    def one() -> None:
        pass

    definition = dg.Definitions([one], jobs=[job]).resolve_job_def("a_job")
    with dg.instance_for_test() as instance:
        run = instance.create_run_for_job(definition, tags={"dagster/partition": "GB"})
        *_, last = execute_run_iterator(InMemoryJob(definition), run, instance)
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
    assert "StoreMoved: somebody was first [there]; run it again" in last.event_specific_data.error.message
    assert seen == [(tmp_path, "GB", ["cohorts"])]
