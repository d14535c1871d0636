"""What may go from a home now, and why: read from folders and pointers, nothing is changed.

Everything here is asked again, under the lock of what would change it, before anything goes (`carry_out.py`).
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.domain.zones import ZONES
from thin_assets.operations.disk import bytes_of
from thin_assets.operations.retention.policy import Policy
from thin_assets.resources.files import read_json
from thin_assets.resources.lake import Lake, build_id, partitions_in
from thin_assets.resources.leftovers import is_being_written, unnamed_candidates

BUILD, RAW, CANDIDATE, VOCABULARY, LEFTOVER = "build", "raw", "candidate", "vocabulary", "leftover"
REMOVED = ".removed."
"""Begins the name of what is on its way out: no reader looks at it, and the next tidying ends it."""


@dataclass(frozen=True)
class Removal:
    """One file or folder that may go.

    partition    key, null where it is of none
    build        id of a sealed build, null for anything else
    """

    kind: str
    path: Path
    bytes: int
    why: str
    partition: str | None = None
    build: str | None = None


@dataclass(frozen=True)
class Needs:
    """What others need of a home.

    builds    sealed builds that a release or a published version names, by id, with who
    busy      partitions that a run works on, with its id
    is_idle   no run works on anything
    """

    builds: dict[str, str]
    busy: dict[Snapshot, str]
    is_idle: bool


@dataclass(frozen=True)
class Ground:
    """A home as it stands when a plan is made."""

    home: Path
    policy: Policy
    needs: Needs
    now: dt.datetime

    @property
    def lake(self) -> Lake:
        """Its lake."""
        return Lake(home=str(self.home))

    def is_older(self, path: Path, days: int) -> bool:
        """Whether a file, or the newest thing directly in a folder, was last changed before so many days."""
        newest = max((one.stat().st_mtime for one in (path, *_inside(path))), default=0)
        return self.now.timestamp() - newest > days * 86_400


def _inside(path: Path) -> list[Path]:
    return list(path.iterdir()) if path.is_dir() else []


def plan(ground: Ground) -> list[Removal]:
    """Everything in the lake that may go, in a stable order; published versions are planned of their own."""
    builds = list(_builds(ground))
    gone = {one.build for one in builds}
    found = [*builds, *_raw(ground), *_candidates(ground), *_vocabularies(ground, gone), *_leftovers(ground)]
    return sorted(found, key=lambda one: (one.kind, one.partition or "", str(one.path)))


def sealed_builds(folder: Path) -> list[tuple[str, Path]]:
    """Sealed builds of a partition by id, newest first."""
    found = [path for path in folder.glob("build=*") if (path / "build.json").is_file()]
    newest = sorted(found, key=lambda path: ((path / "build.json").stat().st_mtime, path.name), reverse=True)
    return [(build_id(path), path) for path in newest]


def builds_that_stay(ground: Ground, folder: Path) -> set[str]:
    """Ids of the builds of a partition that its pointer or others name, or that are young enough."""
    pointer = read_json(folder / "current.json") or {}
    current, before = pointer.get("build"), pointer.get("before")
    others = [build for build, _ in sealed_builds(folder) if build != current]
    kept = others[: ground.policy.builds.earlier] if current else others
    return {*kept, *(build for build in others if build in ground.needs.builds), current, before} - {None}


def _builds(ground: Ground) -> Iterator[Removal]:
    for snapshot, folder in partitions_in(ground.lake.root / "cdm"):
        if snapshot not in ground.needs.busy:
            stay = builds_that_stay(ground, folder)
            for build, path in sealed_builds(folder):
                if build not in stay:
                    why = f"replaced; {ground.policy.builds.earlier} earlier stay, and no release names it"
                    yield Removal(BUILD, path, bytes_of(path), why, snapshot.key, build)


def _raw(ground: Ground) -> Iterator[Removal]:
    """Tables of months so far back that nobody builds them again; only where a build stands on them."""
    months, lake = ground.policy.raw.months, ground.lake
    found = sorted({one for table in (lake.root / "raw").glob("*") for one, _ in partitions_in(table)})
    if months is None or not found:
        return
    newest = max(snapshot.month for snapshot in found)
    first = (newest.year * 12 + newest.month) - months
    for snapshot in found:
        is_old = snapshot.month.year * 12 + snapshot.month.month <= first
        if is_old and snapshot not in ground.needs.busy and is_built_on(lake, snapshot):
            why = f"more than {months} months back, and the sealed build of the same delivery stays"
            for file in lake.raw_tables(snapshot).values():
                yield Removal(RAW, file.parent, bytes_of(file.parent), why, snapshot.key)


def is_built_on(lake: Lake, snapshot: Snapshot) -> bool:
    """Whether the current build of a partition was made from the delivery that its raw tables are of."""
    pointer = read_json(lake.sealed(snapshot) / "current.json") or {}
    told = read_json(lake.build_folder(snapshot, pointer.get("build", "none")) / "build.json") or {}
    delivery = (lake.reported("raw", snapshot) or {}).get("delivery")
    return delivery is not None and told.get("identity", {}).get("delivery") == delivery


def _candidates(ground: Ground) -> Iterator[Removal]:
    days = ground.policy.candidates.days
    for snapshot, _ in partitions_in(ground.lake.root / "omop"):
        for path in sorted(unnamed_candidates(ground.lake, snapshot)):
            if snapshot not in ground.needs.busy and ground.is_older(path, days):
                yield Removal(
                    CANDIDATE, path, bytes_of(path), f"{days} days old, and none waits for it", snapshot.key
                )


def vocabularies_in_use(lake: Lake, but: Iterable[str | None] = ()) -> set[str]:
    """Versions that are current, or that a candidate or a sealed build was made with.

    but    builds that are about to go
    """
    current = (read_json(lake.vocabulary_versions / "current.json") or {}).get("version")
    told = [read_json(path) or {} for path in (lake.root / "omop").glob("*/*/candidate.json")]
    told += [
        read_json(path) or {}
        for path in (lake.root / "cdm").glob("*/*/build=*/build.json")
        if build_id(path.parent) not in set(but)
    ]
    return {current, *(one.get("identity", {}).get("vocabulary") for one in told)} - {None}


def _vocabularies(ground: Ground, gone: set[str | None]) -> Iterator[Removal]:
    if not ground.needs.is_idle:
        return
    used, days = vocabularies_in_use(ground.lake, gone), ground.policy.vocabularies.days
    for path in sorted(ground.lake.vocabulary_versions.glob("version=*")):
        if path.name.partition("=")[2] not in used and ground.is_older(path, days):
            yield Removal(VOCABULARY, path, bytes_of(path), "no build that stays was made with it")


def _leftovers(ground: Ground) -> Iterator[Removal]:
    """What stands half done: a removal that was stopped, a file that never got its name, spilled memory."""
    days, roots = ground.policy.leftovers.days, [ground.lake.root, *(ground.home / zone for zone in ZONES)]
    for path in sorted(ground.lake.root.rglob(f"{REMOVED}*")):
        yield Removal(LEFTOVER, path, bytes_of(path), "a tidying was stopped after it")
    if ground.needs.is_idle:
        half = [path for root in roots for path in root.rglob(".*") if _is_half(path)]
        spilled = _inside(ground.home / "spill")
        for path in sorted([*half, *spilled]):
            if ground.is_older(path, days):
                yield Removal(LEFTOVER, path, bytes_of(path), f"{days} days old, and no run works")


def _is_half(path: Path) -> bool:
    """Whether it is being written, and is neither on its way out nor part of what is one or the other."""
    within = any(is_being_written(one) or one.name.startswith(REMOVED) for one in path.parents)
    return is_being_written(path) and not path.name.startswith(REMOVED) and not within
