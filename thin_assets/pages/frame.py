"""The frame of a page: head, style, contents, sections, figures with their numbers beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from thin_assets.pages.markup import Child, Html, join, tag


@dataclass(frozen=True)
class Section:
    """One part of a page, with an address of its own.

    key     short word for the address: `#observation`
    """

    key: str
    title: str
    body: Html


def page(
    title: str,
    lead: Child,
    sections: Sequence[Section],
    *,
    kicker: str,
    foot: Child = None,
    head: Child = None,
    above: Child = None,
) -> str:
    """A whole HTML file: nothing is loaded from elsewhere, nothing runs, unless `head` says so.

    kicker    what kind of page it is, above the title
    lead      what a reader should know first
    head      further elements of the head, before the style
    above     what stands before all else: the way to the other pages of a site
    """
    whole_head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        head,
        tag("style", Html(style())),
    )
    header = tag(
        "header", tag("p", kicker, class_="kicker"), tag("h1", title), tag("div", lead, class_="lead")
    )
    contents = tag(
        "nav",
        tag("ul", [tag("li", tag("a", one.title, href=f"#{one.key}")) for one in sections]),
        aria_label="Contents",
    )
    main = tag("main", map(_section, sections), id="main")
    body = tag("body", above, header, contents if sections[1:] else None, main, tag("footer", foot))
    return "<!doctype html>\n" + tag("html", whole_head, body, lang="en") + "\n"


def style() -> str:
    """The style sheet of every page."""
    return files("thin_assets.pages").joinpath("style.css").read_text(encoding="utf-8")


def _section(section: Section) -> Html:
    return tag("section", tag("h2", section.title), section.body, id=section.key)


def figure(title: str, drawing: Html, *, numbers: Html | None = None, note: Child = None) -> Html:
    """A chart with its title, what to know when reading it, and its numbers as a table that opens."""
    told = tag("figcaption", tag("strong", title), None if note is None else tag("span", note))
    behind = None if numbers is None else tag("details", tag("summary", "The numbers"), numbers)
    return tag("figure", told, drawing, behind)


def side_by_side(*parts: Html) -> Html:
    """Figures beside each other where the screen is wide, below each other where it is not."""
    return tag("div", parts, class_="grid")


@dataclass(frozen=True)
class Tile:
    """One figure in large: what, how much, and a line below it."""

    label: str
    value: str
    below: str = ""


def tiles(found: Iterable[Tile]) -> Html:
    """The few figures that a reader looks for first."""
    return tag(
        "dl",
        [
            tag("div", tag("dt", one.label), tag("dd", one.value), tag("dd", one.below, class_="below"))
            for one in found
        ],
        class_="tiles",
    )


def paragraph(*pieces: Child, class_: str | None = None) -> Html:
    """A paragraph of text and markup."""
    return tag("p", *pieces, class_=class_)


def bullets(items: Iterable[Child]) -> Html:
    """A list of points."""
    return tag("ul", [tag("li", item) for item in items], class_="points")


def together(*parts: Child) -> Html:
    """Parts one after the other."""
    return join(parts)
