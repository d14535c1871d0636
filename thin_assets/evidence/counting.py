"""Counts and distributions in the engine, gathered in the long form of Achilles' result tables.

A distribution is made from frequencies (how often each value occurs): its percentiles are exact, its memory
is bounded by distinct values, and its sums are taken in the order of the values, so that the same rows give
the same bytes on any number of threads.
"""

import duckdb
import polars as pl

STRATA = tuple(f"stratum_{number}" for number in range(1, 6))
_STRATA = ", ".join(STRATA)
_COLUMNS = ", ".join(f"{name} varchar" for name in STRATA)


class Tally:
    """Gathers the answers to many analyses on one connection; `results` and `distributions` read them."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        con.execute(f"create or replace temp table answers (id integer, {_COLUMNS}, count_value bigint)")
        con.execute(
            f"create or replace temp table frequencies (id integer, {_COLUMNS}, value double, times bigint)"
        )

    def keep(self, name: str, query: str) -> None:
        """A temporary table that later analyses count from."""
        self.con.execute(f"create or replace temp table {name} as {query}")

    def count(self, analysis_id: int, source: str, *strata: str, value: str = "count(*)") -> None:
        """Count the rows of a source by strata; where they are values of no column, no row is counted as 0.

        source    a table, a join, or a query in brackets
        strata    expressions over the source, at most five
        value     another aggregate, for instance `sum(records)`
        """
        self.con.execute(
            f"insert into answers select {analysis_id}, {_padded(strata)}, coalesce({value}, 0)"
            f" from {source} group by all"
        )

    def distribute(self, analysis_id: int, source: str, value: str, *strata: str) -> None:
        """How a number is distributed over the rows of a source, by strata; a null is left out."""
        self.con.execute(
            f"insert into frequencies select {analysis_id}, {_padded(strata)}, {value} as v, count(*)"
            f" from {source} where {value} is not null group by all"
        )

    def results(self) -> pl.DataFrame:
        """Every count, by analysis and strata."""
        return self.con.sql("select id as analysis_id, * exclude id from answers order by all").pl()

    def distributions(self) -> pl.DataFrame:
        """Every distribution, by analysis and strata."""
        return self.con.sql(_DISTRIBUTIONS).pl()


def _padded(strata: tuple[str, ...]) -> str:
    return ", ".join([*strata, *["null"] * (len(STRATA) - len(strata))])


_DISTRIBUTIONS = f"""
with cumulated as (
    select
        *,
        sum(times) over upwards as so_far,
        sum(times) over whole as total,
        sum(value * times) over sorted / sum(times) over whole as mean
    from frequencies
    window
        whole as (partition by id, {_STRATA}),
        upwards as (partition by id, {_STRATA} order by value),
        sorted as (
            partition by id, {_STRATA} order by value
            rows between unbounded preceding and unbounded following
        )
)

select
    id as analysis_id,
    {_STRATA},
    cast(any_value(total) as bigint) as count_value,
    min(value) as min_value,
    max(value) as max_value,
    any_value(mean) as avg_value,
    sqrt(sum(times * (value - mean) * (value - mean) order by value) / nullif(any_value(total) - 1, 0))
        as stdev_value,
    min(value) filter (so_far >= 0.50 * total) as median_value,
    min(value) filter (so_far >= 0.10 * total) as p10_value,
    min(value) filter (so_far >= 0.25 * total) as p25_value,
    min(value) filter (so_far >= 0.75 * total) as p75_value,
    min(value) filter (so_far >= 0.90 * total) as p90_value
from cumulated
group by id, {_STRATA}
order by id, {_STRATA}
"""
