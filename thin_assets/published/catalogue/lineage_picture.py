"""The picture of a lineage: tables as boxes in layers, from the delivery above to the product below."""

from collections.abc import Iterator
from dataclasses import dataclass

from thin_assets.pages.charts import PALETTE, WIDTH, drawing
from thin_assets.pages.markup import Html, tag
from thin_assets.published.declared.lineage import Graph

BOX, GAP, ROW, TITLE, BETWEEN = 22, 8, 30, 20, 34
"""Height of a box, space between boxes, height of a row of boxes, of a layer's name, and between layers."""

_LETTER = 6.0
"""Width of a letter of 11 units, a little more than it has."""


@dataclass(frozen=True)
class Box:
    """A table in its place."""

    name: str
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """Where its edges begin and end."""
        return self.x + self.width / 2


def draw_graph(title: str, graph: Graph) -> Html:
    """The graph as a drawing: every edge leads downwards."""
    places, labels, height = _lay_out(graph)
    edges = [_edge(places[source], places[target]) for source, target in graph.edges]
    boxes = [
        part
        for number, (_, tables) in enumerate(graph.layers)
        for name in tables
        for part in _box(places[name], PALETTE[number % 5])
    ]
    told = f"{len(places)} tables in {len(graph.layers)} layers, {len(graph.edges)} edges"
    return drawing(title, told, *edges, *labels, *boxes, height=height)


def _lay_out(graph: Graph) -> tuple[dict[str, Box], list[Html], float]:
    """Places of the tables, names of the layers, and the height of all."""
    places: dict[str, Box] = {}
    labels, y = [], 4.0
    for label, tables in graph.layers:
        labels.append(tag("text", label, x=4.0, y=y + 11, class_="soft layer"))
        y += TITLE
        for row in _rows(tables):
            x = (WIDTH - sum(_width(name) for name in row) - GAP * (len(row) - 1)) / 2
            for name in row:
                places[name] = Box(name, x, y, _width(name))
                x += _width(name) + GAP
            y += ROW
        y += BETWEEN
    return places, labels, y - BETWEEN


def _rows(tables: tuple[str, ...]) -> Iterator[list[str]]:
    """Tables in rows that fit the width."""
    row: list[str] = []
    for name in tables:
        if row and sum(map(_width, row)) + _width(name) + GAP * len(row) > WIDTH - 8:
            yield row
            row = []
        row.append(name)
    yield row


def _width(name: str) -> float:
    return min(WIDTH - 8.0, _LETTER * len(_short(name)) + 16)


def _short(name: str) -> str:
    """The table without its room, which the layer tells."""
    return name.partition("/")[2]


def _box(box: Box, color: str) -> tuple[Html, Html]:
    frame = {"x": box.x, "y": box.y, "width": box.width, "height": float(BOX), "rx": 4}
    return (
        tag("rect", tag("title", box.name), **frame, class_="box", stroke=color, stroke_width=1.5),
        tag("text", _short(box.name), x=box.middle, y=box.y + 15, text_anchor="middle"),
    )


def _edge(source: Box, target: Box) -> Html:
    """A soft curve from the lower edge of one to the upper edge of the other."""
    top, bottom = source.y + BOX, target.y
    bend = (bottom - top) / 2
    path = (
        f"M{source.middle:.1f} {top:.1f}C{source.middle:.1f} {top + bend:.1f} "
        f"{target.middle:.1f} {bottom - bend:.1f} {target.middle:.1f} {bottom:.1f}"
    )
    return tag("path", d=path, class_="edge", fill="none")
