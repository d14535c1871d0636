"""`home/logs/rooms.jsonl`: a line for every room that a run went through; older lines in `rooms.1.jsonl` to
`rooms.4.jsonl`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from thin_assets.resources.files import locked

MOST_BYTES = 16_000_000
"""A file that is larger becomes the first of the older ones: some 30,000 lines."""

OLDER = 4
"""Files of older lines that stay."""


def room_log(home: Path) -> Path:
    """Where the newest lines are."""
    return home / "logs" / "rooms.jsonl"


def append(home: Path, lines: Iterable[Mapping], most_bytes: int = MOST_BYTES) -> None:
    """Add lines; processes may do so at once, and no line is torn by another."""
    path = room_log(home)
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    with locked(path):
        if path.exists() and path.stat().st_size + len(text) > most_bytes:
            _rotate(path)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def _rotate(path: Path) -> None:
    places = [path, *(_older(path, number) for number in range(1, OLDER + 1))]
    for newer, older in reversed(list(zip(places, places[1:], strict=False))):
        if newer.exists():
            newer.replace(older)


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}.{number}{path.suffix}")


def read(home: Path) -> Iterator[dict]:
    """Every whole line that is still there, oldest first."""
    path = room_log(home)
    for file in (*(_older(path, number) for number in range(OLDER, 0, -1)), path):
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
                if line.endswith("\n"):
                    yield json.loads(line)
