"""A plain folder of OMOP CDM files becomes a delivery: files as they are, manifest and marker added."""

import datetime as dt
import shutil
from pathlib import Path

from thin_assets.cdm import spec
from thin_assets.domain.layout import LAYOUT_OMOP
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.errors import MissingFiles, UnreadableFile, WrongLayout
from thin_assets.landing.arrivals import MANIFEST, MARKER
from thin_assets.landing.contract import place
from thin_assets.landing.header import named_columns
from thin_assets.landing.manifest import FileEntry, Manifest
from thin_assets.landing.scan import scan_parquet, scan_text

_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def delivery_from_folder(source: Path, snapshot: Snapshot, deliveries: Path) -> Path:
    """Lay down the CDM files of a folder as the delivery of a snapshot, and return the delivery's folder.

    source    files named by CDM table in any case (`PERSON.csv`); vocabulary files among them are left out:
              they are loaded as a vocabulary
    The manifest says what was found, true or not to the layout: it is the inspection that judges.
    Raises MissingFiles when there is nothing to deliver, WrongLayout for a file named by no CDM table.
    """
    tables = _tables_in(source, snapshot)
    folder = deliveries / snapshot.country / snapshot.folder
    (folder / MARKER).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    entries = [_deliver(path, table, folder, snapshot) for table, path in sorted(tables.items())]
    morning_after = dt.datetime.combine(next_month(snapshot.month), dt.time(6), dt.UTC)
    manifest = Manifest(
        layout_version=LAYOUT_OMOP,
        country=snapshot.country,
        snapshot_month=snapshot.folder,
        collection_cutoff=snapshot.cutoff,
        generated_at=morning_after,
        files=entries,
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / MARKER).touch()
    return folder


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


def _deliver(path: Path, table: str, folder: Path, snapshot: Snapshot) -> FileEntry:
    name = f"{table}/part-000{path.name.lower()[len(table) :]}"
    copy = folder / name
    copy.parent.mkdir(parents=True)
    shutil.copyfile(path, copy)
    scan = (scan_parquet if name.endswith(".parquet") else scan_text)(copy)
    if scan.fault or not scan.header:
        raise UnreadableFile(
            f"the file {scan.fault or 'is empty'}", where=str(path), remedy="repair or remove the file"
        )
    columns = named_columns(scan.header, ",")
    return FileEntry(table=table, path=name, rows=scan.rows or 0, sha256=scan.sha256, columns=columns)
