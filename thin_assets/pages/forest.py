"""Forest plots: ratios of several groups with their intervals, as inline SVG."""

import math
from collections.abc import Sequence

from thin_assets.pages.charts import PALETTE, WIDTH, drawing
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.scale import Scale, short, ticks

RIGHT = 10

Line = tuple[str, float, float, float, bool]
"""Label, ratio, its interval, and whether it is the one of its group that counts most."""


def forest(
    title: str, groups: Sequence[tuple[str, Sequence[Line]]], *, unit: str = "odds ratios with 95 % intervals"
) -> Html:
    """Ratios with intervals on a scale of doublings, below the name of each group; a diamond counts most."""
    ends = [end for _, lines in groups for _, _, low, high, _ in lines for end in (low, high)]
    ends = [math.log2(end) for end in ends if 0 < end < math.inf] or [0.0]
    low, high = max(min(-1.0, *ends), -8), min(max(1.0, *ends), 8)
    across, y, parts = Scale(low, high, 96, WIDTH - RIGHT), 8.0, []
    for name, lines in groups:
        y += 16
        parts.append(tag("text", name, x=4.0, y=y, font_weight="600"))
        for line in lines:
            y += 16
            parts.extend(_interval(across, y, line))
    one = tag("line", x1=across(0), x2=across(0), y1=8, y2=y + 6, class_="rule")
    labels = [
        tag("text", short(2**value), x=across(value), y=y + 22, class_="soft", text_anchor="middle")
        for value in ticks(low, high)
    ]
    return drawing(title, unit, one, *parts, *labels, height=y + 30)


def _interval(across: Scale, y: float, line: Line) -> list[Html]:
    label, ratio, low, high, is_main = line
    start, middle, end = (across(_within(across, value)) for value in (low, ratio, high))
    color = PALETTE[1] if is_main else PALETTE[0]
    d = f"M{middle - 5:.1f} {y - 4:.1f}l5 -5 5 5 -5 5z" if is_main else _square(middle, y - 4)
    told = tag("title", f"{label}: {ratio:.2f} ({low:.2f} to {high:.2f})")
    return [
        tag("text", label, x=88.0, y=y, text_anchor="end", class_="soft"),
        tag("line", x1=start, x2=end, y1=y - 4, y2=y - 4, stroke=color, stroke_width=1.5),
        tag("path", told, d=d, fill=color),
    ]


def _within(across: Scale, value: float) -> float:
    """Place of a value; what lies beyond the drawing stands at its edge."""
    told = math.log2(value) if value > 0 else -math.inf
    return min(max(told, across.low), across.high)


def _square(x: float, y: float) -> str:
    return f"M{x - 3:.1f} {y - 3:.1f}h6v6h-6z"
