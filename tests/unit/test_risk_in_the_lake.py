"""From a sealed build to what a model knows: landmarks, features and follow-up, room by room."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from tests.cdm import write_table
from tests.feature_worlds import INDEX, Record, numbered, write_build, write_words
from thin_assets.cdm.spec import table
from thin_assets.cohorts.landmark_assets import landmark_assets
from thin_assets.definitions import build_resources
from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.assets import features_asset
from thin_assets.features.catalogue import catalogue
from thin_assets.features.known_assets import first_seen
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings
from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk_assets import POPULATION, PREDICTORS, risk_population

GB = Snapshot.of("GB|2023-01-01")
LANDMARK = dt.date(2020, 2, 1)
COUGH, HAEMOGLOBIN, GRAMS = 254761, 3000963, 8713
FIRST = pl.Schema({"person_id": pl.Int64, "first_date": pl.Date})
CANCERS = sorted({site.cohort for site in declared().sites})


def at(day: dt.date, kind: str, person: int, concept: int, **more: object) -> Record:
    return Record(kind, person, concept, (INDEX - day).days, **more)


def before(days: int) -> dt.date:
    return LANDMARK - dt.timedelta(days=days)


KNOWN = [
    at(before(1), "condition_occurrence", 1, COUGH),
    at(before(30), "measurement", 2, HAEMOGLOBIN, value=12.5, unit=GRAMS),
]
LATER = [
    at(LANDMARK, "condition_occurrence", 2, COUGH),
    at(before(-9), "measurement", 2, HAEMOGLOBIN, value=8.0, unit=GRAMS),
    at(before(-30), "condition_occurrence", 5, COUGH),
]


def build(folder: Path, records: list[Record]) -> Lake:
    """A home with one sealed build, in which person 1 has lung cancer and person 5 dies."""
    resources = build_resources(Settings(home=folder))
    lake = Lake(home=str(folder))
    write_words(lake.vocabulary_versions / "version=test")
    sealed = lake.sealed(GB) / "build=b"
    write_build(sealed, numbered(records))
    write_table(sealed / "death" / "data.parquet", table("death"), "person_id | death_date\n5 | 2021-05-06")
    (sealed / "build.json").write_text(json.dumps({"identity": {"vocabulary": "test"}}))
    (sealed.parent / "current.json").write_text(json.dumps({"build": "b"}))
    ill = pl.DataFrame([(1, dt.date(2020, 2, 11))], schema=FIRST, orient="row")
    for name in CANCERS:
        rows = ill if name == "lung_cancer" else ill.clear()
        lake.write("cohorts", f"{name}_first_records", GB, rows)
    lake.write("cohorts", "any_cancer_first_records", GB, ill)
    onset = {"subject_id": [2], "cohort_start_date": [LANDMARK]}
    lake.write("cohorts", "type_2_diabetes", GB, pl.DataFrame(onset))
    populations = (features_asset(catalogue().population(one.features)) for one in declared().populations)
    assets = [first_seen, *landmark_assets({"any_cancer", "type_2_diabetes"}), *populations, risk_population]
    instance = dg.DagsterInstance.ephemeral()
    assert dg.materialize(assets, partition_key=GB.key, instance=instance, resources=resources).success
    return lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return build(tmp_path_factory.mktemp("risk"), [*KNOWN, *LATER])


def of_landmark(lake: Lake, name: str) -> pl.DataFrame:
    """Rows of the landmark of the tests, by person."""
    keys = lake.read("studies", POPULATION, GB).select("population", "row_id", "person_id", "index_date")
    mine = keys.filter(pl.col("index_date") == LANDMARK, pl.col("population") == "primary_care")
    rows = lake.read("studies", name, GB)
    return mine.join(rows, on=("population", "row_id"), how="inner").sort("person_id")


def test_adults_are_looked_at_and_what_became_of_them_is_known(lake: Lake) -> None:
    """Persons 3 and 4 are too young; observation ends with 2022."""
    found = of_landmark(lake, POPULATION).select("person_id", "sex", "age", "followed_days", "cause")
    until_the_end = (dt.date(2022, 12, 31) - LANDMARK).days + 1
    assert found.rows() == [
        (1, "male", 70, 11, "lung_cancer"),
        (2, "female", 60, until_the_end, "censored"),
        (5, "female", 80, (dt.date(2021, 5, 6) - LANDMARK).days + 1, "death"),
    ]


def test_whoever_had_the_cancer_is_looked_at_no_more(lake: Lake) -> None:
    rows = lake.read("studies", POPULATION, GB).filter(pl.col("person_id") == 1)
    assert rows["index_date"].max() == LANDMARK


def test_an_onset_is_a_population_of_its_own(lake: Lake) -> None:
    rows = lake.read("studies", POPULATION, GB).filter(pl.col("population") == "new_onset_diabetes")
    assert rows.select("person_id", "index_date").rows() == [(2, LANDMARK)]


def test_a_model_knows_the_day_before_and_nothing_of_the_day_itself(lake: Lake) -> None:
    found = of_landmark(lake, PREDICTORS)
    assert found["cough"].to_list() == [1, 0, 0]
    assert found["haemoglobin"].to_list() == [None, 12.5, None]


def test_without_all_that_came_later_the_same_is_known(lake: Lake, tmp_path: Path) -> None:
    alone = build(tmp_path, KNOWN)
    assert of_landmark(alone, PREDICTORS).equals(of_landmark(lake, PREDICTORS))


def test_predictors_stand_in_the_order_of_the_entries(lake: Lake) -> None:
    entries, predictors = (lake.read("studies", name, GB) for name in (POPULATION, PREDICTORS))
    assert entries.select("population", "row_id").equals(predictors.select("population", "row_id"))
