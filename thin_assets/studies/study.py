"""What a study is: what it reads, one function from records to tables, and how its page is drawn.

A study runs over any country and month: nothing in it names one. Every study is a package of this room, or a
file of one's own: docs/how-to/write-your-own-study.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

import duckdb
import pandera.polars as pa
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.pages.markup import Html
from thin_assets.promises import OUR_FAULT, require

Tables = Mapping[str, pl.DataFrame]
"""Frames by name of table."""


@dataclass(frozen=True)
class Material:
    """What a study may look at: one country and month.

    con         its schema `cdm` holds the sealed build and its vocabulary as views
    members     entries of each cohort that the study asks for, as they leave the cohorts room, by name
    matched     matched sets of each cohort whose controls it asks for, likewise
    where       study and partition, for errors
    earlier     tables of other studies that it stands on, by name
    """

    snapshot: Snapshot
    con: duckdb.DuckDBPyConnection
    members: Tables
    where: str
    matched: Tables = field(default_factory=dict)
    earlier: Tables = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """What is looked at: a page, and pictures that Dagster shows beside the asset.

    page        a whole HTML file
    pictures    drawings by title, as `pages.charts` makes them; whoever may open Dagster sees them, so
                small numbers are kept back in them as on the page
    """

    page: str
    pictures: Mapping[str, Html] = field(default_factory=dict)


def design_of(package: str) -> str:
    """The design of a study in words, Markdown: `design.md` of its package."""
    return files(package).joinpath("design.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Study:
    """A study, as data.

    name        of the study: its package, its step in Dagster, and how its tables begin
    title       one line
    design      Markdown: question, definitions, denominators, statistics, source, limits; it stands in the
                reference and on the page
    tables      what it finds: a pandera model by name of table; exact counts, for the lake only
    compute     from material to a frame for every table
    draw        from snapshot and tables, its own and the earlier ones, to what is looked at; None: tables
                only
    cohorts     names of the cohorts whose members it reads
    matched     names of the cohorts whose matched sets it reads; `cohorts/matching.csv` has them
    earlier     tables of other studies that it stands on
    declared    what decides beside the code, in any words: other words are another version of the study
    """

    name: str
    title: str
    design: str
    tables: Mapping[str, type[pa.DataFrameModel]]
    compute: Callable[[Material], Tables]
    draw: Callable[[Snapshot, Tables], Drawn] | None = None
    cohorts: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    declared: str = ""

    def __post_init__(self) -> None:
        """Raises SettingsError where a name would be taken for that of another study."""
        wrong = [one for one in self.tables if not one.startswith(self.name)]
        if wrong or not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise SettingsError(
                f"tables of a study begin with its name: {', '.join(wrong) or self.name}",
                where=f"study {self.name}",
                remedy="name the study in small letters and underscores, and its tables after it",
            )

    @property
    def page(self) -> str:
        """Name of its page among the assets of the room."""
        return f"{self.name}_page"

    def found(self, material: Material) -> dict[str, pl.DataFrame]:
        """Its tables, in the order in which they are declared, held against their contracts.

        Raises BrokenRules that names columns and rules, never a value; SettingsError where one is missing.
        """
        frames = dict(self.compute(material))
        if missing := [name for name in self.tables if name not in frames]:
            raise SettingsError(
                f"its `compute` gives no table {', '.join(missing)}",
                where=material.where,
                remedy="return a frame for every table that the study declares",
            )
        for name, contract in self.tables.items():
            require(contract, frames[name], name=name, where=material.where, remedy=OUR_FAULT)
        return {name: frames[name] for name in self.tables}
