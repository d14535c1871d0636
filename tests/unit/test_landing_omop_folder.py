"""A plain folder of CDM files becomes a delivery: found by name, of a version, vocabulary included."""

import gzip

import pytest

from tests.deliveries import MARCH
from tests.omop_deliveries import CONDITION, cdm, lay_down
from thin_assets.cdm import spec
from thin_assets.errors import MissingFiles, SettingsError, UnreadableFile, WrongLayout
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.omop_layout import delivery_from_folder

VISIT = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id"


def test_a_plain_folder_of_cdm_files_becomes_a_delivery(tmp_path):
    folder = cdm(tmp_path, {"CONDITION_OCCURRENCE.csv": f"{CONDITION}\n1,1,201826,2020-01-01,32817"})
    inspection = inspect_delivery(folder, MARCH)
    assert inspection.layout == "omop-cdm-5.4"
    assert inspection.tables == {"condition_occurrence": 1, "person": 1}


def test_laying_a_folder_down_twice_gives_the_same_delivery(tmp_path):
    first = inspect_delivery(cdm(tmp_path, {}), MARCH)
    assert inspect_delivery(cdm(tmp_path, {}), MARCH).delivery_id == first.delivery_id


def test_a_file_named_by_no_table_is_refused(tmp_path):
    with pytest.raises(WrongLayout, match="DEVICES_EXPOSURE.csv"):
        cdm(tmp_path, {"DEVICES_EXPOSURE.csv": "x\n"})


def test_a_folder_without_cdm_files_is_no_delivery(tmp_path):
    (tmp_path / "CONCEPT.csv").write_text("concept_id\n0\n")
    with pytest.raises(MissingFiles):
        delivery_from_folder(tmp_path, MARCH, tmp_path / "deliveries")


def test_a_damaged_file_is_not_laid_down(tmp_path):
    with pytest.raises(UnreadableFile, match="not gzip"):
        cdm(tmp_path, {"death.csv.gz": "person_id,death_date\n"})


def test_a_delivery_needs_persons(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "death.csv").write_text("person_id,death_date\n1,2020-01-01\n")
    laid = delivery_from_folder(tmp_path / "source", MARCH, tmp_path / "deliveries")
    with pytest.raises(MissingFiles, match="person"):
        inspect_delivery(laid.folder, MARCH)


def test_free_text_tables_are_refused(tmp_path):
    note = ",".join(spec.table("note").columns)
    with pytest.raises(WrongLayout, match="free text"):
        inspect_delivery(cdm(tmp_path, {"note.csv": f"{note}\n"}), MARCH)


def test_a_file_is_named_after_its_table_or_lies_in_a_folder_that_is(tmp_path):
    files = {
        "Measurement_01.csv": ",".join(spec.table("measurement").columns) + "\n",
        "measurement-part-2.csv": ",".join(spec.table("measurement").columns) + "\n",
        "DRUG_ERA/part-00000-1f3a.csv": ",".join(spec.table("drug_era").columns) + "\n",
        "vocabulary/CONCEPT.csv": ",".join(spec.table("concept").columns) + "\n",
        "deep/er/concept_class.csv": ",".join(spec.table("concept_class").columns) + "\n",
    }
    laid = lay_down(tmp_path, files)
    assert laid.tables == {
        "person": 1,
        "measurement": 2,
        "drug_era": 1,
        "concept": 1,
        "concept_class": 1,
    }
    assert inspect_delivery(laid.folder, MARCH).files_of("measurement")[1].name == "measurement/part-001.csv"


def test_a_compressed_file_stays_compressed(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "death.CSV.GZ").write_bytes(gzip.compress(b"person_id,death_date\n1,2020-01-01\n"))
    inspection = inspect_delivery(cdm(tmp_path, {}), MARCH)
    assert inspection.files_of("death")[0].name == "death/part-000.csv.gz"
    assert inspection.tables["death"] == 1


def test_vocabulary_tables_are_part_of_the_delivery(tmp_path):
    header = ",".join(spec.table("concept").columns)
    laid = lay_down(tmp_path, {"CONCEPT.csv": f"{header}\n0,None,Metadata,None,Undefined,,0,,,\n"})
    assert inspect_delivery(laid.folder, MARCH).tables == {"person": 1, "concept": 1}


@pytest.mark.parametrize("name", ["COHORT.csv", "cohort_definition.csv", "attribute_definition.csv"])
def test_what_analyses_left_behind_is_left_out_and_told(tmp_path, name):
    laid = lay_down(tmp_path, {name: "cohort_definition_id\n1\n"})
    assert (laid.left_out, list(laid.tables)) == ((name,), ["person"])


def test_the_version_is_the_one_whose_columns_the_files_have(tmp_path):
    older = {"visit_occurrence.csv": f"{VISIT},admitting_source_concept_id\n"}
    newer = {"visit_occurrence.csv": f"{VISIT},admitted_from_concept_id\n"}
    assert lay_down(tmp_path, older).layout == "omop-cdm-5.3"
    assert lay_down(tmp_path, newer).layout == "omop-cdm-5.4"


def test_where_both_versions_fit_the_newer_is_taken(tmp_path):
    assert lay_down(tmp_path, {}).layout == "omop-cdm-5.4"


def test_a_version_that_was_named_is_not_doubted(tmp_path):
    """The inspection judges, and says which layout would fit."""
    files = {"visit_occurrence.csv": f"{VISIT},admitting_source_concept_id\n"}
    folder = cdm(tmp_path, files, version="5.4")
    with pytest.raises(WrongLayout, match=r"admitting_source_concept_id; it fits layout omop-cdm-5\.3"):
        inspect_delivery(folder, MARCH)


def test_a_version_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"use one of 5\.4, 5\.3"):
        lay_down(tmp_path, {}, version="6.0")
