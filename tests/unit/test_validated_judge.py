"""What the judgement says of a build: each fault drawn in a table that a clinician can read."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cdm import write_cdm, write_vocabulary
from thin_assets.errors import BrokenRules
from thin_assets.resources.warehouse import connect
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import Judgement, Result, summarise

PERSONS = """
    person_id | year_of_birth | gender_concept_id
    1         | 1950          | 8507
    2         | 1980          | 8532
"""
CONCEPTS = """
    concept_id | concept_name               | domain_id   | standard_concept
    201826     | Type 2 diabetes mellitus   | Condition   | S
    4163261    | Malignant tumor of prostate| Condition   | S
    4090861    | Male genitalia finding     | Condition   | S
    433716     | Malignant neoplasm testis  | Condition   | S
    3004249    | Systolic blood pressure    | Measurement | S
    8876       | mmHg                       | Unit        | S
    9529       | kg                         | Unit        | S
    45595645   | ICD-10 C34                 | Condition   |
"""
ANCESTORS = "ancestor_concept_id | descendant_concept_id\n4090861 | 433716"
CALENDAR = Calendar(cutoff=dt.date(2024, 3, 31), delivered=dt.date(2024, 4, 3))
SPARSE = {
    *("measurePersonCompleteness", "measureConditionEraCompleteness"),
    *("standardConceptRecordCompleteness", "sourceValueCompleteness"),
}
"""Kinds that a build of a handful of rows cannot pass: most of its tables are empty, most concepts 0."""

Judge = Callable[..., Judgement]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge a build drawn with ASCII tables; persons 1 and 2 are there unless others are given."""

    def judged(
        layout: str = "thin-v1", country: str = "", calendar: Calendar = CALENDAR, **tables: str
    ) -> Judgement:
        build = write_cdm(tmp_path / "build", **({"person": PERSONS} | tables))
        vocabulary = write_vocabulary(tmp_path / "vocabulary", CONCEPTS, ANCESTORS)
        return judge_build(build, vocabulary, connect(), calendar=calendar, country=country, layout=layout)

    return judged


def failed(judgement: Judgement) -> dict[tuple[str, str], tuple[int, int]]:
    """Violated and judged, by check and where, of failed checks that a handful of rows can pass."""
    return {
        (one.check_name, one.where): (one.violated_rows, one.denominator_rows)
        for one in judgement.failed()
        if one.check_name not in SPARSE
    }


def found(judgement: Judgement, check: str, where: str) -> Result:
    (result,) = [one for one in judgement.results if (one.check_name, one.where) == (check, where)]
    return result


def test_a_build_in_order_fails_no_check_of_its_rows(judge: Judge) -> None:
    judgement = judge(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date | condition_end_date
            1         | 201826               | 2020-01-01           | 2020-02-01
            2         | 0                    | 2024-03-31           |
        """
    )
    assert failed(judgement) == {}
    assert judgement.rows["condition_occurrence"] == 2
    judgement.require("GB|2024-03-01")


def test_a_required_column_without_a_value_is_an_error(judge: Judge) -> None:
    judgement = judge(person="person_id | gender_concept_id\n1 | \n2 | 8507")
    assert failed(judgement) == {
        ("isRequired", "person.gender_concept_id"): (1, 2),
        ("measureValueCompleteness", "person.gender_concept_id"): (1, 2),
    }
    assert [one.check_name for one in judgement.errors()] == ["isRequired"]


def test_a_required_column_that_is_empty_altogether_is_no_excuse(judge: Judge) -> None:
    """The dashboard calls a check of an empty field not applicable; a required one must not hide so."""
    judgement = judge(person="person_id | gender_concept_id\n1 | \n2 | ")
    assert found(judgement, "isRequired", "person.gender_concept_id").status == "failed"


def test_every_row_that_shares_its_key_counts(judge: Judge) -> None:
    judgement = judge(person="person_id\n1\n1\n1\n2")
    assert failed(judgement) == {("isPrimaryKey", "person.person_id"): (3, 4)}
    assert len(judgement.errors()) == 1


def test_a_record_of_nobody_is_an_error(judge: Judge) -> None:
    judgement = judge(death="person_id | death_date\n1 | 2020-01-01\n99 | 2020-01-01")
    assert failed(judgement) == {("isForeignKey", "death.person_id"): (1, 2)}
    assert [one.where for one in judgement.errors()] == ["death.person_id"]


def test_two_persons_under_one_key_do_not_count_their_records_twice(judge: Judge) -> None:
    judgement = judge(
        person="person_id | year_of_birth\n1 | 1950\n1 | 1990",
        death="person_id | death_date\n1 | 1960-01-01",
    )
    assert found(judgement, "plausibleAfterBirth", "death.death_date").denominator_rows == 1
    assert found(judgement, "plausibleAfterBirth", "death.death_date").status == "passed"


def test_two_visits_under_one_key_do_not_count_their_records_twice(judge: Judge) -> None:
    judgement = judge(
        visit_occurrence="visit_occurrence_id | person_id\n5 | 1\n5 | 1",
        death="person_id | death_date\n1 | 2021-01-01",
        measurement="person_id | measurement_date | visit_occurrence_id\n1 | 2020-01-02 | 5",
    )
    within = found(judgement, "withinVisitDates", "measurement.measurement_date")
    assert (within.violated_rows, within.denominator_rows) == (0, 1)


@pytest.mark.parametrize(
    ("layout", "severity"), [("thin-v1", "error"), ("omop-cdm-5.4", "warning"), ("omop-cdm-5.3", "warning")]
)
@pytest.mark.parametrize("column", ["provider_id", "visit_occurrence_id", "visit_detail_id"])
def test_a_key_of_ours_that_leads_nowhere_is_our_error_and_a_providers_is_a_warning(
    judge: Judge, column: str, layout: str, severity: str
) -> None:
    judgement = judge(
        layout=layout,
        measurement=f"""
            person_id | measurement_concept_id | measurement_date | {column}
            1         | 3004249                | 2020-01-01       | 77
            1         | 3004249                | 2020-01-01       |
        """,
    )
    assert failed(judgement) == {("isForeignKey", f"measurement.{column}"): (1, 2)}
    assert found(judgement, "isForeignKey", f"measurement.{column}").severity == severity


def test_what_ends_before_it_starts_is_a_warning(judge: Judge) -> None:
    judgement = judge(
        visit_occurrence="""
            person_id | visit_start_date | visit_end_date
            1         | 2020-01-02       | 2020-01-01
            1         | 2020-01-02       | 2020-01-02
        """,
        procedure_occurrence="""
            person_id | procedure_date | procedure_end_date
            1         | 2020-01-02     | 2020-01-01
        """,
    )
    assert failed(judgement) == {
        ("plausibleStartBeforeEnd", "visit_occurrence.visit_start_date"): (1, 2),
        ("plausibleStartBeforeEnd", "procedure_occurrence.procedure_date"): (1, 1),
        ("plausibleTemporalAfter", "visit_occurrence.visit_end_date"): (1, 2),
        ("plausibleTemporalAfter", "procedure_occurrence.procedure_end_date"): (1, 1),
    }
    assert judgement.errors() == []


def test_a_birth_of_which_only_the_year_is_known_counts_from_january_and_for_one_kind_from_june(
    judge: Judge,
) -> None:
    judgement = judge(
        observation="""
            person_id | observation_date
            2         | 1979-12-31
            2         | 1980-01-01
            2         | 1980-06-01
        """
    )
    assert found(judgement, "plausibleAfterBirth", "observation.observation_date").violated_rows == 1
    assert found(judgement, "plausibleTemporalAfter", "observation.observation_date").violated_rows == 2


def test_a_record_may_follow_a_death_by_sixty_days(judge: Judge) -> None:
    judgement = judge(
        death="person_id | death_date\n1 | 2020-01-01",
        observation="""
            person_id | observation_date
            1         | 2020-03-01
            1         | 2020-03-02
            2         | 2020-03-02
        """,
    )
    late = found(judgement, "plausibleBeforeDeath", "observation.observation_date")
    assert (late.violated_rows, late.denominator_rows) == (1, 2)


def test_an_event_after_the_cutoff_or_an_end_after_the_delivery_is_a_warning(judge: Judge) -> None:
    judgement = judge(
        drug_exposure="""
            person_id | drug_exposure_start_date | drug_exposure_end_date
            2         | 2024-03-31               | 2024-04-04
            2         | 2024-04-01               | 2024-04-05
        """
    )
    assert failed(judgement) == {
        ("plausibleBeforeCutoff", "drug_exposure.drug_exposure_start_date"): (1, 2),
        ("plausibleValueHigh", "drug_exposure.drug_exposure_end_date"): (1, 2),
    }


def test_without_a_calendar_nothing_is_held_against_it_and_that_is_said(judge: Judge) -> None:
    judgement = judge(calendar=Calendar(), death="person_id | death_date\n1 | 2090-01-01")
    assert failed(judgement) == {}
    unheld = found(judgement, "plausibleBeforeCutoff", "death.death_date")
    assert (unheld.status, unheld.violated_rows) == ("not_applicable", None)
    assert unheld.not_applicable_reason == "the delivery names no day to hold this against"


def test_concepts_must_be_known_standard_and_of_the_domain_of_their_column(judge: Judge) -> None:
    """Concept 0 stands for a code without a map and breaks none of these. A fault is counted once."""
    judgement = judge(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date | condition_source_concept_id
            1         | 201826               | 2020-01-01           | 45595645
            1         | 0                    | 2020-01-01           | 0
            1         | 3004249              | 2020-01-01           |
            1         | 45595645             | 2020-01-01           |
            1         | 123                  | 2020-01-01           |
        """
    )
    concept = "condition_occurrence.condition_concept_id"
    assert failed(judgement) == {
        ("isForeignKey", concept): (1, 5),
        ("fkDomain", concept): (1, 5),
        ("isStandardValidConcept", concept): (1, 5),
        ("sourceConceptRecordCompleteness", "condition_occurrence.condition_source_concept_id"): (1, 2),
    }
    assert judgement.mapped_percent == 80.0


def test_a_concept_that_is_missing_counts_as_0_only_where_the_source_said_something(judge: Judge) -> None:
    judgement = judge(
        measurement="""
            person_id | measurement_date | unit_concept_id | unit_source_value
            1         | 2020-01-01       | 8876            | mmHg
            1         | 2020-01-01       | 0               | furlong
            1         | 2020-01-01       |                 | fathom
            1         | 2020-01-01       |                 |
        """
    )
    units = found(judgement, "standardConceptRecordCompleteness", "measurement.unit_concept_id")
    assert (units.violated_rows, units.denominator_rows, units.threshold_percent) == (2, 3, 5)


def test_source_values_count_once_each_and_none_at_all_is_one_of_them(judge: Judge) -> None:
    judgement = judge(
        condition_occurrence="""
            person_id | condition_concept_id | condition_source_value
            1         | 201826               | E11
            1         | 201826               | E11
            1         | 0                    | ZZZ
            1         | 0                    | ZZZ
            1         | 0                    |
        """
    )
    values = found(judgement, "sourceValueCompleteness", "condition_occurrence.condition_source_value")
    assert (values.violated_rows, values.denominator_rows) == (2, 3)


def test_a_disease_that_does_not_go_with_the_sex_of_the_person_counts_with_all_below_it(judge: Judge) -> None:
    judgement = judge(
        condition_occurrence="""
            person_id | condition_concept_id
            1         | 4163261
            2         | 4163261
            2         | 433716
            2         | 201826
        """
    )
    condition = "condition_occurrence.condition_concept_id"
    assert failed(judgement) == {
        ("plausibleGender", f"{condition}=4163261"): (1, 2),
        ("plausibleGender", f"{condition}=433716"): (1, 1),
        ("plausibleGenderUseDescendants", f"{condition}=4090861"): (1, 1),
    }


def test_a_value_is_held_against_the_range_of_its_measurement_in_its_unit(judge: Judge) -> None:
    judgement = judge(
        measurement="""
            person_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id
            1         | 3004249                | 2020-01-01       | 120             | 8876
            1         | 3004249                | 2020-01-01       | 12              | 8876
            1         | 3004249                | 2020-01-01       | 1200            | 8876
            1         | 3004249                | 2020-01-01       |                 | 8876
            1         | 3004249                | 2020-01-01       | 70              | 9529
            1         | 3004249                | 2020-01-01       | 12              |
        """
    )
    pressure = "measurement.measurement_concept_id=3004249"
    assert failed(judgement) == {
        ("plausibleValueLow", f"{pressure} in unit 8876"): (1, 3),
        ("plausibleValueHigh", f"{pressure} in unit 8876"): (1, 3),
        ("plausibleUnitConceptIds", pressure): (1, 6),
    }


@pytest.mark.parametrize(
    ("periods", "persons"),
    [
        ("1 | 2010-01-01 | 2010-12-31\n1 | 2011-01-02 | 2011-12-31", 0),
        ("1 | 2010-01-01 | 2010-12-31\n1 | 2011-01-01 | 2011-12-31", 1),
        ("1 | 2010-01-01 | 2015-12-31\n1 | 2011-01-01 | 2011-12-31\n1 | 2014-01-01 | 2014-12-31", 1),
        ("1 | 2010-01-01 | 2010-12-31\n2 | 2010-06-01 | 2011-12-31", 0),
    ],
    ids=["apart", "touching", "one within another", "of two persons"],
)
def test_observation_periods_of_a_person_neither_overlap_nor_touch(
    judge: Judge, periods: str, persons: int
) -> None:
    head = "person_id | observation_period_start_date | observation_period_end_date\n"
    judgement = judge(observation_period=head + periods)
    overlap = found(judgement, "measureObservationPeriodOverlap", "observation_period")
    assert (overlap.violated_rows, overlap.severity) == (persons, "error")


DEATH_OF_UNKNOWN_TYPE = "person_id | death_date | death_type_concept_id\n1 | 2020-01-01 | 999"


def test_a_type_concept_is_our_choice_and_so_our_error(judge: Judge) -> None:
    judgement = judge(death=DEATH_OF_UNKNOWN_TYPE)
    assert [(one.where, one.check_name) for one in judgement.errors()] == [
        ("death.death_type_concept_id", "isForeignKey")
    ]


def test_in_a_delivery_that_is_already_omop_a_type_concept_is_the_providers(judge: Judge) -> None:
    judgement = judge(layout="omop-cdm-5.4", death=DEATH_OF_UNKNOWN_TYPE)
    assert judgement.errors() == []
    assert ("isForeignKey", "death.death_type_concept_id") in failed(judgement)


def test_what_was_not_executed_did_not_pass(judge: Judge) -> None:
    """An empty build passes the checks of its structure, and nothing else."""
    judgement = judge(person="")
    summary = summarise(judgement.results)
    assert summary.executed == summary.passed + summary.failed
    assert summary.checks == summary.executed + summary.not_applicable
    executed = {one.check_name for one in judgement.results if one.status != "not_applicable"}
    assert executed == {"cdmTable", "onlyCdmFields", "cdmField", "cdmDatatype"}
    assert {one.not_applicable_reason for one in judgement.results if one.cdm_table == "death"} == {
        None,
        "table death is empty",
        "table person is empty",
    }


def test_a_missing_table_a_foreign_column_and_a_wrong_type_are_errors_of_structure(tmp_path: Path) -> None:
    build = write_cdm(tmp_path / "build", person=PERSONS)
    (build / "note" / "data.parquet").unlink()
    file = build / "death" / "data.parquet"
    death = pq.read_table(file)
    position = death.schema.get_field_index("death_date")
    death = death.set_column(position, "death_date", pa.array([], pa.string())).drop_columns(
        "cause_concept_id"
    )
    pq.write_table(death.append_column("postcode", pa.array([], pa.string())), file)
    judgement = judge_build(build, write_vocabulary(tmp_path / "vocabulary"), connect())
    assert {(one.check_name, one.where) for one in judgement.errors()} == {
        ("cdmTable", "note"),
        ("cdmDatatype", "death.death_date"),
        ("cdmField", "death.cause_concept_id"),
        ("onlyCdmFields", "death"),
    }
    unjudged = found(judgement, "isRequired", "person.person_id")
    assert unjudged.not_applicable_reason == "the build is not shaped like the standard"


def test_partition_folders_above_a_build_are_not_taken_for_columns(tmp_path: Path) -> None:
    build = write_cdm(tmp_path / "country=GB" / "snapshot=2024-03-01" / "candidate=1", person=PERSONS)
    judgement = judge_build(build, write_vocabulary(tmp_path / "vocabulary"), connect())
    assert judgement.errors() == []


def test_a_file_whose_footer_counts_no_nulls_is_scanned(judge: Judge, tmp_path: Path) -> None:
    judge()
    file = tmp_path / "build" / "person" / "data.parquet"
    pq.write_table(pq.read_table(file), file, write_statistics=False)
    judgement = judge_build(tmp_path / "build", tmp_path / "vocabulary", connect(), calendar=CALENDAR)
    filled = found(judgement, "measureValueCompleteness", "person.month_of_birth")
    assert (filled.violated_rows, filled.denominator_rows) == (2, 2)


def test_no_value_of_a_row_is_in_what_is_reported(judge: Judge) -> None:
    judgement = judge(
        person="person_id | year_of_birth | person_source_value\n4711 | 1801 | MARKER\n4711 | 1801 | MARKER"
    )
    told = json.dumps(judgement.as_counts())
    with pytest.raises(BrokenRules) as raised:
        judgement.require("GB|2024-03-01")
    assert "isPrimaryKey person.person_id (2)" in str(raised.value)
    for secret in ("MARKER", "4711", "1801"):
        assert secret not in told + str(raised.value)
