"""Drawings of monthly series: a chart with interval and changes of level, and a line for a table."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from thin_assets.pages.charts import BOTTOM, LEFT, PALETTE, RIGHT, TOP, WIDTH, broken_line, drawing
from thin_assets.pages.figures import month as month_in_words
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.scale import Scale, short, ticks, top

Values = Sequence[float | None]
"""One value a month, oldest first; None leaves a gap."""


def monthly(
    title: str,
    months: Sequence[dt.date],
    values: Values,
    *,
    unit: str,
    band: Sequence[tuple[float, float] | None] = (),
    changes: Sequence[dt.date] = (),
    height: float = 150,
) -> Html:
    """A series from zero upwards.

    band       interval of each month, drawn as a pale ribbon
    changes    first months of a new level, drawn as upright lines
    """
    # a wide interval of a single month shall not flatten the series
    most = min(2 * top(values), top([*values, *(pair[1] for pair in band if pair)]))
    across = Scale(0, max(len(months) - 1, 1), LEFT, WIDTH - RIGHT)
    up = Scale(0, most, height - BOTTOM, TOP)
    parts = [
        *_axis(up),
        *_months(months, across, height),
        *_ribbon(band, across, up),
        *(_change(months, month, across, height) for month in changes),
        tag(
            "path",
            d=broken_line(enumerate(values), across, up),
            fill="none",
            stroke=PALETTE[0],
            stroke_width=2,
        ),
        *_alone(values, across, up),
    ]
    return drawing(title, f"{unit}, {len(months)} months", *parts, height=height)


def spark(title: str, values: Values, changes: Sequence[int] = ()) -> Html:
    """A line without axes, from zero upwards, with a dot at its end and a mark where the level changes."""
    across, up = Scale(0, max(len(values) - 1, 1), 4, 170), Scale(0, top(values), 24, 4)
    marks = [
        tag("line", x1=across(place), x2=across(place), y1=2, y2=26, stroke=PALETTE[1], stroke_width=1.5)
        for place in changes
    ]
    line = tag(
        "path",
        d=broken_line(enumerate(values), across, up),
        fill="none",
        stroke=PALETTE[0],
        stroke_width=1.8,
    )
    ends = [(place, value) for place, value in enumerate(values) if value is not None][-1:]
    dots = [tag("circle", cx=across(place), cy=up(value), r=2.6, fill=PALETTE[0]) for place, value in ends]
    base = tag("line", x1=4, x2=170, y1=26, y2=26, class_="rule")
    return drawing(title, title, base, *marks, line, *dots, height=30, width=180)


def _axis(up: Scale) -> Iterator[Html]:
    for value in ticks(0, up.high, 3):
        y = up(value)
        yield tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="rule")
        yield tag("text", short(value), x=float(LEFT - 5), y=y + 4, text_anchor="end", class_="soft")


def _months(months: Sequence[dt.date], across: Scale, height: float) -> Iterator[Html]:
    for place, month in enumerate(months):
        if month.month in (1, 7):
            label = f"{month_in_words(month)[:3]} {month.year}"
            yield tag("text", label, x=across(place), y=height - 8, text_anchor="middle", class_="soft")


def _ribbon(band: Sequence[tuple[float, float] | None], across: Scale, up: Scale) -> Iterator[Html]:
    """One shape for each run of months that have an interval."""
    run: list[tuple[int, tuple[float, float]]] = []
    for place, pair in enumerate([*band, None]):
        if pair is not None:
            run.append((place, pair))
            continue
        if run:
            above = [f"{across(x):.1f} {up(min(high, up.high)):.1f}" for x, (_, high) in run]
            below = [f"{across(x):.1f} {up(min(low, up.high)):.1f}" for x, (low, _) in reversed(run)]
            yield tag("path", d=f"M{'L'.join(above + below)}Z", fill=PALETTE[5], opacity=0.35)
        run = []


def _change(months: Sequence[dt.date], month: dt.date, across: Scale, height: float) -> Html:
    x = across(list(months).index(month) - 0.5)
    told = tag("title", f"new level from {month_in_words(month)}")
    line = tag("line", told, x1=x, x2=x, y1=TOP, y2=height - BOTTOM, stroke=PALETTE[1], stroke_width=1.5)
    return tag("g", line)


def _alone(values: Values, across: Scale, up: Scale) -> Iterator[Html]:
    """Months with a gap on either side, of which no line is seen."""
    around = [None, *values, None]
    for place, value in enumerate(values):
        if value is not None and around[place] is None and around[place + 2] is None:
            yield tag("circle", cx=across(place), cy=up(min(value, up.high)), r=2.2, fill=PALETTE[0])


def intervals(title: str, values: Mapping[str, tuple[float, float, float] | None]) -> Html:
    """A row for each name: value as a dot, its interval as a line; a row without a value was kept back."""
    row, left = 22, 104
    most = top([high for high in (value and value[2] for value in values.values()) if high])
    across = Scale(0, most, left, WIDTH - RIGHT)
    height = row * len(values) + 26
    parts = []
    for tick in ticks(0, most, 4):
        x = across(tick)
        parts.append(tag("line", x1=x, x2=x, y1=2, y2=height - 20, class_="rule"))
        parts.append(tag("text", short(tick), x=x, y=height - 6.0, text_anchor="middle", class_="soft"))
    for place, (name, value) in enumerate(values.items()):
        y = row * place + 13
        parts.append(tag("text", name, x=left - 6.0, y=y + 4.0, text_anchor="end"))
        if value is None:
            parts.append(tag("text", "kept back", x=left + 4.0, y=y + 4.0, class_="soft"))
            continue
        middle, low, high = value
        line = {"x1": across(low), "x2": across(high), "y1": y, "y2": y}
        parts.append(tag("line", **line, stroke=PALETTE[5], stroke_width=5))
        parts.append(
            tag("circle", tag("title", f"{middle:,.1f}"), cx=across(middle), cy=y, r=4, fill=PALETTE[0])
        )
    return drawing(title, f"{title}: value and 95 % interval by country", *parts, height=height)
