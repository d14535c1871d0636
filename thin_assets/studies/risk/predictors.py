"""From covariates to predictors: concepts with all below them, units as one, the latest of several values."""

from collections.abc import Iterator, Mapping

import duckdb
import polars as pl

from thin_assets.studies.risk.declared import Models, Predictor

ROWS_AT_ONCE = 2_000_000
"""Rows of the long table that are held at a time; a country of a million patients has a hundred million."""

_RULE = {"covariate_id": pl.Int64, "predictor": pl.String, "factor": pl.Float64, "shift": pl.Float64}


def predictor_table(
    long: pl.LazyFrame,
    entries: pl.DataFrame,
    covariates: pl.DataFrame,
    analyses: pl.DataFrame,
    below: Mapping[int, frozenset[int]],
    told: Models,
    *,
    at_once: int = ROWS_AT_ONCE,
) -> pl.DataFrame:
    """One row per entry, one column per predictor, in the order of entries and of `models.yaml`.

    long          features as they leave the features room: rows of an entry follow each other
    entries       (row_id), one row per entry
    covariates    their `covariate_ref`; analyses their `analysis_ref`
    below         concepts at or below each concept that predictors name, as `concepts_below` finds them
    returns       null: unknown; presence is 0 or 1
    """
    rules = covariate_rules(covariates, analyses, below, told)
    known = pl.concat(_known(part, rules, told) for part in _whole_entries(long, at_once))
    columns = [_column(one) for one in told.predictors]
    return (
        entries.select("row_id")
        .join(known, on="row_id", how="left", maintain_order="left", validate="1:1")
        .select("row_id", *columns)
    )


def _whole_entries(long: pl.LazyFrame, at_once: int) -> Iterator[pl.DataFrame]:
    """The long table in parts of about so many rows, none of which ends within an entry."""
    rows = long.select("row_id", "covariate_id", "value", "days_since_last")
    count, pending = rows.select(pl.len()).collect().item(), rows.head(0).collect()
    for start in range(0, count, at_once):
        pending = pl.concat([pending, rows.slice(start, at_once).collect()])
        is_last = pl.col("row_id") == pending.item(-1, "row_id")
        yield pending.filter(~is_last)
        pending = pending.filter(is_last)
    yield pending


def _known(rows: pl.DataFrame, rules: pl.DataFrame, told: Models) -> pl.DataFrame:
    """Row id and every predictor of the entries in some rows; null: nothing was recorded."""
    kinds = {one.name: one for one in told.predictors}
    ceilings = {name: one.at_most for name, one in kinds.items() if one.at_most is not None}
    ceiling = pl.col("predictor").replace_strict(ceilings, default=None, return_dtype=pl.Float64)
    presence = pl.col("predictor").is_in([name for name, one in kinds.items() if one.kind == "presence"])
    measured = pl.col("value") * pl.col("factor") + pl.col("shift")
    seen = (
        rows.join(rules, on="covariate_id")
        .with_columns(ceiling=ceiling)
        .filter(pl.col("ceiling").is_null() | (pl.col("value") <= pl.col("ceiling")))
        .with_columns(told=pl.when(presence).then(1.0).otherwise(measured))
        .sort("row_id", "predictor", "days_since_last", "covariate_id")
        .unique(["row_id", "predictor"], keep="first", maintain_order=True)
    )
    wide = seen.pivot("predictor", index="row_id", values="told")
    return pl.concat(
        [pl.DataFrame(schema={"row_id": pl.Int64} | dict.fromkeys(kinds, pl.Float64)), wide], how="diagonal"
    )


def _column(told: Predictor) -> pl.Expr:
    """A predictor of an entry of which it may not be known."""
    absent = 0.0 if told.kind == "presence" else told.missing
    return pl.col(told.name) if absent is None else pl.col(told.name).fill_null(absent)


def covariate_rules(
    covariates: pl.DataFrame, analyses: pl.DataFrame, below: Mapping[int, frozenset[int]], told: Models
) -> pl.DataFrame:
    """Which covariates a predictor is made of, and how their values become one: (covariate, factor, shift).

    A value in a unit that the predictor does not name makes nothing.
    """
    names = dict(analyses.select("analysis_id", "analysis_name").rows())
    rows = []
    for covariate, analysis, concept, unit in covariates.select(
        "covariate_id", "analysis_id", "concept_id", "unit_concept_id"
    ).iter_rows():
        for one in told.predictors:
            if names[analysis] in one.analyses and _is_of(one, concept, unit, below):
                rows.append((covariate, one.name, one.units.get(unit, 1.0), one.shift.get(unit, 0.0)))
    return pl.DataFrame(rows, schema=_RULE, orient="row")


def _is_of(told: Predictor, concept: int, unit: int | None, below: Mapping[int, frozenset[int]]) -> bool:
    if told.units and unit not in told.units:
        return False
    return not told.concepts or any(concept in below[one] for one in told.concepts)


def concepts_below(con: duckdb.DuckDBPyConnection, told: Models) -> dict[int, frozenset[int]]:
    """Each concept that a predictor names, with itself and all below it; `cdm` holds the vocabulary."""
    asked = sorted({concept for one in told.predictors for concept in one.concepts})
    found = con.execute(
        "select ancestor_concept_id, descendant_concept_id from cdm.concept_ancestor"
        " where ancestor_concept_id in (select unnest(?))",
        [asked],
    ).fetchall()
    below: dict[int, set[int]] = {concept: {concept} for concept in asked}
    for ancestor, descendant in found:
        below[ancestor].add(descendant)
    return {concept: frozenset(those) for concept, those in below.items()}
