"""How far back each set may be looked at, window by window.

Who was observed longer has more records, ill or not: were members of a set looked at over different times,
the odds ratio would tell of their time. So
    a member observed for less than a window asks for is left out of its sets in that window;
    a set without its case, or without a control, is left out;
    the others are looked at as far back as all their remaining members were observed, and the window reaches.
"""

from collections.abc import Sequence

import polars as pl

from thin_assets.studies.scan.declared import Window

FAR = "far_{}"
"""Column of an entry: farthest day of a window that is looked at; null where the entry is left out."""

SIZE = "size_{}"
"""Column of an entry: members of its set in a window."""


def entries_of(members: pl.DataFrame, periods: pl.DataFrame, windows: Sequence[Window]) -> pl.DataFrame:
    """Every member of a set with how far back it is looked at, by person.

    members    matched sets as they leave the cohorts room
    periods    (person_id, observation_period_start_date, observation_period_end_date)
    returns    (place, set_no, person_id, index_date, is_case, observed_days) and, of each window, `FAR` and
               `SIZE`; observed_days: of observation without a gap before the index
    """
    rows = members.select("set_id", "person_id", "index_date", "is_case")
    rows = rows.join(_observed(rows, periods), on=("person_id", "index_date"), how="left")
    rows = rows.with_columns(
        pl.col("observed_days").fill_null(0), set_no=(pl.col("set_id").rank("dense") - 1).cast(pl.Int32)
    )
    for window in windows:
        rows = _in_window(rows, window)
    rows = rows.sort("person_id", "set_no").drop("set_id")
    return rows.with_row_index("place").with_columns(pl.col("place").cast(pl.Int32))


def _observed(rows: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Days of observation without a gap before the index; nobody is there who was not observed on it."""
    start, end = "observation_period_start_date", "observation_period_end_date"
    pairs = rows.select("person_id", "index_date").unique().join(periods, on="person_id")
    inside = pairs.filter(pl.col("index_date").is_between(start, end))
    days = (pl.col("index_date") - pl.col(start)).dt.total_days().cast(pl.Int32)
    return inside.group_by("person_id", "index_date").agg(days.max().alias("observed_days"))


def _in_window(rows: pl.DataFrame, window: Window) -> pl.DataFrame:
    kept = pl.col("observed_days") >= window.asked_days
    has_case = (kept & pl.col("is_case")).any().over("set_no")
    has_control = (kept & ~pl.col("is_case")).any().over("set_no")
    far = pl.col("observed_days").filter(kept).min().over("set_no").clip(upper_bound=window.to_days)
    stays = kept & has_case & has_control
    return rows.with_columns(
        pl.when(stays).then(far).cast(pl.Int32).alias(FAR.format(window.name)),
        pl.when(stays).then(kept.sum().over("set_no")).cast(pl.Int32).alias(SIZE.format(window.name)),
    )


def totals_of(entries: pl.DataFrame, windows: Sequence[Window]) -> pl.DataFrame:
    """(window, sets, cases, controls, left_out) of each window; left_out: members that were left out."""
    rows = []
    for window in windows:
        stays = entries.get_column(FAR.format(window.name)).is_not_null()
        inside = entries.filter(stays)
        cases = int(inside.get_column("is_case").sum())
        counts = (inside.get_column("set_no").n_unique(), cases, inside.height - cases)
        rows.append((window.name, *counts, entries.height - inside.height))
    names = ("sets", "cases", "controls", "left_out")
    return pl.DataFrame(rows, schema={"window": pl.String} | dict.fromkeys(names, pl.Int64), orient="row")
