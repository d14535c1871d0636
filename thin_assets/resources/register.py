"""The register of persons who opted out: by country, a file for its owner only, one number of ours a line."""

from collections.abc import Iterable
from pathlib import Path

from thin_assets.resources.files import locked, replacing


def read_register(path: Path) -> list[int]:
    """Numbers of everybody of a country who opted out, sorted; none without a register."""
    if not path.is_file():
        return []
    return sorted(map(int, path.read_text(encoding="ascii").split()))


def add_to_register(path: Path, numbers: Iterable[int]) -> int:
    """Add persons to the register of a country; how many were not in it."""
    for folder in (path.parents[1], path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(path):
        before = set(read_register(path))
        after = before | set(numbers)
        if after != before:
            with replacing(path) as unfinished:
                unfinished.touch(mode=0o600)
                unfinished.write_text("".join(f"{one}\n" for one in sorted(after)), encoding="ascii")
    return len(after) - len(before)
