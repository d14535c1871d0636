"""Files that somebody hands over become a delivery: copied as they are, manifest and marker added.

The manifest says what was found, true or not to the layout: it is the inspection that judges.
"""

import datetime as dt
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.errors import UnreadableFile
from thin_assets.landing.arrivals import MANIFEST, MARKER
from thin_assets.landing.header import named_columns
from thin_assets.landing.manifest import FileEntry, Manifest
from thin_assets.landing.scan import scan_parquet, scan_text


@dataclass(frozen=True)
class Found:
    """A file to deliver.

    name       path inside the delivery
    columns    its columns where it has no header; None: the header says them, split at `delimiter`
    unread     those of them that are not in the layout and shall stay unread
    """

    table: str
    path: Path
    name: str
    columns: tuple[str, ...] | None = None
    delimiter: str = ","
    unread: tuple[str, ...] = ()


def lay_down(
    found: Iterable[Found],
    layout: str,
    snapshot: Snapshot,
    deliveries: Path,
    *,
    contains_free_text: bool = False,
) -> Path:
    """Write the delivery of a snapshot in place of an older one, and return its folder.

    The same files give the same manifest: it is said to be written on the morning after the month.
    Raises UnreadableFile for a file that is damaged.
    """
    folder = deliveries / snapshot.country / snapshot.folder
    (folder / MARKER).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    manifest = Manifest(
        layout_version=layout,
        country=snapshot.country,
        snapshot_month=snapshot.folder,
        collection_cutoff=snapshot.cutoff,
        generated_at=dt.datetime.combine(next_month(snapshot.month), dt.time(6), dt.UTC),
        files=[_deliver(file, folder) for file in found],
        contains_free_text=contains_free_text,
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / MARKER).touch()
    return folder


def _deliver(file: Found, folder: Path) -> FileEntry:
    copy = folder / file.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file.path, copy)
    if file.name.endswith(".parquet"):
        scan = scan_parquet(copy)
    else:
        scan = scan_text(copy, has_header=file.columns is None)
    if scan.fault or (file.columns is None and not scan.header):
        raise UnreadableFile(
            f"the file {scan.fault or 'is empty'}", where=str(file.path), remedy="repair or remove the file"
        )
    columns = file.columns or named_columns(scan.header, file.delimiter)
    return FileEntry(
        table=file.table,
        path=file.name,
        rows=scan.rows or 0,
        sha256=scan.sha256,
        columns=list(columns),
        unread=list(file.unread),
    )
