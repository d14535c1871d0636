"""A delivery of CDM v5.3 becomes the tables of v5.4; what it cannot know stays empty or is said by us."""

import csv
import datetime as dt
import io

import pytest

from tests.omop_deliveries import cdm, our
from tests.unpacking import unpacked
from thin_assets.cdm.versions import RENAMED, changes, tables_of

EXAMPLES = {"INTEGER": "8717", "BIGINT": "7", "VARCHAR": "ward"}
"""A value of each type that a renamed column has."""


def row(table: str, **values: object) -> str:
    """A header and one row with all columns of v5.3; required ones hold something plain."""
    plain = {"BIGINT": 1, "INTEGER": 0, "DATE": "2020-01-01", "TIMESTAMP": "2020-01-01", "VARCHAR": "x"}
    fields = tables_of("5.3")[table].fields
    filled = {field.name: plain[field.duckdb_type] if field.required else "" for field in fields} | values
    out = io.StringIO()
    writer = csv.DictWriter(out, list(filled))
    writer.writeheader()
    writer.writerow(filled)
    return out.getvalue()


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        (table, change.before, change.after)
        for table in ("visit_occurrence", "visit_detail")
        for change in changes("5.3", table)
        if change.change == RENAMED
    ],
)
def test_a_value_moves_to_the_column_of_today(tmp_path, table, before, after):
    kind = tables_of("5.3")[table].field(before).duckdb_type
    raw = unpacked(cdm(tmp_path, {f"{table}.csv": row(table, **{before: EXAMPLES[kind]})}), tmp_path)
    expected = {
        "INTEGER": 8717,
        "VARCHAR": "ward",
        "BIGINT": our("visit_detail_id", 7),
    }[kind]
    assert raw.column(f"omop_{table}", after) == [expected]
    assert before not in raw.table(f"omop_{table}").columns


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("procedure_occurrence", ["procedure_end_date", "procedure_end_datetime"]),
        (
            "device_exposure",
            ["production_id", "unit_concept_id", "unit_source_value", "unit_source_concept_id"],
        ),
        ("measurement", ["unit_source_concept_id", "measurement_event_id", "meas_event_field_concept_id"]),
        ("observation", ["value_source_value", "observation_event_id", "obs_event_field_concept_id"]),
        ("location", ["country_concept_id", "country_source_value"]),
    ],
)
def test_a_new_column_is_empty(tmp_path, table, names):
    raw = unpacked(cdm(tmp_path, {f"{table}.csv": row(table)}, version="5.3"), tmp_path)
    assert raw.table(f"omop_{table}")[names].rows() == [(None,) * len(names)]


def test_new_tables_are_empty(tmp_path):
    raw = unpacked(cdm(tmp_path, {"visit_detail.csv": row("visit_detail")}, version="5.3"), tmp_path)
    assert raw.table("omop_episode").is_empty() and raw.table("omop_episode_event").is_empty()


def test_the_source_is_said_to_be_of_todays_version(tmp_path):
    """What leaves raw is v5.4, and tools choose their rules by what cdm_source says."""
    text = row("cdm_source", cdm_source_name="A register of somewhere far", cdm_version="5.3.1")
    raw = unpacked(cdm(tmp_path, {"cdm_source.csv": text}), tmp_path)
    assert raw.table("omop_cdm_source")["cdm_version", "cdm_version_concept_id"].rows() == [("v5.4", 756265)]


def test_what_the_source_left_unsaid_is_said_and_counted(tmp_path):
    """Five columns became required: nothing is made up but dates, which are the last day of the snapshot."""
    text = row("cdm_source", cdm_source_name="A register of somewhere far", cdm_holder="Somebody")
    raw = unpacked(cdm(tmp_path, {"cdm_source.csv": text}), tmp_path)
    columns = ["cdm_source_abbreviation", "cdm_holder", "source_release_date", "vocabulary_version"]
    assert raw.table("omop_cdm_source")[columns].rows() == [
        ("A register of somewhere f", "Somebody", dt.date(2024, 3, 31), "not stated")
    ]
    assert raw.report.tables["omop_cdm_source"].as_counts()["notes"] == {
        "stated by us: cdm_release_date": 1,
        "stated by us: cdm_source_abbreviation": 1,
        "stated by us: cdm_version": 1,
        "stated by us: cdm_version_concept_id": 1,
        "stated by us: source_release_date": 1,
        "stated by us: vocabulary_version": 1,
    }


def test_a_row_of_metadata_is_known_by_what_it_says(tmp_path):
    """v5.3 has no key there: the whole row makes one, the same in every month."""
    header, first = row("metadata", name="release").splitlines()
    second = first.replace("release", "vocabulary")
    text = "\n".join([header, first, second])
    raw = unpacked(cdm(tmp_path, {"metadata.csv": text}, version="5.3"), tmp_path)
    keys = raw.column("omop_metadata", "metadata_id")
    swapped = "\n".join([header, second, first])
    again = unpacked(cdm(tmp_path, {"metadata.csv": swapped}, version="5.3"), tmp_path)
    assert len(set(keys)) == 2 and None not in keys
    assert again.column("omop_metadata", "metadata_id") == keys[::-1]
    assert raw.rejected == set()


def test_a_date_that_cannot_be_read_is_not_replaced_by_ours(tmp_path):
    text = row("cdm_source", cdm_release_date="spring")
    raw = unpacked(cdm(tmp_path, {"cdm_source.csv": text}), tmp_path)
    assert raw.rejected == {("cdm_source", 2, "cdm_release_date", "not_a_date")}
