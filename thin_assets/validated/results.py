"""The results of all checks as a table, and back."""

from collections.abc import Iterable
from dataclasses import asdict

import polars as pl

from thin_assets.validated.contract import RESULT
from thin_assets.validated.judgement import Result

_POLARS = {"varchar": pl.String, "integer": pl.Int32, "bigint": pl.Int64, "double": pl.Float64}


def results_frame(results: Iterable[Result]) -> pl.DataFrame:
    """The table `validated/data_quality`, in the order of the catalogue."""
    schema = {name: _POLARS[kind] for name, kind in RESULT.items()}
    return pl.DataFrame([asdict(result) for result in results], schema=schema)


def results_of(frame: pl.DataFrame) -> list[Result]:
    """The results that a table holds."""
    return [Result(**row) for row in frame.iter_rows(named=True)]
