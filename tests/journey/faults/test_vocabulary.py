"""The vocabulary is gone between two rooms, or its load is killed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.faults.conftest import BELGIUM
from tests.journey.faults.processes import Job, Trap, done, room_job, start
from tests.journey.faults.seen import left_behind, published
from tests.journey.test_a_vocabulary_is_swapped import other_vocabulary
from thin_assets.errors import MissingVocabulary
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey


@pytest.mark.fault("vocabulary missing")
@pytest.mark.parametrize("room", ["omop", "validated", "cohorts/lung_cancer", "features/lung_cancer"])
def test_no_room_reads_on_without_it(room: str, new_home: Path, words: Callable[[], Path]) -> None:
    before, lake = published(new_home, BELGIUM), Lake(home=str(new_home))
    version = lake.vocabulary_version()
    shutil.rmtree(lake.vocabulary(version))
    running = start(room_job(new_home, BELGIUM, room), words())
    assert running.end() == MissingVocabulary.exit_code, running.said
    assert f"vocabulary {version} is no longer there" in running.said
    assert "load that bundle again" in running.said
    assert published(new_home, BELGIUM) == before


@pytest.mark.fault("killed in vocabulary")
def test_a_load_that_is_killed_leaves_the_one_in_use(
    new_home: Path, tmp_path: Path, words: Callable[[], Path]
) -> None:
    """Killed when the new one is whole and not yet in use; doctor loads it again and clears away the half."""
    lake = Lake(home=str(new_home))
    version, told = lake.vocabulary_version(), {"THIN_VOCABULARY": str(other_vocabulary(tmp_path / "other"))}
    trap = Trap("os.rename", r"vocabulary/\.loading\.")
    running = start(Job(new_home, ("doctor", "--fix"), trap=trap, environment=told), words())
    assert running.end() == -9, running.said
    assert (lake.vocabulary_version(), lake.has_vocabulary(version)) == (version, True)
    (half,) = left_behind(new_home)
    assert "vocabulary/.loading." in half
    os.utime(new_home / half, (0, 0))
    done(Job(new_home, ("doctor", "--fix"), environment=told), words())
    assert lake.vocabulary_version() != version
    assert left_behind(new_home) == []
