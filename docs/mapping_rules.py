"""The page of mapping rules: the rules of `tests/spec`, told to a reader instead of to a build."""

import inspect

from tests.spec.ascii_table import columns_of, rows_of
from tests.spec.story import Chapter, Rule, Story, chapters, told
from tests.spec.vocabulary import CONCEPTS, MAPS, OWN_MAPS
from thin_assets.domain.countries import COUNTRIES

_OPENING = """\
# Mapping rules

What becomes of a delivered row, told by example. Every example is a test: `pytest tests/spec` builds all
rules of a country together and compares each with the tables below. A cell that is not shown holds what an
unremarkable row holds; an expected table lists every row of the example's own patients. Concepts stand here
by name, 0 is *no standard concept*, an empty cell is null. The [vocabulary](#vocabulary-of-the-examples) at
the end is all that these builds know.
"""


def mapping_rules_page() -> str:
    """Chapters, rules, and the vocabulary in which the examples are coded."""
    parts = [_OPENING, _contents(), *(_chapter(chapter) for chapter in chapters()), _vocabulary()]
    return "\n".join(parts)


def _contents() -> str:
    return (
        "\n".join(
            f"- [{chapter.title}](#{_anchor(chapter.title)}): {len(chapter.rules)} rules"
            for chapter in chapters()
        )
        + "\n"
    )


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


def _chapter(chapter: Chapter) -> str:
    return "\n".join([f"## {chapter.title}", "", chapter.text, "", *(_rule(rule) for rule in chapter.rules)])


def _rule(rule: Rule) -> str:
    stories = told(rule)
    places = ", ".join(COUNTRIES[story.country].name for story in stories)
    where = "All countries" if len(stories) == len(COUNTRIES) else places
    sentence = rule.__name__.removeprefix("test_").replace("_", " ")
    text = " ".join(inspect.getdoc(rule).split())
    parts = [f"### {sentence[0].upper()}{sentence[1:]}", "", f"*{where}.* {text}", ""]
    for story in _distinct(stories):
        parts += [_told(story)]
    return "\n".join(parts)


def _distinct(stories: list[Story]) -> list[Story]:
    """Countries of which a rule says the same are shown once."""
    return list({str((story.tables, story.expected)): story for story in stories}.values())


def _told(story: Story) -> str:
    given = [_table(f"Given, {name}", text) for name, text in story.tables.items()]
    expected = [_table(f"Expected, `{name}`", text) for name, text in story.expected]
    return "\n".join([*given, *expected])


def _table(caption: str, text: str) -> str:
    rows = rows_of(text)
    if not columns_of(text):
        return f"{caption}: no row.\n"
    cells = [[cell or "" for cell in row.values()] for row in rows]
    return f"{caption}:\n\n{_markdown(columns_of(text), cells)}\n"


def _markdown(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _vocabulary() -> str:
    parts = [
        "## Vocabulary of the examples",
        "",
        "Concepts (S: standard), what they map to, and our own maps.",
        "",
    ]
    for text in (CONCEPTS, MAPS, OWN_MAPS):
        cells = [[cell or "" for cell in row.values()] for row in rows_of(text)]
        parts += [_markdown(columns_of(text), cells), ""]
    return "\n".join(parts)
