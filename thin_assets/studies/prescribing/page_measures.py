"""Guideline measures on the page: a chart for each, and all of them over the recent months."""

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_DENOMINATOR, SMALLEST_SHOWN
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING, is_few
from thin_assets.pages.frame import figure, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.prescribing.declared import Measure, declared
from thin_assets.studies.prescribing.drawings import monthly
from thin_assets.studies.prescribing.intervals import wilson
from thin_assets.studies.prescribing.measures import OF_TIME
from thin_assets.studies.prescribing.shown import OfKind


def measures(one: OfKind) -> Html:
    """Charts of the measures that may be shown in half of the months, and a table of all of them, pooled."""
    rows = one.table("measures")
    charts = [_chart(one, told, rows.filter(measure=told.name)) for told in declared().measures]
    heads = columns(
        "measure", "#numerator", "#denominator", "#recent months", "#95 % interval", "asked for by"
    )
    told = [_pooled(one, told, rows.filter(measure=told.name)) for told in declared().measures]
    caption = (
        f"The last {declared().recent_months} months as one: persons count in each month, so that intervals "
        "of shares of users are too narrow"
    )
    note = paragraph(
        "What a guideline advises against is sometimes right for a patient: a measure tells where to look."
    )
    return together(note, side_by_side(*filter(None, charts)), table(heads, told, caption))


def may_be_shown(numerator: float, denominator: float, kind: str) -> bool:
    """Whether a value of a month rests on enough: few with, and few without, are kept back."""
    if kind in OF_TIME:
        return numerator >= SMALLEST_SHOWN
    rest = denominator - numerator
    return (
        denominator >= SMALLEST_DENOMINATOR
        and numerator >= SMALLEST_SHOWN
        and (rest == 0 or not is_few(rest))
    )


def _chart(one: OfKind, told: Measure, rows: pl.DataFrame) -> Html | None:
    found = {row["month"]: row for row in rows.iter_rows(named=True)}
    there = [found.get(month) for month in one.months]
    shown = [
        row if row and may_be_shown(row["numerator"], row["denominator"], told.kind) else None
        for row in there
    ]
    values = [row and row["value"] for row in shown]
    if sum(value is not None for value in values) < len(values) / 2:
        return None
    band = [row and (row["value_lower"], row["value_upper"]) for row in shown]
    drawing = monthly(told.title, one.months, values, unit=told.title, band=band)
    lines = [
        (
            f"{row['month']:%Y-%m}",
            figures.number(row["value"], 1),
            _between(row["value_lower"], row["value_upper"]),
        )
        for row in shown
        if row
    ]
    numbers = table(columns("month", "#value", "#95 % interval"), lines, told.title)
    return figure(told.title, drawing, numbers=numbers)


def _pooled(one: OfKind, told: Measure, rows: pl.DataFrame) -> tuple[str, ...]:
    found = recent_value(one, told, rows)
    if found is None:
        return (told.title, *(NOTHING,) * 4, told.source)
    numerator, denominator, value, low, high = found
    counted = (figures.count(numerator), figures.number(denominator))
    return (told.title, *counted, figures.number(value, 1), _between(low, high), told.source)


def recent_value(
    one: OfKind, told: Measure, rows: pl.DataFrame
) -> tuple[int, float, float, float, float] | None:
    """Numerator, denominator, value and interval of the recent months together; None where few would be told.

    A person counts in each month: there must be a month with enough of those with, and of those without.
    """
    recent = rows.filter(pl.col("month").is_in(one.months[-declared().recent_months :]))
    if recent.is_empty():
        return None
    numerator, denominator = int(recent["numerator"].sum()), float(recent["denominator"].sum())
    rest = (recent["denominator"] - recent["numerator"]).max()
    with_enough = recent["numerator"].max() >= SMALLEST_SHOWN and (
        told.kind in OF_TIME or rest == 0 or rest >= SMALLEST_SHOWN
    )
    if not with_enough or not may_be_shown(numerator, denominator, told.kind):
        return None
    return numerator, denominator, *pooled(numerator, denominator, told.kind)


def pooled(numerator: int, denominator: float, kind: str) -> tuple[float, float, float]:
    """A value and the ends of its 95 % interval: of a rate that of Poisson, of a share that of Wilson."""
    from thin_assets.disclosure.poisson import exact_interval  # needs scipy

    if kind in OF_TIME:
        low, high = exact_interval(numerator)
        return tuple(1000 * count / denominator for count in (numerator, low, high))
    low, high = pl.select(
        *(
            end.alias(name)
            for end, name in zip(wilson(pl.lit(numerator), pl.lit(denominator)), ("low", "high"), strict=True)
        )
    ).row(0)
    return 100 * numerator / denominator, 100 * low, 100 * high


def _between(low: float, high: float) -> str:
    return f"{figures.number(low, 1)} to {figures.number(high, 1)}"
