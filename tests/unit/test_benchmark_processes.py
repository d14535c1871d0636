"""What work costs in a process of its own: its CPU and memory, those of what it starts included."""

import subprocess
import sys
import time

import pytest

from benchmarks.processes import cost_of

BUSY = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass"


def _start(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_cpu_of_what_the_work_starts_is_its_own() -> None:
    assert cost_of(lambda: _start(BUSY)).cpu >= 0.3


def test_waiting_costs_time_and_no_cpu() -> None:
    cost = cost_of(lambda: time.sleep(0.5))
    assert cost.wall >= 0.5
    assert cost.cpu < 0.4


def test_the_peak_is_that_of_the_process_that_took_most() -> None:
    """In megabytes of 10^6 bytes."""
    taken = 1_000_000_000
    cost = cost_of(lambda: _start(f"taken = bytearray(b'x') * {taken}"))
    assert taken / 10**6 <= cost.peak_mb < 2 * taken / 10**6


def test_work_that_fails_is_no_measurement(capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(RuntimeError, match="exit code 1"):
        cost_of(lambda: 1 / 0)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_the_cpu_of_an_orphan_is_counted() -> None:
    """A process whose parent ended first: a run whose code server has gone."""
    orphaned = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BUSY!r}])"
    assert cost_of(lambda: _start(orphaned)).cpu >= 0.3
