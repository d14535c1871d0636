"""Definitions of a user's own, from a folder outside the project: what is refused there harms nobody else."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from thin_assets.cohorts.definition import Definition
from thin_assets.errors import SettingsError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = re.compile(r"cohort(_.*)?|.*_(attrition|matched|first_records|index_events)")
_RENAME = "name the file in small letters, digits and underscores, other than the tables of the room"


@dataclass(frozen=True)
class Own:
    """Definitions that can be run, and why the others cannot, by name.

    refused    the name under which a file is shown, and the error that running it raises
    """

    definitions: Mapping[str, Definition]
    refused: Mapping[str, SettingsError]


def load_own(folder: Path, library: Iterable[Definition]) -> Own:
    """Every `*.json` of a folder, which need not exist; what is wrong with one is told when it is run."""
    found: dict[str, Definition] = {}
    refused: dict[str, SettingsError] = {}
    names = {definition.id: definition.name for definition in library}
    for path in sorted(folder.glob("*.json")):
        try:
            definition = _own(path, folder, names)
        except SettingsError as error:
            refused["own_" + re.sub(r"\W+", "_", path.stem.lower())] = error
            continue
        found[definition.name] = definition
        names[definition.id] = definition.name
    return Own(found, refused)


def _own(path: Path, folder: Path, names: Mapping[int, str]) -> Definition:
    where = f"{folder}/{path.name}"
    if not _NAME.fullmatch(path.stem) or _TAKEN.fullmatch(path.stem):
        raise SettingsError(f"{path.stem} cannot be the name of a cohort", where=where, remedy=_RENAME)
    try:
        definition = Definition.read(path, str(folder))
    except UnicodeDecodeError as error:
        raise SettingsError("not UTF-8", where=where, remedy="export it again from ATLAS") from error
    if other := names.get(definition.id):
        raise SettingsError(f"has the cohort id of {other}", where=where, remedy="give the file another name")
    return definition
