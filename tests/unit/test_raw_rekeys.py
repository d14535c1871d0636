"""Ids of an OMOP delivery become ids of ours, and every reference still meets what it refers to."""

import pytest

from tests.deliveries import MARCH
from tests.omop_deliveries import CONDITION, PERSON, cdm, our
from tests.unpacking import unpacked
from thin_assets.cdm import spec
from thin_assets.cdm.records import is_record_id
from thin_assets.landing.layouts import TEXT_TABLES

VISIT = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id"
MEASUREMENT = "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_type_concept_id"
OBSERVATION = "observation_id,person_id,observation_concept_id,observation_date,observation_type_concept_id"
FACTS = "domain_concept_id_1,fact_id_1,domain_concept_id_2,fact_id_2,relationship_concept_id"

CONDITION_FIELD, MEASUREMENT_FIELD = 1147127, 1147138


def test_a_foreign_key_still_meets_its_primary_key(tmp_path):
    files = {
        "visit_occurrence.csv": f"{VISIT},preceding_visit_occurrence_id\n"
        "5,1,9202,2020-01-01,2020-01-01,32817,\n"
        "6,1,9202,2020-01-02,2020-01-02,32817,5\n",
        "condition_occurrence.csv": f"{CONDITION},visit_occurrence_id\n1,1,0,2020-01-01,32817,6\n",
    }
    raw = unpacked(cdm(tmp_path, files), tmp_path)
    first, second = raw.column("omop_visit_occurrence", "visit_occurrence_id")
    assert raw.column("omop_visit_occurrence", "preceding_visit_occurrence_id") == [None, first]
    assert raw.column("omop_condition_occurrence", "visit_occurrence_id") == [second]
    assert raw.column("omop_condition_occurrence", "person_id") == raw.column("omop_person", "person_id")


def test_one_number_is_another_id_for_another_kind_of_record(tmp_path):
    raw = unpacked(
        cdm(tmp_path, {"condition_occurrence.csv": f"{CONDITION}\n1,1,0,2020-01-01,0\n"}), tmp_path
    )
    row = raw.table("omop_condition_occurrence")["condition_occurrence_id", "person_id"].row(0)
    assert row == (our("condition_occurrence_id", 1), our("person_id", 1))
    assert row[0] != row[1]


def test_the_number_of_a_program_that_writes_decimals_is_the_same_id(tmp_path):
    text = f"{CONDITION}\n1.0,01,0,2020-01-01,0\n"
    raw = unpacked(cdm(tmp_path, {"condition_occurrence.csv": text}), tmp_path)
    assert raw.column("omop_condition_occurrence", "person_id") == raw.column("omop_person", "person_id")


def test_two_months_know_a_record_by_the_same_id(tmp_path):
    ids = [
        unpacked(cdm(tmp_path, {}, snapshot=month), tmp_path, month).column("omop_person", "person_id")
        for month in (MARCH.previous, MARCH)
    ]
    assert ids[0] == ids[1]


def test_another_key_file_and_another_country_make_other_ids(tmp_path):
    from thin_assets.domain.snapshot import Snapshot

    france = Snapshot.named("FR", "2024-03")
    here = unpacked(cdm(tmp_path, {}), tmp_path).column("omop_person", "person_id")
    other = unpacked(cdm(tmp_path, {}), tmp_path, secret=b"another").column("omop_person", "person_id")
    there = unpacked(cdm(tmp_path, {}, snapshot=france), tmp_path, france).column("omop_person", "person_id")
    assert len({*here, *other, *there}) == 3


def test_an_event_is_met_by_the_measurement_that_speaks_of_it(tmp_path):
    header = f"{MEASUREMENT},measurement_event_id,meas_event_field_concept_id"
    rows = [
        f"1,1,0,2020-01-01,0,7,{CONDITION_FIELD}",
        f"2,1,0,2020-01-01,0,7,{MEASUREMENT_FIELD}",
        "3,1,0,2020-01-01,0,,",
    ]
    raw = unpacked(cdm(tmp_path, {"measurement.csv": "\n".join([header, *rows])}), tmp_path)
    assert raw.column("omop_measurement", "measurement_event_id") == [
        our("condition_occurrence_id", 7),
        our("measurement_id", 7),
        None,
    ]


def test_facts_are_met_by_the_domain_that_stands_beside_them(tmp_path):
    """19 is Condition, 56 Person, 27 Observation."""
    rows = ["19,7,56,1,4005", "27,7,19,7,4005"]
    raw = unpacked(cdm(tmp_path, {"fact_relationship.csv": "\n".join([FACTS, *rows])}), tmp_path)
    assert raw.table("omop_fact_relationship")["fact_id_1", "fact_id_2"].rows() == [
        (our("condition_occurrence_id", 7), our("person_id", 1)),
        (our("observation_id", 7), our("condition_occurrence_id", 7)),
    ]


def test_costs_and_episodes_meet_their_events(tmp_path):
    required = dict.fromkeys(("cost_id", "cost_event_id", "cost_type_concept_id"), 1)
    cost = required | {"cost_domain_id": "drug", "payer_plan_period_id": 3}
    episode = {"episode_id": 4, "event_id": 9, "episode_event_field_concept_id": MEASUREMENT_FIELD}
    files = {
        f"{table}.csv": f"{','.join(row)}\n{','.join(map(str, row.values()))}\n"
        for table, row in {"cost": cost, "episode_event": episode}.items()
    }
    raw = unpacked(cdm(tmp_path, files), tmp_path)
    assert raw.table("omop_cost")["cost_event_id", "payer_plan_period_id"].row(0) == (
        our("drug_exposure_id", 1),
        our("payer_plan_period_id", 3),
    )
    assert raw.table("omop_episode_event")["episode_id", "event_id"].row(0) == (
        our("episode_id", 4),
        our("measurement_id", 9),
    )


def test_an_event_of_a_kind_that_nobody_knows_is_a_number_all_the_same_and_counted(tmp_path):
    """The provider's id must not leave raw, even where nothing here can be met by it."""
    header = f"{OBSERVATION},observation_event_id,obs_event_field_concept_id"
    rows = ["1,1,0,2020-01-01,0,7,999", "2,1,0,2020-01-01,0,7,", f"3,1,0,2020-01-01,0,7,{CONDITION_FIELD}"]
    raw = unpacked(cdm(tmp_path, {"observation.csv": "\n".join([header, *rows])}), tmp_path)
    ids = raw.column("omop_observation", "observation_event_id")
    assert len({7, *ids}) == 4 and None not in ids
    assert raw.report.tables["omop_observation"].notes == {"kind not known: observation_event_id": 2}


def test_an_event_of_zero_is_none(tmp_path):
    header = f"{OBSERVATION},observation_event_id,obs_event_field_concept_id"
    text = f"{header}\n1,1,0,2020-01-01,0,0,0\n"
    raw = unpacked(cdm(tmp_path, {"observation.csv": text}), tmp_path)
    assert raw.column("omop_observation", "observation_event_id") == [None]
    assert raw.report.tables["omop_observation"].notes == {"0 read as none: observation_event_id": 1}


@pytest.mark.parametrize(
    "table", [table.name for table in spec.clinical_tables() if table.name not in TEXT_TABLES]
)
def test_no_delivered_id_is_left_in_any_table(tmp_path, table):
    """Every id of the delivery is 77; after raw none is."""
    plain = {"BIGINT": "77", "INTEGER": "1", "DATE": "2020-01-01", "TIMESTAMP": "2020-01-01", "DOUBLE": "1"}
    fields = spec.table(table).fields
    values = [plain.get(field.duckdb_type, "") for field in fields]
    text = f"{','.join(field.name for field in fields)}\n{','.join(values)}\n"
    raw = unpacked(cdm(tmp_path, {f"{table.upper()}.csv": text}), tmp_path).table(f"omop_{table}")
    ids = [field.name for field in fields if is_record_id(field)]
    assert raw.height == 1
    assert [name for name in ids if raw[name][0] in (77, None)] == []


def test_the_key_of_a_visit_written_where_its_kind_belongs_is_withheld(tmp_path):
    """A UUID, or six digits in a row, names one visit; `inpatient` or `9201` a kind."""
    kinds = ["5c9f315e-8df5-41ae-8a6f-6c22bd11699b", "V00123456", "inpatient", "9201"]
    rows = [f"{i},1,9202,2020-01-01,2020-01-01,0,{kind}" for i, kind in enumerate(kinds, 1)]
    text = "\n".join([f"{VISIT},visit_source_value", *rows])
    raw = unpacked(cdm(tmp_path, {"visit_occurrence.csv": text}), tmp_path)
    assert raw.column("omop_visit_occurrence", "visit_source_value") == [None, None, "inpatient", "9201"]
    assert raw.report.tables["omop_visit_occurrence"].notes == {"withheld: visit_source_value": 2}


def test_persons_without_records_keep_ids_of_their_own(tmp_path):
    text = f"{PERSON}\n" + "\n".join(f"{i},8507,1950,0,0" for i in range(1, 200))
    ids = unpacked(cdm(tmp_path, {"PERSON.csv": text}), tmp_path).column("omop_person", "person_id")
    assert len(set(ids)) == 199
    assert all(0 <= key < 2**63 for key in ids)
