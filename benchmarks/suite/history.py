"""`benchmarks/history.jsonl`: a line for each row of each run, so that a slow-down is seen."""

import datetime as dt
import json
import os
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HISTORY = Path(__file__).parents[1] / "history.jsonl"
MOST, RATIOS, LAST = 1.3, ("to_floor", "to_peer"), 5
"""A ratio may be so many times the median of the last lines of the same row and size on such a machine."""

Line = Mapping[str, object]


@dataclass(frozen=True)
class Regression:
    """A ratio that grew too much: now, and the median that it is held against."""

    row: str
    ratio: str
    now: float
    before: float

    def __str__(self) -> str:
        grown = self.now / self.before - 1
        return (
            f"{self.row} {self.ratio.replace('_', ' ')}: {self.now:.3g}, {grown:.0%} above {self.before:.3g}"
        )


def read(path: Path = HISTORY) -> list[dict]:
    """Every line, oldest first; none where there is no file yet."""
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def append(lines: Iterable[Line], path: Path = HISTORY) -> None:
    """Add lines at the end."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def circumstances(size: int) -> dict[str, object]:
    """What every line says of its run: when, of which code, how large, on what kind of machine."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
    return {"date": now, "commit": _commit(), "size": size, "machine": machine()}


def machine() -> str:
    """Cores, processor and memory: what ratios may depend on, and no name of a machine."""
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), "cores")
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} x {model}, {gigabytes:.0f} GB"


def _commit() -> str:
    """Short hash, with a plus where files differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude", "*"],
        cwd=HISTORY.parent,
        capture_output=True,
        text=True,
    )
    return told.stdout.strip() or "unknown"


def regressions(now: Iterable[Line], before: Iterable[Line]) -> Iterator[Regression]:
    """Ratios that are beyond what they were; of a row that nobody measured so before, nothing is said."""
    before = list(before)
    for line in now:
        like = [one for one in before if all(one[key] == line[key] for key in ("row", "size", "machine"))]
        for ratio in RATIOS:
            known = [one[ratio] for one in like if one[ratio] is not None][-LAST:]
            if line[ratio] is None or not known:
                continue
            usual = statistics.median(known)
            if line[ratio] > MOST * usual:
                yield Regression(line["row"], ratio, line[ratio], usual)
