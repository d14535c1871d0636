"""How much disk a home uses, by room and country; sizes of files, as they are listed."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS

EVERYWHERE = "all"
"""Stands where a country would, for what is of none: vocabularies, months across countries, logs."""

PLACES = (*ROOMS, "vocabulary", "reports", "runs", "other")
"""What is told apart: the rooms, and what lies beside them."""

_FOLDERS = {
    "deliveries": "landing",
    "lake/cdm": "validated",
    "project": "published",
    "published": "published",
    "lake/vocabulary": "vocabulary",
    "lake/reports": "reports",
    "lake/operations": "runs",
    "dagster": "runs",
    "logs": "runs",
}
"""Folders of a home that are not called as the room that they are of."""


def disk_use(home: Path) -> dict[str, dict[str, int]]:
    """Bytes by place, then country; places in order, those that hold nothing left out."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for folder in (home, home / "lake"):
        for entry in _folders(folder):
            name = Path(entry.path).relative_to(home).as_posix()
            if name != "lake":
                place = _place(name)
                for country, size in _sizes(entry.path, is_delivery=name == "deliveries"):
                    found[place][country] += size
    return {place: dict(found[place]) for place in PLACES if sum(found[place].values())}


def _place(name: str) -> str:
    room = name.removeprefix("lake/")
    return _FOLDERS.get(name) or (room if name.startswith("lake/") and room in ROOMS else "other")


def bytes_of(path: Path) -> int:
    """Size of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(size for _, size in _sizes(str(path)))


def _folders(folder: Path) -> list[os.DirEntry]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry for entry in entries if entry.is_dir(follow_symlinks=False)]


def _sizes(folder: str, country: str = EVERYWHERE, *, is_delivery: bool = False) -> Iterator[tuple[str, int]]:
    """Country and size of every file below; one that vanishes meanwhile is not counted."""
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(entry.path, _country(entry.name, is_delivery) or country)
        else:
            try:
                yield country, entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue


def _country(folder: str, is_delivery: bool) -> str | None:
    code = folder if is_delivery else folder.removeprefix("country=")
    return code if code in COUNTRIES and (is_delivery or code != folder) else None
