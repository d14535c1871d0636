"""Prose: Markdown of our own pages as markup in the style of every page."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from thin_assets.pages.frame import Section
from thin_assets.pages.markup import Html

_CHAPTER = re.compile(r"^## +(.+)$", re.MULTILINE)
_SET_IN = re.compile(r"^ +(?=\d+\. )", re.MULTILINE)
_AFTER_A_LIST = re.compile(r"^(\d+\. .*\n)(?=[^\d\s#])", re.MULTILINE)


def prose(text: str) -> Html:
    """Markdown as markup: tables scroll by themselves, HTML stays text, links lead into the page only."""
    return Html(_renderer().render(text))


def chapters(text: str) -> tuple[Html, list[Section]]:
    """What stands before the first heading of second rank, and a section for each, as GitHub addresses it.

    The heading of first rank is left out, it is the title of the page; so is a list of contents, it has one.
    """
    body = re.sub(r"\A(<!--.*?-->\s*)?# .*\n", "", text)
    before, *parts = _CHAPTER.split(body)
    before = re.sub(r"^- \[.*\n", "", before, flags=re.MULTILINE)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return prose(before), [Section(slug(title), title.strip(), prose(told)) for title, told in pairs]


def dedented(text: str) -> str:
    """Text of circepy as Markdown means it: numbered lines are no code, and what follows them is no item.

    >>> dedented("    1. one\\nThen two\\n")
    '1. one\\n\\nThen two\\n'
    """
    return _AFTER_A_LIST.sub(r"\1\n", _SET_IN.sub("", text))


def slug(title: str) -> str:
    """Address of a heading.

    >>> slug("Practices and staff")
    'practices-and-staff'
    """
    return re.sub(r"[^\w -]", "", title.strip().lower()).replace(" ", "-")


@cache
def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>")
    markdown.add_render_rule("link_open", _link_open)
    markdown.add_render_rule("link_close", _link_close)
    return markdown


def _link_open(_renderer: object, tokens: list[Token], place: int, *_: object) -> str:
    """Pages that a text points to are not beside it: what leads into the page itself stays a link."""
    target = str(tokens[place].attrGet("href"))
    return f'<a href="{target}">' if re.fullmatch(r"#[\w-]+", target) else "<span>"


def _link_close(_renderer: object, tokens: list[Token], place: int, *_: object) -> str:
    opened = next(token for token in reversed(tokens[:place]) if token.type == "link_open")
    return "</a>" if re.fullmatch(r"#[\w-]+", str(opened.attrGet("href"))) else "</span>"
