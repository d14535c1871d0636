"""What was planted in synthetic lives is found by the scan, after all tests are counted, and nothing else is.

Lives of many patients, as the generator makes them for deliveries, are written straight into a CDM:
smoking was asked once after registration, haemoptysis is recorded on its day before the cancer, and a
hundred drugs that have to do with nothing are prescribed at random.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from tests.unit.test_features_planted_effects import ANSWERS, SMOKER, Lives, live, matched_sets
from thin_assets.studies.scan.associations import Found, associations
from thin_assets.studies.scan.counting import count_patterns
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.names import names_of
from thin_assets.synthetic.parameters import rates

pytestmark = pytest.mark.long

HAEMOPTYSIS, DRUGS, FIRST_DRUG = 261687, 100, 5001
USUAL_SHARE = 0.02
"""Share of members with haemoptysis in a year, cancer or not: far above life, so that few sets suffice."""

CONCEPTS = """
    concept_id | concept_name  | domain_id   | concept_class_id | vocabulary_id | concept_code
    261687     | Hemoptysis    | Condition   | Clinical Finding | SNOMED        | c1
    901        | Haemoptysis   | Condition   | ICD10 code       | ICD10         | R04.2
    902        | Haemorrhage   | Condition   | ICD10 Hierarchy  | ICD10         | R04
    43054909   | smoking       | Observation | Clinical         | LOINC         | o1
    4298794    | Smoker        | Observation | Clinical         | SNOMED        | o2
    4310250    | Ex-smoker     | Observation | Clinical         | SNOMED        | o3
    4144272    | Never smoked  | Observation | Clinical         | SNOMED        | o4
"""


def tables(lives: Lives, sets: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Records of members of sets; haemoptysis has its planted odds in the year before the index of a case."""
    random, who = np.random.default_rng(4), np.unique(sets["person_id"].to_numpy())
    count = len(who)
    bleeder, day = haemoptysis(who, sets, random)
    last = int(sets["index_date"].to_physical().max())
    takes = np.argwhere(random.random((count, DRUGS)) < 0.8)
    taken = random.integers(0, last, len(takes))
    return {
        "person": pl.DataFrame({"person_id": who, "care_site_id": who % 50}),
        "observation_period": pl.DataFrame(
            {
                "person_id": who,
                "observation_period_start_date": _dates(lives.entry[who]),
                "observation_period_end_date": _dates(np.minimum(lives.ends[who], 40_000)),
            }
        ),
        "condition_occurrence": pl.DataFrame(
            {
                "condition_occurrence_id": np.arange(len(day)),
                "person_id": bleeder,
                "condition_concept_id": pl.Series([HAEMOPTYSIS] * len(day), dtype=pl.Int32),
                "condition_start_date": _dates(day),
                "condition_source_concept_id": pl.Series([0] * len(day), dtype=pl.Int32),
            }
        ),
        "drug_exposure": pl.DataFrame(
            {
                "drug_exposure_id": np.arange(len(takes)),
                "person_id": who[takes[:, 0]],
                "drug_concept_id": (FIRST_DRUG + takes[:, 1]).astype(np.int32),
                "drug_exposure_start_date": _dates(taken),
            }
        ),
        "observation": pl.DataFrame(
            {
                "observation_id": who,
                "person_id": who,
                "observation_concept_id": np.full(count, 43054909, np.int32),
                "observation_date": _dates(lives.entry[who] + 30),
                "value_as_concept_id": pl.Series(
                    [ANSWERS[one] for one in lives.smoking[who]], dtype=pl.Int32
                ),
            }
        ),
    }


def haemoptysis(
    who: np.ndarray, sets: pl.DataFrame, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Persons and days: every year of everybody as likely, in the last year of a case its planted odds."""
    first, last = 0, int(sets["index_date"].to_physical().max())
    years = np.argwhere(random.random((len(who), (last - first) // 365)) < USUAL_SHARE)
    usual = first + years[:, 1] * 365 + random.integers(0, 365, len(years))
    odds = USUAL_SHARE / (1 - USUAL_SHARE) * _planted("haemoptysis")
    more = (odds / (1 + odds) - USUAL_SHARE) / (1 - USUAL_SHARE)
    cases = sets.filter("is_case")
    ill = random.random(cases.height) < more
    before = cases["index_date"].to_physical().to_numpy() - random.integers(1, 366, cases.height)
    persons = np.concatenate([who[years[:, 0]], cases["person_id"].to_numpy()[ill]])
    return persons, np.concatenate([usual, before[ill]])


def _dates(days: np.ndarray) -> pl.Series:
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def _planted(exposure: str) -> float:
    rows = rates("effects").filter((pl.col("effect") == "lung_cancer") & (pl.col("exposure") == exposure))
    return rows["multiplier"].item()


@pytest.fixture(scope="module")
def lung(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder: Path = tmp_path_factory.mktemp("scan")
    lives = live("lung_cancer", "lung", 60_000)
    sets = matched_sets(lives, 1).with_columns(pl.col("is_case").cast(pl.Boolean))
    build = write_cdm(folder / "build")
    for name, frame in tables(lives, sets).items():
        frame.write_parquet(build / name / "data.parquet")
    drugs = "\n".join(
        f"    {FIRST_DRUG + one} | drug {one} | Drug | Ingredient | RxNorm | d{one}" for one in range(DRUGS)
    )
    maps = "concept_id_1 | concept_id_2 | relationship_id\n901 | 261687 | Maps to"
    con = open_cdm(build, write_vocabulary(folder / "words", CONCEPTS + drugs, relationships=maps))
    patterns = count_patterns(sets, con, declared(), (443392,))
    names = names_of(patterns.rows["exposure_id"], con, declared())
    return associations(patterns, names, declared().scans[0], declared())


def row_of(found: Found, window: str, concept: int) -> dict:
    mine = (pl.col("window") == window) & (pl.col("exposure_id") // 1000 == concept)
    return found.rows.filter(mine).row(0, named=True)


def test_haemoptysis_in_the_last_year_has_its_planted_odds_ratio(lung: Found) -> None:
    row = row_of(lung, "0-1", HAEMOPTYSIS)
    assert row["lower"] < _planted("haemoptysis") < row["upper"]
    assert row["p_bonferroni"] < 1e-6
    assert (row["exposure_kind"], row["chapter"]) == ("symptom", "Symptoms")


def test_haemoptysis_that_the_cancer_brought_vanishes_with_the_lag(lung: Found) -> None:
    row = row_of(lung, "1-10", HAEMOPTYSIS)
    assert row["lower"] < 1 < row["upper"]
    assert row["p_value"] > 0.01


def test_smoking_is_found_before_the_last_year(lung: Found) -> None:
    row = row_of(lung, "1-10", SMOKER)
    strongest = lung.rows.filter(pl.col("window") == "1-10").sort("p_value").head(2)
    assert row["lower"] > 1.5
    assert row["q_value"] < 0.05
    assert strongest["exposure_kind"].to_list() == ["answer", "answer"]


def test_drugs_that_have_to_do_with_nothing_are_not_found(lung: Found) -> None:
    """At most one of a hundred by Bonferroni, and about a twentieth without; lambda is about 1."""
    drugs = lung.rows.filter((pl.col("exposure_kind") == "drug") & (pl.col("window") == "1-10"))
    assert drugs.height == DRUGS
    assert drugs.filter(pl.col("p_bonferroni") < 0.05).height <= 1
    assert drugs.filter(pl.col("p_value") < 0.05).height <= 12
    assert 0.6 < lung.windows.filter(pl.col("window") == "1-10")["inflation"].item() < 1.6
