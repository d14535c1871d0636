"""A run is killed in each room while it writes, with all that it started: nobody reads a half of anything.

One home walks through the rooms with a delivery that takes the place of another. In each room the run is
killed at the worst moment, looked at, and run again; at the end stands what an undisturbed run builds.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journey.faults.conftest import BELGIUM, copied, replace_delivery
from tests.journey.faults.processes import Job, Running, Trap, done, room_job, start, wait_for
from tests.journey.faults.seen import current_build, lake_bytes, left_behind, published
from thin_assets.domain.rooms import ROOMS
from thin_assets.errors import DamagedFile
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey

KILLED = -9

TABLE = r".*/\.data\.parquet\.[0-9a-f]{8}$"

MOMENTS = {
    "landing": Trap("os.rename", r"reports/.*/\.landing\.json\."),
    "raw": Trap("os.rename", f"lake/raw/{TABLE}", time=6),
    "text": Trap("os.rename", f"lake/text/{TABLE}"),
    "validated": Trap("os.rename", r"lake/cdm/.*/\.current\.json\."),
    "evidence": Trap("os.rename", f"lake/evidence/{TABLE}", time=3),
    "cohorts": Trap("os.rename", f"lake/cohorts/alzheimers_disease/{TABLE}"),
    "features": Trap("os.rename", f"lake/features/lung_cancer_matched_labels/{TABLE}"),
    "studies": Trap("os.rename", f"lake/studies/{TABLE}", time=9),
    "published": Trap("os.rename", r"published/prescribing/facts/"),
}
"""When a run is killed: among files that belong together some are new and some are old, or all but the
pointer is new, or the commit is made and nothing beside it. In omop it is killed once dbt has written its
first tables."""

HALF_DONE = {
    "raw": ("omop",),
    "cohorts": ("cohorts/cohort", "cohorts/cohort_definition"),
    "features": ("published/lung_cancer_features",),
}
"""What reads tables that belong together, where some of them are of one delivery and some of another."""


@dataclass(frozen=True)
class Walked:
    """What was seen in a room after the kill: how the run ended, what readers saw, what stood, what was
    said."""

    ended: int
    build: str
    products: dict[str, tuple]
    left: list[str]
    refused: tuple[int, str] | None


@dataclass(frozen=True)
class Walk:
    """The home at the end, and what was seen in each room."""

    home: Path
    seen: dict[str, Walked]


@pytest.fixture(scope="module")
def walk(old: Path, new: Path, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    folder = tmp_path_factory.mktemp("walk")
    home = copied(old, folder / "home")
    replace_delivery(home, new)
    seen = {}
    for room in ROOMS:
        job = room_job(home, BELGIUM, room, trap=MOMENTS.get(room))
        running = start(job, folder / f"{room}-killed.txt")
        if room == "omop":
            kill_once_dbt_writes(home, running)
        ended = running.end()
        refused, left = None, left_behind(home)
        if room in HALF_DONE:
            reader = start(room_job(home, BELGIUM, *HALF_DONE[room]), folder / f"{room}-read.txt")
            refused = (reader.end(), reader.said)
        seen[room] = Walked(ended, current_build(home, BELGIUM), published(home, BELGIUM), left, refused)
        done(room_job(home, BELGIUM, room), folder / f"{room}-again.txt")
    return Walk(home, seen)


def kill_once_dbt_writes(home: Path, running: Running) -> None:
    """Kill the group when the first tables of the candidate are there, and most are not."""
    folder = Lake(home=str(home)).candidates(BELGIUM)
    wait_for(lambda: list(folder.glob("candidate=*/*/data.parquet")) or not running.process.is_alive())
    running.kill()


@pytest.mark.parametrize(
    "room", [pytest.param(room, marks=pytest.mark.fault(f"killed in {room}")) for room in ROOMS]
)
def test_a_run_that_is_killed_leaves_the_old_or_the_new(room: str, walk: Walk, old: Path, new: Path) -> None:
    """Every product has the rows of one build; the build that readers are pointed to is whole."""
    seen = walk.seen[room]
    assert seen.ended == KILLED
    before, after = (current_build(old, BELGIUM), published(old, BELGIUM)), published(new, BELGIUM)
    sealed = ROOMS.index(room) > ROOMS.index("validated")
    assert seen.build == (current_build(new, BELGIUM) if sealed else before[0])
    for product, found in seen.products.items():
        allowed = (before[1][product], after[product]) if room == "published" else (before[1][product],)
        assert found in allowed, product


@pytest.mark.parametrize("room", HALF_DONE)
def test_tables_that_are_half_replaced_are_not_read(room: str, walk: Walk) -> None:
    code, said = walk.seen[room].refused
    assert code == DamagedFile.exit_code, said
    assert f"lake/{room}/" in said
    assert "materialise" in said and "thin-assets run --country BE" in said


def test_the_kill_came_while_files_were_being_written(walk: Walk) -> None:
    """Else it showed nothing: a temporary, a spilled file or a candidate lies there afterwards."""
    writing = [room for room in ROOMS if room not in ("published", "validated")]
    assert [room for room in writing if not walk.seen[room].left] == []


def test_the_next_runs_cleared_away_what_killed_ones_left(walk: Walk) -> None:
    """In the lake: what dbt spilled, and what lies beside products, is not the run's alone."""
    assert [path for path in left_behind(walk.home) if path.startswith("lake/")] == []


def test_after_all_kills_stands_what_an_undisturbed_run_builds(walk: Walk, new: Path) -> None:
    """No row lost and none twice: every table of the lake has the same bytes, every product the same rows."""
    assert lake_bytes(walk.home) == lake_bytes(new)
    assert published(walk.home, BELGIUM) == published(new, BELGIUM)


def test_doctor_clears_away_the_rest(walk: Walk, words: Callable[[], Path]) -> None:
    """When nobody is at work, and an hour has passed."""
    for path in left_behind(walk.home):
        os.utime(walk.home / path, (0, 0))
    done(Job(walk.home, ("doctor", "--fix")), words())
    assert left_behind(walk.home) == []
