"""What changed in a feature table since last month: the population stability index of every covariate.

PSI = sum over bins of (share now - share before) * ln(share now / share before). One bin holds the entries
without a record; presence has one more, values have up to ten, cut where last month's deciles were. Half an
entry is added to every bin, so that an empty one has a logarithm.
"""

import csv
import datetime as dt
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import CatalogueRefused

WATCH, BLOCK = 0.1, 0.25
ENOUGH_ENTRIES = 100
"""Entries in both months from which on a change is judged: PSI of a small table is mostly chance."""

DRIFT = {
    "covariate_id": pl.Int64,
    "with_before": pl.Int64,
    "with_now": pl.Int64,
    "entries_before": pl.Int64,
    "entries_now": pl.Int64,
    "psi": pl.Float64,
    "change": pl.String,
    "status": pl.String,
    "is_acknowledged": pl.Boolean,
}


class Acknowledged(BaseModel):
    """A change that somebody has looked at, and why it may stand: a line of `acknowledged.csv`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    population: str
    country: str
    snapshot: dt.date
    covariate_id: int
    reason: str = Field(min_length=10)
    reviewed_by: str = Field(min_length=1)
    reviewed_on: dt.date


def compare_months(
    con: duckdb.DuckDBPyConnection,
    now: tuple[Path, int],
    before: tuple[Path, int] | None,
    acknowledged: frozenset[int],
) -> pl.DataFrame:
    """One row per covariate of either month, in the columns of `DRIFT`, sorted; none without a month before.

    now, before     long table of a month, and its entries
    acknowledged    covariates whose change was reviewed
    change          new, vanished, or null; status: ok, watch above 0.1, block above 0.25, few where a month
                    has fewer than `ENOUGH_ENTRIES` entries and nothing is judged
    """
    if before is None:
        return pl.DataFrame(schema=DRIFT)
    for name, (path, _) in {"ours": now, "theirs": before}.items():
        con.execute(
            f"create or replace temp view {name} as select covariate_id, value"
            f" from read_parquet('{path}', hive_partitioning = false)"
        )
    found = con.execute(_PSI, {"now": now[1], "before": before[1]}).pl()
    few = min(now[1], before[1]) < ENOUGH_ENTRIES
    psi = pl.col("psi")
    status = pl.when(psi > BLOCK).then(pl.lit("block")).when(psi > WATCH).then(pl.lit("watch"))
    return found.with_columns(
        entries_before=pl.lit(before[1]),
        entries_now=pl.lit(now[1]),
        change=pl.when(pl.col("with_before") == 0)
        .then(pl.lit("new"))
        .when(pl.col("with_now") == 0)
        .then(pl.lit("vanished")),
        status=pl.lit("few") if few else status.otherwise(pl.lit("ok")),
        is_acknowledged=pl.col("covariate_id").is_in(list(acknowledged)),
    ).select(pl.col(name).cast(kind) for name, kind in DRIFT.items())


def blocking(drift: pl.DataFrame) -> pl.DataFrame:
    """Changes that stop what follows until somebody acknowledges them."""
    return drift.filter((pl.col("status") == "block") & ~pl.col("is_acknowledged"))


def acknowledged_for(population: str, snapshot: Snapshot) -> frozenset[int]:
    """Covariates whose change was reviewed for a population in a partition."""
    mine = (population, snapshot.country, snapshot.month)
    return frozenset(
        one.covariate_id for one in _acknowledged() if (one.population, one.country, one.snapshot) == mine
    )


@cache
def _acknowledged() -> tuple[Acknowledged, ...]:
    text = files("thin_assets.features").joinpath("acknowledged.csv").read_text(encoding="utf-8")
    return read_acknowledged(text)


def read_acknowledged(text: str) -> tuple[Acknowledged, ...]:
    """The lines of a file of acknowledged changes. Raises CatalogueRefused with the line and its columns."""
    found = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            found.append(Acknowledged.model_validate(row))
        except ValidationError as error:
            columns = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
            raise CatalogueRefused(
                f"line {number}: {columns}",
                where="features/acknowledged.csv",
                remedy="every line needs a covariate, a reason of a few words, who looked and when",
            ) from error
    return tuple(found)


_PSI = """
    with edges as (
        select covariate_id, list_distinct(quantile_disc(value, [.1, .2, .3, .4, .5, .6, .7, .8, .9])) as cuts
        from theirs
        group by covariate_id
    ),
    binned as (
        select covariate_id, 1 as is_now, len(list_filter(coalesce(cuts, []), lambda cut: cut < value)) as bin
        from ours left join edges using (covariate_id)
        union all
        select covariate_id, 0, len(list_filter(cuts, lambda cut: cut < value))
        from theirs join edges using (covariate_id)
    ),
    counted as (
        select covariate_id, bin, sum(is_now) as now, count(*) - sum(is_now) as before
        from binned
        group by covariate_id, bin
    ),
    present as (
        select covariate_id, sum(now) as with_now, sum(before) as with_before, count(*) + 1 as bins
        from counted
        group by covariate_id
    ),
    bins as (
        select covariate_id, now, before from counted
        union all
        select covariate_id, $now - with_now, $before - with_before from present
    ),
    shares as (
        select
            covariate_id,
            (now + 0.5) / ($now + 0.5 * bins) as p,
            (before + 0.5) / ($before + 0.5 * bins) as q
        from bins join present using (covariate_id)
    )
    select
        covariate_id,
        any_value(with_before) as with_before,
        any_value(with_now) as with_now,
        round(sum((p - q) * ln(p / q)), 6) as psi
    from shares join present using (covariate_id)
    group by covariate_id
    order by covariate_id
"""
