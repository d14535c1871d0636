"""The tables and columns of OMOP CDM v5.4, read from `tables.csv` and `fields.csv` beside this file.

Types   an id of ours is a 63-bit hash, hence BIGINT; a concept id of the vocabularies fits INTEGER;
        lengths of text are not enforced by DuckDB and are kept for the dictionary only.
"""

import csv
import re
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

CLINICAL, VOCABULARY, RESULTS = "CDM", "VOCAB", "RESULTS"
"""The three schemas of the standard: records of persons, the vocabularies, and what analyses leave behind."""

_TYPES = {"date": "DATE", "datetime": "TIMESTAMP", "float": "DOUBLE"}
_CONCEPT_ID = re.compile(r"concept_id(_\d)?$")
_ID = re.compile(r"_id(_\d)?$")


@dataclass(frozen=True)
class Field:
    """One column.

    datatype     as the standard writes it: integer, float, date, datetime, varchar(50)
    required     a null breaks the standard
    fk_table     the table it refers to, with fk_field; empty for none
    fk_domain    domains that the concept it refers to must have, one of several; none: any domain
    """

    table: str
    name: str
    datatype: str
    required: bool
    primary_key: bool
    fk_table: str
    fk_field: str
    fk_domain: tuple[str, ...]
    fk_class: str

    @property
    def duckdb_type(self) -> str:
        """DuckDB type in which the column is built and judged.

        >>> [table("person").field(name).duckdb_type for name in ("person_id", "gender_concept_id")]
        ['BIGINT', 'INTEGER']
        """
        if self.datatype in _TYPES:
            return _TYPES[self.datatype]
        if self.datatype.startswith("varchar"):
            return "VARCHAR"
        return "BIGINT" if _ID.search(self.name) and not self.is_concept else "INTEGER"

    @property
    def is_concept(self) -> bool:
        """True for a column that holds a concept id."""
        return _CONCEPT_ID.search(self.name) is not None


@dataclass(frozen=True)
class Table:
    """One table with its columns in the order of the standard."""

    name: str
    schema: str
    required: bool
    description: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> list[str]:
        """Column names, in order."""
        return [field.name for field in self.fields]

    @property
    def primary_key(self) -> str | None:
        """The column that is the key; none for tables such as cdm_source or concept_ancestor."""
        return next((field.name for field in self.fields if field.primary_key), None)

    def field(self, name: str) -> Field:
        """The column of that name. Raises KeyError."""
        found = {field.name: field for field in self.fields}
        return found[name]

    def duckdb_columns(self) -> dict[str, str]:
        """DuckDB type by column name, in order."""
        return {field.name: field.duckdb_type for field in self.fields}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("thin_assets.cdm").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _field(row: dict[str, str]) -> Field:
    return Field(
        table=row["table"],
        name=row["field"].strip('"'),
        datatype=row["datatype"].lower(),
        required=row["required"] == "Yes",
        primary_key=row["primary_key"] == "Yes",
        fk_table=row["fk_table"].lower(),
        fk_field=row["fk_field"].lower(),
        fk_domain=tuple(domain.strip() for domain in row["fk_domain"].split(",") if domain),
        fk_class=row["fk_class"],
    )


def _read() -> dict[str, Table]:
    fields: dict[str, list[Field]] = {}
    for row in _rows("fields.csv"):
        fields.setdefault(row["table"], []).append(_field(row))
    described = {row["table"]: row["description"] for row in _rows("descriptions.csv")}
    return {
        row["table"]: Table(
            name=row["table"],
            schema=row["schema"],
            required=row["required"] == "Yes",
            description=described[row["table"]],
            fields=tuple(fields[row["table"]]),
        )
        for row in _rows("tables.csv")
    }


TABLES = MappingProxyType(_read())
"""Every table of the standard by name, in its order."""


def table(name: str) -> Table:
    """The table of that name. Raises KeyError."""
    return TABLES[name]


def clinical_tables() -> tuple[Table, ...]:
    """The 27 tables of records that a build holds."""
    return _of_schema(CLINICAL)


def vocabulary_tables() -> tuple[Table, ...]:
    """The 10 vocabulary tables: nine of an Athena bundle, and source_to_concept_map."""
    return _of_schema(VOCABULARY)


def results_tables() -> tuple[Table, ...]:
    """Tables that the cohorts room fills after the seal: cohort and cohort_definition."""
    return _of_schema(RESULTS)


def _of_schema(schema: str) -> tuple[Table, ...]:
    return tuple(table for table in TABLES.values() if table.schema == schema)
