"""A home as a working copy of a store: units are fetched before a run and put after it.

Objects of files are never given to other bytes, so that they can be put at any time and nobody sees them.
An index names them, and is replaced last, if it is still the one that the home began from: others see the old
unit or the new one. Of what was put and never named, nothing is visible.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from thin_assets.domain.zones import MODES
from thin_assets.errors import StoreDamaged, StoreMoved
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.index import (
    NOTHING,
    File,
    State,
    describe,
    read_index,
    remember,
    remembered,
    write_index,
)
from thin_assets.resources.store import LARGE, Store, shared_store
from thin_assets.resources.sums import TABLE, drop_table, forget_sum, keep_sum
from thin_assets.resources.units import Unit

STATES = "store"
"""Folder of a home that keeps what the home and the store had in common last."""

ATTEMPTS, AT_ONCE = 20, 8

Wanted = Callable[[str], bool]


def working_copy(home: Path) -> "WorkingCopy | None":
    """The home as a working copy of the store that it shares; None where it keeps all to itself."""
    store = shared_store()
    return None if store is None else WorkingCopy(home, store)


@dataclass(frozen=True)
class WorkingCopy:
    """A home and the store that it shares."""

    home: Path
    store: Store

    def pull(self, unit: Unit, wanted: Wanted = lambda name: True) -> None:
        """Bring a unit of the home to what stands in the store; what the store does not have yet stays.

        wanted    which files are fetched; of the others none that is out of date stays
        What this home built upon an index that was replaced since, and never shared, is dropped.
        Raises StoreMoved when the home has built the unit and never shared it, and the store has another;
        StoreDamaged when what the index names is not there.
        """
        self._open_folder(unit)
        with self._locked(unit):
            state, seen = self.state(unit), self.store.read(unit.index)
            if seen is None:
                self._begin_with_nothing(unit, state)
                return
            files, pointer = read_index(seen.content)
            if state.tag != seen.tag:
                self._give_way(unit, state, files)
                self._point(unit, pointer)
            kept = self._take(state, files, wanted)
            self._remember(unit, State(seen.tag, kept, pointer))

    def _open_folder(self, unit: Unit) -> None:
        """The folder of the home that a unit lies in, for those whom its zone is for, before anything is."""
        for name in (STATES, Path(unit.index).parts[0]):
            folder = self.home / name
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(MODES.get(name, 0o700))

    def _point(self, unit: Unit, pointer: dict | None) -> None:
        """Say here what is current there; where nothing is, what this home sealed by itself is not either."""
        if unit.pointer and pointer:
            write_json(self.home / unit.pointer, pointer)
        elif unit.pointer and not unit.merges:
            (self.home / unit.pointer).unlink(missing_ok=True)

    def _begin_with_nothing(self, unit: Unit, state: State) -> None:
        if state.tag:
            raise self._damaged(unit.index)
        if not any(unit.files(self.home)):
            self._remember(unit, State(NOTHING))

    def push(self, unit: Unit) -> bool:
        """Put what this home changed in a unit, and name it; False when there was nothing to put.

        Raises StoreMoved when others replaced the index meanwhile, and of a unit that merges when they
        changed the same files: nothing of this home's is visible then.
        """
        self._open_folder(unit)
        with self._locked(unit):
            for _ in range(ATTEMPTS):
                state = self.state(unit)
                pointer = read_json(self.home / unit.pointer) if unit.pointer else None
                mine, gone = self._mine(unit, state)  # after the pointer: what it names is among them
                if not mine and not gone and pointer == state.pointer:
                    return False
                self._put(mine)
                files = {name: told for name, told in {**state.files, **mine}.items() if name not in gone}
                try:
                    tag = self.store.replace(unit.index, write_index(files, pointer), state.tag or None)
                except StoreMoved:
                    if not unit.merges:
                        raise
                    self._merge(unit, state, mine, gone, pointer)
                else:
                    self._remember(unit, State(tag, files, pointer))
                    return True
            raise self._moved(unit)

    def changes(self, unit: Unit) -> int:
        """Files of a unit that this home has changed and not shared."""
        mine, gone = self._mine(unit, self.state(unit))
        return len(mine) + len(gone)

    def state(self, unit: Unit) -> State:
        """What the home and this store had in common last."""
        return remembered(self._state_file(unit), self.store.address)

    def _mine(self, unit: Unit, state: State) -> tuple[dict[str, File], set[str]]:
        """Files that differ from what was in common, and those that were and are no more."""
        here, mine = dict(unit.files(self.home)), {}
        for name, path in here.items():
            known = state.files.get(name)
            if known is None or not known.is_at(path):
                found = describe(name, path)
                if not found.is_same(known):
                    mine[name] = found
        gone = {name for name, one in state.files.items() if one.changed_at is not None and name not in here}
        return mine, gone if unit.merges else set()

    def _give_way(self, unit: Unit, state: State, theirs: Mapping[str, File]) -> None:
        """Drop what cannot stand beside what others have put; Raises StoreMoved for a first time."""
        mine, _ = self._mine(unit, state)
        same = {name for name, one in mine.items() if name in theirs and theirs[name].sha256 == one.sha256}
        if unit.merges:  # what nobody else has changed is still to be shared
            moved = {name for name, one in theirs.items() if not one.is_same(state.files.get(name))}
            drop = (set(mine) - same) & moved
        else:
            drop = set(mine) - same
        if drop and state.tag is None:
            raise StoreMoved(
                f"this home has {unit.name}, which it never shared, and the store has another",
                where=self.store.uri(unit.index),
                remedy="move what this home has of it aside, and run again",
            )
        for name in drop | (set(state.files) - set(theirs)):
            drop_table(self.home / name)

    def _take(self, state: State, files: Mapping[str, File], wanted: Wanted) -> dict[str, File]:
        """Fetch what is wanted and not here, or not the same; delete what is unwanted and out of date."""

        def taken(item: tuple[str, File]) -> tuple[str, File]:
            name, one = item
            path, known = self.home / name, state.files.get(name)
            if path.is_file() and one.is_same(known) and known.changed_at is not None:
                return name, known
            if path.is_file() and (found := describe(name, path)).sha256 == one.sha256:
                return name, replace(one, changed_at=found.changed_at)
            if wanted(name):
                return name, self._fetch(name, one)
            drop_table(path)
            return name, one

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(pool.map(taken, files.items()))

    def _fetch(self, name: str, one: File) -> File:
        path = self.home / name
        forget_sum(path)
        if not self.store.fetch(one.key, path):
            raise self._damaged(one.key)
        found = describe(name, path)
        if found.sha256 != one.sha256:
            path.unlink()
            raise self._damaged(one.key)
        if path.name == TABLE and not name.startswith("lake/cdm/"):  # a build's are in its description
            keep_sum(path, found.sha256)
        return replace(one, changed_at=found.changed_at)

    def _put(self, files: Mapping[str, File]) -> None:
        """Put objects; what is changed by another run meanwhile is not put under the digest that it had."""

        def put(item: tuple[str, File]) -> None:
            name, one = item
            path = self.home / name
            if one.bytes <= LARGE:
                content = path.read_bytes()
                is_it = sha256(content).hexdigest() == one.sha256
                if is_it:
                    self.store.put_new(one.key, content)
            else:
                is_new = self.store.put_new(one.key, path)
                is_it = one.is_at(path)
                if is_new and not is_it:
                    self.store.delete(one.key)
            if not is_it:
                raise StoreMoved(
                    "another run of this home changed a file while it was put",
                    where=str(path),
                    remedy="let it end, and run again: one run of a partition at a time",
                )

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(put, files.items()))

    def _merge(
        self, unit: Unit, state: State, mine: Mapping[str, File], gone: set[str], pointer: dict | None
    ) -> None:
        """Begin from what others have put instead, where they changed other files. Raises StoreMoved."""
        seen = self.store.read(unit.index)
        theirs, now = read_index(seen.content)
        moved = {name for name, one in theirs.items() if not one.is_same(state.files.get(name))}
        both = {
            name
            for name in moved & ({*mine} | gone)
            if Path(name).name not in unit.drawn and not theirs[name].is_same(mine.get(name))
        }
        if both or (now != state.pointer and pointer not in (now, state.pointer)):
            raise self._moved(unit)
        if unit.pointer and pointer == state.pointer and now:
            write_json(self.home / unit.pointer, now)
        known = {name: state.files[name] for name in set(theirs) - moved}
        for name in moved - {*mine} - gone:
            is_here = (self.home / name).is_file()
            known[name] = self._fetch(name, theirs[name]) if is_here else theirs[name]
        for name in set(state.files) - set(theirs) - set(mine):
            drop_table(self.home / name)
        for name in (moved & ({*mine} | gone)) - set(known):
            known[name] = replace(theirs[name], changed_at=0 if name in gone else None)
        self._remember(unit, State(seen.tag, known, now))

    def _remember(self, unit: Unit, state: State) -> None:
        remember(self._state_file(unit), self.store.address, state)

    def _state_file(self, unit: Unit) -> Path:
        return self.home / STATES / unit.index

    def _locked(self, unit: Unit) -> AbstractContextManager[None]:
        return locked(self._state_file(unit))

    def _moved(self, unit: Unit) -> StoreMoved:
        return StoreMoved(
            f"somebody else has changed {unit.name} as well",
            where=self.store.uri(unit.index),
            remedy="run it again: the run begins with what stands there now",
        )

    def _damaged(self, key: str) -> StoreDamaged:
        return StoreDamaged(
            "an object that an index names is absent, or is not what was put there",
            where=self.store.uri(key),
            remedy="bring it back from a version or a copy of the bucket; "
            "where there is none, build the partition again in a home that has its delivery",
        )
