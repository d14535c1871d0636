"""Trends by month: how long partitions take, how much was rejected and not mapped, which checks failed."""

from collections.abc import Callable, Mapping
from statistics import median

import polars as pl

from thin_assets.operations.facts import Facts, Partition
from thin_assets.pages.charts import Point, heat, lines
from thin_assets.pages.frame import figure, side_by_side
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table

Values = dict[str, list[float | None]]
"""By country, a value for each month of the facts; None where there is none."""


def of_partitions(facts: Facts, value: Callable[[Partition], float | None]) -> Values:
    """One value of every partition."""
    found = {(one.snapshot.country, one.snapshot.month): value(one) for one in facts.partitions}
    return {code: [found.get((code, month)) for month in facts.months] for code in facts.countries}


def minutes(facts: Facts) -> Values:
    """Minutes of the last run of each partition that built all it came to."""
    whole = (
        facts.runs.filter(pl.col("partition").is_not_null())
        .group_by("run", "partition", "started")
        .agg(pl.col("seconds").sum(), is_built=(pl.col("outcome") == "built").all())
        .filter("is_built")
        .sort("started")
        .unique("partition", keep="last", maintain_order=True)
    )
    found = dict(whole.select("partition", pl.col("seconds") / 60).iter_rows())
    return {
        code: [found.get(f"{code}|{month.isoformat()}") for month in facts.months] for code in facts.countries
    }


def rejected_percent(partition: Partition) -> float | None:
    """Rows rejected, of a hundred delivered."""
    if not partition.delivered or partition.rejected is None:
        return None
    return 100 * partition.rejected / partition.delivered


def unmapped_percent(partition: Partition) -> float | None:
    """Records without a standard concept, of a hundred."""
    return None if partition.mapped is None else 100 - partition.mapped


def trends(facts: Facts) -> Html:
    """How long, as lines of all countries together; the rest by country, darker where more."""
    return side_by_side(
        _durations(facts),
        _heat(facts, "Checks that failed", "checks", of_partitions(facts, _failed), 0),
        _heat(facts, "Rows rejected", "% of the rows delivered", of_partitions(facts, rejected_percent), 2),
        _heat(facts, "Not mapped", "% of the records", of_partitions(facts, unmapped_percent), 2),
    )


def _failed(partition: Partition) -> float | None:
    return None if partition.failed is None else float(partition.failed)


def _durations(facts: Facts) -> Html:
    by_country = minutes(facts)
    title, unit = "How long a partition takes", "minutes"
    by_month = [
        [value for values in by_country.values() if (value := values[place]) is not None]
        for place in range(len(facts.months))
    ]
    series: Mapping[str, list[Point]] = {
        "median": [(place, median(told) if told else None) for place, told in enumerate(by_month)],
        "slowest country": [(place, max(told, default=None)) for place, told in enumerate(by_month)],
    }
    drawing = lines(title, series, labels=_labels(facts), unit=unit, height=190)
    note = "Minutes, of the last run that built it."
    return figure(title, drawing, numbers=_numbers(facts, f"{title}, {unit}", by_country, 1), note=note)


def _heat(facts: Facts, title: str, unit: str, values: Values, decimals: int) -> Html:
    names = [f"{month:%Y-%m}" for month in facts.months]
    most = max((value for told in values.values() for value in told if value is not None), default=0)
    drawing = heat(title, values, names, unit=unit, every=_every(facts), one_scale=True)
    note = f"{unit[0].upper()}{unit[1:]}; darkest: {most:,.{decimals}f}. Blank: not built."
    return figure(title, drawing, numbers=_numbers(facts, f"{title}, {unit}", values, decimals), note=note)


def _every(facts: Facts) -> int:
    return max(1, -(-len(facts.months) // 6))


def _labels(facts: Facts) -> dict[float, str]:
    places = range(0, len(facts.months), _every(facts))
    return {float(place): f"{facts.months[place]:%Y-%m}" for place in places}


def _numbers(facts: Facts, caption: str, values: Values, decimals: int) -> Html:
    rows = [
        [f"{month:%Y-%m}", *(_number(values[code][place], decimals) for code in facts.countries)]
        for place, month in enumerate(facts.months)
    ]
    return table(columns("month", *(f"#{code}" for code in facts.countries)), rows, caption)


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:,.{decimals}f}"
