"""Another time zone and another year: the same bytes, the same build, and months that end by UTC."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.journey.faults.conftest import BELGIUM, RUN
from tests.journey.faults.processes import done, room_job
from tests.journey.faults.seen import current_build, lake_bytes

pytestmark = pytest.mark.journey

TO_THE_SEAL = ("landing", "raw", "text", "omop", "validated")


@pytest.mark.fault("time zone")
def test_a_machine_in_auckland_builds_the_same_bytes(
    redelivered: Path, new: Path, words: Callable[[], Path]
) -> None:
    job = room_job(redelivered, BELGIUM, *TO_THE_SEAL, environment={"TZ": "Pacific/Auckland"})
    done(job, words())
    assert current_build(redelivered, BELGIUM) == current_build(new, BELGIUM)
    assert lake_bytes(redelivered, "raw", "cdm") == lake_bytes(new, "raw", "cdm")


@pytest.mark.fault("clock jumped")
def test_a_clock_that_is_years_ahead_changes_no_byte(redelivered: Path, new: Path) -> None:
    """Every process, dbt among them, lives in the last seconds of a February, in Los Angeles."""
    arguments = ("--home", str(redelivered), *RUN, "--until", "validated")
    place, moment = "America/Los_Angeles", "2031-02-28 23:59:50"
    said = python("-m", "thin_assets.cli", *arguments, zone=place, clock=moment)
    assert "built BE|2024-03-01" in said
    assert current_build(redelivered, BELGIUM) == current_build(new, BELGIUM)
    assert lake_bytes(redelivered, "raw", "cdm") == lake_bytes(new, "raw", "cdm")


LAST_MONTH = "from thin_assets.partitions import SNAPSHOT as s; print(s.get_last_partition_key())"


@pytest.mark.fault("time zone")
@pytest.mark.parametrize(
    ("zone", "local", "last"),
    [
        ("Pacific/Auckland", "2024-04-01 12:30:00", "2024-02-01"),
        ("Pacific/Auckland", "2024-04-01 13:30:00", "2024-03-01"),
        ("America/Los_Angeles", "2024-03-31 16:30:00", "2024-02-01"),
        ("America/Los_Angeles", "2024-03-31 17:30:00", "2024-03-01"),
    ],
)
def test_a_month_ends_at_the_same_moment_everywhere(zone: str, local: str, last: str) -> None:
    """At midnight UTC: after noon of 1 April in Auckland, before dinner of 31 March in California."""
    assert python("-c", LAST_MONTH, zone=zone, clock=local) == last


def python(*arguments: str, zone: str, clock: str) -> str:
    """What a process says that lives in a time zone and by another clock, as do those that it starts."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")  # package libfaketime of Debian
    told = {"TZ": zone, "LD_PRELOAD": str(library), "FAKETIME": f"@{clock}", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=os.environ | told | {"DONT_FAKE_MONOTONIC": "1", "NO_COLOR": "1"},
            stdout=said,
            stderr=said,
            cwd=ROOT,
            start_new_session=True,
        )
        code = process.wait()
        with suppress(ProcessLookupError):  # what follows its logs may not notice by that clock that it ended
            os.killpg(process.pid, signal.SIGKILL)
        said.seek(0)
        words = said.read().strip()
    assert code == 0, words
    return words.splitlines()[-1]
