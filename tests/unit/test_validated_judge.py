"""What the judgement says of a build: each rule broken once, in a table that a clinician can read."""

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
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import Judgement

PERSONS = """
    person_id | year_of_birth
    1         | 1950
    2         | 1980
"""
CONCEPTS = """
    concept_id | concept_name             | domain_id   | standard_concept
    201826     | Type 2 diabetes mellitus | Condition   | S
    3004249    | Systolic blood pressure  | Measurement | S
    45595645   | ICD-10 C34               | Condition   |
"""
Judge = Callable[..., Judgement]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge a build drawn with ASCII tables; persons 1 and 2 are there unless others are given."""

    def judged(
        layout: str = "thin-v1", cutoff: dt.date | None = dt.date(2024, 3, 31), **tables: str
    ) -> Judgement:
        build = write_cdm(tmp_path / "build", **({"person": PERSONS} | tables))
        return judge_build(
            build,
            write_vocabulary(tmp_path / "vocabulary", CONCEPTS),
            connect(),
            cutoff=cutoff,
            layout=layout,
        )

    return judged


def broken(judgement: Judgement) -> dict[tuple[str, str], int]:
    return {(f"{one.table}.{one.column}", one.rule): one.broken for one in judgement.broken()}


def test_a_build_in_order_breaks_no_rule(judge: Judge) -> None:
    judgement = judge(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date | condition_end_date
            1         | 201826               | 2020-01-01           | 2020-02-01
            2         | 0                    | 2024-03-31           |
        """
    )
    assert broken(judgement) == {}
    assert judgement.rows["condition_occurrence"] == 2
    judgement.require("GB|2024-03-01")


def test_a_required_column_without_a_value_is_an_error(judge: Judge) -> None:
    judgement = judge(person="person_id | gender_concept_id\n1 | \n2 | 8507")
    assert broken(judgement) == {("person.gender_concept_id", "is_never_null"): 1}
    assert judgement.errors()[0].rows == 2


def test_a_key_that_two_rows_share_is_an_error(judge: Judge) -> None:
    judgement = judge(person="person_id\n1\n1\n1\n2")
    assert broken(judgement) == {("person.person_id", "is_unique"): 2}
    assert len(judgement.errors()) == 1


def test_a_record_of_nobody_is_an_error(judge: Judge) -> None:
    judgement = judge(death="person_id | death_date\n1 | 2020-01-01\n99 | 2020-01-01")
    assert broken(judgement) == {("death.person_id", "refers_to_a_person"): 1}
    assert len(judgement.errors()) == 1


def test_two_persons_under_one_key_do_not_count_their_records_twice(judge: Judge) -> None:
    judgement = judge(
        person="person_id | year_of_birth\n1 | 1950\n1 | 1990",
        death="person_id | death_date\n1 | 1960-01-01",
    )
    assert judgement.rows["death"] == 1
    assert ("death.death_date", "is_not_before_birth") not in broken(judgement)


@pytest.mark.parametrize("column", ["provider_id", "visit_occurrence_id", "visit_detail_id"])
def test_a_reference_to_nothing_is_a_warning(judge: Judge, column: str) -> None:
    judgement = judge(
        measurement=f"""
            person_id | measurement_concept_id | measurement_date | {column}
            1         | 3004249                | 2020-01-01       | 77
            1         | 3004249                | 2020-01-01       |
        """
    )
    assert broken(judgement) == {(f"measurement.{column}", f"refers_to_a_{column.removesuffix('_id')}"): 1}
    assert judgement.errors() == []


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
    assert broken(judgement) == {
        ("visit_occurrence.visit_end_date", "starts_before_it_ends"): 1,
        ("procedure_occurrence.procedure_end_date", "starts_before_it_ends"): 1,
    }


def test_an_event_before_birth_or_after_the_cutoff_is_a_warning(judge: Judge) -> None:
    """The year of birth is allowed, for only the year is known; so is the cutoff itself."""
    judgement = judge(
        drug_exposure="""
            person_id | drug_exposure_start_date | drug_exposure_end_date
            2         | 1979-12-31               | 1980-01-01
            2         | 1980-01-01               | 1980-01-02
            2         | 2024-03-31               | 2024-05-31
            2         | 2024-04-01               | 2024-05-31
        """
    )
    assert broken(judgement) == {
        ("drug_exposure.drug_exposure_start_date", "is_not_before_birth"): 1,
        ("drug_exposure.drug_exposure_start_date", "is_not_after_the_cutoff"): 1,
    }


def test_without_a_cutoff_the_calendar_is_not_judged(judge: Judge) -> None:
    judgement = judge(cutoff=None, death="person_id | death_date\n1 | 2090-01-01")
    assert broken(judgement) == {}


def test_a_birth_before_1875_is_a_warning(judge: Judge) -> None:
    judgement = judge(person="person_id | year_of_birth\n1 | 1874\n2 | 1875")
    assert broken(judgement) == {("person.year_of_birth", "is_a_plausible_year_of_birth"): 1}


def test_concepts_must_be_known_standard_and_of_the_domain_of_their_column(judge: Judge) -> None:
    """Concept 0 stands for a code without a map and breaks no rule. A fault is counted once."""
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
    assert broken(judgement) == {
        ("condition_occurrence.condition_concept_id", "is_a_known_concept"): 1,
        ("condition_occurrence.condition_concept_id", "is_a_concept_of_its_domain"): 1,
        ("condition_occurrence.condition_concept_id", "is_a_standard_concept"): 1,
    }
    assert judgement.errors() == []
    assert judgement.mapped_percent == 80.0


DEATH_OF_UNKNOWN_TYPE = "person_id | death_date | death_type_concept_id\n1 | 2020-01-01 | 999"


def test_a_type_concept_is_our_choice_and_so_our_error(judge: Judge) -> None:
    judgement = judge(death=DEATH_OF_UNKNOWN_TYPE)
    assert [(one.column, one.rule) for one in judgement.errors()] == [
        ("death_type_concept_id", "is_a_known_concept")
    ]


def test_in_a_delivery_that_is_already_omop_a_type_concept_is_the_providers(judge: Judge) -> None:
    judgement = judge(layout="omop-cdm-5.4", death=DEATH_OF_UNKNOWN_TYPE)
    assert judgement.errors() == []
    assert len(judgement.warnings()) == 1


def test_an_empty_build_breaks_nothing_and_says_that_little_was_judged(judge: Judge) -> None:
    counts = judge(person="").as_counts()
    assert (counts["persons"], counts["mapped_percent"], counts["broken"]) == (0, None, [])
    assert counts["rules_applicable"] < counts["rules"]


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
    assert {(one.table, one.column) for one in judgement.errors()} == {
        ("note", ""),
        ("death", "death_date"),
        ("death", "cause_concept_id"),
        ("death", "postcode"),
    }
    assert {one.rule for one in judgement.broken()} == {"has_the_columns_and_types_of_the_standard"}


def test_partition_folders_above_a_build_are_not_taken_for_columns(tmp_path: Path) -> None:
    build = write_cdm(tmp_path / "country=GB" / "snapshot=2024-03-01" / "candidate=1", person=PERSONS)
    assert judge_build(build, write_vocabulary(tmp_path / "vocabulary"), connect()).broken() == []


def test_no_value_of_a_row_is_in_what_is_reported(judge: Judge) -> None:
    judgement = judge(
        person="person_id | year_of_birth | person_source_value\n4711 | 1801 | MARKER\n4711 | 1801 | MARKER"
    )
    told = json.dumps(judgement.as_counts())
    with pytest.raises(BrokenRules) as raised:
        judgement.require("GB|2024-03-01")
    assert "person.person_id is_unique (1)" in str(raised.value)
    for secret in ("MARKER", "4711", "1801"):
        assert secret not in told + str(raised.value)
