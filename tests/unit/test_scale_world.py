"""69 million patients are worked out from figures and assumptions as pencil and paper would."""

import dataclasses
import json
from pathlib import Path

import pytest

from benchmarks.scale import engines, world
from benchmarks.scale.fit import Line
from benchmarks.scale.walk import STEPS, Step, rooms
from benchmarks.scale.world import (
    Room,
    finished,
    history,
    lines,
    measured,
    month,
    of_step,
    patients_by_country,
    plan_of,
    rooms_of,
)
from docs.scale import storage
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.pools import POOLS
from thin_assets.domain.rooms import ROOMS

MACHINES = {"threads_of_a_run": 8, "memory_of_a_run_gb": 16, "cpu_times": 1.0}
SITE = {"title": "here", "machines": 2, "cores": 16, "memory_gb": 64, "euro_per_machine_hour": 1.6}
WORK = [
    Room("omop", Line(0, 1800), Line(0, 14400), "memory"),
    Room("validated", Line(1800, 0), Line(0, 0), None),
]
"""For a patient: half an hour by one thread and four hours shared; then half an hour for all."""


def step(name: str, patients: int, **other: float) -> Step:
    told = dict.fromkeys(("rows_read", "rows_written", "bytes_read", "bytes_written"), 10 * patients)
    cost = {
        "wall": 9.0,
        "cpu": 2.0 + patients / 100,
        "alone": 1.0 + patients / 200,
        "peak_mb": 5,
        "tree_mb": 6,
    }
    return Step(name, patients, **(told | cost | other))


FOUND = {size: {name: step(name, size) for name in STEPS} for size in (100, 1000)}


def test_every_country_has_patients_and_all_add_up() -> None:
    told = world.assumptions()["patients"]
    found = patients_by_country(told)
    assert set(found) == set(COUNTRIES)
    assert sum(found.values()) == told["total"]


def test_what_spark_costs_is_what_was_measured() -> None:
    found = engines.measured()
    assert {one["engine"] for one in found} == {"duckdb", "spark"}
    told = world.assumptions()["sites"]["spark"]["spark"]["cpu_times"]
    assert told == round(engines.times(found), 1)


def test_every_room_says_what_it_reads_its_floor_and_its_pool() -> None:
    assert tuple(rooms()) == STEPS
    assert {one["pool"] for one in rooms().values() if "pool" in one} == set(POOLS)


def test_runs_stand_side_by_side_as_cores_and_memory_allow() -> None:
    """Sixteen cores have place for two runs of eight threads; 24 GB have place for one of 16 GB."""
    assert plan_of(SITE, MACHINES).runs_at_once == 4
    assert plan_of(SITE | {"memory_gb": 24}, MACHINES).runs_at_once == 2
    few = plan_of(SITE | {"cores": 4}, MACHINES)
    assert (few.runs_at_once, few.threads) == (2, 4)


def test_on_spark_all_cores_are_shared_and_shared_work_costs_more() -> None:
    spark = {"runs_at_once": 2, "cpu_times": 4.0, "used_share": 0.5}
    plan = plan_of(SITE | {"spark": spark}, MACHINES)
    assert (plan.runs_at_once, plan.threads, plan.cores_of_run) == (2, 8, 16)
    assert WORK[0].hours(1, plan) == pytest.approx(0.5 + 4 * 4 / 8)


def test_hours_of_a_room_are_those_of_one_thread_and_a_share_of_the_rest() -> None:
    """Half an hour, and four hours on eight threads."""
    plan = plan_of(SITE, MACHINES)
    assert WORK[0].hours(1, plan) == pytest.approx(0.5 + 4 / 8)
    assert WORK[1].hours(1, plan) == WORK[1].hours(100, plan) == pytest.approx(0.5)
    slow = dataclasses.replace(plan, times=2.0)
    assert WORK[0].hours(1, slow) == pytest.approx(2 * (0.5 + 4 / 8))


def test_a_month_begins_when_countries_deliver_and_costs_the_cores_that_runs_keep() -> None:
    """GB delivers on the 8th at 18:00, and one patient takes 1.5 hours; 8 of 16 cores, 1.60 euro an hour."""
    found = month(plan_of(SITE, MACHINES), {"GB": 1}, WORK)
    (run,) = found.ran
    assert run.arrived == 24 * 7 + 18
    assert (found.hours, run.after["validated"] - run.arrived) == (pytest.approx(1.5), pytest.approx(1.5))
    assert (found.core_hours, found.euro) == (pytest.approx(12), pytest.approx(1.2))


def test_a_history_is_every_month_of_every_country_at_once() -> None:
    """Six equal runs of 1.5 hours, four at once: two rounds."""
    found = history(plan_of(SITE, MACHINES), {"GB": 1, "FR": 1}, WORK, months=3)
    assert len(found.ran) == 6
    assert found.hours == pytest.approx(3)


def test_work_that_threads_share_is_what_the_busiest_did_not_do_alone() -> None:
    """2 + n/100 of CPU, of which the busier of two threads does half: everything can be shared."""
    (room, *_) = rooms_of(FOUND)
    assert room.own.at(500) == pytest.approx(0, abs=1e-9)
    assert room.shared.at(500) == pytest.approx(7)


def test_lines_of_bytes_find_what_a_patient_takes() -> None:
    assert lines(FOUND, "bytes_written")["raw"].each == pytest.approx(10)


def test_storage_is_bytes_of_a_patient_times_patients_times_months() -> None:
    """Ten bytes a step: deliveries 10 x 100 x 12, raw 10 x 100 x 2, all other rooms 90 x 100 x 3."""
    months = {"months_of_deliveries": 12, "months_of_raw": 2, "months_of_the_rest": 3}
    found = storage(FOUND, {"GB": 60, "FR": 40}, months)
    assert [(one.a_month, one.kept) for one in found] == [
        (pytest.approx(1_000), pytest.approx(12_000)),
        (pytest.approx(1_000), pytest.approx(2_000)),
        (pytest.approx(10 * 100 * (len(ROOMS) - 1)), pytest.approx(30 * 100 * (len(ROOMS) - 1))),
    ]


def test_walks_that_were_kept_are_read_back_smallest_first(tmp_path: Path) -> None:
    for size, one in FOUND.items():
        told = [dataclasses.asdict(step) for step in one.values()]
        (tmp_path / f"{size}.json").write_text(json.dumps(told))
    assert list(measured(tmp_path)) == [100, 1000]
    assert measured(tmp_path) == FOUND


def test_a_walk_that_is_not_through_tells_of_the_rooms_that_it_came_to() -> None:
    """Its room counts in the fit; it is no size of which all rooms can be added up."""
    raw = dataclasses.replace(FOUND[1000]["raw"], patients=10_000, bytes_written=200_000)
    found = FOUND | {10_000: {"raw": raw}}
    assert list(finished(found)) == [100, 1000]
    assert list(of_step(found, "raw")) == [100, 1000, 10_000]
    assert lines(found, "bytes_written")["raw"].each > lines(FOUND, "bytes_written")["raw"].each
    assert lines(found, "bytes_written")["omop"] == lines(FOUND, "bytes_written")["omop"]
    assert [room.name for room in rooms_of(found)] == list(ROOMS)
