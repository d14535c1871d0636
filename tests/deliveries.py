"""Tiny hand-made deliveries: a test writes the rows that matter, the rest is filled in and added up.

    folder = deliver(tmp_path, {"medical": '''
        patid | eventdate | medcode
        ------+-----------+--------
        P001  | 20240102  | I10
    '''})

A column that is not named holds what an unremarkable row holds (see `PLAIN`), or nothing. Tables that the
country must deliver and a test does not name are there without rows; practice and patient have one plain row.
`rewrite`, `amend` and `remove` spoil a delivery afterwards.
"""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from thin_assets.domain import layout
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.arrivals import MANIFEST, MARKER
from thin_assets.landing.layouts import layouts

MARCH = Snapshot.named("GB", "2024-03")
"""The snapshot of a delivery whose snapshot does not matter."""

Rows = str | Iterable[Mapping[str, Any]]
"""An ASCII table, or rows as mappings; None and empty text are null."""

PLAIN = {
    "pracid": "a0001",
    "prac_type": "GP",
    "compdate": "20000101",
    "amrdate": "20000101",
    "status": "A",
    "patid": "P001",
    "patflag": "A",
    "yob": "19500000",
    "sex": "1",
    "regdate": "20050101",
    "regstat": "02",
    "sysdate": "20200101",
    "eventdate": "20200101",
    "prscdate": "20200101",
    "dispdate": "20200101",
    "code_system": "SNOMED",
    "medcode": "38341003",
    "medflag": "R",
    "drug_code_system": "DMD",
    "drugcode": "00000001",
    "therflag": "Y",
    "cip13": "3400930000001",
    "ahdcode": "1005010500",
    "ahdflag": "Y",
    "flags": "XXXXXXXXXXXX",
    "modified": "N",
}
"""What a row holds where a test says nothing; record keys (`medid` and the like) are numbered."""


def rows_of(table: Rows) -> list[dict[str, str]]:
    """Rows of an ASCII table: a header, a rule of dashes, one row a line, cells between bars."""
    if not isinstance(table, str):
        return [{name: "" if value is None else str(value) for name, value in row.items()} for row in table]
    lines = [line.strip() for line in table.strip().splitlines()]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines if line.strip("-+ ")]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def deliver(
    deliveries: Path,
    tables: Mapping[str, Rows] | None = None,
    snapshot: Snapshot = MARCH,
    *,
    complete: bool = True,
    **manifest: Any,
) -> Path:
    """Write a THIN-like delivery, in place of an older one of its snapshot, and return its folder.

    complete    False leaves the marker out
    manifest    fields that the manifest shall have instead of the true ones
    """
    folder = deliveries / snapshot.country / snapshot.folder
    shutil.rmtree(folder, ignore_errors=True)
    given = {table: rows_of(rows) for table, rows in (tables or {}).items()}
    expected = layouts(snapshot.country)[layout.LAYOUT_THIN].expected
    entries = []
    for table in (name for name in layout.tables() if name in {*expected, *given}):
        rows = given.get(table, [{}] if table in ("practice", "patient") else [])
        entries.append(_write(folder, table, csv_text(table, rows, snapshot), layout.column_names(table)))
    truth = {
        "layout_version": layout.LAYOUT_THIN,
        "country": snapshot.country,
        "snapshot_month": snapshot.folder,
        "collection_cutoff": snapshot.cutoff.isoformat(),
        "generated_at": f"{snapshot.cutoff}T23:00:00Z",
        "files": entries,
    }
    _save(folder, truth | manifest)
    if complete:
        (folder / MARKER).touch()
    return folder


def csv_text(table: str, rows: Iterable[Mapping[str, Any]], snapshot: Snapshot = MARCH) -> bytes:
    """A table as its file holds it before compression."""
    columns = layout.tables()[table]
    own = {"country": snapshot.country, "collectdate": f"{snapshot.cutoff:%Y%m%d}"}
    lines = ["|".join(column.name for column in columns)]
    for number, row in enumerate(rows_of(rows), start=1):
        if unknown := set(row) - {column.name for column in columns}:
            raise KeyError(f"{table} has no column {sorted(unknown)}")
        numbered = {column.name: f"{number:04d}" for column in columns if is_numbered(column)}
        filled = PLAIN | own | numbered | row
        lines.append("|".join(filled.get(column.name, "") for column in columns))
    return ("\n".join(lines) + "\n").encode()


def is_numbered(column: layout.Column) -> bool:
    """Whether rows that do not say their key are numbered by it."""
    return column.required and column.role in ("record", "consult", "staff")


def rewrite(folder: Path, table: str, text: bytes, /, *, promise: bool = True, **entry: Any) -> Path:
    """Replace a table's file by other text, and return its path.

    promise    False leaves rows and sha256 of the manifest as they were
    entry      fields that the file's entry in the manifest shall have instead
    """
    manifest = json.loads((folder / MANIFEST).read_text())
    old = next(file for file in manifest["files"] if file["table"] == table)
    header = text.partition(b"\n")[0].decode(errors="replace").rstrip("\r")
    new = _write(folder, table, text, header.split("|"))
    kept = new if promise else {"columns": old["columns"], "rows": old["rows"], "sha256": old["sha256"]}
    manifest["files"] = [file | kept | entry if file is old else file for file in manifest["files"]]
    _save(folder, manifest)
    return folder / old["path"]


def rewrite_bytes(folder: Path, table: str, data: bytes, *, promise: bool = True) -> Path:
    """Replace the compressed bytes of a table's file; the sha256 is promised, the rows stay as they were."""
    manifest = json.loads((folder / MANIFEST).read_text())
    entry = next(file for file in manifest["files"] if file["table"] == table)
    (folder / entry["path"]).write_bytes(data)
    if promise:
        entry["sha256"] = hashlib.sha256(data).hexdigest()
        _save(folder, manifest)
    return folder / entry["path"]


def amend(folder: Path, **changes: Any) -> None:
    """Change fields of the manifest."""
    _save(folder, json.loads((folder / MANIFEST).read_text()) | changes)


def file_of(folder: Path, table: str) -> Path:
    """The one file of a table."""
    return next((folder / path_of(table)).parent.glob("*.csv.gz"))


def text_of(folder: Path, table: str) -> bytes:
    """What a table's file holds."""
    return gzip.decompress(file_of(folder, table).read_bytes())


def path_of(table: str) -> str:
    """Path of a table's first file inside a delivery."""
    name = f"lookups/{table.removeprefix('lookup_')}" if table.startswith("lookup_") else table
    return f"{name}/part-000.csv.gz"


def _write(folder: Path, table: str, text: bytes, columns: list[str]) -> dict[str, Any]:
    path = folder / path_of(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text, mtime=0))
    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    return {
        "table": table,
        "path": path_of(table),
        "rows": max(lines - 1, 0),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "columns": columns,
    }


def _save(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
