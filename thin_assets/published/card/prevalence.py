"""The part of a card about how frequent covariates are: by country, then by split and case status."""

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, table
from thin_assets.published.card.evidence import columns_of_countries, newest
from thin_assets.published.card.sections import told
from thin_assets.published.catalogue.stock import Stock
from thin_assets.published.writing.facts import Facts, share

MOST = 20
"""Covariates whose prevalence is shown by country."""


def shaded(percent: float | None) -> Html | str:
    """A share as a number on a ground that is darker the larger it is."""
    if percent is None:
        return figures.FEW
    return tag("span", f"{percent:.0f} %", class_="shade", style=f"--share:{percent / 100:.2f}")


def prevalence(stock: Stock) -> Section | None:
    """How many entries have the most frequent covariates: by country, then by split and case status."""
    found = newest(stock, "prevalence")
    if not found:
        return None
    parts = [by_country(stock), *(_by_group(stock, snapshot, told_of) for snapshot, told_of in found.items())]
    return Section("prevalence", "How frequent covariates are", together(*filter(None, parts)) or _FEW)


_FEW = paragraph("No covariate is shown: of each, fewer than ten persons have it.")


def by_country(stock: Stock, most: int = MOST) -> Html | None:
    """The most frequent covariates that not all have, one a concept; None where none may be shown."""
    found = _shares(stock)
    if found.is_empty():
        return None
    ordered = found.group_by("covariate_id", "covariate_name", "concept_id").agg(
        pl.col("share").sum().alias("sum"), pl.col("share").min().alias("least")
    )
    some = ordered.filter(pl.col("least") < 100)
    top = _one_a_concept(some if some.height else ordered).head(most)
    shares = {(covariate, code): share for covariate, code, share in found.select(_SHARE).iter_rows()}
    rows = [
        (name, *(shaded(shares.get((covariate, code))) for code in stock.countries))
        for covariate, name in top.select("covariate_id", "covariate_name").iter_rows()
    ]
    heads = [*columns("covariate"), *columns_of_countries(stock.countries)]
    caption = f"Share of entries in the newest month; the {len(rows)} most frequent concepts"
    return table(heads, rows, caption)


_SHARE = ("covariate_id", "country", "share")


def _shares(stock: Stock) -> pl.DataFrame:
    """One row per covariate and country, in its newest month, where its share may be shown."""
    frames = []
    for code, snapshot in stock.latest.items():
        entries = stock.entries(snapshot)
        rows = stock.dictionary(snapshot).select("covariate_id", "covariate_name", "concept_id", "entries")
        shares = [share(count, entries) for count in rows["entries"]]
        frames.append(
            rows.drop("entries").with_columns(
                pl.lit(code).alias("country"), pl.Series("share", shares, pl.Float64)
            )
        )
    return pl.concat(frames).drop_nulls("share") if frames else pl.DataFrame()


def _one_a_concept(ordered: pl.DataFrame) -> pl.DataFrame:
    """The most frequent covariate of each concept, most frequent first; those of no concept all stand."""
    own = pl.when(pl.col("concept_id") == 0).then("covariate_id").otherwise("concept_id")
    return (
        ordered.with_columns(own=own)
        .sort(pl.col("sum").neg(), "covariate_id")
        .unique("own", keep="first", maintain_order=True)
    )


def _by_group(stock: Stock, snapshot: Snapshot, found: Facts) -> Html | None:
    """One country: the most frequent covariates by split and case status, behind a line that opens."""
    groups = {_group(one): one["persons"] for one in found["groups"] if one["persons"]}
    if not found["covariates"] or not groups:
        return None
    names = dict(stock.dictionary(snapshot).select("covariate_id", "covariate_name").iter_rows())
    rows = []
    for one in found["covariates"]:
        counts = {_group(group): group["persons"] for group in one["groups"]}
        shares = (share(counts.get(group), size) for group, size in groups.items())
        cells = (figures.NOTHING if percent is None else shaded(percent) for percent in shares)
        rows.append((names.get(one["covariate_id"], str(one["covariate_id"])), told(one["entries"]), *cells))
    heads = columns("covariate", "#entries", *(f"#{group}, {told(size)}" for group, size in groups.items()))
    title = f"{COUNTRIES[snapshot.country].name}, {figures.month(snapshot.month)}, by split and case status"
    note = paragraph("Share of persons. A dash is kept back: it is small, or would tell another that is.")
    return tag("details", tag("summary", title), table(heads, rows, title), note)


def _group(one: Facts) -> str:
    return f"{one['split'].replace('_', ' ')} {'cases' if one['is_case'] else 'controls'}"
