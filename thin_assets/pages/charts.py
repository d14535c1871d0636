"""Charts as inline SVG: small pure functions from values to markup.

A drawing is 420 wide in its own units, so that its letters can be read on a phone; colours are those of
Okabe and Ito, which the colour-blind can tell apart, and no line is told by its colour alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from thin_assets.pages.markup import Html, tag
from thin_assets.pages.scale import Scale, short, ticks, top

WIDTH = 420
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b6470", "#000000")
DASHES = (None, "6 3", "2 3", "9 3 2 3", None, "6 3", "2 3", "9 3 2 3")
LEFT, RIGHT, TOP, BOTTOM = 38, 10, 10, 24

Point = tuple[float, float | None]
"""Where on the axis below, and how much; None leaves a gap."""


def drawing(title: str, description: str, *parts: Html, height: float, width: float = WIDTH) -> Html:
    """An SVG that says what it shows."""
    told = (tag("title", title), tag("desc", description))
    return tag("svg", *told, *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=title)


def lines(
    title: str,
    series: Mapping[str, Sequence[Point]],
    *,
    labels: Mapping[float, str],
    unit: str,
    height: float = 220,
    most: float | None = None,
) -> Html:
    """Lines over a common axis, from zero upwards, each with its own colour and dash, named below.

    labels    what stands at which place of the axis below
    unit      what is counted, for the description
    most      top of the scale, at which higher values are cut off; None: the largest value
    """
    legend_height = 18 * _legend_rows(series)
    places = [x for points in series.values() for x, _ in points] or list(labels)
    across = Scale(*_extent(places), LEFT, WIDTH - RIGHT)
    largest = top([y for points in series.values() for _, y in points])
    up = Scale(0, most or largest, height - BOTTOM, TOP)
    drawn = [
        tag(
            "path",
            d=broken_line(points, across, up),
            fill="none",
            stroke=color,
            stroke_width=2,
            stroke_dasharray=dash,
        )
        for points, color, dash in zip(series.values(), PALETTE, DASHES, strict=False)
    ]
    dots = [
        tag("circle", cx=across(x), cy=up(min(y, up.high)), r=2.5, fill=color)
        for points, color in zip(series.values(), PALETTE, strict=False)
        for x, y in _alone(points)
    ]
    parts = (*_up_axis(up), *_labels(labels, across, height), *drawn, *dots, *_legend(series, height))
    return drawing(title, f"{unit}: {', '.join(series)}", *parts, height=height + legend_height)


def histogram(
    title: str, bars: Mapping[str, float | None], *, unit: str, every: int = 1, height: float = 200
) -> Html:
    """Upright bars side by side: a histogram.

    every     how many bars apart the names below stand
    """
    up = Scale(0, top(list(bars.values())), height - BOTTOM, TOP)
    wide = (WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    parts = []
    for place, (name, value) in enumerate(bars.items()):
        x = LEFT + place * wide
        if value:
            tall = up(0) - up(value)
            box = {"x": x + wide * 0.08, "y": up(value), "width": wide * 0.84, "height": tall}
            parts.append(tag("rect", tag("title", f"{name}: {value:,.6g}"), **box, fill=PALETTE[0]))
        if place % every == 0:
            parts.append(_text(x + wide / 2, height - 8, name, anchor="middle"))
    return drawing(title, f"{unit}, {len(bars)} bars", *_up_axis(up), *parts, height=height)


def pyramid(
    title: str, bands: Sequence[tuple[str, float | None, float | None]], *, sides: tuple[str, str]
) -> Html:
    """Two groups back to back by band of age, youngest at the bottom; None was kept back.

    sides     names of the left and the right group
    """
    row, middle, names = 15, WIDTH / 2, 44
    height = row * len(bands) + 44
    most = top([value for _, left, right in bands for value in (left, right)])
    scale = Scale(0, most, 0, middle - names / 2 - 8)
    parts = [
        _text(middle - names / 2 - 6, 12, sides[0], anchor="end", strong=True),
        _text(middle + names / 2 + 6, 12, sides[1], anchor="start", strong=True),
    ]
    for place, (band, left, right) in enumerate(reversed(bands)):
        y = 20 + place * row
        parts.append(_text(middle, y + row - 4, band, anchor="middle"))
        parts.extend(_half(middle - names / 2, y, row, left, -scale(left or 0), PALETTE[1]))
        parts.extend(_half(middle + names / 2, y, row, right, scale(right or 0), PALETTE[0]))
    for value in ticks(0, most, 3):
        for side in (-1, 1):
            x = middle + side * (names / 2 + scale(value))
            parts.append(_text(x, height - 8, short(value), anchor="middle", soft=True))
    return drawing(title, f"{sides[0]} left, {sides[1]} right", *parts, height=height)


def _half(x: float, y: float, row: float, value: float | None, reach: float, color: str) -> list[Html]:
    box = {"x": min(x, x + reach), "y": y + 1, "width": abs(reach), "height": row - 2}
    return [tag("rect", tag("title", f"{value:,.6g}"), **box, fill=color)] if value else []


def heat(
    title: str,
    rows: Mapping[str, Sequence[float | None]],
    names: Sequence[str],
    *,
    unit: str,
    every: int = 1,
    one_scale: bool = False,
) -> Html:
    """A strip of fields for each row, darker where more; a field without a value is blank.

    names        of the fields, left to right; every n-th of them is written below
    one_scale    the same for all rows; else the darkest field of each row is its largest
    """
    largest = top([value for values in rows.values() for value in values])
    tall, left = 22, 92
    wide = (WIDTH - left - 4) / max(len(names), 1)
    parts = []
    for place, (label, values) in enumerate(rows.items()):
        y, most = 4 + place * tall, largest if one_scale else top(values)
        parts.append(_text(left - 6, y + 14, label, anchor="end"))
        for spot, value in enumerate(values):
            shown = "none" if value is None else f"{value:,.3g}"
            box = {"x": left + spot * wide, "y": y, "width": wide - 0.6, "height": tall - 3}
            parts.append(
                tag("rect", tag("title", f"{label} {names[spot]}: {shown}"), **box, fill=_shade(value, most))
            )
    height = 8 + tall * len(rows) + 16
    for spot in range(0, len(names), every):
        parts.append(_text(left + (spot + 0.5) * wide, height - 4, names[spot], anchor="middle", soft=True))
    return drawing(title, unit, *parts, height=height)


def _shade(value: float | None, most: float) -> str:
    """From almost white to dark blue; grey stripes would be read as a value, so nothing is white."""
    if value is None:
        return "#ffffff"
    share = max(0.0, min(1.0, value / most)) ** 0.7
    return "#" + "".join(f"{round(light + (dark - light) * share):02x}" for light, dark in _SHADES)


_SHADES = ((236, 8), (243, 64), (248, 129))
"""Red, green and blue at nothing and at most."""


def spread(
    low: float,
    first: float,
    middle: float,
    third: float,
    high: float,
    *,
    within: tuple[float, float],
    before: float | None = None,
    title: str,
) -> Html:
    """A strip for a cell: percentiles 10 to 90 thin, quartiles thick, the median a dot; hollow: before."""
    x = Scale(*within, 6, 174)
    parts = [
        tag("line", x1=6, x2=174, y1=9, y2=9, class_="rule"),
        tag("line", x1=x(low), x2=x(high), y1=9, y2=9, stroke=PALETTE[0], stroke_width=2),
        tag("rect", x=x(first), y=4, width=max(x(third) - x(first), 1.0), height=10, fill=PALETTE[5]),
    ]
    if before is not None:
        parts.append(tag("circle", cx=x(before), cy=9, r=5, fill="none", stroke=PALETTE[1], stroke_width=1.5))
    parts.append(tag("circle", cx=x(middle), cy=9, r=3, fill="#12304a"))
    return drawing(title, title, *parts, height=18, width=180)


def upset(
    title: str, sets: Sequence[str], combinations: Sequence[tuple[frozenset[str], float]], *, unit: str
) -> Html:
    """Bars of combinations, most frequent left, with dots below that tell what each combines."""
    left, tall, row = 92, 110, 17
    wide = (WIDTH - left - 8) / max(len(combinations), 1)
    up = Scale(0, top([value for _, value in combinations]), tall, 12)
    height = tall + 12 + row * len(sets) + 4
    parts = [
        _text(left - 6, tall + 12 + row * place + 12, name, anchor="end") for place, name in enumerate(sets)
    ]
    for spot, (members, value) in enumerate(combinations):
        x = left + (spot + 0.5) * wide
        bar = {"x": x - wide * 0.3, "y": up(value), "width": wide * 0.6, "height": tall - up(value)}
        parts.append(
            tag(
                "rect",
                tag("title", f"{' + '.join(sorted(members)) or 'none'}: {value:,.6g}"),
                **bar,
                fill=PALETTE[0],
            )
        )
        parts.append(_text(x, up(value) - 3, short(value), anchor="middle"))
        for place, name in enumerate(sets):
            dot = {"cx": x, "cy": tall + 12 + row * place + 8, "r": 4.5}
            parts.append(tag("circle", **dot, fill=PALETTE[0] if name in members else "#e3e8ee"))
    return drawing(title, unit, *parts, height=height)


def _extent(values: Sequence[float]) -> tuple[float, float]:
    return (min(values), max(values)) if values else (0, 1)


def _alone(points: Sequence[Point]) -> list[Point]:
    """Points with a gap on either side, of which no line is seen."""
    values = [None, *(y for _, y in points), None]
    return [
        point
        for point, before, after in zip(points, values, values[2:], strict=False)
        if point[1] is not None and before is None and after is None
    ]


def broken_line(points: Iterable[Point], across: Callable[[float], float], up: Scale) -> str:
    """Path of a line that is broken where a value is missing."""
    drawn, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{across(x):.1f} {up(min(y, up.high)):.1f}")
        pen = "L"
    return "".join(drawn)


def _up_axis(up: Scale) -> list[Html]:
    """Round numbers on the left with a faint rule each."""
    parts = []
    for value in ticks(up.low, up.high):
        y = up(value)
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="rule"))
        parts.append(_text(LEFT - 5, y + 4, short(value), anchor="end", soft=True))
    return parts


def _labels(labels: Mapping[float, str], across: Scale, height: float) -> list[Html]:
    """Names below the axis; the last one ends where the drawing does."""
    places = ((across(x), label) for x, label in labels.items())
    edge = WIDTH - 16
    return [
        _text(min(x, WIDTH - 2.0), height - 8, label, anchor="end" if x > edge else "middle", soft=True)
        for x, label in places
    ]


def _legend_rows(series: Mapping[str, object]) -> int:
    return -(-len(series) // 3) if len(series) > 1 else 0


def _legend(series: Mapping[str, object], height: float) -> list[Html]:
    """Three names in a row, each after a piece of its line."""
    if len(series) < 2:
        return []
    parts = []
    for place, (name, color, dash) in enumerate(zip(series, PALETTE, DASHES, strict=False)):
        x, y = LEFT + (place % 3) * 128, height + 10 + (place // 3) * 18
        line = {"x1": x, "x2": x + 22, "y1": y - 4, "y2": y - 4}
        parts.append(tag("line", **line, stroke=color, stroke_width=2.5, stroke_dasharray=dash))
        parts.append(_text(x + 27, y, name))
    return parts


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", soft: bool = False, strong: bool = False
) -> Html:
    return tag(
        "text",
        text,
        x=float(x),
        y=float(y),
        text_anchor=anchor,
        class_="soft" if soft else None,
        font_weight="600" if strong else None,
    )
