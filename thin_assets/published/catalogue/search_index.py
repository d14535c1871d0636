"""The index that the catalogue's search reads: products, columns and covariates as small scripts.

A page opened from a file may not fetch a file, but it may load a script that lies beside it; so the index is
scripts that hand over values. Covariates come in pieces of `PIECE`, each loaded when it is needed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.published.catalogue.stock import Stock
from thin_assets.published.writing.facts import DICTIONARY

PIECE = 4000
"""Covariates of one script: some 400 KB."""

_ABOUT = ("covariate_name", "analysis_id", "concept_id", "concept_name", "vocabulary_id", "concept_code")
_ANALYSIS = (
    *("analysis_id", "analysis_name", "domain_id", "start_day", "end_day", "lag", "unit", "description"),
    "missing_means_zero",
)


@dataclass(frozen=True)
class Cell:
    """A column of numbers of the dictionary: the newest partition of a country, of one product."""

    product: str
    country: str
    month: str
    entries: int | None


@dataclass(frozen=True)
class Index:
    """Everything that can be searched.

    features    one row per covariate, sorted by id: columns of the dictionary, and `counts`, a list of
                (cell, entries) of the cells that may be shown
    """

    products: tuple[Stock, ...]
    cells: tuple[Cell, ...]
    analyses: pl.DataFrame
    features: pl.DataFrame

    @property
    def pieces(self) -> int:
        """Scripts that hold the covariates."""
        return -(-self.features.height // PIECE)


def build_index(stocks: Sequence[Stock]) -> Index:
    """The index of what is published, from the dictionaries of the newest partition of each country."""
    cells, frames = [], []
    for stock in stocks:
        for code, snapshot in stock.latest.items():
            dictionary = stock.dictionary(snapshot)
            if dictionary.height:
                frames.append(dictionary.with_columns(cell=pl.lit(len(cells), pl.Int64)))
                cells.append(Cell(stock.product.name, code, snapshot.folder, stock.entries(snapshot)))
    schema = pl.DataFrame(schema=DICTIONARY | {"cell": pl.Int64})
    whole = pl.concat([schema, *frames]).sort("covariate_id", "cell")
    return Index(tuple(stocks), tuple(cells), _analyses(whole), _features(whole))


def _analyses(whole: pl.DataFrame) -> pl.DataFrame:
    return (
        whole.select(_ANALYSIS).unique("analysis_id", keep="first", maintain_order=True).sort("analysis_id")
    )


def _features(whole: pl.DataFrame) -> pl.DataFrame:
    about = [pl.col(name).first() for name in _ABOUT]
    counts = pl.concat_list("cell", "entries").alias("counts")
    return whole.group_by("covariate_id", maintain_order=True).agg(*about, counts).sort("covariate_id")


def scripts(index: Index) -> Iterator[tuple[str, str]]:
    """Name and text of every script: `index.js`, then the covariates in pieces."""
    yield "index.js", _call("took", _told(index))
    for number, piece in enumerate(index.features.iter_slices(PIECE)):
        yield piece_name(number), _call("received", number, [_row(row) for row in piece.iter_rows()])


def piece_name(number: int) -> str:
    """File of a piece of the covariates."""
    return f"features-{number:03d}.js"


def _told(index: Index) -> dict:
    firsts = index.features["covariate_id"].gather_every(PIECE).to_list()
    return {
        "products": [_product(stock) for stock in index.products],
        "cells": [[cell.product, cell.country, cell.month, cell.entries] for cell in index.cells],
        "analyses": {row[0]: list(row[1:]) for row in index.analyses.iter_rows()},
        "pieces": [[piece_name(number), first] for number, first in enumerate(firsts)],
        "features": index.features.height,
    }


def _product(stock: Stock) -> dict:
    product = stock.product
    return {
        "name": product.name,
        "title": product.title,
        "kind": product.kind,
        "purpose": product.purpose,
        "columns": [[column.name, column.unit or "", column.description] for column in product.columns],
    }


def _row(row: tuple) -> list:
    """A covariate as the search reads it: id, what it is, then pairs of cell and entries in one list."""
    *about, counts = row
    return [*about, [number for pair in counts for number in pair]]


def _call(name: str, *arguments: object) -> str:
    told = (json.dumps(one, ensure_ascii=True, separators=(",", ":")) for one in arguments)
    return f"catalogue.{name}({','.join(told)});\n"
