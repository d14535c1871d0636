"""The engine's covariates are those of a naive reading of the rules, and none of them looks ahead."""

import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.features.build import FeatureSet, build_features

EXAMPLES = max(4, settings.default.max_examples // 4)
"""A quarter of the profile's number: each is a small cohort with many records."""

INDEX = dt.date(2020, 7, 1)
WINDOWS = {30: 4, 180: 3, 365: 2, None: 1}
"""Days before the index, and the last digit of the analysis that counts them."""
CONCEPTS = """
    concept_id | concept_name | domain_id   | concept_class_id
    100        | cough        | Condition   | Disorder
    101        | fever        | Condition   | Disorder
    200        | metformin    | Drug        | Ingredient
    201        | glimepiride  | Drug        | Ingredient
    210        | both         | Drug        | Clinical Drug
    300        | HbA1c        | Measurement | Lab Test
"""
PEOPLE = {1: (1950, 8507), 2: (1960, 8532), 3: (1985, 8507), 4: (1999, 8532), 5: (1940, 8532)}
MEMBERS = (1, 2, 3, 4)
INGREDIENTS = {200: [200], 201: [201], 210: [200, 201], 220: [220]}
ANCESTORS = "ancestor_concept_id | descendant_concept_id\n200 | 210\n201 | 210"


@dataclass(frozen=True)
class Event:
    """A record: which concept, so many days before the index (negative: after), and its value with unit."""

    person: int
    concept: int
    days: int
    value: int | None = None
    unit: int | None = None

    @property
    def date(self) -> dt.date:
        return INDEX - dt.timedelta(days=self.days)


PERSONS = st.integers(1, 5)
DAYS = st.integers(-40, 400) | st.sampled_from([-1, 0, 1, 29, 30, 31, 179, 180, 181, 364, 365, 366, 5000])
CONDITIONS = st.lists(st.builds(Event, PERSONS, st.sampled_from([0, 100, 101]), DAYS), max_size=30)
DRUGS = st.lists(st.builds(Event, PERSONS, st.sampled_from([0, 200, 201, 210, 220]), DAYS), max_size=30)
VALUES = st.none() | st.integers(1, 9)
UNITS = st.sampled_from([None, 8554, 9579])
MEASUREMENTS = st.lists(
    st.builds(Event, PERSONS, st.sampled_from([0, 300]), DAYS, VALUES, UNITS), max_size=30
)


def drawn(noun: str, date: str, events: list[Event], more: str = "") -> str:
    """Events as a CDM table; ids ascend in the order in which they were drawn."""
    lines = [f"{noun}_concept_id | person_id | {date}{more}"]
    for event in events:
        line = f"{event.concept} | {event.person} | {event.date}"
        if more:
            line += f" | {'' if event.value is None else event.value} | {event.unit or ''}"
        elif noun == "drug":
            line += f" | {event.date}"
        lines.append(line)
    return "\n".join(lines)


def features(
    folder: Path, conditions: list[Event], drugs: list[Event], measurements: list[Event]
) -> FeatureSet:
    build = write_cdm(
        folder / "build",
        person="person_id | year_of_birth | gender_concept_id\n"
        + "\n".join(f"{person} | {born} | {sex}" for person, (born, sex) in PEOPLE.items()),
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{person} | 2000-01-01 | 2022-12-31" for person in PEOPLE),
        condition_occurrence=drawn("condition", "condition_start_date", conditions),
        drug_exposure=drawn("drug", "drug_exposure_start_date | drug_exposure_end_date", drugs),
        measurement=drawn(
            "measurement", "measurement_date", measurements, " | value_as_number | unit_concept_id"
        ),
    )
    con = open_cdm(build, write_vocabulary(folder / "vocabulary", CONCEPTS, ANCESTORS))
    entries = pl.DataFrame(
        [(7, person, INDEX, INDEX) for person in MEMBERS],
        schema={
            "cohort_definition_id": pl.Int32,
            "subject_id": pl.Int64,
            "cohort_start_date": pl.Date,
            "cohort_end_date": pl.Date,
        },
        orient="row",
    )
    return build_features(entries, con)


def naive(conditions: list[Event], drugs: list[Event], measurements: list[Event]) -> set[tuple]:
    """The rules, read literally: (person, covariate, value, n, days since the last)."""
    found = {(person, 1002, float(INDEX.year - PEOPLE[person][0]), None, None) for person in MEMBERS}
    found |= {(person, PEOPLE[person][1] * 1000 + 1, 1.0, None, None) for person in MEMBERS}
    found |= {(person, 1008, float((INDEX - dt.date(2000, 1, 1)).days), None, None) for person in MEMBERS}
    found |= set(_counted(100, [(one, one.concept) for one in conditions]))
    found |= set(
        _counted(300, [(one, concept) for one in drugs for concept in INGREDIENTS.get(one.concept, [])])
    )
    found |= set(_counted(700, [(one, one.concept) for one in measurements]))
    return found | set(_valued([one for one in measurements if one.value is not None]))


def _counted(family: int, events: list[tuple[Event, int]]) -> Iterator[tuple]:
    for days, digit in WINDOWS.items():
        groups = defaultdict(list)
        for event, concept in events:
            if concept and event.person in MEMBERS and _inside(event, days):
                groups[event.person, concept].append(event.days)
        for (person, concept), ago in groups.items():
            yield person, concept * 1000 + family + digit, 1.0, len(ago), min(ago)


def _valued(events: list[Event]) -> Iterator[tuple]:
    for days, digit in WINDOWS.items():
        groups = defaultdict(list)
        for event in events:
            if event.concept and event.person in MEMBERS and _inside(event, days):
                groups[event.person, event.concept, event.unit or 0].append(event)
        for (person, concept, unit), inside in groups.items():
            latest = min(reversed(inside), key=lambda event: event.days)
            covariate = concept * 1_000_000 + unit % 1000 * 1000 + 704 + digit
            yield person, covariate, float(latest.value), len(inside), latest.days


def _inside(event: Event, days: int | None) -> bool:
    return event.days >= 1 and (days is None or event.days <= days)


def rows(found: FeatureSet) -> set[tuple]:
    return set(found.long.select("person_id", "covariate_id", "value", "n", "days_since_last").iter_rows())


def file_bytes(found: FeatureSet) -> bytes:
    written = io.BytesIO()
    found.long.write_parquet(written)
    return written.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@given(CONDITIONS, DRUGS, MEASUREMENTS)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES)
def test_the_engine_finds_what_a_naive_reading_finds(
    folder: Path, conditions: list[Event], drugs: list[Event], measurements: list[Event]
) -> None:
    assert rows(features(folder, conditions, drugs, measurements)) == naive(conditions, drugs, measurements)


@given(CONDITIONS, DRUGS, MEASUREMENTS)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES // 2)
def test_deleting_every_record_on_or_after_the_index_changes_no_byte(
    folder: Path, conditions: list[Event], drugs: list[Event], measurements: list[Event]
) -> None:
    everything = features(folder, conditions, drugs, measurements)
    past = [[event for event in events if event.days > 0] for events in (conditions, drugs, measurements)]
    assert file_bytes(features(folder, *past)) == file_bytes(everything)


@given(CONDITIONS, st.integers(0, 40))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES // 2)
def test_a_sentinel_on_or_after_the_index_never_shows(
    folder: Path, conditions: list[Event], after: int
) -> None:
    """One of each family, of a concept that nothing else has."""
    found = features(
        folder,
        [*conditions, Event(1, 101101, -after)],
        [Event(1, 202202, -after)],
        [Event(1, 303303, -after, 99, 8554)],
    )
    assert found.covariates.filter(pl.col("concept_id").is_in([101101, 202202, 303303])).is_empty()
    assert found.long.filter(pl.col("value") == 99).is_empty()


@given(CONDITIONS, DRUGS, MEASUREMENTS, st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES // 2)
def test_the_order_of_the_records_changes_no_byte(
    folder: Path, conditions: list[Event], drugs: list[Event], measurements: list[Event], random
) -> None:
    """Measurements keep their order here, for their ids decide between two values of one day."""
    before = features(folder, conditions, drugs, measurements)
    for events in (conditions, drugs):
        random.shuffle(events)
    assert file_bytes(features(folder, conditions, drugs, measurements)) == file_bytes(before)
