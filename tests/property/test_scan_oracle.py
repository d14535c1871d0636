"""The engine's patterns of exposure are those of a naive reading of the rules, set by set and day by day."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.studies.scan.counting import Patterns, count_patterns, count_persons
from thin_assets.studies.scan.declared import declared

EXAMPLES = max(4, settings.default.max_examples // 3)
less = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES)

INDEX = dt.date(2020, 7, 1)
PERSONS = range(1, 7)
LOCAL = 2_000_000_007
KIND = {one.name: one.id for one in declared().kinds}

CONCEPTS = """
    concept_id | concept_name  | domain_id   | concept_class_id | vocabulary_id | concept_code
    100        | asthma        | Condition   | Disorder         | SNOMED        | c100
    101        | haemoptysis   | Condition   | Clinical Finding | SNOMED        | c101
    102        | weight loss   | Observation | Clinical Finding | SNOMED        | c102
    103        | chest pain    | Condition   | Clinical Finding | SNOMED        | c103
    2000000007 | our own       | Condition   | Clinical Finding | OURS          | F00006
    777        | the outcome   | Condition   | Disorder         | SNOMED        | c777
    778        | below it      | Condition   | Disorder         | SNOMED        | c778
    501        | J45           | Condition   | ICD10 Hierarchy  | ICD10         | J45
    502        | J45.9         | Condition   | ICD10 code       | ICD10         | J45.9
    503        | J46.X of DE   | Condition   | ICD10 code       | ICD10GM       | J46.0
    504        | J46           | Condition   | ICD10 Hierarchy  | ICD10         | J46
    505        | R04           | Condition   | ICD10 Hierarchy  | ICD10         | R04
    506        | R04.2         | Condition   | ICD10 code       | ICD10         | R04.2
    507        | R63.4         | Condition   | ICD10 code       | ICD10         | R63.4
    508        | R07.4         | Condition   | ICD10 code       | ICD10         | R07.4
    509        | I20.9         | Condition   | ICD10 code       | ICD10         | I20.9
    600        | no ICD code   | Condition   | Read             | Read          | H33
    200        | metformin     | Drug        | Ingredient       | RxNorm        | d200
    210        | a pack of two | Drug        | Clinical Drug    | RxNorm        | d210
    201        | glimepiride   | Drug        | Ingredient       | RxNorm        | d201
    220        | nothing known | Drug        | Clinical Drug    | RxNorm        | d220
    700        | biguanides    | Drug        | ATC 4th          | ATC           | A10BA
    701        | by substance  | Drug        | ATC 5th          | ATC           | A10BA02
    300        | haemoglobin   | Measurement | Lab Test         | LOINC         | m300
    43054909   | smoking       | Observation | Clinical         | LOINC         | o1
    400        | smoker        | Observation | Clinical         | SNOMED        | o400
"""
BELOW = {200: (210,), 201: (210,), 700: (200, 210), 701: (200, 210), 777: (778,)}
MAPS = {501: 100, 502: 100, 503: 100, 506: 101, 507: 102, 508: 103, 509: 103}

CATEGORY_OF_CODE = {501: [501], 502: [501], 503: [504], 504: [504], 505: [505], 506: [505]}
"""Codes with the category of ICD-10 that the vocabulary has; R63, R07 and I20 are not in it."""

CATEGORIES_OF_CONCEPT = {100: [501, 504], 101: [505]}
SYMPTOMS = {101, 102}
"""103 is no symptom: a code of another chapter maps to it too."""

INGREDIENTS = {200: [200], 201: [201], 210: [200, 201]}
CLASSES = {200: [700], 210: [700]}


@dataclass(frozen=True)
class Record:
    """A record so many days before the index.

    source      source concept of a diagnosis
    value       of a measurement whose range is 10 to 20, or of an answer
    operator    of a measurement
    """

    table: str
    person: int
    concept: int
    days: int
    source: int = 0
    value: float | None = None
    operator: int | None = None
    in_range: bool = True


DAYS = st.integers(-40, 4000) | st.sampled_from(
    [*(-1, 0, 1, 364, 365, 366, 729, 730, 731, 1825, 1826, 1827, 3651, 3652, 3653)]
)
WHO = st.sampled_from(PERSONS)


def records_of(table: str, concepts: list[int], **more: st.SearchStrategy) -> st.SearchStrategy[Record]:
    return st.builds(Record, st.just(table), WHO, st.sampled_from(concepts), DAYS, **more)


KINDS = (
    records_of(
        "condition_occurrence",
        [0, 100, 101, 103, 777, 778, LOCAL],
        source=st.sampled_from([0, 501, 502, 503, 504, 505, 506, 509, 600]),
    ),
    records_of("drug_exposure", [0, 200, 201, 210, 220]),
    records_of(
        "measurement",
        [0, 300],
        value=st.sampled_from([None, 9, 10, 15, 20, 21]),
        operator=st.sampled_from([None, 4172703, 4171756, 4172704, 4171754, 4171755]),
        in_range=st.booleans(),
    ),
    records_of("observation", [0, 102, 43054909], value=st.sampled_from([None, 0, 400])),
)
RECORDS = st.tuples(*(st.lists(kind, max_size=12) for kind in KINDS)).map(
    lambda lists: [record for kind in lists for record in kind]
)
OBSERVED = st.fixed_dictionaries(
    {
        person: st.sampled_from([364, 365, 729, 730, 731, 1095, 1096, 2191, 2192, 3651, 3652, 3653, 5000])
        for person in PERSONS
    }
)
"""Days of observation before the index."""

SETS = st.lists(st.sets(st.sampled_from(range(2, 7)), min_size=1), min_size=1, max_size=3)
"""Controls of the case, who is person 1, 2 or 3 of the first, second or third set."""


def members_of(sets: list[set[int]]) -> list[tuple[int, int, bool]]:
    """(set, person, is_case): the case of a set is the person of its number, and no control of it."""
    found = []
    for number, controls in enumerate(sets, start=1):
        others = sorted(controls - {number}) or [6]
        found += [(number, person, person == number) for person in (number, *others)]
    return found


def as_frame(members: list[tuple[int, int, bool]]) -> pl.DataFrame:
    rows = [(one, 7, person, INDEX, case, 0) for one, person, case in members]
    names = ("set_id", "cohort_definition_id", "person_id", "index_date", "is_case", "position")
    return pl.DataFrame(rows, schema=names, orient="row")


def counted(
    folder: Path, records: list[Record], observed: dict[int, int], members: list[tuple], at_once: int = 20_000
) -> tuple[Patterns, pl.DataFrame]:
    con = open_cdm(write_build(folder / "build", records, observed), words(folder / "vocabulary"))
    found = count_patterns(as_frame(members), con, declared(), (777,), at_once=at_once)
    return found, count_persons(con, declared())


def words(folder: Path) -> Path:
    if not folder.exists():
        pairs = "\n".join(f"{above} | {one}" for above, below in BELOW.items() for one in below)
        maps = "\n".join(f"{code} | {concept} | Maps to" for code, concept in MAPS.items())
        write_vocabulary(
            folder,
            CONCEPTS,
            f"ancestor_concept_id | descendant_concept_id\n{pairs}",
            f"concept_id_1 | concept_id_2 | relationship_id\n{maps}\n100 | 100 | Maps to",
        )
    return folder


def write_build(folder: Path, records: list[Record], observed: dict[int, int]) -> Path:
    def drawn(table: str, head: str, line) -> str:
        rows = [line(number, one) for number, one in enumerate(records, 1) if one.table == table]
        return "\n".join([head, *(" | ".join("" if x is None else str(x) for x in row) for row in rows)])

    def day(one: Record) -> dt.date:
        return INDEX - dt.timedelta(days=one.days)

    return write_cdm(
        folder,
        person="person_id | care_site_id\n" + "\n".join(f"{one} | {one % 2}" for one in PERSONS),
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(
            f"{person} | {INDEX - dt.timedelta(days=days)} | 2022-12-31" for person, days in observed.items()
        ),
        condition_occurrence=drawn(
            "condition_occurrence",
            "condition_occurrence_id | person_id | condition_concept_id | condition_start_date"
            " | condition_source_concept_id",
            lambda number, one: (number, one.person, one.concept, day(one), one.source),
        ),
        drug_exposure=drawn(
            "drug_exposure",
            "drug_exposure_id | person_id | drug_concept_id | drug_exposure_start_date"
            " | drug_exposure_end_date",
            lambda number, one: (number, one.person, one.concept, day(one), day(one)),
        ),
        measurement=drawn(
            "measurement",
            "measurement_id | person_id | measurement_concept_id | measurement_date | value_as_number"
            " | operator_concept_id | range_low | range_high",
            lambda number, one: (
                *(number, one.person, one.concept, day(one), one.value, one.operator),
                *((10, 20) if one.in_range else (None, None)),
            ),
        ),
        observation=drawn(
            "observation",
            "observation_id | person_id | observation_concept_id | observation_date | value_as_concept_id",
            lambda number, one: (number, one.person, one.concept, day(one), _answer(one)),
        ),
    )


def _answer(one: Record) -> int | None:
    return None if one.value is None else int(one.value)


def exposures_of(one: Record) -> set[int]:
    """What a record is an exposure to, read literally."""
    if one.concept in (777, 778):
        return set()
    if one.table == "drug_exposure":
        found = {("drug", it) for it in INGREDIENTS.get(one.concept, [])}
        found |= {("drug_atc", it) for it in CLASSES.get(one.concept, [])}
    elif one.table == "measurement":
        found = {(kind, one.concept) for kind in _beyond(one)}
    elif one.table == "observation":
        found = {("symptom", one.concept)} if one.concept in SYMPTOMS else set()
        found |= {("answer", _answer(one) or 0)} if one.concept == 43054909 else set()
    else:
        usual = "local_condition" if one.concept == LOCAL else "condition"
        found = {("symptom" if one.concept in SYMPTOMS else usual, one.concept)}
        known = CATEGORY_OF_CODE.get(one.source)
        categories = CATEGORIES_OF_CONCEPT.get(one.concept, []) if known is None else known
        found |= {("condition_icd10", it) for it in categories}
    return {concept * 1000 + KIND[kind] for kind, concept in found if concept}


def _beyond(one: Record) -> set[str]:
    if one.value is None or not one.in_range:
        return set()
    sign = {4171756: "<", 4172704: ">", 4171754: "<=", 4171755: ">="}.get(one.operator, "=")
    found = set()
    if (one.value > 20 and sign in ("=", ">", ">=")) or (one.value == 20 and sign == ">"):
        found.add("measurement_high")
    if (one.value < 10 and sign in ("=", "<", "<=")) or (one.value == 10 and sign == "<"):
        found.add("measurement_low")
    return found


def naive(records: list[Record], observed: dict[int, int], members: list[tuple]) -> set[tuple]:
    """(exposure, window, members, exposed, case exposed, sets)."""
    found: Counter = Counter()
    for window, kept in kept_sets(observed, members):
        far = min(window.to_days, *(observed[person] for person in kept))
        exposed: dict[int, set[int]] = {}
        for one in records:
            if one.person in kept and window.from_days <= one.days <= far:
                for exposure in exposures_of(one):
                    exposed.setdefault(exposure, set()).add(one.person)
        for exposure, persons in exposed.items():
            case = next(person for person, is_case in kept.items() if is_case)
            found[exposure, window.name, len(kept), len(persons), case in persons] += 1
    return {(*pattern, sets) for pattern, sets in found.items()}


def kept_sets(observed: dict[int, int], members: list[tuple]):
    """Every window and set that has its case and a control, with those of its members that stay."""
    for window in declared().windows:
        for number in sorted({one for one, _, _ in members}):
            kept = {
                person: case
                for one, person, case in members
                if one == number and observed[person] >= window.asked_days
            }
            if any(kept.values()) and not all(kept.values()):
                yield window, kept


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scan")


@given(RECORDS, OBSERVED, SETS)
@less
def test_the_engine_counts_the_patterns_of_a_naive_reading(folder: Path, records, observed, sets) -> None:
    members = members_of(sets)
    found, _ = counted(folder, records, observed, members)
    assert set(found.rows.iter_rows()) == naive(records, observed, members)
    assert found.rows.height == len(naive(records, observed, members))


@given(RECORDS, OBSERVED, SETS)
@less
def test_every_set_and_member_is_looked_at_or_counted_as_left_out(folder, records, observed, sets) -> None:
    members = members_of(sets)
    found, _ = counted(folder, [], observed, members)
    kept = list(kept_sets(observed, members))
    for name, *counts in found.totals.iter_rows():
        mine = [who for window, who in kept if window.name == name]
        inside = sum(map(len, mine))
        assert counts == [len(mine), len(mine), inside - len(mine), len(members) - inside]


@given(RECORDS, OBSERVED, SETS, st.integers(1, 4))
@less
def test_neither_records_after_the_index_nor_ranges_of_persons_change_anything(
    folder: Path, records, observed, sets, at_once: int
) -> None:
    members = members_of(sets)
    whole, persons = counted(folder, records, observed, members)
    past = [one for one in records if one.days >= 1]
    again, same_persons = counted(folder, past, observed, members, at_once)
    assert whole.rows.equals(again.rows) and persons.equals(same_persons)


@given(RECORDS, OBSERVED, SETS)
@less
def test_a_control_of_two_sets_is_one_person(folder: Path, records, observed, sets) -> None:
    members = members_of(sets)
    _, persons = counted(folder, records, observed, members)
    expected: dict[tuple, set[int]] = {}
    for window, kept in kept_sets(observed, members):
        far = min(window.to_days, *(observed[person] for person in kept))
        for one in records:
            if window.published and one.person in kept and window.from_days <= one.days <= far:
                for exposure in exposures_of(one):
                    expected.setdefault((window.name, exposure, kept[one.person]), set()).add(one.person)
    told = {
        (*key, len(who), len({one % 2 for one in who}), max(Counter(one % 2 for one in who).values()))
        for key, who in expected.items()
    }
    assert set(persons.iter_rows()) == told


def test_generated_records_meet_every_kind(folder: Path) -> None:
    """What no generated record is, the oracle does not test."""
    met: set[int] = set()

    @given(RECORDS)
    @settings(database=None, max_examples=60, suppress_health_check=list(HealthCheck))
    def meet(records: list[Record]) -> None:
        met.update(exposure % 1000 for one in records for exposure in exposures_of(one))

    meet()
    assert met == set(KIND.values())
