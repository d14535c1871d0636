"""Rows of persons made fit to leave the restricted zone: everything that is held back is counted.

Two kinds of product are protected: entries (one row per entry), and their features (one row per entry and
covariate). An entry that is left out is left out of both, and both tell age, sex and index equally coarsely:
otherwise one would give away what the other hides.
"""

from dataclasses import dataclass, field

import polars as pl

from thin_assets.published.declared.product import Product
from thin_assets.published.declared.protection import CALENDAR, Protection
from thin_assets.published.persons.anonymity import SHOWN, Anonymity, anonymised
from thin_assets.published.persons.identity import ENTRY, PERSON, PRACTICE, SET, Pseudonyms

IDS = {"person_id": PERSON, "row_id": ENTRY, "set_id": SET, "practice": PRACTICE}
"""Columns of ids, and what each identifies."""

AGE, SEX, OBSERVED = "age", "sex", "prior_observation"
"""Families of covariates that say what an entry's own columns say."""

DAYS_OF_A_YEAR = 365


@dataclass(frozen=True)
class Protected:
    """Rows that may leave the restricted zone.

    suppressed    how much was held back, by rule; a rule that held nothing back counts 0
    """

    rows: pl.DataFrame
    suppressed: dict[str, int]
    anonymity: Anonymity


@dataclass
class Counted:
    """Rows on their way through the rules."""

    rows: pl.DataFrame
    suppressed: dict[str, int] = field(default_factory=dict)

    def without(self, rule: str, out: pl.Expr) -> None:
        """Drop the rows for which `out` holds, and count them; null holds not."""
        kept = self.rows.filter(~out.fill_null(False))
        self.suppressed[rule] = self.rows.height - kept.height
        self.rows = kept

    def with_value(self, rule: str, value: pl.Expr) -> None:
        """Replace `value`, and count the rows where it changed."""
        changed = self.rows.with_columns(value.alias("_new"))
        self.suppressed[rule] = changed.filter(pl.col("_new").ne_missing(pl.col("value"))).height
        self.rows = changed.with_columns(value=pl.col("_new")).drop("_new")


def protect_entries(
    entries: pl.DataFrame, product: Product, rules: Protection, pseudonyms: Pseudonyms
) -> Protected:
    """One row per entry that may be shown.

    entries    as `anonymised` asks for, with the other columns of the product; its ids are the lake's
    returns    the columns of the product that are known here, sorted by pseudonym
    """
    kept, achieved = anonymised(entries, rules)
    untold = pl.col("index_year").is_null()
    if "fold_temporal" in kept.columns:  # it is made from the year
        kept = kept.with_columns(pl.when(~untold).then("fold_temporal").alias("fold_temporal"))
    rows = _under_pseudonyms(kept, product, pseudonyms)
    return Protected(rows, _left_out(entries, kept, achieved), achieved)


def protect_features(
    features: pl.DataFrame,
    entries: pl.DataFrame,
    covariates: pl.DataFrame,
    product: Product,
    rules: Protection,
    pseudonyms: Pseudonyms,
) -> Protected:
    """Covariates of the entries that may be shown.

    features      the long table of the features room
    entries       of the same population, as for `protect_entries`
    covariates    (covariate_id, covariate_name, family, is_measured, groups), groups of sensitive codes
    rules         of the product that decides about entries; the product's own say the rest
    returns       the columns of the product that are known here, sorted by pseudonym
    """
    own = product.protection
    kept, achieved = anonymised(entries, rules)
    told = kept.select("row_id", *SHOWN)
    work = Counted(features.join(told, on="row_id").join(covariates, on="covariate_id", how="left"))
    work.suppressed = _left_out(entries, kept, achieved)
    work.suppressed["rows of entries left out"] = features.height - work.rows.height
    _tell_coarsely(work)
    _drop_covariates(work, own)
    _clip(work, own.clipped_percent)
    return Protected(_under_pseudonyms(work.rows, product, pseudonyms), work.suppressed, achieved)


def _left_out(entries: pl.DataFrame, kept: pl.DataFrame, achieved: Anonymity) -> dict[str, int]:
    return {
        "entries left out": entries.height - kept.height,
        "persons left out": achieved.persons - achieved.shown,
    }


def _tell_coarsely(work: Counted) -> None:
    """Covariates of age, sex and observation say what the entry says, or nothing."""
    for family, shown in ((AGE, "age_from"), (SEX, "sex"), (OBSERVED, "observed_years")):
        work.without(f"rows of {family} not told", (pl.col("family") == family) & pl.col(shown).is_null())
    coarse = {AGE: pl.col("age_from"), OBSERVED: pl.col("observed_years") * DAYS_OF_A_YEAR}
    for family, value in coarse.items():
        is_it = pl.col("family") == family
        work.with_value(
            f"values of {family} made coarser",
            pl.when(is_it).then(value.cast(pl.Float64)).otherwise("value"),
        )


def _drop_covariates(work: Counted, rules: Protection) -> None:
    asked = [one.group for one in rules.sensitive]
    not_asked = pl.col("groups").list.set_difference(pl.lit(asked, pl.List(pl.String))).list.len() > 0
    for what, out in {
        "sensitive": not_asked,
        "rare": pl.col("person_id").n_unique().over("covariate_id") < rules.fewest_persons,
    }.items():
        before = work.rows["covariate_id"].n_unique()
        work.without(f"rows of {what} covariates", out)
        work.suppressed[f"{what} covariates"] = before - work.rows["covariate_id"].n_unique()


def _clip(work: Counted, percent: float) -> None:
    """Values of measurements beyond a percentile take its value, which somebody less extreme has."""
    lowest = pl.col("value").quantile(percent / 100, "higher").over("covariate_id")
    highest = pl.col("value").quantile(1 - percent / 100, "lower").over("covariate_id")
    clipped = pl.col("value").clip(lowest, pl.max_horizontal(lowest, highest))
    work.with_value(
        "values clipped", pl.when(pl.col("is_measured").fill_null(False)).then(clipped).otherwise("value")
    )


def _under_pseudonyms(rows: pl.DataFrame, product: Product, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Ids of the project, calendar days as the product allows, and an order that tells nothing."""
    ids = [pseudonyms.of(kind, rows[name]).alias(name) for name, kind in IDS.items() if name in rows.columns]
    rows = rows.with_columns(ids)
    if product.protection.dates != CALENDAR:
        rows = rows.drop("index_date", strict=False)
    known = [name for name in product.schema if name in rows.columns]
    return rows.select(known).sort([name for name in product.sorted_by if name in known])
