"""Entries and features of made-up people as the features room leaves them: to be protected in tests."""

import datetime as dt
import random

import polars as pl

from thin_assets.published.declared.product import Product, products
from thin_assets.published.persons.identity import Pseudonyms
from thin_assets.published.persons.protect import Protected, protect_entries, protect_features

FEATURES, ENTRIES = products()["lung_cancer_features"], products()["lung_cancer_entries"]
KEY, OTHER_KEY = b"k" * 64, b"q" * 64

AGE, SEX, OBSERVED, COUGH, RARE, HIV, HAEMOGLOBIN = (
    1002,
    8532001,
    1008,
    254761101,
    4711101,
    439727101,
    3000963713705,
)
COVARIATES = pl.DataFrame(
    [
        (AGE, "age in years", "age", False, None),
        (SEX, "sex 8532 FEMALE", "sex", False, None),
        (OBSERVED, "days of observation before", "prior_observation", False, None),
        (COUGH, "condition 254761 Cough, ever", "condition", False, None),
        (RARE, "condition 4711 Rare thing, ever", "condition", False, None),
        (HIV, "condition 439727 Human immunodeficiency virus infection, ever", "condition", False, ["hiv"]),
        (HAEMOGLOBIN, "haemoglobin, latest", "measurement_value", True, None),
    ],
    schema={
        "covariate_id": pl.Int64,
        "covariate_name": pl.String,
        "family": pl.String,
        "is_measured": pl.Boolean,
        "groups": pl.List(pl.String),
    },
    orient="row",
)


def people(count: int, seed: int = 1) -> pl.DataFrame:
    """So many persons, each with one entry; ids are those of the lake, rising with the row."""
    chance = random.Random(seed)
    rows = [
        {
            "cohort_definition_id": 7,
            "row_id": 10_000 + number,
            "person_id": 1_000 + number,
            "index_date": dt.date(2020, 1, 1) + dt.timedelta(chance.randrange(1200)),
            "set_id": 10_000 + number,
            "is_case": True,
            "observed_days": chance.randrange(366, 5000),
            "split": chance.choice(["train", "held_out"]),
            "fold_country": "GB",
            "fold_temporal": 1,
            "practice": 100 + number % 5,
            "sex": chance.choice(["female", "male"]),
            "age": chance.randrange(45, 96),
        }
        for number in range(count)
    ]
    types = {
        "age": pl.Int32,
        "cohort_definition_id": pl.Int32,
        "observed_days": pl.Int32,
        "fold_temporal": pl.Int32,
    }
    return pl.DataFrame(rows, schema_overrides=types)


def features_of(entries: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    """The long table: everybody has age and observation, most a cough and a haemoglobin, few the rest."""
    chance = random.Random(seed)
    rows = []
    for place, one in enumerate(entries.iter_rows(named=True)):
        covariates = {AGE: one["age"], OBSERVED: one["observed_days"], HAEMOGLOBIN: chance.gauss(13, 1)}
        covariates |= {SEX: 1} if one["sex"] == "female" else {}
        covariates |= {COUGH: 1} if place % 3 else {}
        covariates |= {RARE: 1} if place < 9 else {}
        covariates |= {HIV: 1} if place % 2 else {}
        for covariate, value in covariates.items():
            rows.append(
                (7, one["row_id"], one["person_id"], one["index_date"], covariate, float(value), 1, 10)
            )
    schema = {
        "cohort_definition_id": pl.Int32,
        "row_id": pl.Int64,
        "person_id": pl.Int64,
        "index_date": pl.Date,
        "covariate_id": pl.Int64,
        "value": pl.Float64,
        "n": pl.Int64,
        "days_since_last": pl.Int32,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("person_id", "covariate_id")


def entries_of(rows: pl.DataFrame, *, key: bytes = KEY, product: Product = ENTRIES) -> Protected:
    """Entries as they may leave, for a project with that key."""
    return protect_entries(rows, product, product.protection, Pseudonyms(key, product.project))


def features_protected(rows: pl.DataFrame, *, key: bytes = KEY, product: Product = FEATURES) -> Protected:
    """Features of these entries as they may leave."""
    pseudonyms = Pseudonyms(key, product.project)
    return protect_features(features_of(rows), rows, COVARIATES, product, ENTRIES.protection, pseudonyms)
