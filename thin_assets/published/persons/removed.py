"""What a withdrawal leaves beside a table: which versions are gone, and which is current while it works.

Versions of a Delta table are one line. To take somebody out of a release, the table is set back to it and
then forward again; meanwhile readers are told the version to read, and nobody publishes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thin_assets.errors import Recalled, RunFailed
from thin_assets.published.declared.shelf import Shelf
from thin_assets.resources.files import locked, read_json, write_json

REMOVED, REMOVING = "removed.json", "removing.json"
"""Versions that are gone, by major version; and what stands while a withdrawal is not finished."""


@contextmanager
def publishing(shelf: Shelf) -> Iterator[None]:
    """Publish beside others, and never beside a withdrawal. Raises RunFailed when one was interrupted."""
    with locked(shelf.table, shared=True):
        if (shelf.folder / REMOVING).is_file():
            raise RunFailed(
                "a withdrawal from this product was interrupted",
                where=str(shelf.folder),
                remedy="run `thin-assets opt-out` for the same country again: it finishes what was begun",
            )
        yield


def standing_version(folder: Path, major: int) -> int | None:
    """The version that readers shall see while a withdrawal works on the table; None: the newest."""
    return (read_json(folder / REMOVING) or {}).get(f"v{major}")


def begin(folder: Path, major: int, current: int) -> int:
    """Say which version is current before anything is moved; that of an interrupted withdrawal stands."""
    told = read_json(folder / REMOVING) or {}
    standing = told.setdefault(f"v{major}", current)
    write_json(folder / REMOVING, told)
    return standing


def finish(folder: Path, major: int, kept: list[int], last: int) -> None:
    """Say which versions can be read from now on, and that the newest is current again.

    kept    versions of that major that are named by a release, or current
    last    version up to which all others are gone
    """
    removed = read_json(folder / REMOVED) or {}
    write_json(folder / REMOVED, removed | {f"v{major}": {"kept": sorted(kept), "last": last}})
    left = {key: value for key, value in (read_json(folder / REMOVING) or {}).items() if key != f"v{major}"}
    if left:
        write_json(folder / REMOVING, left)
    else:
        (folder / REMOVING).unlink(missing_ok=True)


def require_kept(folder: Path, major: int, version: int | None) -> None:
    """Raises Recalled when a version is gone because somebody withdrew; its number is told, and no reason."""
    told = (read_json(folder / REMOVED) or {}).get(f"v{major}")
    if told and version is not None and version <= told["last"] and version not in told["kept"]:
        raise Recalled(
            f"version {version} was removed when somebody withdrew",
            where=f"{folder.name} v{major}",
            remedy="read the current version, or a release: releases were kept, without the person",
        )
