"""Patients for tests of features: records of every kind, and the rules of every family read literally.

Nothing here is shared with the engine but the catalogue, which is data: ids, windows, lags.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import duckdb
import polars as pl

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.domain.identity import DAY_BITS
from thin_assets.features.build import FeatureWork
from thin_assets.features.catalogue import Analysis, Family, catalogue
from thin_assets.features.entries import entries_of_cohort
from thin_assets.features.known import LATE

INDEX = dt.date(2020, 7, 1)
SINCE = dt.date(2000, 1, 1)
PEOPLE = {1: (1950, 8507), 2: (1960, 8532), 3: (1985, 8507), 4: (1999, 8532), 5: (1940, 8532)}
MEMBERS = (1, 2, 3, 4)

CONCEPTS = """
    concept_id | concept_name  | domain_id   | concept_class_id | vocabulary_id | concept_code
    100        | cough         | Condition   | Disorder         | SNOMED        | c100
    201820     | diabetes      | Condition   | Disorder         | SNOMED        | c201820
    201826     | diabetes 2    | Condition   | Disorder         | SNOMED        | c201826
    443767     | eye diabetes  | Condition   | Disorder         | SNOMED        | c443767
    443392     | malignancy    | Condition   | Disorder         | SNOMED        | c443392
    432851     | metastasis    | Condition   | Disorder         | SNOMED        | c432851
    443388     | lung cancer   | Condition   | Disorder         | SNOMED        | c443388
    777        | the outcome   | Condition   | Disorder         | SNOMED        | c777
    778        | below it      | Condition   | Disorder         | SNOMED        | c778
    501        | E11           | Condition   | ICD10 Hierarchy  | ICD10         | E11
    502        | E11.9 in US   | Condition   | ICD10 code       | ICD10CM       | E11.9
    503        | no category   | Condition   | ICD10 code       | ICD10         | Z99.1
    504        | a Read code   | Condition   | Read             | Read          | E119
    200        | metformin     | Drug        | Ingredient       | RxNorm        | d200
    201        | glimepiride   | Drug        | Ingredient       | RxNorm        | d201
    210        | both          | Drug        | Clinical Drug    | RxNorm        | d210
    220        | a drug alone  | Drug        | Clinical Drug    | RxNorm        | d220
    600        | biguanides    | Drug        | ATC 4th          | ATC           | A10BA
    601        | antidiabetics | Drug        | ATC 2nd          | ATC           | A10
    602        | metformin     | Drug        | ATC 5th          | ATC           | A10BA02
    300        | HbA1c         | Measurement | Lab Test         | LOINC         | m300
    3038553    | BMI           | Measurement | Lab Test         | LOINC         | m3038553
    400        | a procedure   | Procedure   | Procedure        | SNOMED        | p400
    43054909   | smoking       | Observation | Clinical         | LOINC         | o1
    4276268    | deprivation   | Observation | Clinical         | SNOMED        | o2
    4298794    | smoker        | Observation | Clinical         | SNOMED        | o3
    4144272    | never smoked  | Observation | Clinical         | SNOMED        | o4
    9202       | outpatient    | Visit       | Visit            | Visit         | v1
"""
BELOW = {
    201820: (201826, 443767),
    443392: (432851, 778),
    777: (778,),
    200: (210,),
    201: (210,),
    600: (200, 210),
    601: (200, 201, 210),
    602: (200, 210),
}
"""Descendants by ancestor, themselves left out."""

INGREDIENTS = {200: [200], 201: [201], 210: [200, 201]}
CLASSES = {200: [600, 601], 201: [601], 210: [600, 601]}
ICD10 = {501: [501], 502: [501]}
OUTCOME = (777,)


@dataclass(frozen=True)
class Record:
    """A record so many days before the index (negative: after).

    table     of the CDM
    source    source concept of a diagnosis
    late      months after the index month in which it was first seen; None: it was there from the beginning
    """

    table: str
    person: int
    concept: int
    days: int
    value: float | None = None
    unit: int | None = None
    answer: int | None = None
    source: int = 0
    late: int | None = None
    id: int = 0

    @property
    def date(self) -> dt.date:
        return INDEX - dt.timedelta(days=self.days)

    @property
    def known_from(self) -> dt.date | None:
        return None if self.late is None else dt.date(2020, 7 + self.late, 1)


def numbered(records: list[Record]) -> list[Record]:
    """With ids that ascend in the order given: they decide between two records of one day."""
    return [replace(record, id=number) for number, record in enumerate(records, start=1)]


_COLUMNS = {
    "condition_occurrence": ("condition_occurrence_id", "condition_concept_id", "condition_start_date"),
    "drug_exposure": ("drug_exposure_id", "drug_concept_id", "drug_exposure_start_date"),
    "procedure_occurrence": ("procedure_occurrence_id", "procedure_concept_id", "procedure_date"),
    "measurement": ("measurement_id", "measurement_concept_id", "measurement_date"),
    "observation": ("observation_id", "observation_concept_id", "observation_date"),
    "visit_occurrence": ("visit_occurrence_id", "visit_concept_id", "visit_start_date"),
}
_MORE = {
    "condition_occurrence": {"condition_source_concept_id": "source"},
    "drug_exposure": {"drug_exposure_end_date": "date"},
    "measurement": {"value_as_number": "value", "unit_concept_id": "unit"},
    "observation": {"value_as_number": "value", "unit_concept_id": "unit", "value_as_concept_id": "answer"},
    "visit_occurrence": {"visit_end_date": "date"},
}


def drawn(table: str, records: list[Record]) -> str:
    """Records as a table of the CDM."""
    more = _MORE.get(table, {})
    lines = [" | ".join((*_COLUMNS[table], *more, "person_id"))]
    for one in records:
        cells = (one.id, one.concept, one.date, *(getattr(one, name) for name in more.values()), one.person)
        lines.append(" | ".join("" if cell is None else str(cell) for cell in cells))
    return "\n".join(lines)


def open_world(folder: Path, records: list[Record]) -> duckdb.DuckDBPyConnection:
    """A build of these records with the vocabulary above."""
    vocabulary = folder / "vocabulary"
    if not vocabulary.exists():
        write_words(vocabulary)
    return open_cdm(write_build(folder / "build", records), vocabulary)


def write_words(folder: Path) -> Path:
    """The vocabulary above, loaded."""
    pairs = [f"{above} | {below}" for above, all_below in BELOW.items() for below in all_below]
    return write_vocabulary(
        folder, CONCEPTS, "\n".join(["ancestor_concept_id | descendant_concept_id", *pairs])
    )


def write_build(folder: Path, records: list[Record]) -> Path:
    """A build of these records."""
    tables = {table: drawn(table, [one for one in records if one.table == table]) for table in _COLUMNS}
    return write_cdm(
        folder,
        person="person_id | year_of_birth | gender_concept_id\n"
        + "\n".join(f"{person} | {born} | {sex}" for person, (born, sex) in PEOPLE.items()),
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{person} | {SINCE} | 2022-12-31" for person in PEOPLE),
        **tables,
    )


def members_at(index: dt.date = INDEX) -> pl.DataFrame:
    """The members as the cohorts room leaves them, all on one day."""
    return pl.DataFrame(
        [(7, person, index, index) for person in MEMBERS],
        schema={
            "cohort_definition_id": pl.Int32,
            "subject_id": pl.Int64,
            "cohort_start_date": pl.Date,
            "cohort_end_date": pl.Date,
        },
        orient="row",
    )


def late_of(records: list[Record]) -> pl.DataFrame:
    """Which records were not there from the beginning."""
    rows = [
        (one.table, one.id ^ (one.concept << DAY_BITS), one.known_from)
        for one in records
        if one.late is not None
    ]
    return pl.DataFrame(rows, schema=LATE, orient="row")


def built(folder: Path, records: list[Record], **options) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Features and their reference, as the engine builds them."""
    con = open_world(folder, records)
    options = {"late": late_of(records), "outcome": OUTCOME} | options
    work = FeatureWork(con, entries_of_cohort(members_at()), **options)
    parts = [pl.from_arrow(part) for part in work.ranges()]
    return pl.concat([pl.from_arrow(work.empty()), *parts]), work.covariates()


def rows(long: pl.DataFrame) -> set[tuple]:
    """Rows to compare; a float is compared with nine digits, for the two divide in different orders."""
    told = long.select("person_id", "covariate_id", "value", "n", "days_since_last").iter_rows()
    return {(person, key, float(f"{value:.9g}"), n, days) for person, key, value, n, days in told}


def naive(records: list[Record], as_of: dt.date | None = None) -> set[tuple]:
    """The rules of every family, read literally: (person, covariate, value, n, days since the last)."""
    known_as_of = min(INDEX.replace(day=1), as_of or INDEX)
    seen = [
        one
        for one in records
        if one.person in MEMBERS
        and one.days >= 1
        and one.concept != 0
        and (one.known_from is None or one.known_from <= known_as_of)
        and one.concept not in (777, 778)
    ]
    found = {(person, 1002, float(INDEX.year - PEOPLE[person][0]), None, None) for person in MEMBERS}
    found |= {(person, PEOPLE[person][1] * 1000 + 1, 1.0, None, None) for person in MEMBERS}
    found |= {(person, 1008, float((INDEX - SINCE).days), None, None) for person in MEMBERS}
    for family in catalogue().families:
        for analysis in family.analyses:
            inside = [one for one in _stream(family, seen) if _lies_in(one, analysis)]
            found |= set(_covariates(family, analysis, inside))
    return {(p, key, float(f"{value:.9g}"), n, days) for p, key, value, n, days in found}


_TABLES = {
    "condition": "condition_occurrence",
    "condition_source": "condition_occurrence",
    "drug": "drug_exposure",
    "procedure": "procedure_occurrence",
    "measurement": "measurement",
    "measurement_value": "measurement",
    "observation": "observation",
    "observation_value": "observation",
    "observation_answer": "observation",
    "visit": "visit_occurrence",
}


def _stream(family: Family, seen: list[Record]) -> list[Record]:
    found = [one for one in seen if one.table == _TABLES.get(family.events)]
    if family.concepts:
        found = [one for one in found if one.concept in family.concepts]
    if family.events.endswith("_value"):
        found = [one for one in found if one.value is not None]
    if family.between:
        found = [one for one in found if family.between[0] <= one.value <= family.between[1]]
    if family.events == "observation_answer":
        found = [one for one in found if one.answer is not None]
    return found


def _lies_in(one: Record, analysis: Analysis) -> bool:
    return one.days > analysis.lag and (analysis.days is None or one.days <= analysis.days)


def _covariates(family: Family, analysis: Analysis, inside: list[Record]) -> Iterator[tuple]:
    if family.measure == "latest_concept":
        yield from _answers(analysis, inside)
        return
    if family.measure == "score":
        yield from _scores(family, analysis, inside)
        return
    groups = defaultdict(list)
    for one in inside:
        for concept in _stands_for(family, one):
            groups[one.person, concept, (one.unit or 0) if family.by_unit else None].append(one)
    for (person, concept, unit), group in groups.items():
        value = _value(family, group)
        if value is not None:
            nearest = min(one.days for one in group)
            yield person, _id(family, analysis, concept, unit), float(value), len(group), nearest


def _stands_for(family: Family, one: Record) -> list[int]:
    if family.rollup == "nothing":
        return [0]
    if family.rollup == "ingredient":
        return INGREDIENTS.get(one.concept, [one.concept])
    if family.rollup == "atc":
        return CLASSES.get(one.concept, [])
    if family.rollup == "icd10_3":
        return ICD10.get(one.source, [])
    if family.rollup == "ancestor":
        return [above for above in family.ancestors if one.concept in (above, *BELOW.get(above, ()))]
    return [one.concept]


def _id(family: Family, analysis: Analysis, concept: int, unit: int | None) -> int:
    if family.rollup == "nothing":
        return 1000 + analysis.id
    return (
        concept * 1000 + analysis.id if unit is None else concept * 10**6 + unit % 1000 * 1000 + analysis.id
    )


def _value(family: Family, group: list[Record]) -> float | None:
    nearest_last = sorted(group, key=lambda one: (-one.days, one.id))[-1]
    return {
        "presence": lambda: 1,
        "count": lambda: len(group),
        "days_since_last": lambda: min(one.days for one in group),
        "days_since_first": lambda: max(one.days for one in group),
        "latest": lambda: nearest_last.value,
        "slope": lambda: _slope(group),
    }[family.measure]()


def _slope(group: list[Record]) -> float | None:
    """Least squares in exact fractions: years before the index count backwards."""
    years = [Fraction(-one.days * 4, 1461) for one in group]
    values = [Fraction(str(one.value)) for one in group]
    middle, mean = sum(years) / len(group), sum(values) / len(group)
    spread = sum((year - middle) ** 2 for year in years)
    if not spread:
        return None
    return float(sum((y - middle) * (v - mean) for y, v in zip(years, values, strict=True)) / spread)


def _answers(analysis: Analysis, inside: list[Record]) -> Iterator[tuple]:
    for person in MEMBERS:
        mine = sorted((one for one in inside if one.person == person), key=lambda one: (-one.days, one.id))
        if mine and mine[-1].answer:
            yield person, mine[-1].answer * 1000 + analysis.id, 1.0, len(mine), mine[-1].days


def _scores(family: Family, analysis: Analysis, inside: list[Record]) -> Iterator[tuple]:
    for person in MEMBERS:
        points, groups, nearest = 0, 0, []
        for weight, *ancestors in family.score:
            below = {concept for above in ancestors for concept in (above, *BELOW.get(above, ()))}
            hits = [one.days for one in inside if one.person == person and one.concept in below]
            points, groups = points + weight * bool(hits), groups + bool(hits)
            nearest += hits
        if groups:
            yield person, 1000 + analysis.id, float(points), groups, min(nearest)
