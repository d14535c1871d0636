"""The version of the code behind an asset: a hash of the modules that it stands on, and of their data files.

A module stands on what it imports, and on the files beside it that are no Python: a table of rules is code.
Hands on disk, settings and words of errors decide nothing that a table holds, and do not count; dbt and what
users declare have versions of their own, which are told beside.

Does not belong here: any rule of when something is built again; `automation.py` has those.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from thin_assets.resources.sums import sum_of

PACKAGE = Path(__file__).parent
NAME = PACKAGE.name
LENGTH = 16

HANDS = ("resources", "settings", "errors", "partitions", "automation", "code_versions")
HASHES = "resources.ids"
"""The one hand that decides about a value: it makes ids."""

DECLARED = (PACKAGE / "cohorts" / "definitions", PACKAGE / "published" / "products")
"""Folders of declarations, each of which is the version of its own asset."""

_IMPORT = re.compile(
    rf"^\s*(?:from\s+({NAME}[\w.]*)\s+import\s+(\([^)]*\)|[^\n]+)|import\s+({NAME}[\w.]*))", re.M
)
_WORD = re.compile(r"\w+")


def code_version(modules: Iterable[str], *told: str) -> str:
    """Hash of all that modules of ours stand on, and of whatever else decides.

    modules    full names; one that is no module of ours counts by its name only
    told       other versions: of a definition, a declaration, a dbt project
    """
    words = [*(f"{module} {_digest_of(module)}" for module in sorted(set(modules))), *told]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:LENGTH]


@cache
def _digest_of(module: str) -> str:
    """Hash of the names and contents of all files behind a module."""
    files = sorted(files_behind(module))
    told = "\0".join(f"{path.relative_to(PACKAGE).as_posix()} {_sum_of(path)}" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()


@cache
def files_behind(module: str) -> frozenset[Path]:
    """Every module that a module stands on, itself among them, and the data files beside them."""
    reached: set[Path] = set()
    waiting = list(_files_of(module))
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(_imported_by(path) - reached)
    return frozenset(reached.union(*(_beside(folder) for folder in {path.parent for path in reached})))


@cache
def _imported_by(path: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for origin, names, plain in _IMPORT.findall(path.read_text(encoding="utf-8")):
        modules = [plain] if plain else [origin, *(f"{origin}.{name}" for name in _WORD.findall(names))]
        found.update(file for module in modules for file in _files_of(module))
    return frozenset(found)


@cache
def _files_of(module: str) -> frozenset[Path]:
    """Files of a module and of the packages that it is in; none of a hand, or of what is no module."""
    parts = module.split(".")
    inside = ".".join(parts[1:])
    if parts[0] != NAME or (inside.startswith(HANDS) and inside != HASHES):
        return frozenset()
    names = (".".join(parts[1:length]) for length in range(2, len(parts) + 1))
    return frozenset(path for name in names if (path := _modules().get(name)))


@cache
def _modules() -> dict[str, Path]:
    """File of every module and package of ours, by name within ours."""
    paths = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    named = {path: path.with_suffix("").as_posix().replace("/", ".") for path in paths}
    return {name.removesuffix(".__init__"): PACKAGE / path for path, name in named.items()}


@cache
def _beside(folder: Path) -> frozenset[Path]:
    """Data files of a package: those in its folder, and in folders below that hold no Python."""
    if folder == PACKAGE:
        return frozenset()
    found: set[Path] = set()
    for path in folder.iterdir():
        if path.is_file() and path.suffix not in {".py", ".pyc"}:
            found.add(path)
        elif path.is_dir() and path.name != "__pycache__" and path not in DECLARED:
            found |= _data_below(path)
    return frozenset(found)


def _data_below(folder: Path) -> set[Path]:
    """Files of a folder that holds no Python; a package has its own."""
    return set() if any(folder.glob("*.py")) else {file for file in folder.rglob("*") if file.is_file()}


_sum_of = cache(sum_of)
