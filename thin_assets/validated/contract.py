"""What leaves validated: the promises that a CDM table keeps by itself, as pandera schemas.

They are made from the standard. Promises between tables (keys, persons, concepts) are in `rules.py`: they
need more than one table to be judged.
"""

from collections.abc import Iterator
from functools import cache

import ibis
import pandera.ibis as pandera
from pandera.api.ibis.types import IbisData

from thin_assets.cdm.spec import Field, Table, table

FIRST_BIRTH_YEAR = 1875
"""Nobody alive was born before; a delivered year below it is a code for unknown."""

_IBIS = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "DOUBLE": "float64",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp(6)",
}


@cache
def contract(name: str) -> pandera.DataFrameSchema:
    """The pandera schema of a CDM table: exactly its columns, typed, required, unique, in order of time.

    Raises KeyError for a table that the standard does not know.
    """
    spec = table(name)
    columns = {
        field.name: pandera.Column(
            ibis.dtype(_IBIS[field.duckdb_type]),
            nullable=not field.required,
            checks=list(_checks(spec, field)),
        )
        for field in spec.fields
    }
    unique = [spec.primary_key] if spec.primary_key else None
    return pandera.DataFrameSchema(columns, strict=True, unique=unique, name=name)


def _checks(spec: Table, field: Field) -> Iterator[pandera.Check]:
    if field.name == "year_of_birth":
        yield pandera.Check(_is_plausible, name="is_a_plausible_year_of_birth")
    for start, end in _periods(spec):
        if field.name == end:
            yield pandera.Check(_starts_before_it_ends, name="starts_before_it_ends", start=start)


def _periods(spec: Table) -> list[tuple[str, str]]:
    """Pairs of columns that begin and end something, dates and datetimes alike."""
    names = set(spec.columns)
    starts = {name: name.replace("_start_", "_end_") for name in spec.columns if "_start_" in name}
    dated = {"procedure_date": "procedure_end_date", "procedure_datetime": "procedure_end_datetime"}
    return [(start, end) for start, end in (starts | dated).items() if {start, end} <= names]


def _is_plausible(data: IbisData):
    return data.table[data.key] >= FIRST_BIRTH_YEAR


def _starts_before_it_ends(data: IbisData, start: str):
    return data.table[start] <= data.table[data.key]
