"""What is published, as data: `products/<name>.yml` says what a product is and promises."""

from functools import cache
from pathlib import Path
from typing import Literal, Self

import pandera.polars as pandera
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thin_assets.errors import SettingsError
from thin_assets.published.declared.disclosure import Disclosure
from thin_assets.published.declared.protection import CALENDAR, Protection

PRODUCTS = Path(__file__).parents[1] / "products"

_POLARS = {
    "string": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float64": pl.Float64,
}

PARTITIONED_BY = ("country", "snapshot")
"""Columns that every product is partitioned by."""


class Told(BaseModel):
    """A part of a declaration: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Told):
    """One column of a product.

    unit          UCUM or words; None where it has none
    null_means    what an absent value says; None where it may not be absent
    variable      of an aggregate: what it estimates, as DARWIN EU's packages call it; None: the column's name
    estimate      which number of it, likewise
    """

    name: str
    type: Literal["string", "date", "boolean", "int32", "int64", "float64"]
    nullable: bool
    description: str
    unit: str | None = None
    null_means: str | None = None
    variable: str | None = None
    estimate: str | None = None

    @model_validator(mode="after")
    def _says_what_null_means(self) -> Self:
        if self.nullable != (self.null_means is not None):
            raise ValueError(f"{self.name}: a column that may be null, and no other, says what null means")
        return self


class Rule(Told):
    """What holds of every row.

    violated_when    SQL condition that is true of a row that breaks it; null is not true
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    violated_when: str
    description: str


class Product(Told):
    """A published product.

    version             of its contract, major.minor.patch; a breaking change is a new major version
    kind, zone          row-level tables are for a project, aggregates and reports for everybody
    project             whose key the pseudonyms are made with; row-level only
    source              room and table that it is made from
    names               table of the same room with the name of each covariate id
    cohort              definition whose attrition its card shows
    retention_months    months after which a snapshot may be removed
    ready_within_days   days from the seal of a build to its publication
    limits              what a reader must not conclude
    license             under which it may be used, in words or as an address
    unique              columns that name a row
    rules               what holds of every row
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    kind: Literal["row_level", "aggregate", "report", "model"]
    zone: Literal["project", "published"]
    project: str | None = None
    owner: str
    purpose: str
    description: str
    grain: str
    source: str
    names: str | None = None
    cohort: str | None = None
    retention_months: int = Field(ge=1)
    ready_within_days: int = Field(ge=0)
    limits: tuple[str, ...] = ()
    license: str = "as agreed with the provider of the records; not for redistribution"
    sorted_by: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    protection: Protection | None = None
    disclosure: Disclosure | None = None
    columns: tuple[Column, ...] = ()

    @model_validator(mode="after")
    def _fits_its_zone(self) -> Self:
        if self.kind == "row_level" and not (self.zone == "project" and self.project and self.protection):
            raise ValueError(f"{self.name}: rows of persons are for a project, under protection")
        days = [column.name for column in self.columns if column.type == "date"]
        if self.protection and self.protection.dates != CALENDAR and set(days) - {"snapshot"}:
            raise ValueError(f"{self.name}: days of the calendar are told only where dates say calendar")
        if self.kind == "aggregate" and not self.disclosure:
            raise ValueError(f"{self.name}: an aggregate says how small numbers are kept back")
        return self

    @property
    def major(self) -> int:
        """Major version of the contract: names the table's folder."""
        return int(self.version.partition(".")[0])

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Polars type by column, in order."""
        return {column.name: _POLARS[column.type] for column in self.columns}

    @property
    def contract(self) -> pandera.DataFrameSchema:
        """The promise as a pandera schema: exactly these columns, in order, one row per key, every rule."""
        columns = {
            column.name: pandera.Column(
                _POLARS[column.type], nullable=column.nullable, description=column.description
            )
            for column in self.columns
        }
        return pandera.DataFrameSchema(
            columns,
            checks=[_check(rule) for rule in self.rules],
            strict=True,
            ordered=True,
            unique=list(self.unique),
            name=self.name,
        )


def _check(rule: Rule) -> pandera.Check:
    """A rule as pandera judges it: the whole table at once, so that an error tells of no row."""
    violated = pl.sql_expr(rule.violated_when)
    return pandera.Check(
        lambda data: data.lazyframe.select(~violated.fill_null(False).any()),
        name=rule.name,
        error=rule.name,
    )


def load_product(path: Path) -> Product:
    """A product from its declaration. Raises pydantic's ValidationError."""
    return Product.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def products(own: Path | None = None) -> dict[str, Product]:
    """Every product by name: those of the project, then those of a folder of one's own, which need not exist.

    Raises SettingsError where a file of that folder declares no product, or one under a name that is taken.
    """
    found = {product.name: product for product in map(load_product, sorted(PRODUCTS.glob("*.yml")))}
    for path in sorted(own.glob("*.yml")) if own else ():
        product = _own(path)
        if product.name in found:
            taken = f"there is a product {product.name} already"
            raise SettingsError(taken, where=str(path), remedy="give yours another name")
        found[product.name] = product
    return found


def _own(path: Path) -> Product:
    try:
        return load_product(path)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsError(
            f"declares no product: {told}", where=str(path), remedy="see docs/how-to/write-your-own-study.md"
        ) from error
