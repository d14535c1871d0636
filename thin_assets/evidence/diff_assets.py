"""The difference of a build to the one before it, in Dagster: written with every build, shown in counts."""

from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.build_diff import BuildDiff, compare_builds, nothing_compared, what_differs
from thin_assets.pages.figures import NOTHING, count
from thin_assets.partitions import GRID
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse

DIFF = "build_diff"
COUNTS = ("rows_before", "rows_now", "only_before", "only_now", "changed")


@dg.asset(
    key=["evidence", DIFF],
    group_name="evidence",
    partitions_def=GRID,
    deps=[["validated", "cdm"]],
    owners=["team:data-quality"],
    kinds={"duckdb"},
)
def build_diff(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
    """What the sealed build holds otherwise than the one that readers saw before it, table by table.

    Grain   one row per table; none for the first build of a partition, or where the old one is gone.

    Rule    rows are told apart by their ids, which are stable; docs/how-to/run-a-month.md
    """
    snapshot = Snapshot.of(context.partition_key)
    now, before = lake.current_build(snapshot), lake.build_before(snapshot)
    rows = nothing_compared()
    told = {"build": build_id(now), "made from other": "nothing to compare with"}
    if before is not None and lake.identity_of(before) is not None:
        with warehouse.open() as con:
            rows = compare_builds(before, now, con)
        differs = what_differs(lake.identity_of(before), lake.identity_of(now))
        told |= {"build before": build_id(before), "made from other": ", ".join(differs) or "content only"}
    require(BuildDiff, rows, name=DIFF, where=f"evidence {snapshot.key}", remedy=OUR_FAULT)
    lake.write("evidence", DIFF, snapshot, rows)
    changed = rows.filter(is_different())
    lake.report_of_build("evidence", snapshot, build_id(now), {DIFF: told | {"tables": changed.height}})
    context.log.info("diff to %s: %d tables differ", told.get("build before", "nothing"), changed.height)
    shown = {"differences": dg.MetadataValue.md(as_markdown(changed))} if changed.height else {}
    return dg.MaterializeResult(metadata={"dagster/row_count": rows.height, **told, **shown})


def is_different() -> pl.Expr:
    """Whether a table of the two builds differs."""
    return (pl.col("only_before") + pl.col("only_now") + pl.col("changed").fill_null(0)) > 0


def shown_row(row: dict) -> tuple[str, ...]:
    """A table's line for people: counts from 1 to 9 are kept back, and with them the columns they are of."""
    columns = [part.rpartition(" ") for part in row["changed_columns"].split(", ") if part]
    words = ", ".join(f"{name} {count(int(number))}" for name, _, number in columns)
    return row["cdm_table"], *(count(row[name]) for name in COUNTS), words or NOTHING


def as_markdown(rows: pl.DataFrame) -> str:
    """A table for people, a line per table of the CDM that differs."""
    heads = ("table", "rows before", "rows now", "only before", "only now", "changed", "columns")
    lines = [heads, ("---",) * len(heads), *(shown_row(row) for row in rows.iter_rows(named=True))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def compare(
    lake: Lake, warehouse: Warehouse, snapshot: Snapshot, before: str | None, now: str | None
) -> tuple[Path, Path | None, pl.DataFrame]:
    """Two builds of a partition, by default the current one and the one before it, and how they differ.

    Raises NothingSealed when a build that is named is not there.
    """
    new = lake.sealed_build(snapshot, now) if now else lake.current_build(snapshot)
    old = lake.sealed_build(snapshot, before) if before else lake.build_before(snapshot)
    if old is None:
        return new, None, nothing_compared()
    lake.sealed_build(snapshot, build_id(old))
    with warehouse.open() as con:
        return new, old, compare_builds(old, new, con)


ASSETS = [build_diff]
