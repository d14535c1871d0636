"""A plain folder of OMOP CDM files becomes a delivery: files as they are, manifest and marker added."""

from pathlib import Path

from thin_assets.cdm import spec
from thin_assets.domain.layout import LAYOUT_OMOP
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingFiles, WrongLayout
from thin_assets.landing.contract import place
from thin_assets.landing.lay_down import Found, lay_down

_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def delivery_from_folder(source: Path, snapshot: Snapshot, deliveries: Path) -> Path:
    """Lay down the CDM files of a folder as the delivery of a snapshot, and return the delivery's folder.

    source    files named by CDM table in any case (`PERSON.csv`); vocabulary files among them are left out:
              they are loaded as a vocabulary
    Raises MissingFiles when there is nothing to deliver, WrongLayout for a file named by no CDM table.
    """
    found = [
        Found(table, path, f"{table}/part-000{path.name.lower()[len(table) :]}")
        for table, path in sorted(_tables_in(source, snapshot).items())
    ]
    return lay_down(found, LAYOUT_OMOP, snapshot, deliveries)


def _tables_in(source: Path, snapshot: Snapshot) -> dict[str, Path]:
    found = {_stem(path): path for path in sorted(source.iterdir()) if path.name.lower().endswith(_SUFFIXES)}
    vocabulary = {table.name for table in spec.vocabulary_tables()}
    tables = {name: path for name, path in found.items() if name not in vocabulary}
    if unknown := sorted(path.name for name, path in tables.items() if name not in spec.TABLES):
        raise WrongLayout(
            f"no CDM table has the name of {', '.join(unknown)}",
            where=str(source),
            remedy="rename the file after its table, or take it away",
        )
    if not tables:
        raise MissingFiles(
            f"no file of a CDM table for {place(snapshot)}",
            where=str(source),
            remedy="name files by table: person.csv",
        )
    return tables


def _stem(path: Path) -> str:
    return path.name.lower().split(".")[0]
