"""Tables: rows that people scan, with bars in a cell where length says more than digits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from thin_assets.pages.markup import Html, tag


@dataclass(frozen=True)
class Column:
    """Heading of a column; numbers are set right, so that their digits stand below each other.

    note      what the heading means, shown when the pointer rests on it
    """

    name: str
    is_number: bool = False
    note: str | None = None

    @property
    def style(self) -> str | None:
        """Class of its cells."""
        return "number" if self.is_number else None


def columns(*names: str) -> list[Column]:
    """Columns by name; a name that begins with `#` is of numbers.

    >>> [column.is_number for column in columns("table", "#records")]
    [False, True]
    """
    return [Column(name.lstrip("#"), name.startswith("#")) for name in names]


def table(heads: Sequence[Column], rows: Iterable[Sequence[str]], caption: str) -> Html:
    """A table; the first cell of a row is its heading. It scrolls by itself where the screen is narrow."""
    head = tag(
        "tr",
        [tag("th", column.name, scope="col", class_=column.style, title=column.note) for column in heads],
    )
    body = [_row(heads, row) for row in rows]
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body))
    return tag("div", whole, class_="scroll", role="region", aria_label=caption, tabindex="0")


def _row(heads: Sequence[Column], cells: Sequence[str]) -> Html:
    first, *others = zip(heads, cells, strict=True)
    return tag(
        "tr",
        tag("th", first[1], scope="row", class_=first[0].style),
        [tag("td", cell, class_=column.style) for column, cell in others],
    )


def bar(share: float, *, before: float | None = None, color: str = "var(--blue)") -> Html:
    """A bar in a cell.

    share     from 0 to 1 of the longest bar
    before    where the bar ended the time before: a thin mark
    """
    mark = None if before is None else tag("i", "", style=f"left:{100 * _within(before):.1f}%")
    filled = tag("b", "", style=f"width:{100 * _within(share):.1f}%;background:{color}")
    return tag("span", filled, mark, class_="bar", aria_hidden="true")


def _within(share: float) -> float:
    return max(0.0, min(1.0, share))


def flag(text: str, *, kind: str = "watch") -> Html:
    """A short word that asks for attention: kind `good`, `watch` or `bad`; the word says it too."""
    return tag("span", text, class_=f"flag {kind}")
