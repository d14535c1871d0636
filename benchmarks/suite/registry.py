"""The rows of the suite, and who measures them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml

from benchmarks.suite.trio import Trio

AIMS_FROM = 100_000
"""Patients from which on aims hold: what does not depend on the size weighs more in a smaller one."""


@dataclass(frozen=True)
class Row:
    """One row, as `rows.yaml` declares it.

    floor, peer                          what ours is held against; null where there is none
    wanted_to_floor, wanted_to_peer      at most so many times; null where nothing was set
    """

    name: str
    maker: str
    ours: str
    floor: str | None = None
    peer: str | None = None
    wanted_to_floor: float | None = None
    wanted_to_peer: float | None = None

    def wanted(self, ratio: str, size: int) -> float | None:
        """The aim of a ratio at a size; null where none was set for it."""
        return getattr(self, f"wanted_{ratio}") if size >= AIMS_FROM else None


Maker = Callable[[Path, int], Iterator[Trio]]


@cache
def rows() -> dict[str, Row]:
    """Every row by its name, in the order of the page."""
    text = files("benchmarks.suite").joinpath("rows.yaml").read_text(encoding="utf-8")
    return {name: Row(name, **told) for name, told in yaml.safe_load(text).items()}


def makers() -> dict[str, Maker]:
    """Who measures, by name; imported late, for each brings its libraries along."""
    from benchmarks.suite import other_rows, partition_rows

    return {
        "partition": partition_rows.partition_rows,
        "features": other_rows.feature_rows,
        "scan": other_rows.scan_rows,
        "text": other_rows.text_rows,
        "disclosure": other_rows.disclosure_rows,
        "risk": other_rows.risk_rows,
        "judged": other_rows.judged_rows,
        "identity": other_rows.identity_rows,
        "backfill": other_rows.backfill_rows,
    }


def measure(folder: Path, size: int, only: Collection[str] | None = None) -> Iterator[Trio]:
    """All rows, or those named and what is measured with them, each maker in a folder of its own."""
    wanted = {row.maker for row in rows().values() if only is None or row.name in only}
    for name, maker in makers().items():
        if name in wanted:
            place = folder / name
            place.mkdir(parents=True)
            yield from maker(place, size)
