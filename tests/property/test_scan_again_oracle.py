"""What is counted again of exposures, by dose and by year, is what a naive reading of the records counts."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given

from tests.cdm import open_cdm
from tests.property.test_scan_oracle import (
    KIND,
    OBSERVED,
    RECORDS,
    SETS,
    Record,
    as_frame,
    exposures_of,
    kept_sets,
    less,
    members_of,
    words,
    write_build,
)
from thin_assets.studies.scan.again import DRUGS, count_doses, count_years, keep_records
from thin_assets.studies.scan.counting import count_patterns
from thin_assets.studies.scan.declared import declared

TOLD = declared()
OF_DRUGS = {KIND[name] for name in DRUGS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("again")


def counted(folder: Path, records: list[Record], observed: dict, members: list, at_once: int = 3) -> tuple:
    con = open_cdm(write_build(folder / "build", records, observed), words(folder / "vocabulary"))
    count_patterns(as_frame(members), con, TOLD, (777,))
    every = sorted({exposure for one in records for exposure in exposures_of(one)})
    keep_records(con, TOLD, pl.Series(every, dtype=pl.Int64), at_once=at_once)
    return count_years(con, TOLD), count_doses(con, TOLD)


def days_of(records: list[Record], exposure: int, person: int) -> set[int]:
    return {
        one.days
        for one in records
        if one.person == person and one.days >= 1 and exposure in exposures_of(one)
    }


def met(records: list[Record], members: list, most: int) -> set[int]:
    """Exposures that a member of a set has within so many days before the index."""
    who = {person for _, person, _ in members}
    return {
        exposure
        for one in records
        if one.person in who and 1 <= one.days <= most
        for exposure in exposures_of(one)
    }


def naive_years(records: list[Record], observed: dict, members: list) -> set[tuple]:
    found = set()
    for exposure in met(records, members, 3652):
        for year in range(1, TOLD.onset_years + 1):
            counts = [0, 0, 0, 0]
            for number in {one for one, _, _ in members}:
                kept = [
                    (who, case) for one, who, case in members if one == number and observed[who] >= 365 * year
                ]
                if {case for _, case in kept} != {True, False}:
                    continue
                for who, case in kept:
                    hit = any(365 * (year - 1) < day <= 365 * year for day in days_of(records, exposure, who))
                    counts[0 if case else 1] += 1
                    counts[2 if case else 3] += hit
            if counts[0]:
                found.add((exposure, year, *counts))
    return found


def naive_doses(records: list[Record], observed: dict, members: list) -> dict[tuple, int]:
    found: dict[tuple, int] = {}
    lagged = [kept for window, kept in kept_sets(observed, members) if window.name == TOLD.lagged_window]
    for kept in lagged:
        far = min(TOLD.lagged.to_days, *(observed[person] for person in kept))
        for exposure in met(records, members, 3652):
            if exposure % 1000 not in OF_DRUGS:
                continue
            classes = {person: class_of(records, exposure, person, far) for person in kept}
            if not any(classes.values()):
                continue
            case = next(classes[person] for person, is_case in kept.items() if is_case)
            sizes = tuple(list(classes.values()).count(one) for one in range(len(TOLD.dose_classes) + 1))
            found[exposure, *sizes, case] = found.get((exposure, *sizes, case), 0) + 1
    return found


def class_of(records: list[Record], exposure: int, person: int, far: int) -> int:
    days = [day for day in days_of(records, exposure, person) if TOLD.lagged.from_days <= day <= far]
    return sum(len(days) >= least for least in TOLD.dose_classes)


@given(RECORDS, OBSERVED, SETS)
@less
def test_years_before_the_index_are_those_of_a_naive_reading(folder, records, observed, sets) -> None:
    members = members_of(sets)
    years, _ = counted(folder, records, observed, members)
    assert set(years.iter_rows()) == naive_years(records, observed, members)
    assert years.height == len(naive_years(records, observed, members))


@given(RECORDS, OBSERVED, SETS)
@less
def test_doses_are_those_of_a_naive_reading(folder, records, observed, sets) -> None:
    members = members_of(sets)
    _, doses = counted(folder, records, observed, members)
    assert {row[:-1]: row[-1] for row in doses.iter_rows()} == naive_doses(records, observed, members)
    assert doses.height == len(naive_doses(records, observed, members))


def test_a_day_on_which_a_drug_is_recorded_twice_is_one(folder: Path) -> None:
    """A pack of two ingredients and one of them, on one day: one day of each, and of their class."""
    twice = [Record("drug_exposure", 1, concept, 500) for concept in (200, 210, 210)]
    later = [Record("drug_exposure", 1, 200, 600)]
    _, doses = counted(folder, twice + later, dict.fromkeys(range(1, 7), 5000), members_of([{2, 3}]))
    assert {row[0] // 1000: row[1:] for row in doses.iter_rows()} == {
        200: (2, 0, 1, 0, 2, 1),
        201: (2, 1, 0, 0, 1, 1),
        700: (2, 0, 1, 0, 2, 1),
    }
