"""What passed the scan is looked at again: a confounded exposure stops being one, a dose is seen as a dose.

Six hundred sets of six. Smokers have cough more often, and lung cancer; cough itself does nothing. The drug
does something, the more the more often it is prescribed.
"""

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.studies.scan.adjusted import conditional_logistic
from thin_assets.studies.scan.associations import associations
from thin_assets.studies.scan.counting import count_patterns
from thin_assets.studies.scan.covariates import BODY_MASS_INDEX, SMOKING, VISITS, covariates_of
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.names import names_of
from thin_assets.studies.scan.passed import Passed, look_again

SETS, SIZE = 600, 6
PERSONS = SETS * SIZE
INDEX, START = dt.date(2020, 7, 1), dt.date(2005, 1, 1)
COUGH, DRUG, SMOKER, NEVER = 100, 200, 4298794, 4144272
DOSES = np.array([0, 1, 3, 8])
EFFECTS = np.log([1.0, 1.2, 1.8, 3.2])
CONCEPTS = """
    concept_id | concept_name | domain_id   | concept_class_id | vocabulary_id | concept_code
    100        | cough        | Condition   | Disorder         | SNOMED        | c100
    200        | a drug       | Drug        | Ingredient       | RxNorm        | d200
    43054909   | smoking      | Observation | Clinical         | LOINC         | o1
    4298794    | Smoker       | Observation | Clinical         | SNOMED        | o2
    4144272    | Never smoked | Observation | Clinical         | SNOMED        | o3
"""


def drawn() -> dict[str, np.ndarray]:
    """Smoking, cough, dose of each person; and who is the case of its set."""
    random = np.random.default_rng(11)
    smoker = random.random(PERSONS) < 0.3
    cough = random.random(PERSONS) < np.where(smoker, 0.5, 0.1)
    dose = random.choice(4, PERSONS, p=[0.55, 0.15, 0.15, 0.15])
    odds = np.exp(np.where(smoker, 1.6, 0.0) + EFFECTS[dose]).reshape(SETS, SIZE)
    share = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    case = (random.random((SETS, 1)) > share).sum(axis=1)
    return {
        "smoker": smoker,
        "cough": cough,
        "dose": dose,
        "case": (np.arange(SIZE) == case[:, None]).ravel(),
    }


WORLD = drawn()


def tables() -> dict[str, pl.DataFrame]:
    """Smoking asked in 2011, cough in 2015, prescriptions from 2012 on."""
    who = np.arange(PERSONS)
    taken = np.repeat(who, DOSES[WORLD["dose"]])
    number = np.concatenate([np.arange(count) for count in DOSES[WORLD["dose"]]])
    answers = np.where(WORLD["smoker"], SMOKER, NEVER).astype(np.int32)
    ill = who[WORLD["cough"]]
    return {
        "person": pl.DataFrame({"person_id": who, "care_site_id": who % 20}),
        "observation_period": pl.DataFrame({"person_id": who}).with_columns(
            observation_period_start_date=pl.lit(START), observation_period_end_date=pl.lit(INDEX)
        ),
        "observation": pl.DataFrame(
            {"observation_id": who, "person_id": who, "value_as_concept_id": answers}
        ).with_columns(
            observation_concept_id=pl.lit(43054909, pl.Int32), observation_date=pl.lit(dt.date(2011, 5, 1))
        ),
        "condition_occurrence": pl.DataFrame({"condition_occurrence_id": ill, "person_id": ill}).with_columns(
            condition_concept_id=pl.lit(COUGH, pl.Int32),
            condition_source_concept_id=pl.lit(0, pl.Int32),
            condition_start_date=pl.lit(dt.date(2015, 6, 1)),
        ),
        "drug_exposure": pl.DataFrame(
            {"drug_exposure_id": np.arange(len(taken)), "person_id": taken, "number": number}
        ).select(
            "drug_exposure_id",
            "person_id",
            drug_concept_id=pl.lit(DRUG, pl.Int32),
            drug_exposure_start_date=pl.lit(dt.date(2012, 1, 1)) + pl.duration(days=pl.col("number") * 30),
        ),
    }


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder: Path = tmp_path_factory.mktemp("passed")
    build = write_cdm(folder / "build")
    for name, frame in tables().items():
        frame.write_parquet(build / name / "data.parquet")
    maps = "concept_id_1 | concept_id_2 | relationship_id"
    return open_cdm(build, write_vocabulary(folder / "words", CONCEPTS, relationships=maps))


@pytest.fixture(scope="module")
def scanned(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    members = pl.DataFrame(
        {
            "set_id": np.repeat(np.arange(SETS), SIZE),
            "person_id": np.arange(PERSONS),
            "is_case": WORLD["case"],
        }
    ).with_columns(index_date=pl.lit(INDEX))
    patterns = count_patterns(members, con, declared(), (443392,))
    names = names_of(patterns.rows["exposure_id"], con, declared())
    return associations(patterns, names, declared().scans[0], declared()).rows


@pytest.fixture(scope="module")
def again(con: duckdb.DuckDBPyConnection, scanned: pl.DataFrame) -> Passed:
    return look_again(scanned, con, declared().scans[0], declared())


def row_of(rows: pl.DataFrame, name: str) -> dict:
    return rows.row(by_predicate=pl.col("exposure_name") == name, named=True)


def test_what_goes_with_smoking_alone_passes_the_scan_and_not_the_adjustment(scanned, again: Passed) -> None:
    crude = scanned.filter(pl.col("window") == "1-10")
    assert row_of(crude, "cough")["lower"] > 1.2
    adjusted = row_of(again.adjusted, "cough")
    assert adjusted["lower"] < 1 < adjusted["upper"]
    assert adjusted["adjusted_for"] == "smoking"


def test_adjusted_estimates_are_those_of_a_fit_to_the_members(again: Passed) -> None:
    x = np.column_stack([WORLD["dose"] > 0, WORLD["smoker"]]).astype(float)
    fit = conditional_logistic(np.repeat(np.arange(SETS), SIZE), WORLD["case"], x)
    found = row_of(again.adjusted, "a drug")
    assert found["log_odds_ratio"] == pytest.approx(fit.coefficient[0], abs=1e-9)
    assert found["standard_error"] == pytest.approx(fit.error[0], abs=1e-9)
    assert (found["sets"], found["p_value"]) == (SETS, pytest.approx(fit.p[0]))


def test_smoking_is_no_covariate_of_an_answer_about_smoking(again: Passed) -> None:
    found = row_of(again.adjusted, "Smoker")
    assert (found["adjusted_for"], found["lower"] > 3) == ("", True)


def test_more_prescriptions_mean_higher_odds(again: Passed) -> None:
    rows = again.doses.filter(pl.col("exposure_name") == "a drug")
    assert rows["days"].to_list() == ["1", "2-4", "5+"]
    for low, planted, high in zip(rows["lower"], np.exp(EFFECTS[1:]), rows["upper"], strict=True):
        assert low < planted * 1.1 and planted / 1.1 < high
    assert rows["odds_ratio"].is_sorted()
    assert rows["trend_z"].unique().item() > 4
    counted = [
        (
            int((WORLD["case"] & (WORLD["dose"] == one)).sum()),
            int((~WORLD["case"] & (WORLD["dose"] == one)).sum()),
        )
        for one in (1, 2, 3)
    ]
    assert list(rows.select("exposed_cases", "exposed_controls").iter_rows()) == counted


def test_conditions_have_no_dose(again: Passed) -> None:
    assert set(again.doses["exposure_kind"]) == {"drug"}


def test_the_years_before_the_index_say_when_a_record_was_made(again: Passed) -> None:
    """Cough was recorded five years and a month before the index: within the sixth year before it."""
    rows = again.onset.filter(pl.col("exposure_name") == "cough")
    assert rows["year"].to_list() == list(range(1, 11))
    assert set(rows["cases"]) == {SETS} and set(rows["controls"]) == {PERSONS - SETS}
    exposed = dict(rows.filter(pl.col("exposed_cases") > 0).select("year", "exposed_cases").iter_rows())
    assert exposed == {6: int((WORLD["case"] & WORLD["cough"]).sum())}


def test_covariates_that_tell_nobody_apart_are_left_out(
    con: duckdb.DuckDBPyConnection, again: Passed
) -> None:
    """Nobody was weighed and nobody visited: everybody is in one class."""
    known = covariates_of(con, declared())
    assert known.columns[SMOKING].sum() == WORLD["smoker"].sum()
    assert known.columns[BODY_MASS_INDEX].shape == (PERSONS, 0)
    assert (known.columns[VISITS] == 0).all()


def test_where_nothing_passes_there_are_tables_without_rows(con: duckdb.DuckDBPyConnection, scanned) -> None:
    found = look_again(scanned.with_columns(q_value=pl.lit(0.9)), con, declared().scans[0], declared())
    assert [frame.height for frame in (found.adjusted, found.doses, found.onset)] == [0, 0, 0]


def test_the_same_records_give_the_same_tables(
    con: duckdb.DuckDBPyConnection, scanned, again: Passed
) -> None:
    found = look_again(scanned, con, declared().scans[0], declared())
    assert found.adjusted.equals(again.adjusted)
    assert found.doses.equals(again.doses) and found.onset.equals(again.onset)
