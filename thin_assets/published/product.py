"""What is published, as data: `products/<name>.json` says what a table holds and promises."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandera.polars as pandera
import polars as pl

PRODUCTS = Path(__file__).parent / "products"

_POLARS = {
    "string": pl.String,
    "date": pl.Date,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float64": pl.Float64,
}


@dataclass(frozen=True)
class Column:
    """One column of a product."""

    name: str
    type: str
    nullable: bool
    description: str


@dataclass(frozen=True)
class TopCode:
    """A covariate whose highest values would single somebody out: above `at`, all are `at`."""

    covariate_id: int
    at: float


@dataclass(frozen=True)
class Product:
    """A published table.

    source      room and table that it is made from
    names       table of the same room with the name of each covariate id
    unique      columns that name a row
    top_coded   covariates with a highest value
    """

    name: str
    title: str
    description: str
    grain: str
    source: str
    names: str
    partitioned_by: tuple[str, ...]
    sorted_by: tuple[str, ...]
    unique: tuple[str, ...]
    top_coded: tuple[TopCode, ...]
    columns: tuple[Column, ...]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Polars type by column, in order."""
        return {column.name: _POLARS[column.type] for column in self.columns}

    @property
    def contract(self) -> pandera.DataFrameSchema:
        """The promise as a pandera schema: exactly these columns, in order, and one row per key."""
        columns = {
            column.name: pandera.Column(
                _POLARS[column.type], nullable=column.nullable, description=column.description
            )
            for column in self.columns
        }
        return pandera.DataFrameSchema(
            columns, strict=True, ordered=True, unique=list(self.unique), name=self.name
        )


def load_product(path: Path) -> Product:
    """A product from its declaration."""
    told = json.loads(path.read_text(encoding="utf-8"))
    lists = {name: tuple(told[name]) for name in ("partitioned_by", "sorted_by", "unique")}
    return Product(
        **{name: told[name] for name in ("name", "title", "description", "grain", "source", "names")},
        **lists,
        top_coded=tuple(TopCode(**one) for one in told["top_coded"]),
        columns=tuple(Column(**one) for one in told["columns"]),
    )


@cache
def products() -> dict[str, Product]:
    """Every product by name."""
    found = [load_product(path) for path in sorted(PRODUCTS.glob("*.json"))]
    return {product.name: product for product in found}
