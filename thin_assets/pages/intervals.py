"""Charts of estimates: a mark for each number, and a bar for the interval that it lies in."""

from collections.abc import Iterator, Mapping, Sequence

from thin_assets.pages.charts import (
    BOTTOM,
    LEFT,
    PALETTE,
    RIGHT,
    TOP,
    WIDTH,
    broken_line,
    drawing,
)
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.scale import Scale, short, ticks, top

Estimate = tuple[float, float, float] | None
"""A number with the lower and upper end of its interval; None leaves a gap."""

_MARKS = 3


def intervals(
    title: str,
    series: Mapping[str, Sequence[Estimate]],
    names: Sequence[str],
    *,
    unit: str,
    every: int = 1,
    joined: bool = False,
    reference: tuple[float, str] | None = None,
    height: float = 220,
) -> Html:
    """Estimates side by side at each name, from zero upwards, each series with its own colour and mark.

    names        below the axis, left to right; every n-th is written
    unit         what is told, for the description
    joined       a thin line joins the marks of a series, as over time
    reference    a level that is drawn across, and what it is
    """
    ends = [one[2] for values in series.values() for one in values if one is not None]
    up = Scale(0, top([*ends, reference[0] if reference else 0]) * 1.04, height - BOTTOM, TOP)
    wide = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    parts = [*_axis(up), *_names(names, every, wide, height)]
    above = _reference(*reference, up) if reference else []
    apart = min(9.0, wide * 0.7 / max(len(series), 1))
    for number, values in enumerate(series.values()):
        aside = (number - (len(series) - 1) / 2) * apart
        places = [LEFT + (spot + 0.5) * wide + aside for spot in range(len(names))]
        if joined:
            parts.append(_line(places, values, up, number))
        parts += _estimates(places, values, names, up, number)
    legend = list(_legend(series, height)) if len(series) > 1 else []
    rows = -(-len(series) // 3) if legend else 0
    told = f"{unit}: {', '.join(series)}"
    return drawing(title, told, *parts, *above, *legend, height=height + 18 * rows)


def forest(
    title: str, rows: Mapping[str, Estimate], *, unit: str, neutral: float = 1.0, most: float | None = None
) -> Html:
    """Estimates below each other, with a rule where they say nothing; None was kept back.

    neutral    where that rule stands
    most       end of the scale, at which longer bars are cut off
    """
    tall, left = 22, 150
    ends = [one[2] for one in rows.values() if one is not None]
    across = Scale(0, most or top([*ends, neutral * 2]) * 1.04, left, WIDTH - RIGHT)
    height = tall * len(rows) + 34
    parts = [
        tag(
            "line",
            x1=across(neutral),
            x2=across(neutral),
            y1=4,
            y2=height - 26,
            class_="axis",
            stroke="#5b6470",
        )
    ]
    for place, (name, estimate) in enumerate(rows.items()):
        y = 4 + place * tall + tall / 2
        parts.append(_text(left - 8, y + 4, name, "end"))
        if estimate is None:
            parts.append(_text(across(neutral) + 6, y + 4, "too few", "start", soft=True))
            continue
        middle, low, high = (min(end, across.high) for end in estimate)
        told = tag("title", f"{name}: {estimate[0]:.2f} ({estimate[1]:.2f} to {estimate[2]:.2f})")
        parts.append(
            tag("line", x1=across(low), x2=across(high), y1=y, y2=y, stroke=PALETTE[0], stroke_width=2)
        )
        parts.append(tag("circle", told, cx=across(middle), cy=y, r=4.0, fill=PALETTE[0]))
    for value in ticks(0, across.high, 5):
        parts.append(_text(across(value), height - 8, short(value), "middle", soft=True))
    return drawing(title, unit, *parts, height=height)


def _axis(up: Scale) -> Iterator[Html]:
    for value in ticks(up.low, up.high):
        yield tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=up(value), y2=up(value), class_="rule")
        yield _text(LEFT - 5, up(value) + 4, short(value), "end", soft=True)


def _names(names: Sequence[str], every: int, wide: float, height: float) -> Iterator[Html]:
    for spot in range(0, len(names), every):
        yield _text(LEFT + (spot + 0.5) * wide, height - 8, names[spot], "middle", soft=True)


def _reference(level: float, told: str, up: Scale) -> list[Html]:
    y = up(level)
    line = tag(
        "line",
        x1=LEFT,
        x2=WIDTH - RIGHT,
        y1=y,
        y2=y,
        stroke="#5b6470",
        stroke_width=1.2,
        stroke_dasharray="2 3",
    )
    told_at = {"x": float(LEFT + 4), "y": y - 4, "class_": "soft layer"}
    return [line, tag("text", told, **told_at)]


def _line(places: Sequence[float], values: Sequence[Estimate], up: Scale, number: int) -> Html:
    middles = (None if one is None else one[0] for one in values)
    drawn = broken_line(zip(places, middles, strict=True), lambda x: x, up)
    return tag("path", d=drawn, fill="none", stroke=PALETTE[number], stroke_width=1.2, opacity=0.6)


def _estimates(
    places: Sequence[float], values: Sequence[Estimate], names: Sequence[str], up: Scale, number: int
) -> Iterator[Html]:
    for x, one, name in zip(places, values, names, strict=True):
        if one is None:
            continue
        middle, low, high = one
        yield tag("line", x1=x, x2=x, y1=up(low), y2=up(high), stroke=PALETTE[number], stroke_width=1.6)
        told = tag("title", f"{name}: {middle:,.4g} ({low:,.4g} to {high:,.4g})")
        yield _mark(x, up(middle), number, told)


def _mark(x: float, y: float, number: int, *inside: Html) -> Html:
    """A dot, a square or a diamond, so that no series is told by its colour alone."""
    color, kind = PALETTE[number % len(PALETTE)], number % _MARKS
    if kind == 0:
        return tag("circle", *inside, cx=float(x), cy=float(y), r=3.6, fill=color)
    turned = f"rotate(45 {x:.1f} {y:.1f})" if kind == 2 else None
    box = {"x": x - 3.2, "y": y - 3.2, "width": 6.4, "height": 6.4}
    return tag("rect", *inside, **box, fill=color, transform=turned)


def _legend(series: Mapping[str, object], height: float) -> Iterator[Html]:
    for place, name in enumerate(series):
        x, y = LEFT + (place % 3) * 128, height + 10 + (place // 3) * 18
        yield _mark(x + 5, y - 4, place)
        yield _text(x + 14, y, name, "start")


def _text(x: float, y: float, text: str, anchor: str, *, soft: bool = False) -> Html:
    return tag("text", text, x=float(x), y=float(y), text_anchor=anchor, class_="soft" if soft else None)
