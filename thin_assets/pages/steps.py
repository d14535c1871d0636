"""Step curves with bands: shares that fall or rise over time, and how many they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thin_assets.pages.charts import DASHES, PALETTE, WIDTH, drawing
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.scale import Scale, ticks

LEFT, RIGHT, TOP, BASE = 52, 14, 12, 232


@dataclass(frozen=True)
class Step:
    """From `x` on a share holds, with its interval, until the next step; without ends there is no band."""

    x: float
    share: float
    low: float | None = None
    high: float | None = None


def steps(
    title: str,
    series: Mapping[str, Sequence[Step]],
    *,
    labels: Mapping[float, str],
    unit: str,
    below: Mapping[str, Mapping[float, str]] | None = None,
    most: float = 1.0,
    mark: float | None = None,
) -> Html:
    """Curves of steps from 0 to `most`, in percent, each with its own colour, dash and band; named on top.

    labels    what stands at which place of the axis below
    unit      what the axis below counts
    below     lines of numbers under the axis, such as persons at risk: by series, at places of the axis
    mark      a share at which a faint line is drawn, such as a half
    """
    far = max([*labels, *(one.x for line in series.values() for one in line), 1e-9])
    across, up = Scale(0, far, LEFT, WIDTH - RIGHT), Scale(0, most, BASE, TOP + 20)
    parts = [*_shares(up), *_places(labels, across), *_mark(mark, up)]
    styles = list(zip(series.items(), PALETTE, DASHES, strict=False))
    for (_, line), color, _ in styles:
        parts.extend(_band(line, across, up, color))
    for (name, line), color, dash in styles:
        parts.append(_stairs(name, line, across, up, color, dash))
    parts.extend(_names([(name, color, dash) for (name, _), color, dash in styles]))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, BASE + 32, unit, anchor="middle", soft=True))
    rows = [
        piece
        for place, ((name, _), color, _) in enumerate(styles)
        for piece in _numbers((below or {}).get(name), BASE + 68 + 15 * place, across, color)
    ]
    if rows:
        parts += [_text(LEFT - 46, BASE + 52, "followed", soft=True), *rows]
    height = BASE + (62 + 15 * len(series) if rows else 40)
    return drawing(title, f"{unit}: {', '.join(series)}", *parts, height=height)


def _shares(up: Scale) -> list[Html]:
    parts = []
    for share in ticks(0, up.high):
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=up(share), y2=up(share), class_="rule"))
        parts.append(_text(LEFT - 6, up(share) + 4, f"{100 * share:g} %", anchor="end", soft=True))
    return parts


def _places(labels: Mapping[float, str], across: Scale) -> list[Html]:
    return [_text(across(x), BASE + 16, label, anchor="middle", soft=True) for x, label in labels.items()]


def _mark(share: float | None, up: Scale) -> list[Html]:
    if share is None:
        return []
    line = {"x1": LEFT, "x2": WIDTH - RIGHT, "y1": up(share), "y2": up(share)}
    return [tag("line", **line, class_="axis", stroke_dasharray="1 3")]


def _band(line: Sequence[Step], across: Scale, up: Scale, color: str) -> list[Html]:
    known = [one for one in line if one.low is not None and one.high is not None]
    if len(known) < 2:
        return []
    high, low = (_corners([(one.x, end(one)) for one in known]) for end in (_high, _low))
    points = [f"{across(x):.1f} {up(min(y, up.high)):.1f}" for x, y in [*high, *reversed(low)]]
    return [tag("path", d=f"M{'L'.join(points)}Z", fill=color, fill_opacity=0.16, stroke="none")]


def _high(step: Step) -> float:
    return step.high or 0.0


def _low(step: Step) -> float:
    return step.low or 0.0


def _corners(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points of a line that stays level until the next step."""
    found = [points[0]]
    for x, y in points[1:]:
        found += [(x, found[-1][1]), (x, y)]
    return found


def _stairs(
    name: str, line: Sequence[Step], across: Scale, up: Scale, color: str, dash: str | None
) -> Html | None:
    if not line:
        return None
    corners = _corners([(one.x, one.share) for one in line])
    d = "M" + "L".join(f"{across(x):.1f} {up(min(y, up.high)):.1f}" for x, y in corners)
    told = tag("title", name)
    return tag("path", told, d=d, fill="none", stroke=color, stroke_width=2.2, stroke_dasharray=dash)


def _names(styles: Sequence[tuple[str, str, str | None]]) -> list[Html]:
    """Names side by side above the curves, each after a piece of its line."""
    parts, wide = [], (WIDTH - LEFT) / max(len(styles), 1)
    for place, (name, color, dash) in enumerate(styles):
        x = LEFT + place * wide
        line = {"x1": x, "x2": x + 20, "y1": TOP - 2, "y2": TOP - 2}
        parts.append(tag("line", **line, stroke=color, stroke_width=2.5, stroke_dasharray=dash))
        parts.append(_text(x + 25, TOP + 2, name))
    return parts


def _numbers(told: Mapping[float, str] | None, y: float, across: Scale, color: str) -> list[Html]:
    if not told:
        return []
    first = tag("circle", cx=LEFT - 40, cy=y - 4, r=4, fill=color)
    return [first, *(_text(across(x), y, number, anchor="middle") for x, number in told.items())]


def _text(x: float, y: float, text: str, *, anchor: str = "start", soft: bool = False) -> Html:
    told = {"x": float(x), "y": float(y), "text_anchor": anchor}
    return tag("text", text, **told, class_="soft" if soft else None)
