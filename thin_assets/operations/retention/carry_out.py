"""Carry a plan out: out of sight first, then into the audit record, then off the disk.

Whoever is killed in between leaves something whose name begins with `.removed.`, which no reader looks at;
the next tidying writes it down, where that is missing, and ends it.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.operations.retention.plan import (
    BUILD,
    CANDIDATE,
    RAW,
    REMOVED,
    VOCABULARY,
    Ground,
    Needs,
    Removal,
    builds_that_stay,
    is_built_on,
    vocabularies_in_use,
)
from thin_assets.operations.retention.versions import Vacuum, remove_versions
from thin_assets.published.record import audit
from thin_assets.published.record.audit import Event, Hand
from thin_assets.resources.files import locked, remove_tree
from thin_assets.resources.leftovers import unnamed_candidates

THROWN_AWAY = "thrown away"
"""Event of the audit record."""


@contextmanager
def tidying(home: Path) -> Iterator[None]:
    """Be the only one that tidies a home; another waits."""
    with locked(home / "lake" / "tidy"):
        yield


def carry_out(
    found: Removal, ground: Ground, hand: Hand, needs_now: Callable[[], Needs], done: set[str]
) -> bool:
    """Remove one thing, unless it is needed by now; whether it went.

    needs_now    asks again who needs what
    done         marks of what the audit record tells of already (`marks`)
    """
    if found.path.name.startswith(REMOVED):
        _finish(found, found.path, hand, ground.home, done)
        return True
    with locked(_pointer(found)):
        if not _may_go(found, replace(ground, needs=needs_now())):
            return False
        aside = found.path.with_name(f"{REMOVED}{secrets.token_hex(8)}.{found.path.name.lstrip('.')}")
        found.path.rename(aside)
    _finish(found, aside, hand, ground.home, done)
    return True


def carry_out_versions(found: Vacuum, ground: Ground, hand: Hand) -> bool:
    """Remove files of published versions that nobody can ask for; whether any went."""
    files = remove_versions(found, ground.policy.published, ground.now)
    if not files:
        return False
    event = audit.event_of(
        THROWN_AWAY,
        found.shelf.product,
        found.partition,
        counts={"what": "versions", "files": files, "bytes": found.bytes},
        reason=f"older than {ground.policy.published.days} days, in no release, and no recall needs them",
    )
    audit.record(ground.home, hand, event)
    return True


def marks(home: Path) -> set[str]:
    """What the audit record tells of, by the names that it had on its way out."""
    told = (one["counts"].get("as") for one in audit.entries(home) if one["event"] == THROWN_AWAY)
    return {mark for mark in told if mark is not None}


def _pointer(found: Removal) -> Path:
    """What whoever writes there locks as well: the seal locks the pointer to the current build."""
    return found.path.parent / ("current.json" if found.kind in (BUILD, VOCABULARY) else "tidy")


def _may_go(found: Removal, now: Ground) -> bool:
    """Whether nobody has come to need it since the plan was made."""
    snapshot = Snapshot.of(found.partition) if found.partition else None
    if not found.path.exists() or snapshot in now.needs.busy:
        return False
    if found.kind == BUILD:
        return found.build not in builds_that_stay(now, found.path.parent)
    if found.kind == RAW:
        return is_built_on(now.lake, snapshot)
    if found.kind == CANDIDATE:
        return found.path in unnamed_candidates(now.lake, snapshot)
    if found.kind == VOCABULARY:
        used = vocabularies_in_use(now.lake)
        return now.needs.is_idle and found.path.name.partition("=")[2] not in used
    return now.needs.is_idle


def _finish(found: Removal, aside: Path, hand: Hand, home: Path, done: set[str]) -> None:
    if aside.name not in done:
        where = found.path.relative_to(home).as_posix()
        counts = {"what": found.kind, "path": where, "bytes": found.bytes, "as": aside.name}
        event = Event(THROWN_AWAY, "", "", "", found.partition, found.build, counts, reason=found.why)
        audit.record(home, hand, event)
    if aside.is_dir():
        remove_tree(aside)
    else:
        aside.unlink(missing_ok=True)
