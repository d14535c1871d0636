"""The record of what left the house: lines for every publication, refusal, release and recall.

A publication has a line before it is begun and one when it is done: of a writer that was killed in between
the first is left, and the log of the table says whether its commit was made.

A line holds the sha256 of the line before, so that a line that is changed, cut out or moved is noticed.
`audit.head.json` beside it names the last line, so that lines cut from the end are noticed too. Somebody who
may write to the folder can write both anew: keep a copy of the head elsewhere.

Half a line, left by a writer that was killed, is moved to `audit.torn.jsonl` by the next writer, and told of.
"""

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import AuditBroken, ThinError
from thin_assets.published.product import Product
from thin_assets.resources.files import locked, read_json, write_json

FIRST = "0" * 64
"""What the first line names as the line before it."""

BEGUN, PUBLISHED, REFUSED, RELEASED, RECALLED = "begun", "published", "refused", "released", "recalled"
TORN = "torn line"


@dataclass(frozen=True)
class Hand:
    """Who acts, and when: a user's name, or `dagster run` and its id."""

    who: str
    when: dt.datetime


@dataclass(frozen=True)
class Event:
    """What a line tells; counts only, never a value of a row.

    spec          sha256 of the declaration of the product
    counts        rows, entries, version of the table and the like
    suppressed    what was kept back, by rule
    reason        why something was refused or taken back
    """

    event: str
    product: str
    spec: str
    contract: str
    partition: str | None = None
    build: str | None = None
    counts: Mapping[str, int | str] = field(default_factory=dict)
    suppressed: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None


def event_of(event: str, product: Product, snapshot: Snapshot | None = None, **told: object) -> Event:
    """An event of a product, with the sha256 of its declaration and the version of its contract."""
    key = None if snapshot is None else snapshot.key
    return Event(event, product.name, spec_of(product), product.version, key, **told)


def spec_of(product: Product) -> str:
    """Sha256 of a declaration: the same for the same promises, however the file is laid out.

    Its version does not count, for it only says that they changed; nor what is left at its default, so that a
    word that declarations learn later changes none.
    """
    promises = product.model_dump(mode="json", exclude_defaults=True, exclude={"version"})
    told = json.dumps(promises, sort_keys=True, ensure_ascii=False)
    return sha256(told.encode()).hexdigest()


def stamp(when: dt.datetime) -> str:
    """A time as records have it: UTC, to the millisecond."""
    return when.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def audit_file(home: Path) -> Path:
    """Where the record lies."""
    return home / "audit" / "audit.jsonl"


def record(home: Path, hand: Hand, event: Event) -> dict:
    """Add one line; it is on the disk when this returns. Raises AuditBroken where lines were cut off.

    Several processes may do so at once: each waits for the one before.
    """
    path = audit_file(home)
    with locked(path), path.open("a+b") as file:
        torn = _move_aside_half_a_line(file, path)
        if torn:
            told = Event(TORN, "", "", "", counts={"bytes": torn}, reason=f"moved to {_torn(path).name}")
            _append(file, path, hand, told)
        return _append(file, path, hand, event)


@contextmanager
def attempt_recorded(
    home: Path, hand: Hand, product: Product, snapshot: Snapshot, build: str | None = None
) -> Iterator[None]:
    """A line before what is inside, and another when it refuses."""
    record(home, hand, event_of(BEGUN, product, snapshot, build=build))
    with refusals_recorded(home, hand, product, snapshot, build):
        yield


@contextmanager
def refusals_recorded(
    home: Path, hand: Hand, product: Product, snapshot: Snapshot, build: str | None = None
) -> Iterator[None]:
    """Whatever refuses inside leaves one line with its reason, however deep it is nested, and goes on."""
    try:
        yield
    except ThinError as error:
        if not error.recorded:
            reason = f"{type(error).__name__}: {error.what}"
            record(home, hand, event_of(REFUSED, product, snapshot, build=build, reason=reason))
            error.recorded = True
        raise


def entries(home: Path) -> list[dict]:
    """Every whole line, oldest first; none before anything was published."""
    return [json.loads(line) for line in _lines(audit_file(home))]


def verify(home: Path) -> int:
    """Number of lines, when each follows the one before and none is missing. Raises AuditBroken."""
    path = audit_file(home)
    if not path.is_file() and not _head(path)["number"]:
        return 0
    with locked(path):
        lines = _lines(path)
        shas = [_sha(line) for line in lines]
        for number, (line, before) in enumerate(zip(lines, [FIRST, *shas], strict=False), 1):
            if _chained(line) != (number, before):
                raise _broken(path, f"line {number} does not follow the line before it")
        _hold_against_head(path, shas)
    return len(lines)


def _chained(line: bytes) -> tuple[int, str] | None:
    """Number of a line and the sha256 that it names; None for what is no line."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told["number"], told["previous"]


def _append(file: BinaryIO, path: Path, hand: Hand, event: Event) -> dict:
    last = _last_line(file)
    number = json.loads(last)["number"] if last else 0
    if number < _head(path)["number"]:
        raise _broken(path, f"it ends with line {number}, and had {_head(path)['number']}")
    told = {
        "number": number + 1,
        "previous": _sha(last) if last else FIRST,
        "who": hand.who,
        "when": stamp(hand.when),
        **asdict(event),
    }
    line = json.dumps(told, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    write_json(_head_file(path), {"number": told["number"], "sha256": _sha(line)})
    return told


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


def _lines(path: Path) -> list[bytes]:
    """Whole lines; one that is being written, or was never finished, is not among them."""
    if not path.is_file():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _hold_against_head(path: Path, shas: list[str]) -> None:
    """The head may be one line behind, when its writer was killed in between, and never ahead."""
    head = _head(path)
    if head["number"] and (len(shas) < head["number"] or shas[head["number"] - 1] != head["sha256"]):
        raise _broken(path, f"line {head['number']} is not the one that was written")


def _head_file(path: Path) -> Path:
    return path.with_name("audit.head.json")


def _torn(path: Path) -> Path:
    return path.with_name("audit.torn.jsonl")


def _head(path: Path) -> dict:
    return read_json(_head_file(path)) or {"number": 0, "sha256": FIRST}


def _sha(line: bytes) -> str:
    return sha256(line).hexdigest()


def _broken(path: Path, what: str) -> AuditBroken:
    return AuditBroken(
        f"the audit record is not what was written: {what}",
        where=str(path),
        remedy="put the file back from a copy; find out who wrote to it before anything is published",
    )
