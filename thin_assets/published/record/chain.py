"""A file of lines to which lines are only added, each with the sha256 of the line before.

A line that is changed, cut out or moved is noticed by that. `<name>.head.json` beside the file names the
last line, so that lines cut from the end are noticed too. Somebody who may write to the folder can write both
anew: keep a copy of the head elsewhere.

Half a line, left by a writer that was killed, is moved to `<name>.torn.jsonl` by the next, and told of.
"""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from thin_assets.errors import AuditBroken
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.full_disk import NamingFullDisk

FIRST = "0" * 64
"""What the first line names as the line before it."""


def append(path: Path, told: dict, *, torn: Callable[[int], dict]) -> dict:
    """Add one line, numbered and chained; it is on the disk when this returns.

    torn    what a line says of half a line of so many bytes
    Processes may do so at once: each waits for the one before. Raises AuditBroken where any is gone.
    """
    with locked(path), NamingFullDisk(str(path)), path.open("a+b") as file:
        half = _move_aside_half_a_line(file, path)
        if half:
            _append(file, path, torn(half))
        return _append(file, path, told)


def lines(path: Path) -> list[bytes]:
    """Whole lines; one that is being written, or was never finished, is not among them."""
    if not path.is_file():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def verify(path: Path) -> int:
    """Number of lines, when each follows the one before and none is missing. Raises AuditBroken."""
    if not path.is_file() and not _head(path)["number"]:
        return 0
    with locked(path):
        found = lines(path)
        shas = [_sha(line) for line in found]
        for number, (line, before) in enumerate(zip(found, [FIRST, *shas], strict=False), 1):
            if _chained(line) != (number, before):
                raise _broken(path, f"line {number} does not follow the line before it")
        _hold_against_head(path, shas)
    return len(found)


def _chained(line: bytes) -> tuple[int, str] | None:
    """Number of a line and the sha256 that it names; None for what is no line."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told["number"], told["previous"]


def _append(file: BinaryIO, path: Path, told: dict) -> dict:
    last = _last_line(file)
    number = json.loads(last)["number"] if last else 0
    if number < _head(path)["number"]:
        raise _broken(path, f"it ends with line {number}, and had {_head(path)['number']}")
    chained = told | {"number": number + 1, "previous": _sha(last) if last else FIRST}
    line = json.dumps(chained, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    write_json(_head_file(path), {"number": number + 1, "sha256": _sha(line)})
    return chained


def _move_aside_half_a_line(file: BinaryIO, path: Path) -> int:
    """Bytes after the last end of a line: kept in a file of their own, and taken off. Returns how many."""
    file.seek(0)
    whole = file.read()
    half = whole[whole.rfind(b"\n") + 1 :]
    if half:
        with _torn(path).open("ab") as aside:
            aside.write(half + b"\n")
            aside.flush()
            os.fsync(aside.fileno())
        file.truncate(len(whole) - len(half))
    return len(half)


def _last_line(file: BinaryIO) -> bytes:
    file.seek(0)
    last = b""
    for line in file:
        last = line
    return last


def _hold_against_head(path: Path, shas: list[str]) -> None:
    """The head may be one line behind, when its writer was killed in between, and never ahead."""
    head = _head(path)
    if head["number"] and (len(shas) < head["number"] or shas[head["number"] - 1] != head["sha256"]):
        raise _broken(path, f"line {head['number']} is not the one that was written")


def _head_file(path: Path) -> Path:
    return path.with_suffix(".head.json")


def _torn(path: Path) -> Path:
    return path.with_suffix(".torn.jsonl")


def _head(path: Path) -> dict:
    return read_json(_head_file(path)) or {"number": 0, "sha256": FIRST}


def _sha(line: bytes) -> str:
    return sha256(line).hexdigest()


def _broken(path: Path, what: str) -> AuditBroken:
    return AuditBroken(
        f"the record is not what was written: {what}",
        where=str(path),
        remedy="put the file back from a copy; find out who wrote to it before anything is published",
    )
