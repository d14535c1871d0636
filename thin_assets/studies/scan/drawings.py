"""Charts of a scan: Manhattan by chapter, volcano. Pure functions from values to markup."""

import math
from collections.abc import Sequence

from thin_assets.pages.charts import PALETTE, WIDTH, drawing
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.scale import Scale, short, ticks

LEFT, RIGHT, TOP = 38, 10, 12

Dot = tuple[str, str, float, float]
"""Name, chapter, odds ratio, -log10 p."""


def manhattan(title: str, dots: Sequence[Dot], *, chapters: Sequence[str], line: float) -> Html:
    """A dot for each test, by chapter; upright triangles are risks, inverted ones the contrary.

    line    -log10 of the p that stands after Bonferroni
    """
    there = [one for one in chapters if any(chapter == one for _, chapter, _, _ in dots)]
    ordered = sorted(dots, key=lambda dot: (there.index(dot[1]), dot[0]))
    across, base = Scale(0, max(len(ordered), 1), LEFT, WIDTH - RIGHT), 200
    up = Scale(0, max([line * 1.2, *(dot[3] for dot in ordered)]), base, TOP)
    parts = [*_up_axis(up), _threshold(up(line))]
    for place, (name, chapter, ratio, high) in enumerate(ordered):
        color = PALETTE[there.index(chapter) % 2]
        parts.append(_triangle(across(place + 0.5), up(high), ratio >= 1, color, _told(name, ratio, high)))
    for one in there:
        places = [place for place, dot in enumerate(ordered) if dot[1] == one]
        x = across(sum(places) / len(places) + 0.5)
        parts.append(
            tag(
                "text", one, x=x, y=base + 8.0, class_="soft", text_anchor="end", transform=_turn(x, base + 8)
            )
        )
    told = f"-log10 p of {len(ordered)} exposures by chapter; the line is Bonferroni's"
    return drawing(title, told, *parts, height=base + 92)


def _turn(x: float, y: float) -> str:
    return f"rotate(-55 {x:.1f} {y:.1f})"


def volcano(title: str, dots: Sequence[Dot], *, line: float) -> Html:
    """Odds ratio on a scale of doublings across, -log10 p upwards."""
    far = max([1.0, *(abs(math.log2(ratio)) for _, _, ratio, _ in dots)])
    across, base = Scale(-far, far, LEFT, WIDTH - RIGHT), 220
    up = Scale(0, max([line * 1.2, *(dot[3] for dot in dots)]), base, TOP)
    parts = [*_up_axis(up), _threshold(up(line))]
    parts.append(tag("line", x1=across(0), x2=across(0), y1=TOP, y2=base, class_="rule"))
    for value in ticks(-far, far):
        label = short(2**value)
        parts.append(tag("text", label, x=across(value), y=base + 16.0, class_="soft", text_anchor="middle"))
    for name, _, ratio, high in dots:
        color = PALETTE[1] if high >= line else PALETTE[0]
        x = across(math.log2(ratio))
        parts.append(_triangle(x, up(high), ratio >= 1, color, _told(name, ratio, high)))
    return drawing(title, "odds ratio across, -log10 p upwards", *parts, height=base + 24)


def _triangle(x: float, y: float, is_up: bool, color: str, told: str) -> Html:
    d = f"M{x - 3:.1f} {y + 2:.1f}h6l-3 -5z" if is_up else f"M{x - 3:.1f} {y - 2:.1f}h6l-3 5z"
    return tag("path", tag("title", told), d=d, fill=color)


def _told(name: str, ratio: float, high: float) -> str:
    return f"{name}: odds ratio {ratio:.2f}, -log10 p {high:.1f}"


def _threshold(y: float) -> Html:
    return tag(
        "line",
        x1=LEFT,
        x2=WIDTH - RIGHT,
        y1=y,
        y2=y,
        stroke=PALETTE[1],
        stroke_width=1,
        stroke_dasharray="5 3",
    )


def _up_axis(up: Scale) -> list[Html]:
    parts = []
    for value in ticks(up.low, up.high):
        y = up(value)
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="rule"))
        parts.append(tag("text", short(value), x=LEFT - 5.0, y=y + 4, class_="soft", text_anchor="end"))
    return parts
