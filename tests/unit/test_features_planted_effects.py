"""What was planted in synthetic lives is found in the features, with its direction and size.

Lives of many patients, as the generator makes them for deliveries, are written straight into a CDM: who
smokes was asked once after registration, diabetes is recorded on the day it begins. Cases and controls are
drawn by risk set (same sex, born within two years, observed for three years, free of the cancer), and a
Mantel-Haenszel odds ratio over the sets estimates the planted ratio. Lives go on after the last delivery, for
the generator draws them whole: all of them are used.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from tests.odds import odds_ratio
from thin_assets.features.build import FeatureWork
from thin_assets.features.catalogue import catalogue
from thin_assets.features.entries import entries_of_sets
from thin_assets.features.profile import single_auc
from thin_assets.features.splits import label_entries
from thin_assets.features.wide import wide_parts
from thin_assets.synthetic.chunks import chunks_of, lives_of
from thin_assets.synthetic.days import NEVER, YEAR, years_of
from thin_assets.synthetic.effects import outcome_days, planted
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.population import NEVER_SMOKED, SMOKES, STOPPED
from thin_assets.synthetic.practices import open_practices

pytestmark = pytest.mark.long

LAST_YEAR, CONTROLS, LOOK_BACK = 2024, 10, 1095
SMOKER, EX_SMOKER, NEVER_ANSWER = 4298794, 4310250, 4144272
ANSWERS = {SMOKES: SMOKER, STOPPED: EX_SMOKER, NEVER_SMOKED: NEVER_ANSWER}
CONCEPTS = """
    concept_id | concept_name  | domain_id   | concept_class_id
    201820     | diabetes      | Condition   | Disorder
    201826     | diabetes 2    | Condition   | Disorder
    43054909   | smoking       | Observation | Clinical
    4298794    | smoker        | Observation | Clinical
    4310250    | ex-smoker     | Observation | Clinical
    4144272    | never smoked  | Observation | Clinical
"""


@dataclass(frozen=True)
class Lives:
    """Days and traits of patients, an element each."""

    entry: np.ndarray
    ends: np.ndarray
    born: np.ndarray
    male: np.ndarray
    smoking: np.ndarray
    diabetes: np.ndarray
    cancer: np.ndarray


def live(effect: str, outcome: str, patients: int) -> Lives:
    """Settled British patients with an effect switched on, and no other."""
    world, practices = (5, "GB", patients), open_practices("GB", patients, 5, LAST_YEAR)
    rows, parts = planted([effect], "GB"), []
    for chunk in chunks_of(practices):
        if chunk.wave == 0:
            found = lives_of(world, chunk, practices, LAST_YEAR, rows, defects=False)
            people = found.people
            diabetes = found.onset[:, burden("GB").at("type_2_diabetes")]
            cancer = outcome_days(found.onset, "GB", outcome)
            traits = [people[name] for name in ("entry", "ends", "born", "male", "smoking")]
            parts.append([*traits, diabetes, cancer])
    return Lives(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def matched_sets(lives: Lives, seed: int) -> pl.DataFrame:
    """Risk sets: cases, and controls who might have been the case on that day."""
    random = np.random.default_rng(seed)
    rows = []
    cases = np.flatnonzero((lives.cancer < lives.ends) & (lives.cancer >= lives.entry + LOOK_BACK))
    for number, case in enumerate(cases):
        index = lives.cancer[case]
        at_risk = (
            (lives.male == lives.male[case])
            & (np.abs(lives.born - lives.born[case]) <= 2 * YEAR)
            & (lives.entry + LOOK_BACK <= index)
            & (lives.ends > index)
            & (lives.cancer > index)
        )
        pool = np.flatnonzero(at_risk)
        chosen = random.choice(pool, min(CONTROLS, len(pool)), replace=False)
        rows += [(number, 7, int(person), int(index), person == case) for person in (case, *chosen)]
    names = ("set_id", "cohort_definition_id", "person_id", "index_date", "is_case")
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("index_date").cast(pl.Int32).cast(pl.Date), pl.col("cohort_definition_id").cast(pl.Int32)
    )


def wide_features(folder: Path, lives: Lives, sets: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Labels, and the wide table of the engine, for the members of the sets."""
    build = write_cdm(folder / "build")
    who = np.unique(sets["person_id"].to_numpy())
    for name, frame in _tables(lives, who):
        frame.write_parquet(build / name / "data.parquet")
    vocabulary = write_vocabulary(
        folder / "vocabulary", CONCEPTS, "ancestor_concept_id | descendant_concept_id\n201820 | 201826"
    )
    work = FeatureWork(open_cdm(build, vocabulary), entries_of_sets(sets))
    work.write(folder / "long.parquet")
    labels = label_entries(work.entries())
    wide = pl.concat(wide_parts(folder / "long.parquet", labels, work.covariates(), catalogue().wide))
    return labels, labels.join(wide, on="row_id")


def _tables(lives: Lives, who: np.ndarray) -> Iterator[tuple[str, pl.DataFrame]]:
    def dates(days: np.ndarray) -> pl.Series:
        return pl.Series(days.astype(np.int32)).cast(pl.Date)

    yield (
        "person",
        pl.DataFrame(
            {
                "person_id": who,
                "gender_concept_id": np.where(lives.male[who], 8507, 8532).astype(np.int32),
                "year_of_birth": years_of(lives.born[who]).astype(np.int32),
                "care_site_id": who % 50,
            }
        ),
    )
    yield (
        "observation_period",
        pl.DataFrame({"person_id": who, "observation_period_start_date": dates(lives.entry[who])}),
    )
    ill = who[lives.diabetes[who] < NEVER]
    yield (
        "condition_occurrence",
        pl.DataFrame(
            {
                "condition_occurrence_id": ill,
                "person_id": ill,
                "condition_concept_id": np.full(len(ill), 201826, np.int32),
                "condition_start_date": dates(lives.diabetes[ill]),
                "condition_source_concept_id": np.zeros(len(ill), np.int32),
            }
        ),
    )
    yield (
        "observation",
        pl.DataFrame(
            {
                "observation_id": who,
                "person_id": who,
                "observation_concept_id": np.full(len(who), 43054909, np.int32),
                "observation_date": dates(lives.entry[who] + 30),
                "value_as_number": pl.Series([None] * len(who), dtype=pl.Float64),
                "value_as_concept_id": pl.Series(
                    [ANSWERS[status] for status in lives.smoking[who]], dtype=pl.Int32
                ),
                "unit_concept_id": pl.Series([None] * len(who), dtype=pl.Int32),
            }
        ),
    )


@pytest.fixture(scope="module")
def lung(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame]:
    lives = live("lung_cancer", "lung", 60_000)
    return wide_features(tmp_path_factory.mktemp("lung"), lives, matched_sets(lives, 1))


@pytest.mark.parametrize(("sex", "male"), [("m", 8507), ("f", 8532)])
def test_smoking_before_lung_cancer_has_its_planted_ratio(lung, sex: str, male: int) -> None:
    """Smokers against never-smokers; the sets hold one sex each."""
    planted_ratio = _planted("lung_cancer", exposure="smoker", sex=sex)
    _, wide = lung
    mine = wide.filter(pl.col(f"c{male}001") == 1)
    asked = mine.filter((pl.col(f"c{SMOKER}811") == 1) | (pl.col(f"c{NEVER_ANSWER}811") == 1))
    found, low, high = odds_ratio(asked.select("set_id", "is_case", exposed=pl.col(f"c{SMOKER}811") == 1))
    assert low < planted_ratio < high
    assert low > 2


def test_having_stopped_smoking_has_a_smaller_ratio(lung) -> None:
    _, wide = lung
    asked = wide.filter((pl.col(f"c{EX_SMOKER}811") == 1) | (pl.col(f"c{NEVER_ANSWER}811") == 1))
    found, low, high = odds_ratio(asked.select("set_id", "is_case", exposed=pl.col(f"c{EX_SMOKER}811") == 1))
    assert low < _planted("lung_cancer", exposure="ex_smoker", sex=None) < high
    assert low > 1


def test_the_wrong_label_tells_nothing(lung) -> None:
    """Cases drawn again within their sets: what was a strong feature is as good as a coin."""
    labels, wide = lung
    random = np.random.default_rng(3)
    shuffled = labels.with_columns(drawn=pl.Series(random.random(labels.height)))
    shuffled = shuffled.with_columns(is_case=pl.col("drawn") == pl.col("drawn").min().over("set_id"))
    told = pl.DataFrame({"covariate_id": [5], "missing_means_zero": [True]})
    smoker = wide.filter(pl.col(f"c{SMOKER}811") == 1).select("row_id", covariate_id=5, value=1.0)
    auc = [
        single_auc(smoker.lazy(), one.select("row_id", "is_case"), told)["auc"][0]
        for one in (labels, shuffled)
    ]
    cases = labels["is_case"].sum()
    noise = 3 * math.sqrt((1 / cases + 1 / (labels.height - cases)) / 12)
    assert auc[0] > 0.5 + 2 * noise
    assert abs(auc[1] - 0.5) < noise


def test_new_onset_diabetes_before_pancreatic_cancer_has_its_planted_ratio(tmp_path: Path) -> None:
    """Diabetes that began between three years and 30 days before, among those free of it until then."""
    lives = live("pancreatic_cancer", "pancreas", 400_000)
    _, wide = wide_features(tmp_path, lives, matched_sets(lives, 2))
    known = pl.col("c201820137")  # days since the first diagnosis of the group
    free = wide.filter(known.is_null() | (known <= LOOK_BACK))
    new = (known > 30).fill_null(False)
    found, low, high = odds_ratio(free.select("set_id", "is_case", exposed=new))
    assert low < _planted("pancreatic_cancer", kind="onset", exposure="type_2_diabetes") < high
    assert low > 1


def _planted(effect: str, **wanted: str | None) -> float:
    rows = rates("effects").filter(pl.col("effect") == effect)
    for name, value in wanted.items():
        rows = rows.filter(pl.col(name).eq_missing(pl.lit(value, pl.String)))
    return rows["multiplier"].item()
