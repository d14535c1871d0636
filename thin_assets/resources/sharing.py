"""When a home and the store that it shares are brought together: before a run, before a publication, after.

Where no store is set nothing happens here, and nothing is paid for it.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot, parse_month
from thin_assets.resources import units
from thin_assets.resources.files import read_json
from thin_assets.resources.shared import Wanted, WorkingCopy, working_copy
from thin_assets.resources.units import Unit

_NEED_RAW = frozenset(ROOMS[: ROOMS.index("cohorts")])
"""Rooms that read raw and text, or write them: the evidence of a build names codes as they were delivered."""

_RAW = ("lake/raw/", "lake/text/")
_LARGE = (*_RAW, "lake/cdm/")

_TOLD_ABROAD = ("evidence", "studies", "validated", "reports")
"""What other countries of a month are compared with."""


@contextmanager
def shared_run(home: Path, partition: str | None, rooms: Iterable[str]) -> Iterator[None]:
    """A run in a home: what it reads is fetched before, and what it wrote is put after, even where it failed.

    partition    key of a country and month, or of a month; None: of neither
    rooms        that the run materialises
    What a room refused is told as well: its report is put, and the rooms before it.
    Raises StoreMoved when somebody else was first: nothing of this run's lake is visible then.
    """
    copy = working_copy(home)
    if copy is None:
        yield
        return
    mine = list(_begin(copy, partition, set(rooms)))
    try:
        yield
    finally:
        for unit in mine:
            copy.push(unit)


def _begin(copy: WorkingCopy, partition: str | None, rooms: set[str]) -> list[Unit]:
    """Fetch what a run reads; the units that it writes, the vocabulary before what is built with it."""
    copy.pull(units.register())
    if partition is None:
        if "vocabulary" not in rooms:
            return []
        fetch_vocabulary(copy)
        return [units.vocabulary()]
    if "|" not in partition:
        day = parse_month(partition)
        for snapshot in _known(copy):
            if snapshot.month == day:
                _glance(copy, snapshot, _of_rooms(*_TOLD_ABROAD, "cohorts"))
        copy.pull(units.month(day))
        return [units.month(day)]
    own = Snapshot.of(partition)
    pull_partition(copy, own, with_raw=bool(rooms & _NEED_RAW))
    if rooms - set(ROOMS[: ROOMS.index("evidence")]):
        _fetch_neighbours(copy, own)
    copy.pull(units.vocabulary(), _versions_of(copy, own.country))
    return [units.vocabulary(), units.partition(own)]


def fetch_vocabulary(copy: WorkingCopy) -> None:
    """The vocabulary in use."""
    copy.pull(units.vocabulary(), _version_in_use(copy))


def fetch_vocabularies(copy: WorkingCopy) -> None:
    """The vocabulary in use, and those of every build that is here."""
    copy.pull(units.vocabulary(), _versions_of(copy, "*"))


def pull_partition(copy: WorkingCopy, snapshot: Snapshot, *, with_raw: bool = True) -> None:
    """One partition with its current build, and without the builds before."""
    copy.pull(units.partition(snapshot), _of_build(copy, snapshot, with_raw=with_raw))


def _of_build(copy: WorkingCopy, snapshot: Snapshot, *, with_raw: bool) -> Wanted:
    build = _named(copy, units.partition(snapshot), "build")

    def wanted(name: str) -> bool:
        if name.startswith("lake/cdm/"):
            return f"/build={build}/" in name
        return with_raw or not name.startswith(_RAW)

    return wanted


def _fetch_neighbours(copy: WorkingCopy, own: Snapshot) -> None:
    """What a partition is compared with: months before it, the last with its build; its month abroad."""
    known = _known(copy)
    earlier = sorted(one for one in known if one.country == own.country and one.month < own.month)
    for one in earlier[:-1]:
        _glance(copy, one, lambda name: not name.startswith(_LARGE))
    for one in earlier[-1:]:
        _glance(copy, one, _of_build(copy, one, with_raw=False))
    for one in known:
        if one.country != own.country and one.month == own.month:
            _glance(copy, one, _of_rooms(*_TOLD_ABROAD))


def _glance(copy: WorkingCopy, snapshot: Snapshot, wanted: Wanted) -> None:
    """Another partition as it stands in the store, unless a run of this home is at work on it."""
    unit = units.partition(snapshot)
    if not copy.changes(unit):
        copy.pull(unit, wanted)


def _known(copy: WorkingCopy) -> dict[Snapshot, str]:
    """Partitions that the store has, with the tags of their indexes."""
    found = {}
    for key, tag in copy.store.listed("lake/cdm").items():
        if key.endswith("/current.json"):
            found[Snapshot.of_folder(PurePath(key).parent)] = tag
    return found


def _of_rooms(*rooms: str) -> Wanted:
    return lambda name: name.split("/")[1] in rooms


def _named(copy: WorkingCopy, unit: Unit, what: str) -> str | None:
    """What the index of a unit says is current."""
    seen = copy.store.read(unit.index)
    return None if seen is None else json.loads(seen.content).get(what)


def _version_in_use(copy: WorkingCopy) -> Wanted:
    version = _named(copy, units.vocabulary(), "version")
    return lambda name: f"/version={version}/" in name


def _versions_of(copy: WorkingCopy, country: str) -> Wanted:
    """The vocabulary in use, and those of the builds that are here of the country."""
    described = (copy.home / "lake" / "cdm").glob(f"country={country}/snapshot=*/build=*/build.json")
    used = {read_json(path)["identity"]["vocabulary"] for path in described}
    used.add(_named(copy, units.vocabulary(), "version"))
    return lambda name: any(f"/version={version}/" in name for version in used)


def show_build(home: Path, snapshot: Snapshot) -> None:
    """See to it that the build of a partition stands in the store before anything is published from it.

    Raises StoreMoved when somebody else was first.
    """
    copy = working_copy(home)
    if copy is not None:
        unit = units.partition(snapshot)
        if read_json(home / unit.pointer) != copy.state(unit).pointer:
            copy.push(units.vocabulary())
            copy.push(unit)


def standing(home: Path) -> dict[Snapshot, str] | None:
    """How each partition of the store stands in a home; None where homes share no store.

    `in step`: the same here; `ahead`: something here is not put yet; `behind`: it is not fetched yet.
    """
    copy = working_copy(home)
    if copy is None:
        return None
    found = {}
    for one, tag in _known(copy).items():
        unit = units.partition(one)
        is_behind = copy.state(unit).tag != tag
        found[one] = "behind" if is_behind else "ahead" if copy.changes(unit) else "in step"
    return found
