"""The table of runs: a row for each room of each run that has ended, whatever became of it."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from dagster._core.test_utils import create_run_for_test

from tests.operations_home import MARCH, raw_patient, refused, run
from thin_assets.instance.config import open_instance
from thin_assets.operations.costs import costs_by_room
from thin_assets.operations.room_log import room_log
from thin_assets.operations.runs import read_runs, write_runs
from thin_assets.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def runs_of(settings: Settings) -> pl.DataFrame:
    with open_instance(settings) as instance:
        return write_runs(instance, settings.home)


def told(runs: pl.DataFrame, *names: str) -> list[tuple]:
    return sorted(runs.select(names).rows())


def test_a_row_for_each_room_with_what_it_counted_and_what_stopped_it(settings: Settings) -> None:
    run(settings, raw_patient, refused)
    runs = runs_of(settings)
    assert told(runs, "room", "outcome", "partition", "rows_in", "rejected", "error", "exit_code") == [
        ("landing", "failed", MARCH.key, None, None, "MissingFiles", 21),
        ("raw", "built", MARCH.key, 10, 3, None, None),
    ]
    assert runs["cpu_seconds"].min() > 0


def test_runs_are_added_once_and_stay_when_dagster_forgets_them(settings: Settings) -> None:
    first, second = run(settings, raw_patient), run(settings, raw_patient)
    assert runs_of(settings)["run"].to_list() == [first, second]
    with open_instance(settings) as instance:
        instance.delete_run(first)
    room_log(settings.home).unlink()
    assert runs_of(settings)["run"].to_list() == [first, second]
    assert read_runs(settings.home)["run"].to_list() == [first, second]


def test_of_a_run_without_lines_the_event_log_tells_rooms_and_seconds(settings: Settings) -> None:
    run(settings, raw_patient, refused)
    room_log(settings.home).unlink()
    runs = runs_of(settings)
    assert told(runs, "room", "outcome", "failed_step", "cpu_seconds") == [
        ("landing", "failed", "landing__inspection", None),
        ("raw", "built", None, None),
    ]


def test_a_run_that_was_killed_in_a_step_stopped_there(settings: Settings) -> None:
    with open_instance(settings) as instance:
        killed = create_run_for_test(
            instance, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": MARCH.key}
        )
        instance.report_dagster_event(
            dg.DagsterEvent("STEP_START", killed.job_name, step_key="raw"), killed.run_id
        )
        assert write_runs(instance, settings.home).is_empty()
        instance.report_run_failed(killed)
    assert told(runs_of(settings), "room", "outcome", "partition") == [("raw", "stopped", MARCH.key)]


def test_costs_are_those_of_rooms_that_were_built_in_the_order_of_the_house(settings: Settings) -> None:
    run(settings, raw_patient, refused)
    run(settings, raw_patient)
    costs = costs_by_room(runs_of(settings))
    assert costs.select("room", "runs", "failed", "rejected").rows() == [
        ("landing", 1, 1, 0),
        ("raw", 2, 0, 3),
    ]
    assert costs["seconds"].to_list()[0] is None
    assert costs["peak_bytes"].min() > 0
