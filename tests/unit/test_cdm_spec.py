"""The model as data: what the standard says, and how we read it."""

import doctest

import pytest

from thin_assets.cdm import spec


def test_the_model_has_27_tables_of_records_10_of_vocabulary_and_2_of_results() -> None:
    counts = [len(found()) for found in (spec.clinical_tables, spec.vocabulary_tables, spec.results_tables)]
    assert counts == [27, 10, 2]
    assert len(spec.TABLES) == sum(counts)


def test_a_person_has_the_columns_of_the_standard_in_its_order() -> None:
    person = spec.table("person")
    assert person.columns[:5] == [
        "person_id",
        "gender_concept_id",
        "year_of_birth",
        "month_of_birth",
        "day_of_birth",
    ]
    assert len(person.columns) == 18
    assert person.primary_key == "person_id"


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("person", "person_id", "BIGINT"),
        ("person", "gender_concept_id", "INTEGER"),
        ("person", "year_of_birth", "INTEGER"),
        ("person", "birth_datetime", "TIMESTAMP"),
        ("person", "person_source_value", "VARCHAR"),
        ("visit_occurrence", "preceding_visit_occurrence_id", "BIGINT"),
        ("measurement", "value_as_number", "DOUBLE"),
        ("measurement", "measurement_event_id", "BIGINT"),
        ("measurement", "meas_event_field_concept_id", "INTEGER"),
        ("drug_exposure", "days_supply", "INTEGER"),
        ("fact_relationship", "fact_id_1", "BIGINT"),
        ("fact_relationship", "domain_concept_id_1", "INTEGER"),
        ("concept_relationship", "concept_id_2", "INTEGER"),
        ("concept", "domain_id", "VARCHAR"),
        ("cohort", "subject_id", "BIGINT"),
        ("cohort", "cohort_start_date", "DATE"),
    ],
)
def test_an_id_of_ours_is_wide_and_a_concept_id_is_not(table: str, column: str, kind: str) -> None:
    assert spec.table(table).field(column).duckdb_type == kind


def test_every_column_has_a_type_that_we_build_in() -> None:
    types = {kind for table in spec.TABLES.values() for kind in table.duckdb_columns().values()}
    assert types == {"BIGINT", "INTEGER", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR"}


def test_a_reference_leads_to_a_column_that_exists() -> None:
    for table in spec.TABLES.values():
        for field in table.fields:
            if field.fk_table:
                assert field.fk_field in spec.table(field.fk_table).columns, (table.name, field.name)


def test_a_concept_column_refers_to_the_concepts() -> None:
    for table in spec.TABLES.values():
        for field in table.fields:
            if field.is_concept and (table.name, field.name) != ("concept", "concept_id"):
                assert field.fk_table == "concept", (table.name, field.name)


def test_a_key_is_required_and_single() -> None:
    for table in spec.TABLES.values():
        keys = [field for field in table.fields if field.primary_key]
        assert len(keys) <= 1 and all(field.required for field in keys), table.name


def test_a_domain_may_be_one_of_several() -> None:
    assert spec.table("drug_exposure").field("drug_concept_id").fk_domain == ("Drug",)
    several = {field.fk_domain for table in spec.TABLES.values() for field in table.fields}
    assert ("Procedure", "Regimen") in several
    assert spec.table("person").field("person_source_value").fk_domain == ()


def test_column_names_are_bare() -> None:
    """The standard writes `offset` in quotes, because SQL reserves the word; the name itself has none."""
    assert "offset" in spec.table("note_nlp").columns
    assert all(name.isidentifier() for table in spec.TABLES.values() for name in table.columns)


def test_every_table_is_described_in_one_line() -> None:
    for table in spec.TABLES.values():
        assert 20 < len(table.description) < 200 and '"' not in table.description, table.name


def test_the_tables_cannot_be_changed_by_a_reader() -> None:
    with pytest.raises(TypeError):
        spec.TABLES["person"] = spec.table("death")


def test_an_unknown_table_or_column_is_an_error() -> None:
    with pytest.raises(KeyError):
        spec.table("patient")
    with pytest.raises(KeyError):
        spec.table("person").field("name")


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(spec).failed == 0
