"""The profile that the engine counts is that of a naive reading of the definitions, whatever the records."""

import datetime as dt
import statistics
from collections import Counter, defaultdict
from itertools import accumulate
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.evidence.profile import Profile, build_profile

EXAMPLES = max(4, settings.default.max_examples // 4)
PEOPLE = {1: (1950, 8507), 2: (1961, 8532), 3: (1999, 8507), 4: (2015, 8532)}
DAYS = st.dates(dt.date(2019, 11, 1), dt.date(2021, 2, 28))
RECORDS = st.lists(
    st.tuples(st.sampled_from(list(PEOPLE)), st.sampled_from([0, 100, 101]), DAYS), max_size=40
)
VALUES = st.lists(
    st.tuples(st.sampled_from(list(PEOPLE)), st.sampled_from([8, 9]), st.integers(-5, 40)), max_size=40
)
SPANS = st.lists(
    st.tuples(st.sampled_from(list(PEOPLE)), DAYS, st.integers(0, 400)),
    max_size=6,
    unique_by=lambda span: (span[0], span[1]),
)


def apart(spans: list[tuple[int, dt.date, int]]) -> list[tuple[int, dt.date, dt.date]]:
    """Periods of which no two of a person meet, as a judged build has them."""
    found: list[tuple[int, dt.date, dt.date]] = []
    for person, start, days in sorted(spans):
        stop = start + dt.timedelta(days=days)
        if not any(who == person and first <= stop and start <= last for who, first, last in found):
            found.append((person, start, stop))
    return found


def drawn(names: str, rows: list[tuple]) -> str:
    return "\n".join([names, *(" | ".join(str(value) for value in row) for row in rows)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oracle")


def profile_of(folder: Path, spans: list[tuple], records: list[tuple], values: list[tuple]) -> Profile:
    people = [(person, *known) for person, known in PEOPLE.items()]
    build = write_cdm(
        folder / "build",
        person=drawn("person_id | year_of_birth | gender_concept_id", people),
        observation_period=drawn(
            "person_id | observation_period_start_date | observation_period_end_date", spans
        ),
        condition_occurrence=drawn("person_id | condition_concept_id | condition_start_date", records),
        measurement=drawn("person_id | unit_concept_id | value_as_number", values),
    )
    with open_cdm(build, write_vocabulary(folder / "vocabulary")) as con:
        return build_profile(con, where="GB|2024-03-01")


def counted(profile: Profile, analysis_id: int) -> Counter:
    rows = profile.results.filter(pl.col("analysis_id") == analysis_id).rows()
    return Counter({tuple(int(v) for v in row[1:6] if v is not None): row[6] for row in rows if row[6]})


def month(day: dt.date) -> int:
    return day.year * 100 + day.month


def days_of(span: tuple[int, dt.date, dt.date]) -> list[dt.date]:
    return [span[1] + dt.timedelta(days=n) for n in range((span[2] - span[1]).days + 1)]


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=SPANS, records=RECORDS, values=VALUES)
def test_the_engine_agrees_with_a_naive_reading(
    folder: Path, spans: list, records: list, values: list
) -> None:
    periods = apart(spans)
    profile = profile_of(folder, periods, records, values)
    observed = {(person, month(day)) for person, *span in periods for day in days_of((person, *span))}
    person_days = Counter(month(day) for span in periods for day in days_of(span))
    years = {(person, number // 100) for person, number in observed}

    assert counted(profile, 117) == Counter((number,) for _, number in observed)
    assert counted(profile, 9007) == Counter({(number,): days for number, days in person_days.items()})
    assert counted(profile, 116) == Counter(
        (year, PEOPLE[person][1], (year - PEOPLE[person][0]) // 10) for person, year in years
    )
    assert counted(profile, 110) == Counter((number,) for number in whole_months(periods))
    assert counted(profile, 401) == Counter((concept,) for _, concept, _ in records)
    assert counted(profile, 400) == Counter((c,) for _, c in {(person, c) for person, c, _ in records})
    assert counted(profile, 402) == Counter(
        (c, number) for _, c, number in {(person, c, month(day)) for person, c, day in records}
    )
    assert counted(profile, 404) == Counter(
        (c, year, PEOPLE[person][1], (year - PEOPLE[person][0]) // 10)
        for person, c, year in {(person, c, day.year) for person, c, day in records}
    )
    assert counted(profile, 420) == Counter((month(day),) for _, _, day in records)
    assert spreads(profile) == pytest.approx(expected_spreads(values))


def whole_months(periods: list[tuple[int, dt.date, dt.date]]) -> list[int]:
    """A month for every person who is observed on each of its days, within one period."""
    found = []
    for person, start, stop in periods:
        days = Counter(month(day) for day in days_of((person, start, stop)))
        found += [number for number, count in days.items() if count == length_of(number)]
    return found


def length_of(number: int) -> int:
    first = dt.date(number // 100, number % 100, 1)
    return ((first + dt.timedelta(days=31)).replace(day=1) - first).days


def spreads(profile: Profile) -> dict:
    rows = profile.distributions.filter(pl.col("analysis_id") == 1815).to_dicts()
    return {
        (int(row["stratum_2"]), name): value
        for row in rows
        for name, value in row.items()
        if name.endswith(("_value", "count_value")) and value is not None
    }


def expected_spreads(values: list[tuple[int, int, int]]) -> dict:
    """Percentile: the smallest value that at least that share of the rows does not exceed."""
    groups: dict[int, list[int]] = defaultdict(list)
    for _, unit, value in values:
        groups[unit].append(value)
    found = {}
    for unit, group in groups.items():
        group.sort()
        found |= {
            (unit, "count_value"): len(group),
            (unit, "min_value"): group[0],
            (unit, "max_value"): group[-1],
            (unit, "avg_value"): statistics.fmean(group),
        }
        if len(group) > 1:
            found[unit, "stdev_value"] = statistics.stdev(group)
        for name, share in {"p10": 10, "p25": 25, "median": 50, "p75": 75, "p90": 90}.items():
            so_far = list(accumulate(1 for _ in group))
            found[unit, f"{name}_value"] = next(
                value for value, count in zip(group, so_far, strict=True) if 100 * count >= share * len(group)
            )
    return found
