"""What a room costs, from its runs: medians for what to expect, the highest for what to make room for."""

import polars as pl

from thin_assets.domain.rooms import ROOMS

COSTS = ("runs", "failed", "seconds", "cpu_seconds", "peak_bytes", "written_bytes", "rejected")


def costs_by_room(runs: pl.DataFrame) -> pl.DataFrame:
    """One row per room in the order of the house: `room` and `COSTS`.

    runs    rows of `operations/runs`
    Seconds, CPU seconds and bytes written are medians of rooms that were built, peak the highest of all;
    rejected is the sum of the last run of each partition.
    """
    built = pl.col("outcome") == "built"
    last = runs.sort("started").unique(["partition", "room"], keep="last", maintain_order=True)
    rejected = last.group_by("room").agg(pl.col("rejected").sum())
    costs = runs.group_by("room").agg(
        runs=pl.len(),
        failed=(~built).sum(),
        seconds=pl.col("seconds").filter(built).median(),
        cpu_seconds=pl.col("cpu_seconds").filter(built).median(),
        peak_bytes=pl.max_horizontal("peak_bytes", "child_peak_bytes").max(),
        written_bytes=pl.col("written_bytes").filter(built).median().cast(pl.Int64),
    )
    order = pl.col("room").replace_strict(list(ROOMS), list(range(len(ROOMS))), default=len(ROOMS))
    return costs.join(rejected, on="room").sort(order, "room").select("room", *COSTS)
