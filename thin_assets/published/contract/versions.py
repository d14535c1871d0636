"""What a change of a contract asks of its version: a new major, a new minor, or a new patch.

breaking    a reader may fail or read something else: a column removed, renamed, retyped, moved or newly
            nullable; a new column that is never null; another unit, meaning of null, key, grain, kind or zone
minor       what was read is read as before: a new column that may be null, a column never null any more, a
            rule about rows
patch       texts, service levels, owner, and whatever else the declaration says
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import yaml

from thin_assets.errors import VersionNotRaised
from thin_assets.published.contract.odcs import ONE_ROW_PER_KEY, contract_of, contract_yaml
from thin_assets.published.declared.shelf import Shelf
from thin_assets.resources.files import locked, replacing


class Level(IntEnum):
    """Part of a version that a change asks to be raised."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True)
class Change:
    """One difference between two contracts, in words."""

    level: Level
    what: str


def require_version(shelf: Shelf) -> None:
    """Raises VersionNotRaised when a contract differs from the last one by more than its version says."""
    require_raised(last_contract(shelf), contract_of(shelf.product), where=str(shelf.contract))


def keep_contract(shelf: Shelf) -> Path:
    """Put the contract of a product on its shelf, beside those of every version before; the file of this one.

    A contract that is there is never written again. Raises VersionNotRaised.
    """
    with locked(shelf.contract.parent):
        require_version(shelf)
        if not shelf.contract.is_file():
            with replacing(shelf.contract) as unfinished:
                unfinished.write_text(contract_yaml(shelf.product), encoding="utf-8")
    return shelf.contract


def last_contract(shelf: Shelf) -> dict | None:
    """The contract of the highest version on the shelf; None before the first."""
    files = sorted(shelf.contract.parent.glob("*.yaml"), key=lambda path: numbers(path.stem))
    return yaml.safe_load(files[-1].read_text(encoding="utf-8")) if files else None


def require_raised(last: dict | None, now: dict, *, where: str) -> None:
    """Raises VersionNotRaised, with every change and the version to set."""
    if last is None:
        return
    found = list(changes(last, now))
    before, after = numbers(last["version"]), numbers(now["version"])
    needed = next_version(before, max((one.level for one in found), default=None))
    if after < needed:
        told = "; ".join(one.what for one in found) or "no change"
        raise VersionNotRaised(
            f"version {now['version']} cannot follow {last['version']} with this: {told}",
            where=where,
            remedy=f"set version: {'.'.join(map(str, needed))} in the declaration of {now['dataProduct']}",
        )


def numbers(version: str) -> tuple[int, int, int]:
    """
    >>> numbers("1.10.2")
    (1, 10, 2)
    """
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def next_version(before: tuple[int, int, int], level: Level | None) -> tuple[int, int, int]:
    """Lowest version for a change of that level; the same one for no change."""
    major, minor, patch = before
    return {
        None: before,
        Level.PATCH: (major, minor, patch + 1),
        Level.MINOR: (major, minor + 1, 0),
        Level.MAJOR: (major + 1, 0, 0),
    }[level]


def changes(last: dict, now: dict) -> Iterator[Change]:
    """Every difference between two contracts, columns first; a patch only where there is no other."""
    found = [*_of_readers(last, now)]
    yield from found
    if not found and _own(last, "specSha256") != _own(now, "specSha256"):
        yield Change(Level.PATCH, "texts, service levels, owner or protection")


def _of_readers(last: dict, now: dict) -> Iterator[Change]:
    (before,), (after,) = last["schema"], now["schema"]
    yield from _columns(before, after)
    yield from _key(before, after)
    if before.get("dataGranularityDescription") != after.get("dataGranularityDescription"):
        yield Change(Level.MAJOR, "another grain")
    for name in ("kind", "zone"):
        if _own(last, name) != _own(now, name):
            yield Change(Level.MAJOR, f"another {name}")
    old, new = ({rule["id"]: rule.get("query") for rule in one.get("quality", [])} for one in (before, after))
    for name in sorted(set(old) | set(new)):
        if old.get(name, "") != new.get(name, "") and name != ONE_ROW_PER_KEY:
            yield Change(Level.MINOR, f"{name}: a rule that changed, came or went")


def _columns(before: dict, after: dict) -> Iterator[Change]:
    old, new = (_by_name(one) for one in (before, after))
    for name in old:
        if name not in new:
            yield Change(Level.MAJOR, f"{name}: removed or renamed")
        else:
            yield from _column(name, old[name], new[name])
    for name in new:
        if name not in old:
            required = new[name]["required"]
            level = Level.MAJOR if required else Level.MINOR
            yield Change(level, f"{name}: new" + (", and never null" if required else ""))
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield Change(Level.MAJOR, "columns in another order")


def _column(name: str, old: dict, new: dict) -> Iterator[Change]:
    if old["physicalType"] != new["physicalType"]:
        yield Change(Level.MAJOR, f"{name}: {old['physicalType']} became {new['physicalType']}")
    if old["required"] and not new["required"]:
        yield Change(Level.MAJOR, f"{name}: may be null now")
    if not old["required"] and new["required"]:
        yield Change(Level.MINOR, f"{name}: is never null now")
    if _own(old, "unit") != _own(new, "unit"):
        yield Change(Level.MAJOR, f"{name}: another unit")
    if _own(old, "nullMeaning") != _own(new, "nullMeaning") and old["required"] == new["required"]:
        yield Change(Level.MAJOR, f"{name}: null means something else")


def _key(before: dict, after: dict) -> Iterator[Change]:
    """Whoever joins by the old key may get rows twice by the new one."""
    old, new = (
        {name for name, column in _by_name(one).items() if column.get("primaryKey")}
        for one in (before, after)
    )
    if old != new:
        yield Change(Level.MAJOR, f"another key: {', '.join(sorted(new)) or 'none'}")


def _by_name(schema: dict) -> dict[str, dict]:
    return {column["name"]: column for column in schema.get("properties", [])}


def _own(told: dict, name: str) -> object:
    own = {one["property"]: one["value"] for one in told.get("customProperties", [])}
    return own.get(name)
