"""Facts of a publication as they are gathered from a lake: of the same build, or not at all."""

from pathlib import Path

import polars as pl
import pytest

from tests.products import LUNG
from tests.shop import CONCEPTS, analyses, concepts_of, covariates_of, drift_of, rows_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.facts_assets import Source, gather_facts, tell_more
from thin_assets.published.writing.facts import count_covariates
from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.lake import Lake

GB = Snapshot.named("GB", "2024-03")
BUILD, DELIVERY = "b1", "d" * 64
PERSONS = 120


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """The rooms as one partition left them."""
    lake = Lake(home=str(tmp_path / "home"))
    covariates = covariates_of(CONCEPTS)
    rows = rows_of(PERSONS, covariates, CONCEPTS, "seed")
    people = pl.DataFrame({"row_id": range(PERSONS), "person_id": range(PERSONS)})
    tables = {
        "lung_cancer_matched": rows,
        "lung_cancer_matched_covariate_ref": covariates,
        "lung_cancer_matched_analysis_ref": analyses(),
        "lung_cancer_matched_labels": people.with_columns(is_case=pl.lit(True)),
        "lung_cancer_matched_splits": people.with_columns(split=pl.lit("train")),
        "lung_cancer_matched_drift": drift_of(count_covariates(rows.lazy()), PERSONS),
    }
    for name, table in tables.items():
        lake.write("features", name, GB, table)
    steps = pl.DataFrame(
        {"step": [0, 1], "rule": ["entry events", "in the cohort"], "persons": [133, PERSONS]}
    )
    lake.write("cohorts", "lung_cancer_attrition", GB, steps)
    results = pl.DataFrame({"status": ["passed"] * 3, "severity": "error", "category": "Conformance"})
    lake.write("validated", "data_quality", GB, results)
    identity = {"delivery": DELIVERY, "vocabulary": "v1", "layout": "thin-v1", "code": "c1", "key": "secret"}
    write_json(lake.sealed(GB) / f"build={BUILD}" / "build.json", {"build": BUILD, "identity": identity})
    vocabulary = lake.vocabulary_versions / "version=v1" / "concept.parquet"
    vocabulary.parent.mkdir(parents=True)
    concepts_of(CONCEPTS).write_parquet(vocabulary)
    lake.report("landing", GB, landed(DELIVERY))
    lake.report("validated", GB, judged(DELIVERY))
    return lake


def landed(delivery: str) -> dict:
    told = {"delivery": delivery, "layout": "thin-v1", "generated_at": "2024-04-01T06:00:00+00:00"}
    return told | {"tables": {"patient": 604, "medical": 8001}, "origin": {"holder": "SYNTHETIC"}}


def judged(delivery: str) -> dict:
    equation = {"delivered": 604, "loaded": 600, "collapsed": 0, "multi_map_extra": 0, "missing": 0}
    counts = {"persons": 600, "rows": 9000, "mapped_percent": 97.5, "failed": False}
    return counts | {"delivery": delivery, "equations": [equation | {"rejected": {"no date": 4}}]}


def gathered(lake: Lake, published: pl.DataFrame | None = None) -> dict:
    rows = lake.read("features", "lung_cancer_matched", GB) if published is None else published
    return gather_facts(Source(lake, LUNG, GB, BUILD), count_covariates(rows.lazy()))


def test_every_room_adds_what_it_knows(lake: Lake) -> None:
    told = gathered(lake)
    assert set(told) == {"delivery", "cdm", "attrition", "drift", "prevalence", "account", "quality"}
    assert told["delivery"]["manifest_sha256"] == DELIVERY
    assert told["delivery"]["rows"] == 8610
    assert told["cdm"] == {
        "build": BUILD,
        "code": "c1",
        "delivery": DELIVERY,
        "layout": "thin-v1",
        "vocabulary": "v1",
    }
    assert told["attrition"][-1] == {"rule": "in the cohort", "persons": 120}
    assert told["account"]["persons"] == 600


def test_the_fingerprint_of_the_key_is_not_among_them(lake: Lake) -> None:
    assert "secret" not in str(gathered(lake))


def test_a_delivery_that_replaced_it_is_not_told(lake: Lake) -> None:
    lake.report("landing", GB, landed("e" * 64))
    assert "delivery" not in gathered(lake)


@pytest.mark.parametrize("report", [judged("e" * 64), judged(DELIVERY) | {"failed": True}])
def test_a_judgement_of_another_candidate_is_not_told(lake: Lake, report: dict) -> None:
    lake.report("validated", GB, report)
    assert {"account", "quality"} & set(gathered(lake)) == set()


def test_a_room_that_was_not_built_adds_nothing(lake: Lake) -> None:
    lake.file("features", "lung_cancer_matched_drift", GB).unlink()
    lake.file("cohorts", "lung_cancer_attrition", GB).unlink()
    assert {"drift", "attrition"} & set(gathered(lake)) == set()


def test_a_covariate_that_is_not_published_is_in_no_fact(lake: Lake) -> None:
    """What the publisher leaves out as rare or sensitive is known in the lake all the same."""
    rows = lake.read("features", "lung_cancer_matched", GB)
    left_out = 254761102
    told = gathered(lake, rows.filter(pl.col("covariate_id") != left_out))
    assert left_out in {one["covariate_id"] for one in gathered(lake)["prevalence"]["covariates"]}
    assert left_out not in {one["covariate_id"] for one in told["prevalence"]["covariates"]}


def test_facts_dictionary_and_card_are_written_beside_the_table(lake: Lake) -> None:
    shelf = Shelf(Path(lake.home), LUNG)
    first = {"build": BUILD, "contract": "1.0.0", "version": 4, "rows": 9, "entries": PERSONS, "nulls": {}}
    first |= {"published_at": "2024-04-09T06:01:00+00:00", "suppressed": {}}
    for path in (shelf.facts(GB), shelf.facts_of(GB, 4)):
        write_json(path, first)
    published(shelf, lake.read("features", "lung_cancer_matched", GB))
    tell_more(lake, shelf, GB, BUILD, 4)
    told = read_json(shelf.facts(GB))
    assert read_json(shelf.facts_of(GB, 4)) == told
    assert told["entries"] == PERSONS
    assert told["attrition"]
    dictionary = pl.read_parquet(shelf.dictionary(GB, 4))
    assert "Cough" in dictionary["concept_name"].to_list()
    assert "Cough" in shelf.card.read_text(encoding="utf-8")


def published(shelf: Shelf, rows: pl.DataFrame) -> None:
    """A Delta table of these rows."""
    placed = rows.with_columns(pl.lit("GB").alias("country"), pl.lit(GB.month).alias("snapshot"))
    placed.write_delta(str(shelf.table), delta_write_options={"partition_by": ["country", "snapshot"]})
