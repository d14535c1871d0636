"""The history of the suite: a slow-down beyond thirty percent is told, and nothing else is."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.processes import Cost
from benchmarks.suite import history
from benchmarks.suite.registry import makers, rows
from benchmarks.suite.trio import ENOUGH_SECONDS, Trio, apart, steady, timed
from tests.conftest import ROOT


def line(to_floor: float | None, to_peer: float | None = None, **other: object) -> dict:
    told = {"row": "omop", "size": 100, "machine": "2 x some", "to_floor": to_floor, "to_peer": to_peer}
    return told | other


def found(now: dict, *before: dict) -> list[str]:
    return [f"{one.row} {one.ratio}" for one in history.regressions([now], before)]


@pytest.mark.parametrize(("ratio", "slower"), [(4.0, []), (5.2, []), (5.21, ["omop to_floor"])])
def test_thirty_percent_above_the_median_is_allowed_and_no_more(ratio: float, slower: list[str]) -> None:
    """The median of 3, 4 and 9 is 4; one bad run before does not move it."""
    assert found(line(ratio), line(3.0), line(9.0), line(4.0)) == slower


def test_only_the_last_five_runs_count() -> None:
    assert found(line(4.0), line(50.0), *[line(3.0)] * 5) == ["omop to_floor"]


def test_each_ratio_is_judged_by_itself() -> None:
    assert found(line(4.0, 2.0), line(4.0, 1.0)) == ["omop to_peer"]


@pytest.mark.parametrize("other", [{"size": 200}, {"machine": "64 x other"}, {"row": "raw"}])
def test_other_sizes_machines_and_rows_say_nothing(other: dict) -> None:
    assert found(line(9.0), line(1.0, **other)) == []


def test_the_first_measurement_is_no_regression() -> None:
    assert found(line(9.0)) == []
    assert found(line(9.0), line(None)) == []


def test_a_regression_says_what_grew_and_by_how_much() -> None:
    (one,) = history.regressions([line(8.0)], [line(4.0)])
    assert str(one) == "omop to floor: 8, 100% above 4"


def test_lines_are_added_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert history.read(path) == []
    for ratio in (1.0, 2.0):
        history.append([line(ratio)], path)
    assert [one["to_floor"] for one in history.read(path)] == [1.0, 2.0]


def test_a_line_says_when_of_which_code_and_on_what_kind_of_machine() -> None:
    told = history.circumstances(100)
    assert set(told) == {"date", "commit", "size", "machine"}
    assert told["commit"] and " x " in told["machine"]
    assert os.uname().nodename not in told["machine"]


def test_ratios_are_of_cpu_in_one_run() -> None:
    record = Trio("omop", Cost(9, 8.0, 100), Cost(1, 2.0, 50), Cost(1, 16.0, 50), rows=3).as_record()
    assert (record["to_floor"], record["to_peer"], record["rows"], record["peak_mb"]) == (4.0, 0.5, 3, 100)
    alone = Trio("omop", Cost(9, 8.0, 100)).as_record()
    assert (alone["floor_cpu"], alone["to_floor"], alone["to_peer"]) == (None, None, None)


def test_a_short_work_is_done_again_and_a_long_one_is_not(tmp_path: Path) -> None:
    times = tmp_path / "times"
    steady(lambda: times.open("a").write("."))
    assert times.read_text() == "....."
    long = tmp_path / "long"
    steady(lambda: (long.open("a").write("."), _busy(ENOUGH_SECONDS)))
    assert long.read_text() == "."


def _busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_work_too_short_for_the_clock_is_timed_many_times_over() -> None:
    """A thousandth of a second costs about that, and less than ten times as much."""
    cost = timed(lambda: _busy(0.001))
    assert 0.001 <= cost.cpu < 0.01


def test_what_a_fork_found_comes_back() -> None:
    assert apart(lambda: {"pid": os.getpid()})["pid"] != os.getpid()


def test_every_row_has_a_maker_and_something_to_be_held_against() -> None:
    assert {row.maker for row in rows().values()} == set(makers())
    assert [row.name for row in rows().values() if not (row.floor or row.peer)] == []
    assert [row.name for row in rows().values() if row.wanted_to_peer and not row.peer] == []


def test_the_command_keeps_a_history_and_fails_when_a_row_became_slow(tmp_path: Path) -> None:
    """With a history in which the row took a millionth of its floor."""
    kept, page = tmp_path / "history.jsonl", tmp_path / "page.html"
    asked = ["--size", "30", "--only", "project_ids", "--history", str(kept), "--page", str(page)]
    command = [sys.executable, "-m", "benchmarks", *asked]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert first.returncode == 0, first.stderr
    (told,) = history.read(kept)
    assert told["row"] == "project_ids" and told["to_floor"] > 1 and told["rows"] == 3000
    kept.write_text(json.dumps(told | {"to_floor": 1e-6}) + "\n")
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 1
    assert "slower: project_ids to floor" in again.stderr
    assert len(history.read(kept)) == 2
    assert "project_ids" in page.read_text() and "<svg" in page.read_text()
