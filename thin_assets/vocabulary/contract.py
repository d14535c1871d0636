"""What enters and leaves the vocabulary room: nine files of a bundle in, ten typed tables out."""

from dataclasses import dataclass, field

from thin_assets.cdm import spec

MAPS = "source_to_concept_map"
"""The tenth table: no bundle brings it, it is the project's own."""

REVIEWED = "reviewed"
"""Folder beside the tables with the files of the reviewed maps that were in force."""

TABLES: dict[str, dict[str, str]] = {table.name: table.duckdb_columns() for table in spec.vocabulary_tables()}
"""DuckDB type by column, by table, as the room leaves them."""

BUNDLE_TABLES: tuple[str, ...] = tuple(table for table in TABLES if table != MAPS)
"""Tables that a bundle must bring, each in a file of its own: `CONCEPT.csv`, tab-delimited, unquoted."""


@dataclass(frozen=True)
class VocabularyReport:
    """What was loaded.

    version               id of the content: release and hash; part of every build's identity
    release               the release as the bundle states it
    rows                  rows by table
    maps_without_target   rows of the project's own maps whose concept is no standard one of this bundle
    """

    version: str
    release: str
    rows: dict[str, int] = field(default_factory=dict)
    maps_without_target: int = 0
