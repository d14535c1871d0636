"""A shelf as publications leave it, made from frames: facts and dictionaries of countries and months."""

import datetime as dt
import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from tests.products import LUNG
from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.catalogue import catalogue, covariate_template
from thin_assets.features.drift import DRIFT
from thin_assets.features.reference import analysis_reference
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.facts import (
    Facts,
    account_facts,
    attrition_facts,
    count_covariates,
    dictionary_of,
    drift_facts,
    prevalence_facts,
    quality_facts,
)
from thin_assets.resources.files import write_json

CONCEPTS = [
    (255848, "Pneumonia", "SNOMED", "233604007", 0.12),
    (255573, "Chronic obstructive lung disease", "SNOMED", "13645005", 0.31),
    (316866, "Hypertensive disorder", "SNOMED", "38341003", 0.44),
    (201826, "Type 2 diabetes mellitus", "SNOMED", "44054006", 0.18),
    (254761, "Cough", "SNOMED", "49727002", 0.52),
    (261687, "Hemoptysis", "SNOMED", "66857006", 0.08),
    (257012, "Chronic sinusitis", "SNOMED", "40055000", 0.02),
    (317009, "Asthma", "SNOMED", "195967001", 0.16),
    (440383, "Depressive disorder", "SNOMED", "35489007", 0.21),
    (4282096, "Myocardial infarction", "SNOMED", "22298006", 0.05),
    (1503297, "metformin", "RxNorm", "6809", 0.15),
    (1154343, "albuterol", "RxNorm", "435", 0.27),
    (1545958, "atorvastatin", "RxNorm", "83367", 0.33),
    (1713332, "amoxicillin", "RxNorm", "723", 0.61),
]
"""Concepts of entries, with the share of entries that have them."""

STEPS = {
    "entry events": 1.31,
    "observed for 365 days before": 1.12,
    "no earlier cancer of another site": 1.02,
}


def analyses() -> pl.DataFrame:
    """The analyses of the project's own catalogue."""
    return analysis_reference(catalogue())


def covariates_of(concepts: Sequence[tuple]) -> pl.DataFrame:
    """The reference table of these concepts in two windows, and of age."""
    told = catalogue().analyses()
    rows = [(1002, "age in years", 2, 0, False)]
    for concept, name, vocabulary, _, _ in concepts:
        family = "ConditionOccurrence" if vocabulary == "SNOMED" else "DrugExposure"
        wanted = [
            pair for pair in told.values() if pair[1].name in (f"{family}LongTerm", f"{family}AnyTimePrior")
        ]
        for pair in wanted:
            named = covariate_template(*pair).replace("{concept}", f"{concept} {name}")
            rows.append((concept * 1000 + pair[1].id, named, pair[1].id, concept, True))
    return pl.DataFrame(
        rows,
        schema={
            "covariate_id": pl.Int64,
            "covariate_name": pl.String,
            "analysis_id": pl.Int32,
            "concept_id": pl.Int32,
            "missing_means_zero": pl.Boolean,
        },
        orient="row",
    )


def concepts_of(concepts: Sequence[tuple]) -> pl.DataFrame:
    """The vocabulary's rows of these concepts."""
    names = ("concept_id", "concept_name", "vocabulary_id", "concept_code")
    rows = pl.DataFrame([one[:4] for one in concepts], schema=names, orient="row")
    return rows.with_columns(pl.col("concept_id").cast(pl.Int32))


def rows_of(entries: int, covariates: pl.DataFrame, concepts: Sequence[tuple], seed: str) -> pl.DataFrame:
    """Who has which covariate, by chance and always the same."""
    chance, shares = random.Random(seed), {concept: share for concept, *_, share in concepts}  # noqa: S311
    found = [
        (entry, entry, covariate)
        for covariate, concept in covariates.select("covariate_id", "concept_id").iter_rows()
        for entry in range(entries)
        if chance.random() < shares.get(concept, 1.0)
    ]
    return pl.DataFrame(
        found,
        schema={"row_id": pl.Int64, "person_id": pl.Int64, "covariate_id": pl.Int64},
        orient="row",
    )


def put_on_shelf(
    home: Path,
    partitions: Iterator[tuple[Snapshot, int]] | Sequence[tuple[Snapshot, int]],
    *,
    concepts: Sequence[tuple] = CONCEPTS,
    product: Product = LUNG,
) -> Shelf:
    """Facts and dictionaries of a product, as its publications would leave them; the lake is not read."""
    shelf, covariates = Shelf(home, product), covariates_of(concepts)
    for version, (snapshot, entries) in enumerate(partitions, start=1):
        rows = rows_of(entries, covariates, concepts, snapshot.key)
        counted = count_covariates(rows.lazy())
        facts = first_facts(snapshot, product, rows, version, entries) | more_facts(
            snapshot, rows, entries, counted
        )
        for path in (shelf.facts(snapshot), shelf.facts(snapshot).with_suffix("") / f"{version}.json"):
            write_json(path, facts)
        dictionary = dictionary_of(counted, covariates, analyses(), concepts_of(concepts))
        dictionary.write_parquet(shelf.dictionary(snapshot, version))
    return shelf


def first_facts(
    snapshot: Snapshot, product: Product, rows: pl.DataFrame, version: int, entries: int
) -> Facts:
    """What is counted of every publication."""
    when = dt.datetime(2024, snapshot.month.month + 1, 9, 6, version, tzinfo=dt.UTC)
    return {
        "build": hashlib.sha256(snapshot.key.encode()).hexdigest()[-16:],
        "contract": product.version,
        "version": version,
        "rows": rows.height,
        "entries": entries,
        "published_at": when.isoformat(timespec="milliseconds"),
        "nulls": {},
        "suppressed": {},
    }


def more_facts(snapshot: Snapshot, rows: pl.DataFrame, entries: int, counted: pl.DataFrame) -> Facts:
    """What the rooms before would tell."""
    groups = pl.DataFrame(
        [
            (one, one, ("train", "tuning", "held_out")[(one % 10 > 6) + (one % 10 > 8)], one % 3 == 0)
            for one in range(entries)
        ],
        schema={"row_id": pl.Int64, "person_id": pl.Int64, "split": pl.String, "is_case": pl.Boolean},
        orient="row",
    )
    steps = {rule: int(entries * more) for rule, more in STEPS.items()} | {"in the cohort": entries}
    delivered = entries * 4210
    account = {
        "equations": [
            {
                "delivered": delivered,
                "loaded": delivered,
                "collapsed": 0,
                "multi_map_extra": entries * 90,
                "rejected": {"missing_date": entries * 90},
                "missing": 0,
            }
        ],
        "persons": entries * 40,
        "rows": delivered + entries * 700,
        "mapped_percent": 97.31,
    }
    sha = hashlib.sha256(snapshot.key.encode()).hexdigest()
    return {
        "delivery": {
            "month": snapshot.folder,
            "manifest_sha256": sha,
            "layout": "thin-v1",
            "holder": "SYNTHETIC",
            "generated_at": "2024-04-01T06:00:00+00:00",
            "tables": 16,
            "rows": delivered // 10 * 10,
        },
        "cdm": {
            "delivery": sha,
            "vocabulary": "v5.0 30-AUG-24",
            "layout": "thin-v1",
            "code": "8a241de4394a5be7",
        },
        "attrition": attrition_facts(
            pl.DataFrame(
                {"step": list(range(len(steps))), "rule": list(steps), "persons": list(steps.values())}
            )
        ),
        "account": account_facts(account),
        "quality": quality_facts(
            pl.DataFrame(
                {
                    "status": ["passed"] * 1871 + ["failed"] * 3 + ["not_applicable"] * 310,
                    "severity": "warning",
                    "category": "Plausibility",
                }
            )
        ),
        "drift": drift_facts(drift_of(counted, entries)),
        "prevalence": prevalence_facts(rows.lazy(), groups, counted),
    }


def drift_of(counted: pl.DataFrame, entries: int) -> pl.DataFrame:
    """A month in which one covariate of twelve moved a little."""
    rows = [
        (
            covariate,
            count,
            count,
            entries,
            entries,
            0.15 if number % 12 == 5 else 0.01,
            None,
            "few" if entries < 100 else "ok",
            False,
        )
        for number, (covariate, count) in enumerate(counted.iter_rows())
    ]
    return pl.DataFrame(rows, schema=DRIFT, orient="row")
