"""Lineage of columns: the committed file is what the queries of the dbt project say now."""

import pytest

from docs.column_lineage import OUT, column_lineage, current_text


def test_the_file_says_what_the_queries_say() -> None:
    assert OUT.read_text(encoding="utf-8") == current_text(), "run `python -m docs.column_lineage`"


def origins(**queries: str) -> list[tuple[str, str, str]]:
    """Field, table and column of the lineage of a `death` that these models make."""
    return [row[1:] for row in column_lineage(queries)]


def test_a_column_is_followed_through_models_and_names() -> None:
    found = origins(
        staged="select patient_key, deathdate as died_on from raw.patient",
        death="with kept as (select * from staged)"
        " select patient_key as person_id, died_on as death_date from kept",
    )
    assert found == [
        ("death_date", "patient", "deathdate"),
        ("person_id", "patient", "patid"),
        ("person_id", "patient", "pracid"),
    ]


@pytest.mark.parametrize("union", ["union all", "union all by name"])
def test_both_sides_of_a_union_count(union: str) -> None:
    found = origins(
        death=f"select eventdate as death_date from raw.medical {union}"
        " select prscdate as death_date from raw.therapy"
    )
    assert found == [("death_date", "medical", "eventdate"), ("death_date", "therapy", "prscdate")]


def test_what_chooses_rows_makes_no_value() -> None:
    found = origins(
        death="""
            select
                max(medical.eventdate) over (
                    partition by medical.patient_key order by medical.enddate
                ) as death_date
            from raw.medical as medical
            inner join raw.patient as patient on medical.patient_key = patient.patient_key
            where patient.deathinfo is not null
        """
    )
    assert found == [("death_date", "medical", "eventdate")]


def test_a_concept_has_the_origin_of_the_source_value_beside_it() -> None:
    found = origins(
        death="select 0 as cause_concept_id, medcode as cause_source_value from raw.medical",
    )
    assert ("cause_concept_id", "medical", "medcode") in found


def test_tables_of_the_vocabulary_are_no_delivery() -> None:
    assert origins(death="select concept_id as cause_concept_id from vocabulary.concept") == []
