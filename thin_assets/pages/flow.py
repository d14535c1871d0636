"""Sankey drawings: how many go from what to what, in columns from left to right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thin_assets.pages.charts import PALETTE, WIDTH, drawing
from thin_assets.pages.markup import Html, tag

BAR, SPACE, TOP, TALL = 10, 14, 30, 300


@dataclass(frozen=True)
class Flow:
    """So many go from one thing of a column to one of the next; flows of one `kind` have one colour."""

    column: int
    start: str
    end: str
    value: float
    kind: str


@dataclass(frozen=True)
class _Box:
    """Where a thing stands: its top, its height, and how much of it is taken on either side."""

    y: float
    height: float


Place = tuple[int, str]


def sankey(
    title: str, heads: Sequence[str], order: Sequence[Sequence[str]], flows: Sequence[Flow], *, unit: str
) -> Html:
    """Columns of things, and bands between them as broad as what goes from one to the other.

    heads    what stands above each column
    order    the things of each column from top to bottom; what no flow touches is left out
    unit     what is counted, for the description
    """
    sizes = _sizes(flows, len(order))
    columns = [[name for name in names if (place, name) in sizes] for place, names in enumerate(order)]
    boxes = _boxes(columns, sizes)
    x = [_across(place, len(order)) for place in range(len(order))]
    colors = dict(zip(dict.fromkeys(one.kind for one in flows), PALETTE, strict=False))
    parts = [*_bands(flows, order, boxes, x, sizes, colors), *_bars(columns, boxes, x, sizes)]
    tops = [_text(x[place], 14, head, place, len(order), "soft") for place, head in enumerate(heads)]
    return drawing(title, f"{unit}, in {len(order)} columns", *tops, *parts, height=TOP + TALL + 10)


def _sizes(flows: Sequence[Flow], count: int) -> dict[Place, float]:
    """How much goes through each thing: what comes, or what leaves, whichever is more."""
    comes: dict[Place, float] = {}
    leaves: dict[Place, float] = {}
    for one in flows:
        leaves[one.column, one.start] = leaves.get((one.column, one.start), 0) + one.value
        comes[one.column + 1, one.end] = comes.get((one.column + 1, one.end), 0) + one.value
    names = [key for key in {**leaves, **comes} if key[0] < count]
    return {key: max(comes.get(key, 0), leaves.get(key, 0)) for key in names}


def _boxes(columns: Sequence[Sequence[str]], sizes: Mapping[Place, float]) -> dict[Place, _Box]:
    """Boxes of one scale in every column, each column in the middle."""
    scale = min(
        (
            (TALL - SPACE * (len(names) - 1)) / total
            for place, names in enumerate(columns)
            if (total := sum(sizes[place, name] for name in names))
        ),
        default=0.0,
    )
    found = {}
    for place, names in enumerate(columns):
        tall = sum(sizes[place, name] for name in names) * scale + SPACE * max(len(names) - 1, 0)
        y = TOP + (TALL - tall) / 2
        for name in names:
            height = sizes[place, name] * scale
            found[place, name] = _Box(y, height)
            y += height + SPACE
    return found


def _across(place: int, count: int) -> float:
    return 4 + place * (WIDTH - 8 - BAR) / max(count - 1, 1)


def _bands(
    flows: Sequence[Flow],
    order: Sequence[Sequence[str]],
    boxes: Mapping[Place, _Box],
    x: Sequence[float],
    sizes: Mapping[Place, float],
    colors: Mapping[str, str],
) -> list[Html]:
    """Bands from thing to thing; at both ends they keep the order of what they lead to."""
    leaving: dict[Place, float] = {}
    arriving: dict[Place, float] = {}
    ranks = [{name: rank for rank, name in enumerate(names)} for names in order]
    parts = []
    for one in sorted(
        flows, key=lambda one: (one.column, ranks[one.column][one.start], ranks[one.column + 1][one.end])
    ):
        here, there = (one.column, one.start), (one.column + 1, one.end)
        wide = boxes[here].height * one.value / sizes[here]
        start = boxes[here].y + leaving.get(here, 0.0)
        end = boxes[there].y + arriving.get(there, 0.0)
        leaving[here], arriving[there] = leaving.get(here, 0.0) + wide, arriving.get(there, 0.0) + wide
        told = tag("title", f"{one.start} → {one.end}: {one.value:,.6g}")
        d = _ribbon(x[one.column] + BAR, start, x[one.column + 1], end, wide)
        parts.append(tag("path", told, d=d, fill=colors[one.kind], fill_opacity=0.42, stroke="none"))
    return parts


def _ribbon(left: float, start: float, right: float, end: float, wide: float) -> str:
    middle = (left + right) / 2
    forth = f"M{left:.1f} {start:.1f}C{middle:.1f} {start:.1f} {middle:.1f} {end:.1f} {right:.1f} {end:.1f}"
    low, high = end + wide, start + wide
    return f"{forth}V{low:.1f}C{middle:.1f} {low:.1f} {middle:.1f} {high:.1f} {left:.1f} {high:.1f}Z"


def _bars(
    columns: Sequence[Sequence[str]],
    boxes: Mapping[Place, _Box],
    x: Sequence[float],
    sizes: Mapping[Place, float],
) -> list[Html]:
    parts = []
    for place, names in enumerate(columns):
        for name in names:
            box = boxes[place, name]
            bar = {"x": x[place], "y": box.y, "width": BAR, "height": max(box.height, 1.0)}
            parts.append(tag("rect", **bar, fill=PALETTE[6]))
            told = f"{name} {sizes[place, name]:,.6g}"
            parts.append(_text(x[place], box.y + box.height / 2 + 4, told, place, len(columns), "layer"))
    return parts


def _text(x: float, y: float, text: str, place: int, count: int, style: str) -> Html:
    """Words beside a column: to its right in the first, to its left in the last, over it between."""
    told = {"y": y, "class_": style, "stroke_linejoin": "round"}
    if place == 0:
        return tag("text", text, x=x + BAR + 4, **told)
    if place == count - 1:
        return tag("text", text, x=x - 4, text_anchor="end", **told)
    return tag("text", text, x=x + BAR / 2, text_anchor="middle", **told)
