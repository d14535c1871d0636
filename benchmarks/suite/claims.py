"""Which figure of speed or memory stands where, and what measures it: `benchmarks/claims.csv`."""

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.suite.registry import rows

ROOT = Path(__file__).parents[2]
CLAIMS = Path(__file__).parents[1] / "claims.csv"
FIGURE = re.compile(
    r"[0-9][0-9.,]* ?(?:CPU s\b|CPU seconds?|s of CPU|ms\b|us\b|MB\b|GB\b|TB\b|s wall|s on one core"
    r"|times the (?:floor|CPU))|CPU s\b|CPU seconds?\b|peak MB|euro\b",
    re.IGNORECASE,
)
"""How a figure of speed, memory or money is recognised in the docs."""

DECISIONS = "docs/decisions"
"""Records: their figures were measured when something was decided, often of what is no longer in the code."""


@dataclass(frozen=True)
class Claim:
    """Figures of one section of a page.

    section        its heading; empty before the first
    measured_by    `row <name>` of the suite, `module <name>` of the benchmarks, or `test <file>::<test>`
    wanted         the aim that was set, in words; empty for none
    """

    page: str
    section: str
    claim: str
    measured_by: str
    wanted: str

    def fault(self) -> str | None:
        """Why nothing measures it; null where something does."""
        kind, _, name = self.measured_by.partition(" ")
        known = {"row": _is_row, "module": _is_module, "test": _is_test}
        return None if kind in known and known[kind](name) else f"there is no {self.measured_by}"


@cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the file."""
    with CLAIMS.open(encoding="utf-8", newline="") as file:
        return tuple(Claim(**row) for row in csv.DictReader(file))


def sections_with_figures() -> Iterator[tuple[str, str]]:
    """Page and heading of every section with a figure, of the README and all docs but decisions."""
    for path in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]):
        page = path.relative_to(ROOT).as_posix()
        if page.startswith(DECISIONS):
            continue
        for heading, text in _sections(path.read_text(encoding="utf-8")):
            if FIGURE.search(text):
                yield page, heading


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each section; blocks of code are left out."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    pieces = re.split(r"^#+ (.*)$", prose, flags=re.MULTILINE)
    yield from zip(["", *pieces[1::2]], pieces[::2], strict=True)


def _is_row(name: str) -> bool:
    return name in rows()


def _is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return name.startswith("benchmarks.") and (path.with_suffix(".py").is_file() or path.is_dir())


def _is_test(name: str) -> bool:
    file, _, function = name.partition("::")
    if not (ROOT / file).is_file():
        return False
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in ast.walk(tree))
