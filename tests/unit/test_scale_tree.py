"""What a command costs with all that it starts: memory of all at once, and how much was one thread's work."""

import json
import subprocess
import sys

import pytest

from benchmarks.scale.tree import TreeCost, cost_of_command
from tests.conftest import ROOT

BUSY = "import time\nwhile time.process_time() < 4: pass"
HOLDS = "import time; held = bytearray(b'x') * 300_000_000; time.sleep(5)"


def measured(program: str, at_once: int) -> TreeCost:
    """Some programs at once, measured in a process of its own: this one has children of other tests."""
    code = (
        "import json, subprocess, sys; from dataclasses import asdict\n"
        "from benchmarks.processes import cost_of; from benchmarks.scale.tree import with_tree\n"
        "def work():\n"
        f"    all_ = [subprocess.Popen([sys.executable, '-c', sys.argv[1]]) for _ in range({at_once})]\n"
        "    assert not any(one.wait() for one in all_)\n"
        "print(json.dumps(asdict(with_tree(lambda: cost_of(work)))))"
    )
    done = subprocess.run([sys.executable, "-c", code, program], capture_output=True, check=True, cwd=ROOT)
    return TreeCost(**json.loads(done.stdout))


def test_memory_of_processes_side_by_side_adds_up() -> None:
    """The kernel's own mark is that of one of them only."""
    cost = measured(HOLDS, at_once=2)
    assert cost.tree_mb >= 600
    assert 300 <= cost.peak_mb < 600


def test_one_busy_process_is_as_long_alone_as_it_takes() -> None:
    cost = measured(BUSY, at_once=1)
    assert cost.alone >= 0.6 * cost.cpu


def test_of_two_busy_processes_one_alone_takes_half() -> None:
    """Also on one core, where they take turns: shorter than a look."""
    cost = measured(BUSY, at_once=2)
    assert cost.cpu >= 8
    assert cost.alone <= 0.8 * cost.cpu


def test_a_command_that_fails_names_its_log(tmp_path) -> None:
    log = tmp_path / "log"
    with pytest.raises(RuntimeError, match=str(log)):
        cost_of_command([sys.executable, "-c", "print('why'); raise SystemExit(3)"], {}, log)
    assert log.read_text() == "why\n"


def test_what_ends_within_a_stretch_was_one_thread_for_all_that_is_known() -> None:
    cost = measured("import time; time.sleep(1.5)", at_once=1)
    assert 0 < cost.alone == cost.cpu < 0.5
