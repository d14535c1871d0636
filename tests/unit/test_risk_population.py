"""Who is asked, what came after, and what was known before: by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk.follow_up import entries_of, follow
from thin_assets.studies.risk.predictors import ROWS_AT_ONCE, predictor_table
from thin_assets.studies.risk.problems import cases_of, current_of
from thin_assets.studies.risk.survival import CENSORED, DEATH, EVENT, OTHER_CANCER

AFTER = dt.date(2024, 4, 1)
DAY = dt.date(2022, 4, 1)
TOLD = declared()
LUNG, BREAST = TOLD.site("lung"), TOLD.site("breast")


def members(*rows: tuple[int, dt.date, dt.date]) -> pl.DataFrame:
    names = ["subject_id", "cohort_start_date", "cohort_end_date"]
    return pl.DataFrame(rows, schema=names, orient="row")


def first(*rows: tuple[int, dt.date]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"person_id": pl.Int64, "first_date": pl.Date}, orient="row")


def deaths(*rows: tuple[int, dt.date]) -> pl.DataFrame:
    return first(*rows).rename({"first_date": "death_date"})


END = dt.date(2024, 3, 31)


def test_follow_up_ends_with_what_comes_first_and_is_observed() -> None:
    day = lambda number: DAY + dt.timedelta(days=number - 1)  # noqa: E731
    who = members(*((person, DAY, END) for person in range(1, 8)), (8, DAY, day(40)))
    cancers = {
        "breast_cancer": first((1, day(10)), (5, day(10)), (8, day(41))),
        "lung_cancer": first((2, day(20)), (5, day(10)), (6, day(30))),
    }
    every = first(
        (1, day(10)), (2, day(20)), (3, day(5)), (5, day(10)), (6, day(30)), (7, day(9)), (8, day(41))
    )
    found = follow(who, cancers, every, deaths((1, day(10)), (4, day(7)), (6, day(29))))
    assert found.select("followed_days", "cause").rows() == [
        (10, "breast_cancer"),  # and died that day
        (20, "lung_cancer"),
        (5, "other_cancer"),
        (7, "death"),
        (10, "breast_cancer"),  # two sites on one day
        (29, "death"),
        (9, "other_cancer"),
        (40, "censored"),  # ill after observation ended
    ]


def test_the_last_day_that_is_observed_is_day_one_at_least() -> None:
    found = follow(members((1, DAY, DAY)), {"lung_cancer": first()}, first(), deaths())
    assert found.rows() == [(1, DAY, 1, "censored")]


def entries(*rows: dict) -> pl.DataFrame:
    """Entries of primary care, each with what differs from an unremarkable one."""
    plain = {
        "population": "primary_care",
        "person_id": 1,
        "index_date": DAY,
        "split": "train",
        "practice": 7,
        "sex": "female",
        "age": 60,
        "deprivation": None,
        "followed_days": 5000,
        "cause": "censored",
        "is_current": False,
    }
    types = {"deprivation": pl.Float64}
    return pl.DataFrame(
        [plain | {"row_id": place} | row for place, row in enumerate(rows)], schema_overrides=types
    )


def known(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("population", "row_id", *(pl.lit(0.0).alias(one.name) for one in TOLD.predictors))


def years_back(*years: int) -> list[dict]:
    return [{"index_date": AFTER.replace(year=2024 - back), "person_id": back} for back in years]


@pytest.mark.parametrize(("horizon", "asked"), [(1, [1, 2, 3, 4, 5, 10]), (2, [2, 4, 10]), (5, [5, 10])])
def test_periods_of_one_person_do_not_overlap(horizon: int, asked: list[int]) -> None:
    frame = entries(*years_back(0, 1, 2, 3, 4, 5, 10))
    found = cases_of(LUNG, horizon, frame, known(frame), AFTER, TOLD)
    assert found.person.tolist() == asked


def test_a_horizon_ends_on_the_same_day_of_a_later_year() -> None:
    """1 April 2022 to 1 April 2024 holds a 29 February: 731 days."""
    rows = [{"followed_days": days, "cause": "lung_cancer", "person_id": days} for days in (731, 732)]
    frame = entries(*rows)
    found = cases_of(LUNG, 2, frame, known(frame), AFTER, TOLD)
    assert (found.horizon.tolist(), found.happened.tolist()) == ([731, 731], [True, False])
    assert (found.weight > 0).all()


def test_each_site_sees_the_others_as_competing() -> None:
    causes = ["lung_cancer", "breast_cancer", "other_cancer", "death", "censored"]
    frame = entries(*({"cause": cause, "followed_days": 9} for cause in causes))
    found = cases_of(LUNG, 2, frame, known(frame), AFTER, TOLD)
    assert found.outcome.tolist() == [EVENT, OTHER_CANCER, OTHER_CANCER, DEATH, CENSORED]
    found = cases_of(BREAST, 2, frame, known(frame), AFTER, TOLD)
    assert found.outcome.tolist() == [OTHER_CANCER, EVENT, OTHER_CANCER, DEATH, CENSORED]


def test_a_site_of_one_sex_asks_nobody_else() -> None:
    frame = entries(
        {"sex": "male"}, {"sex": "female", "is_current": True}, {"sex": "other", "is_current": True}
    )
    assert len(cases_of(BREAST, 2, frame, known(frame), AFTER, TOLD)) == 1
    assert current_of(BREAST, frame, known(frame))[0]["row_id"].to_list() == [1]


def test_an_onset_is_asked_once_its_horizon_has_passed() -> None:
    site = TOLD.site("pancreas_in_diabetes")
    onsets = [dt.date(2022, 4, 1), dt.date(2022, 4, 2), dt.date(2021, 7, 13)]
    frame = entries(*({"population": "new_onset_diabetes", "index_date": day} for day in onsets))
    found = cases_of(site, 2, frame, known(frame), AFTER, TOLD)
    assert len(found) == 2


def features(*rows: tuple) -> tuple[pl.LazyFrame, pl.DataFrame, pl.DataFrame]:
    """Long table, covariates and analyses: (entry, analysis, concept, unit, value, days since)."""
    names = sorted({row[1] for row in rows})
    analyses = pl.DataFrame({"analysis_id": list(range(len(names))), "analysis_name": names})
    keys = sorted({row[1:4] for row in rows}, key=str)
    covariates = pl.DataFrame(
        [(place, names.index(name), concept, unit) for place, (name, concept, unit) in enumerate(keys)],
        schema={
            "covariate_id": pl.Int64,
            "analysis_id": pl.Int64,
            "concept_id": pl.Int64,
            "unit_concept_id": pl.Int64,
        },
        orient="row",
    )
    long = pl.DataFrame(
        [(row[0], keys.index(row[1:4]), float(row[4]), row[5]) for row in rows],
        schema={
            "row_id": pl.Int64,
            "covariate_id": pl.Int64,
            "value": pl.Float64,
            "days_since_last": pl.Int32,
        },
        orient="row",
    )
    return long.lazy(), covariates, analyses


def table(*rows: tuple, at_once: int = ROWS_AT_ONCE) -> pl.DataFrame:
    below = {
        concept: frozenset({concept, concept * 10}) for one in TOLD.predictors for concept in one.concepts
    }
    long, covariates, analyses = features(*rows)
    entries = pl.DataFrame({"row_id": [1, 2]})
    return predictor_table(long, entries, covariates, analyses, below, TOLD, at_once=at_once)


def test_a_concept_stands_for_all_below_it_and_absence_is_zero() -> None:
    found = table((1, "ConditionOccurrenceLongTerm", 2616870, None, 1, 30))
    assert found["haemoptysis"].to_list() == [1, 0]
    assert found["haemoglobin"].to_list() == [None, None] and found["visits"].to_list() == [0, 0]


def test_the_latest_value_counts_in_one_unit() -> None:
    found = table(
        (1, "MeasurementValueLongTerm", 3000963, 8713, 12.5, 90),
        (1, "MeasurementValueLongTerm", 3000963, 8636, 119, 10),
        (2, "MeasurementValueLongTerm", 3000963, None, 60, 5),
        (2, "MeasurementValueLongTerm", 3004410, 8554, 6.5, 5),
    )
    assert found["haemoglobin"].to_list() == [pytest.approx(11.9), None]
    assert found["hba1c"].to_list() == [None, pytest.approx(47.5, abs=0.1)]


@pytest.mark.parametrize("at_once", range(1, 7))
def test_a_latest_value_counts_wherever_a_part_of_the_long_table_ends(at_once: int) -> None:
    rows = [
        (1, "MeasurementValueLongTerm", 3000963, 8713, 12.5, 90),
        (1, "MeasurementValueLongTerm", 3000963, 8636, 119, 10),
        (1, "ConditionOccurrenceLongTerm", 2616870, None, 1, 30),
        (2, "MeasurementValueLongTerm", 3000963, 8636, 90, 7),
        (2, "MeasurementValueLongTerm", 3004410, 8554, 6.5, 5),
    ]
    assert_frame_equal(table(*rows, at_once=at_once), table(*rows))


def test_an_old_disease_is_no_new_onset() -> None:
    found = table(
        (1, "ConditionGroupDaysSinceFirst", 201820, None, 1095, 20),
        (2, "ConditionGroupDaysSinceFirst", 201820, None, 1096, 20),
    )
    assert found["new_diabetes"].to_list() == [1, 0] and found["diabetes"].to_list() == [1, 1]


def test_no_row_of_features_makes_everybody_unremarkable() -> None:
    long, covariates, analyses = features((1, "Nothing", 1, None, 1, 1))
    found = predictor_table(
        long,
        pl.DataFrame({"row_id": [1, 2]}),
        covariates,
        analyses,
        {concept: frozenset({concept}) for one in TOLD.predictors for concept in one.concepts},
        TOLD,
    )
    assert found.columns == ["row_id", *(one.name for one in TOLD.predictors)]
    assert found["cough"].to_list() == [0, 0] and found["age"].null_count() == 2


def test_entries_stand_beside_their_features() -> None:
    labels = pl.DataFrame({"row_id": [5, 4], "person_id": [2, 1], "index_date": [AFTER, DAY]})
    followed = follow(members((1, DAY, END), (2, AFTER, AFTER)), {"lung_cancer": first()}, first(), deaths())
    splits = pl.DataFrame({"row_id": [4, 5], "split": ["train", "held_out"]})
    people = pl.DataFrame(
        {
            "row_id": [4, 5],
            "person_id": [1, 2],
            "care_site_id": [9, None],
            "gender_concept_id": [8507, 0],
            "year_of_birth": [1960, 1950],
        }
    )
    deprivation = pl.DataFrame({"row_id": [4, 5], "deprivation": [3.0, None]})
    found = entries_of(TOLD.populations[0], followed, labels, splits, people, deprivation, AFTER)
    assert found.select("row_id", "sex", "age", "practice", "is_current", "split").rows() == [
        (4, "male", 62, 9, False, "train"),
        (5, "other", 74, None, True, "held_out"),
    ]
    assert np.isfinite(found["followed_days"].to_numpy()).all()
