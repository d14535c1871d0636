"""The tables of the lake from which row-level products are made, read for those who protect them."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from thin_assets.cdm.spec import vocabulary_tables
from thin_assets.domain.sex import SEXES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.product import Product
from thin_assets.published.persons.identity import Pseudonyms
from thin_assets.published.persons.protect import Protected, protect_entries, protect_features
from thin_assets.published.persons.sensitive import sensitive_covariates
from thin_assets.resources.lake import Lake
from thin_assets.resources.register import read_register
from thin_assets.settings import Settings

"""Standard concepts of sex; all else, and what is not known, is told as one."""

MEASURED = ("Measurement", "Observation")
"""Domains whose values, unlike mere presence, are measured."""


def protected_rows(
    lake: Lake,
    snapshot: Snapshot,
    product: Product,
    products: Mapping[str, Product],
    con: duckdb.DuckDBPyConnection,
) -> Protected:
    """The rows of a row-level product for one partition, as they may leave the restricted zone.

    products    all of them, by name: one may decide about the entries of another
    con         any connection; it computes, and keeps nothing
    Raises MissingSecret without a key of the project, NothingSealed when the source is not built.
    """
    settings = Settings.load(Path(lake.home))
    pseudonyms = Pseudonyms(settings.project_key(product.project), product.project)
    room, population = product.source.split("/")
    entries = (_scored if room == "studies" else _entries)(lake, snapshot, population)
    opted_out = pl.Series(read_register(settings.register(snapshot.country)), dtype=pl.Int64)
    left = entries.filter(~pl.col("person_id").is_in(opted_out.implode()))
    protected = _protected(lake, snapshot, product, products, left, pseudonyms, con)
    protected.suppressed["entries of persons who opted out"] = entries.height - left.height
    return protected


def _protected(
    lake: Lake,
    snapshot: Snapshot,
    product: Product,
    products: Mapping[str, Product],
    entries: pl.DataFrame,
    pseudonyms: Pseudonyms,
    con: duckdb.DuckDBPyConnection,
) -> Protected:
    room, population = product.source.split("/")
    decided_by = product.protection.entries
    if decided_by is None:
        return protect_entries(entries, product, product.protection, pseudonyms)
    return protect_features(
        lake.read(room, population, snapshot),
        entries,
        _covariates(lake, snapshot, population, con),
        product,
        products[decided_by].protection,
        pseudonyms,
    )


def _entries(lake: Lake, snapshot: Snapshot, population: str) -> pl.DataFrame:
    """One row per entry with all that is known of it: labels, splits, practice, sex and age."""
    labels, splits, people = (
        lake.read("features", f"{population}_{name}", snapshot) for name in ("labels", "splits", "people")
    )
    rows = labels.join(splits.drop("person_id", "set_id"), on="row_id", maintain_order="left")
    rows = rows.join(people.drop("person_id"), on="row_id", maintain_order="left")
    sex = pl.col("gender_concept_id").replace_strict(SEXES, default="other", return_dtype=pl.String)
    return rows.with_columns(
        sex=sex.fill_null("other"),
        age=(pl.col("index_date").dt.year() - pl.col("year_of_birth")).cast(pl.Int32),
        practice=pl.col("care_site_id"),
    )


def _scored(lake: Lake, snapshot: Snapshot, scores: str) -> pl.DataFrame:
    """One row per person and work list, as `_entries` has them; everybody on a list is a case of it."""
    rows = lake.read("studies", scores, snapshot).filter(pl.col("is_listed"))
    people = lake.read("studies", "risk_population", snapshot).select("row_id", "sex", "age").unique("row_id")
    reasons = {
        f"reason_{place + 1}": pl.col("reasons").list.get(place, null_on_oob=True) for place in range(3)
    }
    return rows.join(people, on="row_id", how="left", maintain_order="left").with_columns(
        **reasons,
        set_id=pl.int_range(pl.len(), dtype=pl.Int64),
        is_case=pl.lit(True),
        observed_days=pl.lit(None, pl.Int32),
        risk=pl.col("risk").round_sig_figs(2),
    )


def _covariates(
    lake: Lake, snapshot: Snapshot, population: str, con: duckdb.DuckDBPyConnection
) -> pl.DataFrame:
    """What each covariate is: its name and family, whether it is measured, and its sensitive groups."""
    names = lake.read("features", f"{population}_covariate_ref", snapshot)
    analyses = lake.read("features", f"{population}_analysis_ref", snapshot)
    groups = sensitive_covariates(names, _vocabulary(lake, snapshot), con)
    measured = pl.col("domain_id").is_in(MEASURED) & ~pl.col("is_binary")
    kinds = analyses.select("analysis_id", "family", is_measured=measured)
    return (
        names.select("covariate_id", "covariate_name", "analysis_id")
        .join(kinds, on="analysis_id", how="left")
        .join(groups.group_by("covariate_id").agg(groups=pl.col("group")), on="covariate_id", how="left")
        .drop("analysis_id")
    )


def _vocabulary(lake: Lake, snapshot: Snapshot) -> dict[str, Path]:
    """Files of the vocabulary of the build that the features were made from."""
    build = lake.build_folder(snapshot, lake.reported("features", snapshot)["build"])
    folder = lake.vocabulary_of(build)
    return {table.name: folder / f"{table.name}.parquet" for table in vocabulary_tables()}
