"""The generator holds a few thousand patients at a time, however many a delivery has."""

import gc
import weakref
from pathlib import Path

import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.synthetic import chunks, writing
from thin_assets.synthetic.delivery import write_delivery

AT_ONCE = 30


def test_tables_of_two_chunks_are_held_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is written while the next is simulated; what was written before is let go."""
    made, held = [], []
    tables = writing.delivered_tables

    def counted(*given, **named):
        gc.collect()
        held.append(sum(part() is not None for part in made))
        found = tables(*given, **named)
        made.extend(weakref.ref(part) for part in found.values())
        return found

    monkeypatch.setattr(writing, "delivered_tables", counted)
    monkeypatch.setattr(chunks, "PATIENTS_PER_CHUNK", AT_ONCE)
    march = Snapshot.named("GB", "2024-03")
    write_delivery(march, patients=8 * AT_ONCE, seed=3, deliveries=tmp_path / "d", truth=tmp_path / "t")
    assert len(held) >= 8
    of_a_chunk = len(made) // len(held)
    assert max(held) <= of_a_chunk
