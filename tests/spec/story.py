"""What one rule says of one country: tables given, and tables expected of the CDM.

A rule is a test function whose arguments are countries: `def test_...(gb)`, or `everywhere` for all
seven. It calls `given` and `expect` and nothing else, so that it can be told twice: once to collect what
is given (every rule of a country is then built in one run of dbt), once to compare. The pages of
docs/reference are a third telling.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.spec import toc
from tests.spec.ascii_table import Row, rows_of
from tests.spec.words import DELIVERED
from thin_assets.domain.countries import COUNTRIES

EVERYWHERE = "everywhere"
Rule = Callable[..., None]


@dataclass
class Story:
    """A rule as told of one country."""

    country: str
    rule: str
    tables: dict[str, str] = field(default_factory=dict)
    expected: list[tuple[str, str]] = field(default_factory=list)

    def given(self, **tables: str) -> None:
        """Delivered rows; what a rule does not say is unremarkable (`words.PLAIN`)."""
        unknown = tables.keys() - DELIVERED.keys()
        assert not unknown, f"no delivered table is called {', '.join(unknown)}"
        assert not tables.keys() & self.tables.keys(), "a rule gives each table once"
        self.tables.update(tables)

    def expect(self, table: str, text: str) -> None:
        """All rows that a table then has of the rule's own patients, in the columns named, in any order."""
        self.expected.append((table, text))

    def rows(self, table: str) -> list[Row]:
        """Rows given of a table; persons and practices that others speak of need no row of their own."""
        if table in self.tables:
            return rows_of(self.tables[table])
        if table == "practice":
            return [{"practice": "PR1"}]
        return [{"patient": name} for name in self.patients()] if table == "patient" else []

    @property
    def practice(self) -> str:
        """Practice of every row that names none: the first."""
        return self.rows("practice")[0]["practice"]

    def patients(self) -> list[str]:
        """Names of all patients that the rule speaks of."""
        told = [row["patient"] for text in self.tables.values() for row in rows_of(text) if "patient" in row]
        return list(dict.fromkeys(told))


@dataclass(frozen=True)
class Chapter:
    """A module of rules: its docstring opens the chapter."""

    title: str
    text: str
    rules: tuple[Rule, ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Chapters and their rules, in the order in which a reader meets them."""
    return tuple(_chapter(name) for name in toc.CHAPTERS)


def _chapter(name: str) -> Chapter:
    module = importlib.import_module(f"tests.spec.test_{name}")
    title, _, text = inspect.getdoc(module).partition("\n")
    rules = [found for found in vars(module).values() if inspect.isfunction(found) and _is_rule(found)]
    return Chapter(title.rstrip("."), text.strip(), tuple(rules))


def _is_rule(function: Rule) -> bool:
    return function.__name__.startswith("test_")


def countries_of(rule: Rule) -> list[str]:
    """Codes of the countries that a rule speaks of, one story each."""
    names = list(inspect.signature(rule).parameters)
    return list(COUNTRIES) if names == [EVERYWHERE] else [name.upper() for name in names]


def told(rule: Rule) -> list[Story]:
    """The stories of a rule, one a country."""
    stories = {country: Story(country, rule.__name__) for country in countries_of(rule)}
    if list(inspect.signature(rule).parameters) == [EVERYWHERE]:
        for story in stories.values():
            rule(story)
    else:
        rule(*stories.values())
    return list(stories.values())


def stories_of(country: str) -> Iterator[Story]:
    """All stories of a country, in the order of the chapters."""
    for chapter in chapters():
        for rule in chapter.rules:
            if country in countries_of(rule):
                yield next(story for story in told(rule) if story.country == country)
