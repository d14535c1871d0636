"""A whole delivery through raw: every table unpacked aside, judged, and shown together."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from thin_assets.domain import layout
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import RowCountMismatch, TooManyRejectedRows, WrongDelivery
from thin_assets.landing.contract import Inspection
from thin_assets.raw.adopt import adopt_table
from thin_assets.raw.contract import REJECTED, arrow_schema
from thin_assets.raw.omop_contract import adopted_schema, adopted_tables
from thin_assets.raw.opt_out import LeftOut
from thin_assets.raw.pending import PendingTables
from thin_assets.raw.plan import Batch
from thin_assets.raw.pseudonymise import Pseudonymiser
from thin_assets.raw.report import RawReport, TableCounts
from thin_assets.raw.unchanged import Unchanged
from thin_assets.raw.unpack import unpack_table
from thin_assets.resources.sums import drop_table

Target = Callable[[str], Path]
"""Where the Parquet file of a raw table belongs."""

Progress = Callable[[str, int], None]
"""Told the table and how many of its delivered rows were read since the last time."""


def unpack_delivery(
    inspection: Inspection,
    snapshot: Snapshot,
    secret: bytes,
    target: Target,
    max_rejected_share: float,
    con: duckdb.DuckDBPyConnection,
    progress: Progress | None = None,
    texts: Inspection | None = None,
    opted_out: pa.Array | None = None,
    key: bytes | None = None,
) -> RawReport:
    """Every table of the layout to Parquet, and what could not be read to `rejected`.

    target                tables of the layout that were not delivered are written empty, those of another
                          layout removed: nothing of an older delivery stays
    max_rejected_share    of the rows of one table; above it `rejected` is written, and nothing else changes
    con                   any DuckDB connection; it computes, and keeps nothing
    texts                 the restricted text bundle; without one `text` is written empty
    opted_out             numbers of persons whose rows are left out, and counted among the rejected
    key                   32 bytes that encrypt every table; None: all are written plain
    Raises TooManyRejectedRows, UnreadableFile, RowCountMismatch, WrongDelivery.
    """
    for inspected in (inspection, texts) if texts else (inspection,):
        _require_inspected(inspected, snapshot)
    report = RawReport({})
    pseudonyms = Pseudonymiser(secret, snapshot.country)
    left_out = LeftOut(pa.array([], pa.int64()) if opted_out is None else opted_out)
    with PendingTables(key) as accepted, PendingTables(key) as rejected:
        rejected.open(target(REJECTED), arrow_schema(REJECTED))
        with Unchanged(inspection, texts):
            for name, table, schema, unpack, source in _tables_of(inspection, texts):
                accepted.open(target(name), schema)
                report.tables[name] = counts = TableCounts()
                for read in unpack(source, table, pseudonyms, con) if source else ():
                    batch = left_out.of(read, name, snapshot)
                    accepted.add(target(name), batch.accepted)
                    rejected.add(target(REJECTED), batch.rejected)
                    _count(counts, batch)
                    if progress:
                        progress(name, batch.accepted.num_rows + batch.rejected.num_rows)
                if source:
                    _require_all_rows(source, table, counts)
        rejected.show()
        _require_readable(inspection, report, max_rejected_share)
        accepted.show()
        for name in set(_raw_names()) - set(report.tables):
            drop_table(target(name))
    return report


def _require_inspected(inspected: Inspection, snapshot: Snapshot) -> None:
    if inspected.snapshot != snapshot or not inspected.is_current():
        raise WrongDelivery(
            "this is not the delivery that was inspected",
            where=inspected.where(),
            remedy=f"materialise landing/inspection of {snapshot.key} again, then this",
        )


def _tables_of(
    inspection: Inspection, texts: Inspection | None
) -> Iterator[tuple[str, str, pa.Schema, Callable[..., Iterator[Batch]], Inspection | None]]:
    """Raw name, delivered name, schema, reader and source of every table that the layout may deliver."""
    if inspection.layout in layout.OMOP_VERSIONS:
        for table in sorted(adopted_tables(), key=_refers_only):
            yield f"omop_{table}", table, adopted_schema(table), adopt_table, inspection
    else:
        for table in layout.tables():
            yield table, table, arrow_schema(table), unpack_table, inspection
        for table in layout.restricted_tables():
            yield table, table, arrow_schema(table), unpack_table, texts


def _refers_only(table: str) -> bool:
    """Whether a table has no person of its own: it comes after those that it may speak of."""
    return "person_id" not in adopted_schema(table).names


def _raw_names() -> list[str]:
    """Raw tables of every layout."""
    return [*layout.all_tables(), *(f"omop_{table}" for table in adopted_tables())]


def _count(counts: TableCounts, batch: Batch) -> None:
    counts.accepted += batch.accepted.num_rows
    counts.delivered += batch.accepted.num_rows + batch.rejected.num_rows
    counts.rejected.update(batch.rejected["reason"].to_pylist())
    counts.notes.update(batch.notes)
    if batch.rejected.num_rows and counts.first_rejected is None:
        first = batch.rejected.slice(0, 1).to_pylist()[0]
        counts.first_rejected = (first["source_file"], first["source_line"])


def _require_all_rows(inspection: Inspection, table: str, counts: TableCounts) -> None:
    inspected = inspection.tables.get(table, 0)
    if counts.delivered != inspected:
        raise RowCountMismatch(
            f"{table} held {inspected} rows when it was inspected, and {counts.delivered} when it was read",
            where=inspection.where(),
            remedy="a delivery must not change once its marker is written; ask the provider to resend",
        )


def _require_readable(inspection: Inspection, report: RawReport, allowed: float) -> None:
    worst = {name: counts for name, counts in report.tables.items() if counts.rejected_share > allowed}
    if not worst:
        return
    told = [
        f"{counts.rejected_rows} of {counts.delivered} rows of {name} ({_reasons(counts)})"
        for name, counts in worst.items()
    ]
    file, line = next(counts.first_rejected for counts in worst.values() if counts.first_rejected)
    raise TooManyRejectedRows(
        f"cannot read {'; '.join(told)}: more than the allowed {allowed:.1%}",
        where=f"{inspection.where(file)}, first at line {line}",
        remedy="ask the provider to repair the file; raw/rejected names every line and reason. "
        "THIN_MAX_REJECTED_SHARE sets what is allowed",
    )


def _reasons(counts: TableCounts) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.rejected.most_common())
