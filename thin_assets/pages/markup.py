"""Markup that cannot be broken by what it holds: text is escaped, unless it is markup already."""

from collections.abc import Iterable
from html import escape

_VOID = {"meta", "link", "input", "col", "br", "hr", "line", "rect", "circle", "path", "polyline"}


class Html(str):
    """A piece of finished markup."""

    __slots__ = ()


Child = str | Iterable[str] | None


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Html:
    """An element of HTML or SVG.

    children      text (escaped), markup, or several of them; None is nothing
    attributes    `class_` for class, `_` for `-`; None leaves an attribute out
    >>> tag("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = join(children)
    if name in _VOID and not inside:
        return Html(f"<{name}{told}/>")
    return Html(f"<{name}{told}>{inside}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """Pieces one after the other; text among them is escaped."""
    return Html("".join(_child(child) for child in children))


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    return escape(child, quote=False) if isinstance(child, str) else join(child)


def _value(value: str | float) -> str:
    """Coordinates with two decimals are finer than any screen, and the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
