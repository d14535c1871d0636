"""A bundle with local concepts beside its own: standard conditions that no download from Athena knows.

OMOP leaves ids above 2,000,000,000 to whoever runs it. A code that is such a concept stands for itself, so no
map is needed; the tables that speak of it get the rows that a vocabulary promises.
"""

import shutil
from collections.abc import Sequence
from os import SEEK_END
from pathlib import Path

from thin_assets.resources.files import replacing_folder
from thin_assets.vocabulary.bundle import bundle_files
from thin_assets.vocabulary.contract import TABLES

FIRST_LOCAL = 2_000_000_001
_VALID = ("19700101", "20991231", "")


def write_local_bundle(
    bundle: Path, out: Path, vocabulary: str, concepts: Sequence[tuple[int, str, str]]
) -> Path:
    """Write a bundle with so many concepts more into a folder; what stood there is replaced as a whole.

    bundle        an Athena download, or the demo bundle
    vocabulary    name of the vocabulary of the new concepts
    concepts      concept id (FIRST_LOCAL or more), code and name
    Raises MissingVocabulary where the bundle is not whole, ValueError for an id that is not local.
    """
    if any(number < FIRST_LOCAL for number, *_ in concepts):
        raise ValueError(f"ids of local concepts begin at {FIRST_LOCAL}")
    files = bundle_files(bundle)
    with replacing_folder(out) as folder:
        for table, path in files.items():
            copied = folder / f"{table.upper()}.csv"
            shutil.copyfile(path, copied)
            _append(copied, table, _rows(table, vocabulary, concepts))
    return out


def _append(path: Path, table: str, rows: list[tuple]) -> None:
    """Rows in the order of the model's columns, written in the order of the file's."""
    with path.open("r+", encoding="utf-8-sig", newline="") as file:
        names = [name.strip().lower() for name in file.readline().rstrip("\r\n").split("\t")]
        file.seek(0, SEEK_END)
        for row in rows:
            told = dict(zip(TABLES[table], row, strict=True))
            file.write("\t".join(str(told.get(name, "")) for name in names) + "\n")


def _rows(table: str, vocabulary: str, concepts: Sequence[tuple[int, str, str]]) -> list[tuple]:
    kind = ("Condition", vocabulary, "Clinical Finding", "S")
    added = {
        "vocabulary": [(vocabulary, "Local concepts", "", "", 0)],
        "concept": [(number, name, *kind, code, *_VALID) for number, code, name in concepts],
        "concept_ancestor": [(number, number, 0, 0) for number, *_ in concepts],
        "concept_relationship": [
            (number, number, relation, *_VALID)
            for number, *_ in concepts
            for relation in ("Maps to", "Mapped from")
        ],
    }
    return added.get(table, [])
