"""One defect per kind of check, each in a build that is sound otherwise: the check meant for it fails.

`CASES` holds a line per kind of `kinds.csv`: what is changed in the sound build, the one check that must
fail, and those that cannot but fail with it, with the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cdm import rows, write_cdm, write_vocabulary
from tests.unit.test_validated_judge import CALENDAR
from thin_assets.errors import BrokenRules
from thin_assets.resources.warehouse import connect
from thin_assets.validated.catalogue import kinds
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import ERROR, Judgement, Result, summarise

Rows = list[dict[str, str | None]]
Tables = dict[str, Rows]

PROSTATE, TESTIS, PRESSURE, MMHG, KG = "4163261", "7000001", "3004249", "8876", "9529"
CONCEPTS = f"""
    concept_id | concept_name                | domain_id   | standard_concept | concept_class_id
    201826     | Type 2 diabetes mellitus    | Condition   | S                | Disorder
    45595645   | E11 of the source           | Condition   |                  | 3-char nonbill code
    {PROSTATE} | Malignant tumor of prostate | Condition   | S                | Disorder
    4090861    | Male genitalia finding      | Condition   | S                | Clinical Finding
    {TESTIS}   | Pain in testis              | Condition   | S                | Clinical Finding
    {PRESSURE} | Systolic blood pressure     | Measurement | S                | Clinical Observation
    {MMHG}     | mmHg                        | Unit        | S                | Unit
    {KG}       | kg                          | Unit        | S                | Unit
    1125315    | acetaminophen               | Drug        | S                | Ingredient
    1127433    | acetaminophen 325 MG tablet | Drug        | S                | Clinical Drug
    9202       | Outpatient Visit            | Visit       | S                | Visit
    4273391    | Counselling                 | Procedure   | S                | Procedure
    4275495    | Tobacco smoking behaviour   | Observation | S                | Observable Entity
"""
ANCESTORS = f"ancestor_concept_id | descendant_concept_id\n4090861 | {TESTIS}"

DIAGNOSES = "\n".join(f"{number} | 2 | 201826 | 2020-01-01 | C{number} | 45595645" for number in range(2, 25))
SOUND = {
    "person": """
        person_id | year_of_birth | month_of_birth | gender_concept_id
        1         | 1950          |                | 8507
        2         | 1980          | 11             | 8532
    """,
    "death": "person_id | death_date\n1 | 2022-01-01",
    "observation_period": """
        person_id | observation_period_start_date | observation_period_end_date
        1         | 2010-01-01                    | 2022-01-01
        2         | 2010-01-01                    | 2024-03-31
    """,
    "visit_occurrence": """
        visit_occurrence_id | person_id | visit_concept_id | visit_start_date | visit_end_date
        11                  | 1         | 9202             | 2020-01-01       | 2020-01-01
        12                  | 2         | 9202             | 2021-05-05       | 2021-05-05
    """,
    "condition_occurrence": f"""
        condition_occurrence_id | person_id | condition_concept_id | condition_start_date \
| condition_source_value | condition_source_concept_id
        1 | 1 | 201826 | 2020-01-01 | C1 | 45595645
        {DIAGNOSES}
    """,
    "condition_era": """
        person_id | condition_concept_id | condition_era_start_date | condition_era_end_date
        1         | 201826               | 2020-01-01               | 2020-01-01
        2         | 201826               | 2020-01-01               | 2020-01-01
    """,
    "drug_exposure": """
        person_id | drug_concept_id | drug_exposure_start_date | drug_exposure_end_date | days_supply
        1         | 1127433         | 2020-01-01               | 2020-01-28             | 28
        2         | 1127433         | 2021-05-05               | 2021-06-01             | 28
    """,
    "drug_era": """
        person_id | drug_concept_id | drug_era_start_date | drug_era_end_date
        1         | 1125315         | 2020-01-01          | 2020-01-28
        2         | 1125315         | 2021-05-05          | 2021-06-01
    """,
    "dose_era": f"""
        person_id | drug_concept_id | unit_concept_id | dose_value | dose_era_start_date | dose_era_end_date
        1         | 1125315         | {KG}            | 1          | 2020-01-01          | 2020-01-28
        2         | 1125315         | {KG}            | 1          | 2021-05-05          | 2021-06-01
    """,
    "procedure_occurrence": """
        person_id | procedure_concept_id | procedure_date
        1         | 4273391              | 2020-01-01
        2         | 4273391              | 2021-05-05
    """,
    "observation": """
        person_id | observation_concept_id | observation_date
        1         | 4275495                | 2020-01-01
        2         | 4275495                | 2021-05-05
    """,
    "measurement": f"""
        person_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id \
| visit_occurrence_id
        1 | {PRESSURE} | 2020-01-01 | 120 | {MMHG} | 11
        2 | {PRESSURE} | 2021-05-05 | 120 | {MMHG} | 12
    """,
}
"""Two persons, one of whom died, with a record of each kind that a check speaks of."""


def changed(table: str, column: str, value: str | None, *numbers: int) -> Callable[[Tables], None]:
    """Another value in one column of some rows, counted from 0."""

    def doctor(tables: Tables) -> None:
        for number in numbers or (1,):
            tables[table][number][column] = value

    return doctor


def added(table: str, **cells: str) -> Callable[[Tables], None]:
    """One row more; what is not given is as in the first row."""

    def doctor(tables: Tables) -> None:
        tables[table].append(tables[table][0] | cells)

    return doctor


def removed(table: str, number: int = 1) -> Callable[[Tables], None]:
    """A row less."""

    def doctor(tables: Tables) -> None:
        del tables[table][number]

    return doctor


def one_code_unmapped_among_two(tables: Tables) -> None:
    """Twenty-three records say the same code; one says another, which has no concept."""
    for row in tables["condition_occurrence"]:
        row["condition_source_value"] = "E11"
    tables["condition_occurrence"][1] |= {"condition_source_value": "ZZZ", "condition_concept_id": "0"}


def file_removed(build: Path) -> None:
    (build / "note" / "data.parquet").unlink()


def reshaped(table: str, change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    """The file of a table, its columns changed."""

    def doctor(build: Path) -> None:
        file = build / table / "data.parquet"
        pq.write_table(change(pq.read_table(file)), file)

    return doctor


def _with_postcode(death: pa.Table) -> pa.Table:
    return death.append_column("postcode", pa.array(["x"] * death.num_rows))


def _day_as_text(death: pa.Table) -> pa.Table:
    place = death.schema.get_field_index("death_date")
    return death.set_column(place, "death_date", death["death_date"].cast(pa.string()))


@dataclass(frozen=True)
class Case:
    """One defect and the check that is meant for it.

    rows, files   what is changed: rows of the sound tables, or files of the build
    also          checks that ask the same of the same row by their definition
    """

    level: str
    kind: str
    where: str
    rows: Callable[[Tables], None] = lambda tables: None
    files: Callable[[Path], None] = lambda build: None
    also: frozenset[tuple[str, str]] = field(default_factory=frozenset)


CONDITION, MEASUREMENT = "condition_occurrence.condition_concept_id", "measurement.measurement_concept_id"
REQUIRED_VALUE = frozenset({("measureValueCompleteness", "measurement.measurement_date")})
"""A required column bears no null in either kind: what breaks one breaks the other."""

CASES = [
    Case("TABLE", "cdmTable", "note", files=file_removed),
    Case("TABLE", "onlyCdmFields", "death", files=reshaped("death", _with_postcode)),
    Case("TABLE", "measurePersonCompleteness", "observation_period", removed("observation_period")),
    Case("TABLE", "measureConditionEraCompleteness", "condition_era", removed("condition_era")),
    Case(
        "TABLE",
        "measureObservationPeriodOverlap",
        "observation_period",
        added("observation_period", observation_period_start_date="2021-12-31"),
    ),
    Case(
        "FIELD",
        "cdmField",
        "death.cause_concept_id",
        files=reshaped("death", lambda death: death.drop_columns("cause_concept_id")),
    ),
    Case("FIELD", "cdmDatatype", "death.death_date", files=reshaped("death", _day_as_text)),
    Case(
        "FIELD",
        "isRequired",
        "measurement.measurement_date",
        changed("measurement", "measurement_date", None),
        also=REQUIRED_VALUE,
    ),
    Case(
        "FIELD",
        "isPrimaryKey",
        "condition_occurrence.condition_occurrence_id",
        changed("condition_occurrence", "condition_occurrence_id", "1"),
    ),
    Case(
        "FIELD",
        "isForeignKey",
        "measurement.visit_occurrence_id",
        changed("measurement", "visit_occurrence_id", "77"),
    ),
    Case("FIELD", "fkDomain", CONDITION, changed("condition_occurrence", "condition_concept_id", PRESSURE)),
    Case("FIELD", "fkClass", "drug_era.drug_concept_id", changed("drug_era", "drug_concept_id", "1127433")),
    Case(
        "FIELD",
        "isStandardValidConcept",
        CONDITION,
        changed("condition_occurrence", "condition_concept_id", "45595645"),
    ),
    Case(
        "FIELD",
        "measureValueCompleteness",
        "measurement.measurement_date",
        changed("measurement", "measurement_date", None),
        also=frozenset({("isRequired", "measurement.measurement_date")}),
    ),
    Case(
        "FIELD",
        "standardConceptRecordCompleteness",
        CONDITION,
        changed("condition_occurrence", "condition_concept_id", "0", 1, 2),
    ),
    Case(
        "FIELD",
        "sourceConceptRecordCompleteness",
        "condition_occurrence.condition_source_concept_id",
        changed("condition_occurrence", "condition_source_concept_id", "0", 1, 2, 3),
    ),
    Case(
        "FIELD",
        "sourceValueCompleteness",
        "condition_occurrence.condition_source_value",
        one_code_unmapped_among_two,
    ),
    Case(
        "FIELD",
        "plausibleValueLow",
        "drug_exposure.days_supply",
        changed("drug_exposure", "days_supply", "0"),
    ),
    Case(
        "FIELD",
        "plausibleValueHigh",
        "drug_exposure.days_supply",
        changed("drug_exposure", "days_supply", "999"),
    ),
    Case(
        "FIELD",
        "plausibleTemporalAfter",
        "drug_exposure.verbatim_end_date",
        changed("drug_exposure", "verbatim_end_date", "2021-05-04"),
    ),
    Case(
        "FIELD",
        "plausibleStartBeforeEnd",
        "dose_era.dose_era_start_date",
        changed("dose_era", "dose_era_end_date", "2021-05-04"),
    ),
    Case(
        "FIELD",
        "plausibleAfterBirth",
        "condition_occurrence.condition_start_date",
        changed("condition_occurrence", "condition_start_date", "1980-08-01"),
    ),
    Case(
        "FIELD",
        "plausibleBeforeDeath",
        "measurement.measurement_date",
        added("measurement", measurement_date="2022-03-03", visit_occurrence_id=None),
    ),
    Case(
        "FIELD",
        "plausibleDuringLife",
        "condition_occurrence.condition_start_date",
        changed("condition_occurrence", "condition_start_date", "2022-03-03", 0),
        also=frozenset({("plausibleBeforeDeath", "condition_occurrence.condition_start_date")}),
    ),
    Case(
        "FIELD",
        "withinVisitDates",
        "measurement.measurement_date",
        changed("measurement", "measurement_date", "2021-05-13"),
    ),
    Case(
        "FIELD",
        "plausibleBeforeCutoff",
        "observation.observation_date",
        changed("observation", "observation_date", "2024-04-01"),
    ),
    Case(
        "CONCEPT",
        "plausibleValueLow",
        f"{MEASUREMENT}={PRESSURE} in unit {MMHG}",
        changed("measurement", "value_as_number", "12"),
    ),
    Case(
        "CONCEPT",
        "plausibleValueHigh",
        f"{MEASUREMENT}={PRESSURE} in unit {MMHG}",
        changed("measurement", "value_as_number", "1200"),
    ),
    Case(
        "CONCEPT",
        "plausibleGender",
        f"{CONDITION}={PROSTATE}",
        changed("condition_occurrence", "condition_concept_id", PROSTATE),
    ),
    Case(
        "CONCEPT",
        "plausibleGenderUseDescendants",
        f"{CONDITION}=4090861",
        changed("condition_occurrence", "condition_concept_id", TESTIS),
    ),
    Case(
        "CONCEPT",
        "plausibleUnitConceptIds",
        f"{MEASUREMENT}={PRESSURE}",
        changed("measurement", "unit_concept_id", KG),
    ),
]


def drawn(table: Rows) -> str:
    """Rows as the table that `write_cdm` reads."""
    names = list(dict.fromkeys(name for row in table for name in row))
    lines = [" | ".join(row.get(name) or "" for name in names) for row in table]
    return "\n".join([" | ".join(names), *lines])


def judged(folder: Path, case: Case | None = None) -> Judgement:
    """The judgement of the sound build, or of the build of a case."""
    tables = {name: rows(text) for name, text in SOUND.items()}
    if case:
        case.rows(tables)
    build = write_cdm(folder / "build", **{name: drawn(table) for name, table in tables.items()})
    if case:
        case.files(build)
    vocabulary = write_vocabulary(folder / "vocabulary", CONCEPTS, ANCESTORS)
    return judge_build(build, vocabulary, connect(), calendar=CALENDAR)


def named(results: list[Result]) -> set[tuple[str, str]]:
    return {(one.check_name, one.where) for one in results}


def test_the_sound_build_fails_nothing(tmp_path: Path) -> None:
    judgement = judged(tmp_path)
    assert named(judgement.failed()) == set()
    assert summarise(judgement.results).percent_passed == 100.0


def test_in_the_sound_build_every_kind_is_executed(tmp_path: Path) -> None:
    """So that each case shows a check that passed before its defect."""
    executed = {(one.level, one.check_name) for one in judged(tmp_path).results if one.violated_rows == 0}
    wanted = {(case.level, case.kind) for case in CASES}
    assert wanted - executed == {("CONCEPT", "plausibleGender"), ("CONCEPT", "plausibleGenderUseDescendants")}


def test_every_kind_has_its_defect() -> None:
    assert [(case.level, case.kind) for case in CASES] == list(kinds())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.level}-{case.kind}")
def test_the_check_that_is_meant_for_a_defect_catches_it_and_no_other_does(
    tmp_path: Path, case: Case
) -> None:
    judgement = judged(tmp_path, case)
    assert named(judgement.failed()) == {(case.kind, case.where), *case.also}
    (caught,) = [one for one in judgement.failed() if (one.level, one.check_name) == (case.level, case.kind)]
    assert caught.violated_rows >= 1
    if caught.severity == ERROR:
        with pytest.raises(BrokenRules, match=case.kind):
            judgement.require("GB|2024-03-01")
