"""What leaves landing: the description of a delivery that was let in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DeliveryIncomplete
from thin_assets.landing.arrivals import MANIFEST
from thin_assets.resources.sums import sum_of

DELIVERIES, TEXTS = "deliveries", "texts"
"""What errors call the folder of all deliveries, and that of all restricted text bundles."""


@dataclass(frozen=True)
class DeliveredFile:
    """One data file of a delivery.

    name       path relative to the delivery's folder, as the manifest spells it
    columns    column names in the order of the file, as the layout spells them
    rows       records without the header
    delimiter  what separates its columns; of no meaning for Parquet
    sha256     of its bytes
    """

    table: str
    name: str
    path: Path
    columns: tuple[str, ...]
    rows: int
    delimiter: str
    sha256: str

    def is_as_inspected(self) -> bool:
        """Whether the file still lies there with the bytes that were inspected."""
        return self.path.is_file() and sum_of(self.path) == self.sha256


@dataclass(frozen=True)
class Inspection:
    """A delivery whose outside was found in order.

    delivery_id    sha256 of the manifest's bytes: the same delivery has the same id wherever it lies
    generated_at   when the provider wrote it, as the manifest says (ISO 8601)
    origin         who holds the records and what wrote them, as the manifest says
    root           folder of all deliveries of its kind, as errors name it
    """

    snapshot: Snapshot
    layout: str
    delivery_id: str
    generated_at: str
    folder: Path
    files: tuple[DeliveredFile, ...]
    origin: Mapping[str, str] = field(default_factory=dict)
    root: str = DELIVERIES

    @property
    def tables(self) -> dict[str, int]:
        """Delivered rows by table, over all its files."""
        rows: dict[str, int] = {}
        for file in self.files:
            rows[file.table] = rows.get(file.table, 0) + file.rows
        return rows

    def as_record(self) -> dict[str, Any]:
        """What a later room needs to read the delivery, as JSON: names, columns, counts, no value."""
        files = [
            {
                **{name: getattr(file, name) for name in ("table", "name", "rows", "delimiter", "sha256")},
                "columns": list(file.columns),
            }
            for file in self.files
        ]
        return {
            "delivery": self.delivery_id,
            "layout": self.layout,
            "generated_at": self.generated_at,
            "origin": dict(self.origin),
            "rows": sum(self.tables.values()),
            "tables": self.tables,
            "files": files,
        }

    @classmethod
    def from_record(
        cls, record: dict[str, Any] | None, folder: Path, snapshot: Snapshot, root: str = DELIVERIES
    ) -> Self:
        """The inspection behind a record. Raises DeliveryIncomplete when there is none."""
        if record is None:
            raise DeliveryIncomplete(
                "the delivery was not inspected",
                where=place(snapshot),
                remedy="materialise landing/inspection of this partition first",
            )
        files = tuple(
            DeliveredFile(
                **{name: file[name] for name in ("table", "name", "rows", "delimiter", "sha256")},
                path=folder / file["name"],
                columns=tuple(file["columns"]),
            )
            for file in record["files"]
        )
        told = (record[name] for name in ("layout", "delivery", "generated_at"))
        return cls(snapshot, *told, folder, files, record.get("origin", {}), root)

    def is_current(self) -> bool:
        """Whether the folder still holds the delivery that was inspected."""
        manifest = self.folder / MANIFEST
        return manifest.is_file() and hashlib.sha256(manifest.read_bytes()).hexdigest() == self.delivery_id

    def changed_files(self) -> list[str]:
        """Names of the files that are gone, or whose bytes are no longer those that were inspected."""
        changed = [file.name for file in self.files if not file.is_as_inspected()]
        return changed if self.is_current() else [*changed, MANIFEST]

    def files_of(self, table: str) -> list[DeliveredFile]:
        """The files of a table in the order of the manifest; none when it was not delivered."""
        return [file for file in self.files if file.table == table]

    def where(self, name: str = "") -> str:
        """How an error names the delivery, or a file of it."""
        return place(self.snapshot, name, self.root)


def place(snapshot: Snapshot, name: str = "", root: str = DELIVERIES) -> str:
    """How an error names a delivery, or a file of it: below the home, never a path of the machine."""
    return "/".join(part for part in (root, snapshot.country, snapshot.folder, name) if part)
