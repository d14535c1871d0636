"""The profile of a feature table: how frequent each covariate is, by split and case, and what it tells."""

import polars as pl

MOST_AUC = 0.9
"""A single covariate that tells cases from controls better than this may know the outcome."""

ENOUGH_OF_BOTH = 10
"""Cases, and controls, from which on a single covariate's AUC is flagged."""


def prevalence(long: pl.LazyFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """One row per covariate, split and case status, and one for all entries (split `all`, case null).

    entries    (row_id, split, is_case)
    returns    covariate_id, split, is_case, entries, with_covariate, mean_value; sorted

    Means are of whole millionths, whose sum is exact: that of fractions differs in the last bit with the
    order in which an engine adds them, and with it a rounded mean.
    """
    placed = long.select("row_id", "covariate_id", "value").join(entries.lazy(), on="row_id")
    mean = ((pl.col("value") * 1e6).round().mean() / 1e6).round(6)
    counts = [pl.len().alias("with_covariate"), mean.alias("mean_value")]
    keys = ("split", "is_case")
    groups = entries.group_by(*keys).len("entries")
    parts = placed.group_by("covariate_id", *keys).agg(*counts).collect(engine="streaming")
    parts = parts.join(groups, on=keys)
    whole = placed.group_by("covariate_id").agg(*counts).collect(engine="streaming")
    whole = whole.with_columns(
        split=pl.lit("all"), is_case=pl.lit(None, pl.Boolean), entries=pl.lit(entries.height, pl.UInt32)
    )
    columns = ("covariate_id", "split", "is_case", "entries", "with_covariate", "mean_value")
    return pl.concat([parts.select(columns), whole.select(columns)]).sort(columns[:3])


def single_auc(long: pl.LazyFrame, entries: pl.DataFrame, covariates: pl.DataFrame) -> pl.DataFrame:
    """How well each covariate alone tells cases from controls: the area under its ROC curve.

    entries    (row_id, is_case)
    returns    covariate_id, auc (null without entries of both kinds), is_judged (there are enough of both
               kinds), is_flagged; sorted by covariate
    An entry without a record has value 0 where missing means zero; else it is left out. Ties count half.
    """
    cases, controls = (entries.filter(pl.col("is_case") == it).height for it in (True, False))
    if not (cases and controls):
        return _untold(long)
    ranked = pl.col("value").rank("average").over("covariate_id")
    placed = long.select("row_id", "covariate_id", "value").join(entries.lazy(), on="row_id")
    counted = (
        placed.with_columns(rank=ranked)
        .group_by("covariate_id")
        .agg(
            pl.col("is_case").sum().cast(pl.Float64).alias("case"),
            pl.col("is_case").not_().sum().cast(pl.Float64).alias("control"),
            pl.col("rank").filter("is_case").sum().alias("ranks"),
        )
        .join(covariates.lazy().select("covariate_id", "missing_means_zero"), on="covariate_id")
    )
    zero = pl.col("missing_means_zero")
    no_case = pl.when(zero).then(cases - pl.col("case")).otherwise(0)
    nobody = pl.when(zero).then(cases + controls - pl.col("case") - pl.col("control")).otherwise(0)
    of_cases, of_controls = pl.col("case") + no_case, pl.col("control") + nobody - no_case
    sum_of_ranks = pl.col("ranks") + pl.col("case") * nobody + no_case * (nobody + 1) / 2
    auc = (sum_of_ranks - of_cases * (of_cases + 1) / 2) / (of_cases * of_controls)
    both = (of_cases > 0) & (of_controls > 0)
    enough = (of_cases >= ENOUGH_OF_BOTH) & (of_controls >= ENOUGH_OF_BOTH)
    return (
        counted.with_columns(auc=pl.when(both).then(auc).round(6), enough=enough)
        .select(
            "covariate_id",
            "auc",
            is_judged="enough",
            is_flagged=(
                pl.col("enough") & ((pl.col("auc") > MOST_AUC) | (pl.col("auc") < 1 - MOST_AUC))
            ).fill_null(False),
        )
        .sort("covariate_id")
        .collect()
    )


def _untold(long: pl.LazyFrame) -> pl.DataFrame:
    """Of entries of one kind no covariate tells anything, and none of their rows need be ranked."""
    found = long.select("covariate_id").unique().collect(engine="streaming").sort("covariate_id")
    no = pl.lit(False)
    return found.with_columns(auc=pl.lit(None, pl.Float64), is_judged=no, is_flagged=no)
