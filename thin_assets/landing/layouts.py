"""The layouts we know: which tables and columns may come, must come, and how files are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from thin_assets.cdm import spec
from thin_assets.cdm.versions import tables_of
from thin_assets.domain import layout as thin
from thin_assets.domain import native
from thin_assets.domain.countries import COUNTRIES

TEXT_TABLES = frozenset({"note", "note_nlp"})
"""CDM tables made of free text: they need their own door, as THIN's text does."""


@dataclass(frozen=True)
class Shape:
    """Columns of a table: those that must be there, and those that may."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All columns that the table may have."""
        return frozenset((*self.required, *self.optional))


@dataclass(frozen=True)
class Layout:
    """One way of delivering.

    delimiters     what may separate the columns of a text file; each file has one of them
    shapes         tables that may be delivered
    expected       tables that must be
    never_empty    tables of the people and of where they are seen: without rows in them there is no delivery
    suffixes       how its files end
    spelled        how a delivered column name reads once accidents of spelling are removed
    widths         bytes of a line by table, where files have fixed-width columns and no header
    """

    name: str
    delimiters: tuple[str, ...]
    suffixes: tuple[str, ...]
    shapes: dict[str, Shape]
    expected: frozenset[str]
    never_empty: frozenset[str]
    spelled: Callable[[str], str]
    widths: Mapping[str, int] = field(default_factory=dict)


def layouts(country: str) -> dict[str, Layout]:
    """Every known layout as a country delivers it, by version."""
    known = [_thin(country), *(_omop(name, version) for name, version in thin.OMOP_VERSIONS.items())]
    if country == native.COUNTRY:
        known += [_native(name) for name in native.NATIVE_LAYOUTS]
    return {layout.name: layout for layout in known}


def text_layout() -> dict[str, Layout]:
    """The one layout of a restricted text bundle, by version."""
    shapes = {table: Shape(tuple(thin.column_names(table))) for table in thin.restricted_tables()}
    layout = Layout(
        thin.LAYOUT_TEXT,
        delimiters=("|",),
        suffixes=(".csv.gz",),
        shapes=shapes,
        expected=frozenset(shapes),
        never_empty=frozenset(),
        spelled=str,
    )
    return {layout.name: layout}


def _thin(country: str) -> Layout:
    traits = COUNTRIES[country]
    elsewhere = {table for table, trait in thin.COUNTRY_ONLY.items() if not getattr(traits, trait)}
    shapes = {
        table: Shape(tuple(thin.column_names(table))) for table in thin.tables() if table not in elsewhere
    }
    return Layout(
        thin.LAYOUT_THIN,
        delimiters=("|",),
        suffixes=(".csv.gz",),
        shapes=shapes,
        expected=frozenset(table for table in shapes if not table.startswith("lookup_")),
        never_empty=frozenset({"practice", "patient"}),
        spelled=str,
    )


def _omop(name: str, version: str) -> Layout:
    """The records of persons and the vocabulary; what analyses leave behind is no part of a delivery."""
    shapes = {
        table.name: Shape(
            tuple(field.name for field in table.fields if field.required),
            tuple(field.name for field in table.fields if not field.required),
        )
        for table in tables_of(version).values()
        if table.schema != spec.RESULTS and table.name not in TEXT_TABLES
    }
    return Layout(
        name,
        delimiters=(",", "\t"),
        suffixes=(".csv", ".csv.gz", ".parquet"),
        shapes=shapes,
        expected=frozenset({"person"}),
        never_empty=frozenset({"person"}),
        spelled=lambda name: name.strip().lower(),
    )


def _native(name: str) -> Layout:
    tables = native.native_tables(name)
    is_fixed = name == native.LAYOUT_FIXED
    return Layout(
        name,
        delimiters=("|",),
        suffixes=("",) if is_fixed else (".csv", ".csv.gz"),
        shapes={table.name: Shape(table.names) for table in tables.values()},
        expected=frozenset(table for table in tables if not table.startswith("lookup_")),
        never_empty=frozenset({"practice", "patient"}),
        spelled=lambda name: name.strip().lower(),
        widths={table.name: table.width for table in tables.values()} if is_fixed else {},
    )
