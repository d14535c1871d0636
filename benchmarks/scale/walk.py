"""One partition, step by step, each in processes of its own, with its floor; the figures stay in the home.

A walk that was interrupted goes on at the step that was: `scale.json` of the home has every one that ended.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from importlib.resources import files
from pathlib import Path

import pyarrow.parquet as pq
import yaml

from benchmarks.processes import cost_of
from benchmarks.scale.floors import FLOORS, Engine, Moved
from benchmarks.scale.tree import TreeCost, cost_of_command
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import read_json, write_json

STEPS = ("generate", *ROOMS)
NO_DATA = ("dagster", "logs", "spill", "scale")
"""Folders of a home that hold nothing that a room made of a delivery."""


@dataclass(frozen=True)
class Step:
    """What one step of one partition cost.

    rows_read, rows_written      of Parquet files, and of the delivery where there is none; 0 where nothing is
    bytes_read, bytes_written    sizes of these files
    wall, cpu, alone, peak_mb, tree_mb    as in TreeCost; the start of Python and Dagster is in them
    floor_wall, floor_cpu        seconds; null until it was measured
    floor_peak_mb                10^6 bytes
    """

    step: str
    patients: int
    rows_read: int
    rows_written: int
    bytes_read: int
    bytes_written: int
    wall: float
    cpu: float
    alone: float
    peak_mb: int
    tree_mb: int
    floor_wall: float | None = None
    floor_cpu: float | None = None
    floor_peak_mb: int | None = None


@dataclass(frozen=True)
class Walk:
    """A partition on its way.

    engine_memory    limit of one DuckDB connection, as DuckDB spells it
    engine           computes the rooms: `duckdb`, `spark`
    """

    home: Path
    patients: int
    country: str
    month: str
    seed: int
    engine_memory: str
    threads: int
    engine: str = "duckdb"

    def measure(self, until: str, told: Callable[[Step], None]) -> list[Step]:
        """Every step that is not measured yet, up to one; all that are by now."""
        self._require_same_partition()
        if not (self.home / "secrets").is_dir():
            self._command("setup", "doctor", "--fix")
        for step in STEPS[: STEPS.index(until) + 1]:
            if step not in self._known():
                told(self._measured(step))
        return list(self.steps())

    def steps(self) -> Iterator[Step]:
        """What is measured by now, in the order of the steps."""
        known = self._known()
        return (Step(**known[step]) for step in STEPS if step in known)

    def _measured(self, step: str) -> Step:
        """Floors follow at once: an interrupted one is measured with its step again."""
        began = time.time()
        cost = self.cost_of_step(step)
        written = self._written_since(began)
        moved = Moved(self._delivery, self._read_by(step), written)
        floor = cost_of(partial(FLOORS[rooms()[step]["floor"]], moved, self._engine))
        found = Step(
            step,
            self.patients,
            **self._sizes(step, moved),
            **asdict(cost),
            floor_wall=floor.wall,
            floor_cpu=floor.cpu,
            floor_peak_mb=floor.peak_mb,
        )
        write_json(self._state, self._told() | {"steps": self._known() | {step: asdict(found)}})
        return found

    def cost_of_step(self, step: str) -> TreeCost:
        """Run a step, be it for the first time or again; nothing of it is kept among the figures."""
        return self._command(step, *self._arguments(step))

    def _command(self, step: str, *arguments: str) -> TreeCost:
        self._scratch.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "thin_assets.cli", "--home", str(self.home), *arguments]
        return cost_of_command(command, self._environment, self._scratch / f"{step}.log")

    def _arguments(self, step: str) -> list[str]:
        partition = ["--country", self.country, "--snapshot", self.month]
        if step == "generate":
            return ["generate", *partition, "--patients", str(self.patients), "--seed", str(self.seed)]
        return ["run", *partition, "--room", step]

    @property
    def _environment(self) -> Mapping[str, str]:
        limits = {"THIN_MEMORY_LIMIT": self.engine_memory, "THIN_THREADS": str(self.threads)}
        return os.environ | limits | {"THIN_ENGINE": self.engine}

    def _read_by(self, step: str) -> list[Path]:
        globs = (
            pattern.format(partition=self._snapshot.partition_folder) for pattern in rooms()[step]["reads"]
        )
        return sorted(path for pattern in globs for path in (self.home / "lake").glob(pattern))

    def _written_since(self, began: float) -> list[Path]:
        """Files that were written and still stand; what was only renamed was written before."""
        folders = [path for path in self.home.iterdir() if path.is_dir() and path.name not in NO_DATA]
        found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return sorted(path for path in found if path.stat().st_mtime >= began)

    def _sizes(self, step: str, moved: Moved) -> dict[str, int]:
        from_delivery = step in ("landing", "raw")
        read = sorted(moved.delivery.rglob("*.csv.gz")) if from_delivery else moved.read
        return {
            "rows_read": self._delivered if from_delivery else _rows(read),
            "rows_written": self._delivered if step == "generate" else _rows(moved.written),
            "bytes_read": _bytes(read),
            "bytes_written": _bytes(moved.written),
        }

    @cached_property
    def _delivered(self) -> int:
        return sum(one["rows"] for one in read_json(self._delivery / "manifest.json")["files"])

    @property
    def _snapshot(self) -> Snapshot:
        return Snapshot.named(self.country, self.month)

    @property
    def _delivery(self) -> Path:
        return self.home / "deliveries" / self.country / self._snapshot.folder

    @property
    def _scratch(self) -> Path:
        return self.home / "scale"

    @property
    def _engine(self) -> Engine:
        return Engine(self.engine_memory, self.threads, self._scratch)

    @property
    def _state(self) -> Path:
        return self.home / "scale.json"

    def _known(self) -> dict[str, dict]:
        return (read_json(self._state) or {}).get("steps", {})

    def _told(self) -> dict[str, object]:
        names = ("patients", "country", "month", "seed", "engine_memory", "threads")
        return {name: getattr(self, name) for name in names}

    def _require_same_partition(self) -> None:
        """Raises ValueError: figures of one walk are of one partition, under the same limits."""
        before = read_json(self._state)
        if before and any(before[name] != value for name, value in self._told().items()):
            raise ValueError(f"{self._state} has another partition or other limits: name another home")


def rooms() -> dict[str, dict]:
    """What each step reads, its floor and its pool: `rooms.yaml`."""
    return yaml.safe_load(files("benchmarks.scale").joinpath("rooms.yaml").read_text(encoding="utf-8"))


def _rows(paths: list[Path]) -> int:
    return sum(pq.read_metadata(path).num_rows for path in paths if path.suffix == ".parquet")


def _bytes(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def as_json(steps: list[Step]) -> str:
    """A list of records, one step each."""
    return json.dumps([asdict(step) for step in steps], indent=2) + "\n"
