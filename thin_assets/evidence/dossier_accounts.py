"""From delivered rows to CDM records, as far as it may be shown: what is hidden cannot be told from the rest.

Three sums tie the numbers of a build together, and each could give a hidden one away: what was delivered is
what was loaded, collapsed and rejected; the records of a source table are its loaded rows and what one row
became twice; the rows of a CDM table are those that its source tables sent there. Persons and rows of the CDM
are told by every page: they stay, and what would tell a small number beside them is hidden instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.disclosure.solve import hide_until_unsolvable
from thin_assets.domain.disclosure import Sum, complement
from thin_assets.evidence.dossier import NO_PATIENTS
from thin_assets.pages.figures import is_few

LOADED = "loaded"
Cell = tuple[str, ...]
_LAST_TO_GO = ("fate", "delivered", "routed", "extra", "records", LOADED, "built")


@dataclass(frozen=True)
class SourceTable:
    """The account of a delivered table; None is kept back.

    delivered    rows as the provider laid them down
    loaded       rows that were carried over; collapsed and rejected ones are among the fates
    records      rows of the CDM that the loaded ones became
    extra        how many more than the loaded ones: one row, several concepts or values
    hidden       what the fates that are kept back add up to; None where that would tell what was delivered
    """

    name: str
    delivered: int | None
    loaded: int | None
    records: int | None
    extra: int | None
    hidden: int | None


@dataclass(frozen=True)
class Accounts:
    """What may be shown of the accounts of a build.

    fates      source_table, fate, reason, source_rows: as `reconciliation`, null is kept back
    routing    source_table, cdm_table, rows: as `routing`, null is kept back
    built      rows by CDM table, None is kept back; tables that nothing was sent to are derived, or empty
    """

    tables: tuple[SourceTable, ...]
    fates: pl.DataFrame
    routing: pl.DataFrame
    built: dict[str, int | None]

    def table(self, name: str) -> SourceTable | None:
        """The account of one delivered table."""
        return next((one for one in self.tables if one.name == name), None)

    def sent_to(self, cdm_table: str) -> list[str]:
        """Delivered tables with rows in a CDM table."""
        return self.routing.filter(cdm_table=cdm_table).get_column("source_table").to_list()

    @property
    def of_persons(self) -> SourceTable | None:
        """The delivered table that persons come from."""
        sources = self.sent_to("person")
        return self.table(sources[0]) if sources else None


def shown_accounts(fates: pl.DataFrame, routing: pl.DataFrame, built: Mapping[str, int]) -> Accounts:
    """Hide every number of 1 to 9, and those that sums would tell it by.

    fates, routing    the accounts `reconciliation` and `routing` of a build
    built             rows by CDM table
    """
    counts = _counts(fates, routing, built)
    hidden = _hidden(counts)
    shown = {cell: None if cell in hidden else count for cell, count in counts.items()}
    return Accounts(
        tables=tuple(_table(name, counts, shown) for name in fates["source_table"].unique().sort()),
        fates=_with(fates.drop("target_rows"), "source_rows", _fate_cells(fates), shown),
        routing=_with(routing, "rows", _routed_cells(routing), shown),
        built={table: shown["built", table] for table in built},
    )


def _counts(fates: pl.DataFrame, routing: pl.DataFrame, built: Mapping[str, int]) -> dict[Cell, int]:
    counts = dict(zip(_fate_cells(fates), fates["source_rows"], strict=True))
    for (name,), rows in fates.group_by("source_table", maintain_order=True):
        loaded = rows.filter(fate=LOADED)["source_rows"].sum()
        records = rows["target_rows"].sum()
        counts["delivered", name] = rows["source_rows"].sum()
        counts["records", name] = records
        counts["extra", name] = records - loaded
    counts |= zip(_routed_cells(routing), routing["rows"], strict=True)
    return counts | {("built", table): rows for table, rows in built.items()}


def _few(counts: Mapping[Cell, int]) -> set[Cell]:
    """Small numbers of patients, and of their records."""
    return {cell for cell, count in counts.items() if is_few(count) and NO_PATIENTS.isdisjoint(cell[1:])}


def _sums(counts: Mapping[Cell, int]) -> list[Sum]:
    """What everybody knows: each total with all of its parts."""
    routed = [cell for cell in counts if cell[0] == "routed"]
    sums: list[Sum] = []
    for name in [cell[1] for cell in counts if cell[0] == "delivered"]:
        fates = [cell for cell in counts if cell[:2] == ("fate", name)]
        loaded = [cell for cell in fates if cell[2] == LOADED]
        sent = [cell for cell in routed if cell[1] == name]
        sums += [(("delivered", name), fates), (("records", name), [*loaded, ("extra", name)])]
        sums += [(("records", name), sent)] if sent else []
    tables = sorted({cell[2] for cell in routed})
    return sums + [(("built", table), [cell for cell in routed if cell[2] == table]) for table in tables]


def _hidden(counts: Mapping[Cell, int]) -> set[Cell]:
    """Small numbers, what makes ten with them, and what keeps any of them from being solved for."""
    few, sums = _few(counts), _sums(counts)
    reasons = [(total, _open(parts, few)) for total, parts in sums if total[0] != "records"]
    hidden = complement(counts, few, reasons)
    public = {cell for cell in counts if cell[0] == "built"}
    return hide_until_unsolvable(few, hidden, sums, cost=lambda cell: _cost(cell, counts), public=public)


def _open(parts: Sequence[Cell], few: set[Cell]) -> list[Cell]:
    """Parts that may be hidden to make ten: not what was loaded, unless that is few itself."""
    return [part for part in parts if part[2] != LOADED or part in few]


def _cost(cell: Cell, counts: Mapping[Cell, int]) -> tuple:
    """Reasons go first, small before large; what was loaded goes last."""
    kind = LOADED if cell[0] == "fate" and cell[2] == LOADED else cell[0]
    return _LAST_TO_GO.index(kind), counts[cell], cell


def _table(name: str, counts: Mapping[Cell, int], shown: Mapping[Cell, int | None]) -> SourceTable:
    fates = [cell for cell in counts if cell[:2] == ("fate", name)]
    loaded = [cell for cell in fates if cell[2] == LOADED]
    hidden = sum(counts[cell] for cell in fates if shown[cell] is None)
    return SourceTable(
        name=name,
        delivered=shown["delivered", name],
        loaded=shown[loaded[0]] if loaded else 0,
        records=shown["records", name],
        extra=shown["extra", name],
        hidden=None if shown["delivered", name] is None else hidden,
    )


def _fate_cells(fates: pl.DataFrame) -> list[Cell]:
    rows = fates.select("source_table", "fate", pl.col("reason").fill_null("")).iter_rows()
    return [("fate", *row) for row in rows]


def _routed_cells(routing: pl.DataFrame) -> list[Cell]:
    return [("routed", *row) for row in routing.select("source_table", "cdm_table").iter_rows()]


def _with(
    rows: pl.DataFrame, column: str, cells: list[Cell], shown: Mapping[Cell, int | None]
) -> pl.DataFrame:
    return rows.with_columns(pl.Series(column, [shown[cell] for cell in cells], dtype=pl.Int64))
