"""What changed from CDM v5.3 to v5.4, as data: every line of it, and that nothing else did."""

import pytest

from thin_assets.cdm import spec
from thin_assets.cdm.versions import changes, current_names, removed_tables, tables_of

BEFORE = tables_of("5.3")

RENAMED = {
    ("visit_occurrence", "admitting_source_concept_id"): "admitted_from_concept_id",
    ("visit_occurrence", "admitting_source_value"): "admitted_from_source_value",
    ("visit_occurrence", "discharge_to_concept_id"): "discharged_to_concept_id",
    ("visit_occurrence", "discharge_to_source_value"): "discharged_to_source_value",
    ("visit_detail", "admitting_source_concept_id"): "admitted_from_concept_id",
    ("visit_detail", "admitting_source_value"): "admitted_from_source_value",
    ("visit_detail", "discharge_to_concept_id"): "discharged_to_concept_id",
    ("visit_detail", "discharge_to_source_value"): "discharged_to_source_value",
    ("visit_detail", "visit_detail_parent_id"): "parent_visit_detail_id",
}
ADDED = {
    "procedure_occurrence": {"procedure_end_date", "procedure_end_datetime"},
    "device_exposure": {"production_id", "unit_concept_id", "unit_source_value", "unit_source_concept_id"},
    "measurement": {"unit_source_concept_id", "measurement_event_id", "meas_event_field_concept_id"},
    "observation": {"value_source_value", "observation_event_id", "obs_event_field_concept_id"},
    "note": {"note_event_id", "note_event_field_concept_id"},
    "location": {"country_concept_id", "country_source_value", "latitude", "longitude"},
    "metadata": {"metadata_id", "value_as_number"},
    "cdm_source": {"cdm_version_concept_id"},
}


@pytest.mark.parametrize(("table", "before"), RENAMED)
def test_a_column_has_another_name(table, before):
    after = RENAMED[table, before]
    assert current_names("5.3", table)[before] == after
    assert before in BEFORE[table].columns and after not in BEFORE[table].columns


@pytest.mark.parametrize("table", ADDED)
def test_columns_are_new(table):
    assert set(spec.table(table).columns) - set(BEFORE[table].columns) == ADDED[table]


@pytest.mark.parametrize(
    "table", ["person", "death", "drug_exposure", "note_nlp", "cost", "concept", "drug_era"]
)
def test_the_others_are_as_they_were(table):
    assert BEFORE[table].columns == spec.table(table).columns
    assert changes("5.3", table) == ()


def test_every_column_of_both_versions_is_accounted_for():
    """Old columns under their new names, and the added ones, are exactly those of today."""
    for name, table in BEFORE.items():
        names = current_names("5.3", name)
        carried = {names.get(column, column) for column in table.columns}
        assert carried | ADDED.get(name, set()) == set(spec.table(name).columns)


def test_episodes_are_new_and_attribute_definitions_are_gone():
    assert set(spec.TABLES) - set(BEFORE) == {"episode", "episode_event"}
    assert removed_tables("5.3") == {"attribute_definition"}


def test_the_source_may_say_less_of_itself():
    """Abbreviation, holder, both dates and the vocabulary must be said today."""
    relaxed = {field.name for field in spec.table("cdm_source").fields if field.required}
    relaxed -= {field.name for field in BEFORE["cdm_source"].fields if field.required}
    assert relaxed == {
        "cdm_source_abbreviation",
        "cdm_holder",
        "source_release_date",
        "cdm_release_date",
        "vocabulary_version",
        "cdm_version_concept_id",
    }


def test_the_current_version_is_what_the_standard_says():
    assert tables_of("5.4") == dict(spec.TABLES)
