"""An index: the object that names the files of a unit; and what a home remembers of one."""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path

from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.units import object_key

NOTHING = ""
"""Tag of the index where a home and a store had both nothing."""


@dataclass(frozen=True)
class File:
    """A file of a unit.

    key           of its object, as the index names it
    changed_at    `st_mtime_ns` of the file of this home that holds these bytes; None: it is in the store only
    """

    key: str
    sha256: str
    bytes: int
    changed_at: int | None = None

    def is_same(self, other: "File | None") -> bool:
        """Whether it holds the same bytes as another."""
        return other is not None and other.sha256 == self.sha256

    def is_at(self, path: Path) -> bool:
        """Whether a file of the home was not touched since it held these bytes."""
        found = path.stat()
        return (found.st_size, found.st_mtime_ns) == (self.bytes, self.changed_at)


@dataclass(frozen=True)
class State:
    """A unit as a home and its store had it in common last.

    tag        of the index; `NOTHING`: both had nothing; None: they were never held against each other
    pointer    what the index says is current, in the words of the home's own pointer
    """

    tag: str | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    pointer: dict | None = None


def describe(name: str, path: Path) -> File:
    """A file of a home as it is, with the key that its object would have."""
    with path.open("rb") as file:
        sha256, told = file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno())
    return File(object_key(name, sha256), sha256, told.st_size, told.st_mtime_ns)


def write_index(files: Mapping[str, File], pointer: dict | None) -> bytes:
    """What is current, and every file with its object and digest; no two are the same bytes."""
    told = {
        name: {"key": one.key, "sha256": one.sha256, "bytes": one.bytes}
        for name, one in sorted(files.items())
    }
    index = {**(pointer or {}), "files": told, "written": uuid.uuid4().hex}
    return json.dumps(index, indent=1).encode()


def read_index(content: bytes) -> tuple[dict[str, File], dict | None]:
    """Files by name, and the pointer; None where nothing is current."""
    index = json.loads(content)
    files = {name: File(**told) for name, told in index.pop("files").items()}
    del index["written"]
    return files, index or None


def remember(path: Path, store: str, state: State) -> None:
    """Keep what was in common with a store, by its address."""
    files = {name: [one.key, one.sha256, one.bytes, one.changed_at] for name, one in state.files.items()}
    write_json(path, {"store": store, "tag": state.tag, "files": files, "pointer": state.pointer})


def remembered(path: Path, store: str) -> State:
    """What was in common with that store; with another, nothing."""
    told = read_json(path)
    if told is None or told["store"] != store:
        return State()
    return State(told["tag"], {name: File(*one) for name, one in told["files"].items()}, told["pointer"])
