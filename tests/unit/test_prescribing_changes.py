"""A planted step is found where it is, and a flat series is flagged as rarely as is told."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.prescribing import crowd
from thin_assets.studies.prescribing.changes import FALSE_POSITIVES, Series, cuts, find_changes

MONTHS = [dt.date(2022 + (3 + place) // 12, (3 + place) % 12 + 1, 1) for place in range(24)]
TIME = np.linspace(30, 33, 24)


def series(events: np.ndarray) -> Series:
    return Series(events.astype(float), TIME)


def flagged(rng: np.random.Generator, means: np.ndarray, times: int) -> float:
    """Share of simulated series that are cut."""
    return sum(bool(cuts(series(rng.poisson(means)))) for _ in range(times)) / times


@pytest.mark.parametrize("mean", [6, 40, 2000])
def test_flat_series_are_flagged_as_rarely_as_is_told(mean: float) -> None:
    """Of 2,000 series the share has a standard error of a quarter of a percent."""
    rate = flagged(np.random.default_rng(7), mean * TIME / TIME.mean(), 2000)
    assert rate == pytest.approx(FALSE_POSITIVES, abs=0.008)


def test_months_heavier_than_poisson_are_flagged_less_than_one_time_in_fifteen() -> None:
    rng = np.random.default_rng(7)
    heavy = [series(rng.negative_binomial(10, 0.2, 24)) for _ in range(1000)]
    assert sum(bool(cuts(one)) for one in heavy) / 1000 < 1 / 15


def test_a_planted_step_is_found_in_its_month() -> None:
    found = cuts(series(np.where(np.arange(24) < 14, 100, 150)))
    assert [place for place, _ in found] == [14]


def test_two_steps_are_two_changes() -> None:
    months = np.arange(24)
    found = cuts(series(np.select([months < 8, months < 16], [100, 160], 90)))
    assert [place for place, _ in found] == [8, 16]


def test_a_step_of_a_third_is_found_in_noise() -> None:
    rng = np.random.default_rng(7)
    means = np.where(np.arange(24) < 12, 100, 133)
    assert flagged(rng, means, 300) > 0.98


def test_more_patients_are_no_change_of_level() -> None:
    """Twice the time observed with twice the events is the same rate."""
    time = np.where(np.arange(24) < 12, 30.0, 60.0)
    assert cuts(Series(10 * time, time)) == []


def test_no_level_is_shorter_than_three_months() -> None:
    places = [place for place, _ in cuts(series(np.where(np.arange(24) >= 22, 300, 100)))]
    assert places == [21]


def tables(users: list[int], incident: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Users of one class in 1,000 persons observed every day."""
    total = {"sex": "all", "age_band": "all"}
    days = pl.DataFrame({"month": MONTHS, "person_days": 30_000, "person_days_washed": 20_000}).with_columns(
        pl.lit(value).alias(name) for name, value in total.items()
    )
    told = {
        "record_kind": "prescribed",
        "level": "ATC 2nd",
        "class_code": "N05",
        "class_name": "PSYCHOLEPTICS",
    }
    counts = {"month": MONTHS, "users": users, "incident_users": incident, "prescriptions": users}
    rows = (
        pl.DataFrame(counts)
        .filter(pl.col("users") > 0)
        .with_columns(pl.lit(value).alias(name) for name, value in (told | total).items())
    )
    return rows, days


def test_changes_are_told_with_the_rate_before_and_after() -> None:
    found = find_changes(*tables([50] * 12 + [100] * 12, [6] * 24)).to_dicts()
    told = {row["counted"]: (row["month"], row["rate_before"], row["rate_after"]) for row in found}
    month = 1000 / 30_000 * 365.25 / 12
    assert told == {
        "users": (MONTHS[12], pytest.approx(50 * month, abs=1e-3), pytest.approx(100 * month, abs=1e-3)),
        "prescriptions": (
            MONTHS[12],
            pytest.approx(50 * month, abs=1e-3),
            pytest.approx(100 * month, abs=1e-3),
        ),
        "incident_users": (None, None, None),
    }


def test_a_series_of_few_is_not_looked_at_and_a_month_without_users_counts_as_none() -> None:
    few, none = (
        find_changes(*tables(users, [0] * 24)).filter(counted="users").row(0, named=True)
        for users in ([4] * 24, [0] * 12 + [40] * 12)
    )
    assert (few["statistic"], few["month"]) == (None, None)
    assert (none["month"], none["rate_before"]) == (MONTHS[12], 0.0)


def test_a_step_in_the_records_is_flagged_and_another_class_is_not(tmp_path: Path) -> None:
    """From records to the table: 20 users of diazepam a month, and 50 from April 2023 on; apixaban stays."""
    tables = crowd(tmp_path, {"diazepam": 20, "apixaban": 30}, later={"diazepam": 50})
    rows = tables["prescribing_changes"].filter(level="ATC 2nd", counted="users")
    assert dict(rows.select("class_code", "month").iter_rows()) == {"N05": dt.date(2023, 4, 1), "B01": None}
