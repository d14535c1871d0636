"""From covariates to predictors: concepts with all below them, units as one, the latest of several values."""

from collections.abc import Mapping

import duckdb
import polars as pl

from thin_assets.studies.risk.declared import Models, Predictor

_RULE = {"covariate_id": pl.Int64, "predictor": pl.String, "factor": pl.Float64, "shift": pl.Float64}


def predictor_table(
    long: pl.LazyFrame,
    entries: pl.DataFrame,
    covariates: pl.DataFrame,
    analyses: pl.DataFrame,
    below: Mapping[int, frozenset[int]],
    told: Models,
) -> pl.DataFrame:
    """One row per entry, one column per predictor, in the order of entries and of `models.yaml`.

    long          features as they leave the features room
    entries       (row_id), one row per entry
    covariates    their `covariate_ref`; analyses their `analysis_ref`
    below         concepts at or below each concept that predictors name, as `concepts_below` finds them
    returns       null: unknown; presence is 0 or 1
    """
    rules = covariate_rules(covariates, analyses, below, told)
    kinds = {one.name: one for one in told.predictors}
    ceilings = {name: one.at_most for name, one in kinds.items() if one.at_most is not None}
    found = (
        long.select("row_id", "covariate_id", "value", "days_since_last")
        .join(rules.lazy(), on="covariate_id")
        .collect()
    )
    ceiling = pl.col("predictor").replace_strict(ceilings, default=None, return_dtype=pl.Float64)
    presence = pl.col("predictor").is_in([name for name, one in kinds.items() if one.kind == "presence"])
    measured = pl.col("value") * pl.col("factor") + pl.col("shift")
    seen = (
        found.with_columns(ceiling=ceiling)
        .filter(pl.col("ceiling").is_null() | (pl.col("value") <= pl.col("ceiling")))
        .with_columns(told=pl.when(presence).then(1.0).otherwise(measured))
        .sort("row_id", "predictor", "days_since_last", "covariate_id")
        .unique(["row_id", "predictor"], keep="first", maintain_order=True)
    )
    wide = seen.pivot("predictor", index="row_id", values="told")
    columns = [_column(one, wide.columns) for one in told.predictors]
    return (
        entries.select("row_id")
        .join(wide, on="row_id", how="left", maintain_order="left")
        .select("row_id", *columns)
    )


def _column(told: Predictor, there: list[str]) -> pl.Expr:
    """A predictor as a column, whether anybody has it or not."""
    column = pl.col(told.name) if told.name in there else pl.lit(None, pl.Float64).alias(told.name)
    absent = 0.0 if told.kind == "presence" else told.missing
    return column if absent is None else column.fill_null(absent)


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
