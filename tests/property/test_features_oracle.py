"""The engine's covariates are those of a naive reading of the rules, and none of them looks ahead."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feature_worlds import Record, built, naive, numbered, rows
from thin_assets.features.catalogue import catalogue

EXAMPLES = max(4, settings.default.max_examples // 4)
"""A quarter of the profile's number: each is a small cohort with many records."""

DAYS = st.integers(-40, 400) | st.sampled_from(
    [-1, 0, 1, 29, 30, 31, 89, 90, 91, 179, 180, 181, 364, 365, 366, 1094, 1095, 1096, 1825, 1826, 5000]
)
LATE = st.sampled_from([None, None, None, -1, 0, 1, 2])
PERSONS = st.integers(1, 5)
UNITS = st.sampled_from([None, 8554, 9579])


def records_of(table: str, concepts: list[int], **more: st.SearchStrategy) -> st.SearchStrategy[Record]:
    return st.builds(Record, st.just(table), PERSONS, st.sampled_from(concepts), DAYS, late=LATE, **more)


KINDS = (
    records_of(
        "condition_occurrence",
        [0, 100, 201826, 443767, 443392, 432851, 777, 778],
        source=st.sampled_from([0, 501, 502, 503, 504]),
    ),
    records_of("drug_exposure", [0, 200, 201, 210, 220]),
    records_of("procedure_occurrence", [0, 400]),
    records_of("measurement", [0, 300], value=st.none() | st.integers(1, 9), unit=UNITS),
    records_of("measurement", [3038553], value=st.sampled_from([None, 5, 10, 24, 31, 100, 101])),
    records_of("observation", [0, 43054909], answer=st.sampled_from([None, 0, 4298794, 4144272])),
    records_of("observation", [4276268], value=st.sampled_from([None, 0, 1, 5, 6]), unit=UNITS),
    records_of("visit_occurrence", [0, 9202]),
)
RECORDS = st.tuples(*(st.lists(kind, max_size=12) for kind in KINDS)).map(
    lambda lists: numbered([record for kind in lists for record in kind])
)
hard = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES)
less = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=max(2, EXAMPLES // 2))


def file_bytes(long: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    long.write_parquet(written)
    return written.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@given(RECORDS)
@hard
def test_the_engine_finds_what_a_naive_reading_finds(folder: Path, records: list[Record]) -> None:
    assert rows(built(folder, records)[0]) == naive(records)


@given(RECORDS, st.sampled_from([dt.date(2020, 5, 1), dt.date(2020, 6, 1), dt.date(2020, 9, 1)]))
@less
def test_an_earlier_state_of_knowledge_can_be_asked_for(
    folder: Path, records: list[Record], as_of: dt.date
) -> None:
    assert rows(built(folder, records, as_of=as_of)[0]) == naive(records, as_of)


def test_generated_patients_meet_every_family(folder: Path) -> None:
    """What no generated patient has, the oracle does not test."""
    met: set[int] = set()

    @given(RECORDS)
    @settings(database=None, max_examples=60, suppress_health_check=list(HealthCheck))
    def meet(records: list[Record]) -> None:
        met.update(key % 1000 for _, key, *_ in naive(records))

    meet()
    assert {
        family.name for family in catalogue().families if not met & {a.id for a in family.analyses}
    } == set()


@given(RECORDS)
@less
def test_deleting_every_record_on_or_after_the_index_changes_no_byte(
    folder: Path, records: list[Record]
) -> None:
    everything, _ = built(folder, records)
    past, _ = built(folder, [record for record in records if record.days > 0])
    assert file_bytes(past) == file_bytes(everything)


@given(RECORDS, st.integers(0, 40))
@less
def test_a_sentinel_on_or_after_the_index_never_shows(
    folder: Path, records: list[Record], after: int
) -> None:
    """One of each family, of a concept that nothing else has."""
    tables = {record.table for record in records} | {"condition_occurrence", "drug_exposure", "measurement"}
    sentinels = [
        Record(table, 1, 101101 + place, -after, value=99, answer=101101 + place, source=502, unit=8554)
        for place, table in enumerate(sorted(tables))
    ]
    long, covariates = built(folder, numbered([*records, *sentinels]))
    assert covariates.filter(pl.col("concept_id").is_between(101101, 101110)).is_empty()
    assert long.filter(pl.col("value") == 99).is_empty()


@given(RECORDS)
@less
def test_a_record_back_dated_in_a_later_snapshot_never_shows(folder: Path, records: list[Record]) -> None:
    """All that became known after the month of the index may as well not be there."""
    in_time = [record for record in records if record.late is None or record.late <= 0]
    assert file_bytes(built(folder, records)[0]) == file_bytes(built(folder, in_time)[0])


@given(RECORDS, st.randoms(use_true_random=False), st.integers(1, 3))
@less
def test_neither_the_order_of_records_nor_the_ranges_of_persons_change_a_byte(
    folder: Path, records: list[Record], random, at_once: int
) -> None:
    before, _ = built(folder, records)
    shuffled = list(records)
    random.shuffle(shuffled)
    assert file_bytes(built(folder, shuffled, at_once=at_once)[0]) == file_bytes(before)


@given(RECORDS)
@less
def test_a_lag_leaves_out_what_is_within_it_and_nothing_else(folder: Path, records: list[Record]) -> None:
    """The lagged windows of a build are those of a build that never saw the last days."""
    lagged = {analysis.id for _, analysis in catalogue().analyses().values() if analysis.lag == 90}
    kept = [replace(record, days=record.days) for record in records if record.days > 90]
    of_lag = pl.col("covariate_id") % 1000
    whole, fewer = (built(folder, one)[0].filter(of_lag.is_in(lagged)) for one in (records, kept))
    assert file_bytes(whole) == file_bytes(fewer)
