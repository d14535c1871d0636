"""From which fields a column comes: of the product, back to the CDM, and from there to the delivered tables.

`lineage.csv` says which fields of the CDM and of the cohort a column of a source table reads.
`source_lineage.csv` says which delivered columns a field of the CDM comes from; it is written by
`python -m docs.column_lineage`, from the queries of the dbt project.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from thin_assets.published.declared.product import Product

COHORT, PARTITION = "cohort", "partition"
"""What is no table of the CDM: the cohort of the product, and the partition that is built."""

Field = tuple[str, str]
"""Table and column."""


@dataclass(frozen=True)
class Origin:
    """Where a column of a product comes from.

    reads        fields of the CDM and of the cohort, in the order of the declaration
    delivered    columns of the THIN-like layout that those fields come from, sorted
    how          in words; None where nobody has declared it
    """

    column: str
    reads: tuple[Field, ...]
    delivered: tuple[Field, ...]
    how: str | None


def origins(product: Product) -> list[Origin]:
    """The origin of every column, in the order of the product."""
    return origins_of(product.source, [column.name for column in product.columns])


def origins_of(source: str, columns: Iterable[str]) -> list[Origin]:
    """The origin of columns of a source table, such as `features/lung_cancer_matched`."""
    return [_origin(source, column) for column in columns]


def _origin(source: str, column: str) -> Origin:
    room = source.split("/")[0]
    found = _declared().get((source, column)) or _declared().get((room, column))
    reads, how = found or ((), None)
    return Origin(column, reads, tuple(sorted(set(_delivered(reads)))), how)


def _delivered(reads: Iterable[Field]) -> Iterable[Field]:
    return (source for field in reads for source in delivered_of().get(field, ()))


@cache
def _declared() -> dict[Field, tuple[tuple[Field, ...], str]]:
    """What columns read, and how, by source table (or room) and column."""
    return {
        (row["source"], row["column"]): (tuple(map(_field, row["reads"].split())), row["how"])
        for row in _rows("lineage.csv")
    }


@cache
def delivered_of() -> dict[Field, tuple[Field, ...]]:
    """Delivered columns behind each field of the CDM; a field that is filled from none has no entry."""
    found: dict[Field, tuple[Field, ...]] = {}
    for row in _rows("source_lineage.csv"):
        field = row["cdm_table"], row["cdm_field"]
        found[field] = (*found.get(field, ()), (row["source_table"], row["source_column"]))
    return found


def _field(text: str) -> Field:
    table, _, column = text.partition(".")
    return table, column


def _rows(name: str) -> list[dict[str, str]]:
    text = files("thin_assets.published.declared").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Graph:
    """The way of the data in tables: layers from the delivery to the product, and which table reads which."""

    layers: tuple[tuple[str, tuple[str, ...]], ...]
    edges: tuple[tuple[str, str], ...]


def graph_of(product: Product) -> Graph:
    """Tables behind a product, by room, as far as it is declared; names are `room/table`."""
    found = origins(product)
    fields = sorted({field for origin in found for field in origin.reads if field[0] != PARTITION})
    tables = sorted({table for table, _ in fields if table != COHORT})
    cohorts = [f"cohorts/{product.cohort or COHORT}"] if any(table == COHORT for table, _ in fields) else []
    raw = sorted({source for field in fields for source, _ in delivered_of().get(field, ())})
    edges = {
        (f"raw/{source}", f"cdm/{field[0]}")
        for field in fields
        for source, _ in delivered_of().get(field, ())
    }
    edges |= {(f"cdm/{table}", product.source) for table in tables}
    edges |= {(cohort, product.source) for cohort in cohorts}
    end = f"published/{product.name}"
    layers = (
        ("delivered", tuple(f"raw/{table}" for table in raw)),
        ("sealed CDM, and the cohort", (*(f"cdm/{table}" for table in tables), *cohorts)),
        (product.source.split("/")[0], (product.source,)),
        ("published", (end,)),
    )
    return Graph(tuple(layer for layer in layers if layer[1]), tuple(sorted({*edges, (product.source, end)})))
