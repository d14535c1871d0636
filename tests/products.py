"""Rows as they are protected, for tests of what is published."""

import datetime as dt
from pathlib import Path

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.promises import columns_of
from thin_assets.published.aggregates.control import control
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import Hand
from thin_assets.published.writing.publication import publish_files, publish_table
from thin_assets.published.writing.publish import Publication
from thin_assets.studies.contract import IncidenceCell

LUNG, REPORT = products()["lung_cancer_features"], products()["cohort_report"]
INCIDENCE = products()["cohort_incidence"]
HAND = Hand("a tester", dt.datetime(2024, 4, 9, 12, tzinfo=dt.UTC))

SCHEMA = {
    "cohort_definition_id": pl.Int32,
    "row_id": pl.Int64,
    "person_id": pl.Int64,
    "index_year": pl.Int32,
    "covariate_id": pl.Int64,
    "covariate_name": pl.String,
    "value": pl.Float64,
    "n": pl.Int64,
    "days_since_last": pl.Int32,
}


def features(entries: int, *, value: float = 1.0, covariate_id: int = 443388101) -> pl.DataFrame:
    """One covariate of so many entries."""
    rows = [
        (7, number, number, 2020, covariate_id, "a covariate", value, 1, 10)
        for number in range(1, entries + 1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def publish(home: Path, key: str, entries: int, build: str = "b1", **told: object) -> Publication:
    """Publish so many entries as a partition of lung_cancer_features, with facts and audit record."""
    return publish_table(features(entries), Shelf(home, LUNG), Snapshot.of(key), build, HAND, **told)


def publish_page(home: Path, key: str, text: str, build: str = "b1") -> Publication:
    """Publish a page as a partition of cohort_report."""
    source = home / "page"
    source.mkdir(parents=True, exist_ok=True)
    (source / "index.html").write_text(text, encoding="utf-8")
    return publish_files(source, Shelf(home, REPORT), Snapshot.of(key), build, HAND)


def publish_incidence(home: Path, key: str) -> Publication:
    """Publish lung cancer by sex and two bands of age, under disclosure control; eight men of 70 fell ill."""
    shelf, rows = Shelf(home, INCIDENCE), control(_incidence(), INCIDENCE).rows
    return publish_table(rows, shelf, Snapshot.of(key), "b1", HAND)


def _incidence() -> pl.DataFrame:
    """As `studies.contract.IncidenceCell`: two years of each person, a quarter of them in one practice."""
    told = {
        **{("all", "all"): (800, 60), ("female", "all"): (400, 36), ("male", "all"): (400, 24)},
        **{("all", "60-69"): (400, 40), ("female", "60-69"): (200, 24), ("male", "60-69"): (200, 16)},
        **{("all", "70-79"): (400, 20), ("female", "70-79"): (200, 12), ("male", "70-79"): (200, 8)},
    }
    rows = [
        (7, "lung_cancer", *key, persons, 2.0 * persons, cases, 5, persons // 4, 5, cases // 4)
        for key, (persons, cases) in told.items()
    ]
    return pl.DataFrame(rows, schema=columns_of(IncidenceCell), orient="row")
