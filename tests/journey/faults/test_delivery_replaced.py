"""The provider replaces a delivery after the door let it in, while raw reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.faults.conftest import BELGIUM, RUN, replace_delivery
from tests.journey.faults.processes import Job, Trap, done, room_job, start
from tests.journey.faults.seen import lake_bytes, left_behind
from thin_assets.errors import WrongDelivery

pytestmark = pytest.mark.journey


@pytest.mark.fault("delivery replaced")
def test_neither_delivery_is_kept_and_the_file_is_named(
    old_home: Path, new: Path, words: Callable[[], Path]
) -> None:
    """Half of the tables are read when the other delivery is laid down."""
    before = lake_bytes(old_home, "raw")
    in_raw = Trap("os.mkdir", r"lake/raw/medical/", action="hold")
    running = start(Job(old_home, (*RUN, "--until", "raw"), trap=in_raw), words())
    running.holds()
    replace_delivery(old_home, new)
    running.go_on()
    assert running.end() == WrongDelivery.exit_code, running.said
    assert "the delivery was replaced while it was read" in running.said
    assert "deliveries/BE/2024-03/" in running.said and "landing/inspection" in running.said
    assert (lake_bytes(old_home, "raw"), left_behind(old_home)) == (before, [])
    done(room_job(old_home, BELGIUM, "landing", "raw"), words())
    assert lake_bytes(old_home, "raw") == lake_bytes(new, "raw")
