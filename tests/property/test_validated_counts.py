"""The judgement counts exactly the rows that break a rule, whatever the mixture of faults."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cdm import write_cdm, write_vocabulary
from thin_assets.resources.warehouse import connect
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import Judgement

EXAMPLES = max(4, settings.default.max_examples // 3)
BORN = {1: 1950, 2: 1980}
DIED = {1: dt.date(2024, 1, 31)}
GRACE = dt.timedelta(days=60)
CUTOFF = dt.date(2024, 3, 31)
DAYS = st.sampled_from(
    [dt.date(1949, 12, 31), dt.date(1980, 1, 1), dt.date(2024, 3, 31), dt.date(2024, 4, 1)]
)
DOMAINS = {201826: "Condition", 3004249: "Measurement"}
CONCEPTS = (
    "concept_id | concept_name | domain_id\n201826 | diabetes | Condition\n3004249 | pressure | Measurement"
)

Row = tuple[int | None, int | None, dt.date, dt.date | None, int]
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(1, 4),
        st.none() | st.integers(1, 3),
        DAYS,
        st.none() | DAYS,
        st.sampled_from([0, 201826, 3004249, 5]),
    ),
    max_size=25,
)
"""Key, person (1 and 2 are known), start, end and concept of a condition."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judged")


def judged(folder: Path, rows: list[Row]) -> Judgement:
    names = (
        "condition_occurrence_id",
        "person_id",
        "condition_start_date",
        "condition_end_date",
        "condition_concept_id",
    )
    lines = [" | ".join("" if value is None else str(value) for value in row) for row in rows]
    build = write_cdm(
        folder / "build",
        person="person_id | year_of_birth\n"
        + "\n".join(f"{person} | {year}" for person, year in BORN.items()),
        death="person_id | death_date\n" + "\n".join(f"{person} | {day}" for person, day in DIED.items()),
        condition_occurrence="\n".join([" | ".join(names), *lines]),
    )
    return judge_build(
        build, write_vocabulary(folder / "vocabulary", CONCEPTS), connect(), calendar=Calendar(CUTOFF)
    )


def counted(judgement: Judgement) -> dict[tuple[str, str], int]:
    """Violations by column and check; those that depend on other tables are left out."""
    return {
        (one.cdm_field, one.check_name): one.violated_rows
        for one in judgement.results
        if one.cdm_table == "condition_occurrence" and one.level == "FIELD" and one.check_name in KINDS
        if one.violated_rows
    }


KINDS = {
    *(
        "isRequired",
        "isPrimaryKey",
        "isForeignKey",
        "fkDomain",
        "plausibleAfterBirth",
        "plausibleBeforeDeath",
    ),
    *("plausibleBeforeCutoff", "plausibleStartBeforeEnd", "standardConceptRecordCompleteness"),
}


def naive(rows: list[Row]) -> dict[tuple[str, str], int]:
    """The checks read literally, row by row."""
    keys = [key for key, *_ in rows if key is not None]
    known = [row for row in rows if row[1] in BORN]
    concepts = [row[4] for row in rows]
    start, end, concept = "condition_start_date", "condition_end_date", "condition_concept_id"
    counts = {
        ("condition_occurrence_id", "isRequired"): sum(row[0] is None for row in rows),
        ("condition_occurrence_id", "isPrimaryKey"): sum(keys.count(key) > 1 for key in keys),
        ("person_id", "isRequired"): sum(row[1] is None for row in rows),
        ("person_id", "isForeignKey"): sum(row[1] is not None and row[1] not in BORN for row in rows),
        (start, "plausibleAfterBirth"): sum(row[2] < dt.date(BORN[row[1]], 1, 1) for row in known),
        (end, "plausibleAfterBirth"): sum(
            row[3] is not None and row[3] < dt.date(BORN[row[1]], 1, 1) for row in known
        ),
        (start, "plausibleBeforeDeath"): sum(
            row[1] in DIED and row[2] > DIED[row[1]] + GRACE for row in rows
        ),
        (end, "plausibleBeforeDeath"): sum(
            row[1] in DIED and row[3] is not None and row[3] > DIED[row[1]] + GRACE for row in rows
        ),
        (start, "plausibleBeforeCutoff"): sum(row[2] > CUTOFF for row in rows),
        (start, "plausibleStartBeforeEnd"): sum(row[3] is not None and row[2] > row[3] for row in rows),
        (concept, "isForeignKey"): sum(one not in DOMAINS and one != 0 for one in concepts),
        (concept, "fkDomain"): sum(DOMAINS.get(one, "Condition") != "Condition" for one in concepts),
        (concept, "standardConceptRecordCompleteness"): concepts.count(0),
    }
    return {check: count for check, count in counts.items() if count}


@given(ROWS)
@settings(max_examples=EXAMPLES)
def test_the_counts_are_those_of_a_naive_reading(folder: Path, rows: list[Row]) -> None:
    judgement = judged(folder, rows)
    assert counted(judgement) == naive(rows)
    assert judgement.rows["condition_occurrence"] == len(rows)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES // 2)
def test_the_order_of_the_rows_changes_no_count(folder: Path, rows: list[Row], random) -> None:
    before = counted(judged(folder, rows))
    random.shuffle(rows)
    assert counted(judged(folder, rows)) == before
