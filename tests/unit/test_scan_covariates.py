"""What is known of members of sets when the lagged window ends, and which classes a model can tell apart."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.studies.scan.counting import count_patterns
from thin_assets.studies.scan.covariates import (
    BODY_MASS_INDEX,
    SMOKING,
    VISITS,
    Covariates,
    covariates_of,
)
from thin_assets.studies.scan.declared import declared

INDEX = dt.date(2020, 7, 1)
SMOKER, FORMER, NEVER = 4298794, 4310250, 4144272
TOLD = declared().model_copy(update={"fewest_exposed": 1})
"""Classes of one member are classes here, where tables are small."""


def known(folder: Path, told=TOLD, sets: int = 2, size: int = 3, **tables: str) -> Covariates:
    """Covariates of persons 1, 2, 3 ...: each set has a case first, and its controls; observed since 2005."""
    people = range(1, sets * size + 1)
    lines = "\n".join(f"{one} | 2005-01-01 | 2021-01-01" for one in people)
    periods = f"person_id | observation_period_start_date | observation_period_end_date\n{lines}"
    con = open_cdm(
        write_cdm(folder / "build", observation_period=periods, **tables), write_vocabulary(folder / "words")
    )
    members = pl.DataFrame(
        [((one - 1) // size, one, INDEX, (one - 1) % size == 0) for one in people],
        schema=["set_id", "person_id", "index_date", "is_case"],
        orient="row",
    )
    count_patterns(members, con, declared(), (443392,))
    return covariates_of(con, told)


def answers(*rows: tuple[int, str, int]) -> str:
    head = "person_id | observation_concept_id | observation_date | value_as_concept_id"
    return "\n".join([head, *(f"{who} | 43054909 | {day} | {answer}" for who, day, answer in rows)])


def weighed(*rows: tuple[int, str, float]) -> str:
    head = "person_id | measurement_concept_id | measurement_date | value_as_number"
    return "\n".join([head, *(f"{who} | 3038553 | {day} | {value}" for who, day, value in rows)])


def visits(*rows: tuple[int, str]) -> str:
    head = "person_id | visit_concept_id | visit_start_date | visit_end_date"
    return "\n".join([head, *(f"{who} | 9202 | {day} | {day}" for who, day in rows)])


def test_the_last_answer_before_the_lag_counts_and_none_is_a_class(tmp_path: Path) -> None:
    """Person 1 smoked and stopped; what 2 said within the last year is not known; 3 was never asked."""
    found = known(
        tmp_path,
        observation=answers(
            (1, "2010-01-01", SMOKER),
            (1, "2015-01-01", FORMER),
            (2, "2012-01-01", NEVER),
            (2, "2020-01-01", SMOKER),
            (4, "2012-01-01", NEVER),
            (5, "2012-01-01", FORMER),
            (6, "2012-01-01", NEVER),
        ),
    )
    # columns: former, no answer; in the first set the case is former, in the second a control
    assert found.columns[SMOKING][:, 0].tolist() == [1, 0, 0, 0, 1, 0]
    assert found.is_case.tolist() == [True, False, False] * 2
    assert found.columns[SMOKING].shape[1] == 1  # no answer: of a control alone, which has no end


def test_classes_of_body_mass_index_are_those_declared(tmp_path: Path) -> None:
    """18.5 to 25 is the reference; a value that nobody can have is none."""
    rows = [(1, 31.0), (2, 22.0), (3, 24.9), (4, 18.5), (5, 30.0), (6, 400.0)]
    found = known(tmp_path, measurement=weighed(*((who, "2012-05-01", value) for who, value in rows)))
    assert found.columns[BODY_MASS_INDEX].T.tolist() == [[1, 0, 0, 0, 1, 0]]


def test_visits_a_year_are_those_of_the_window_by_day(tmp_path: Path) -> None:
    """Two on one day are one; those of the last year and of more than ten years ago are not in it."""
    found = known(
        tmp_path,
        visit_occurrence=visits(
            *((1, day) for day in ("2015-01-01", "2015-01-01", "2016-01-01", "2020-06-01", "2006-01-01"))
        ),
    )
    years = (3652 - 366 + 1) / 365.25
    assert found.columns[VISITS][:, 0].tolist() == pytest.approx([np.log1p(2 / years), 0, 0, 0, 0, 0])


def test_a_class_of_few_members_is_with_the_reference(tmp_path: Path) -> None:
    rows = answers((1, "2012-01-01", FORMER), (5, "2012-01-01", FORMER))
    assert known(tmp_path / "a", observation=rows).columns[SMOKING].shape[1] == 1
    told = TOLD.model_copy(update={"fewest_exposed": 3})
    columns = known(tmp_path / "b", told, observation=rows).columns[SMOKING]
    assert columns.sum() == 4  # no answer is a class of four; the two are with the reference


def test_a_class_that_cases_alone_are_in_is_left_out(tmp_path: Path) -> None:
    """Its effect has no end, and with it no exposure would have an estimate."""
    everybody = [(who, NEVER) for who in (2, 3, 5, 6)]
    rows = answers(*((who, "2012-01-01", answer) for who, answer in [(1, SMOKER), (4, SMOKER), *everybody]))
    assert known(tmp_path, observation=rows).columns[SMOKING].shape == (6, 0)


def test_where_nobody_gave_the_reference_another_class_is_it(tmp_path: Path) -> None:
    """Else the columns would add up to one, and no model could tell them apart."""
    given = [SMOKER, FORMER, FORMER, FORMER, SMOKER, FORMER]
    rows = answers(*((who, "2012-01-01", answer) for who, answer in enumerate(given, start=1)))
    assert known(tmp_path, observation=rows).columns[SMOKING].shape == (6, 1)
