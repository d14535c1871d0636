"""Persons who opted out: named by a list, kept as numbers, left out of every table, and counted."""

import pytest

from tests.deliveries import deliver
from tests.omop_deliveries import CONDITION, PERSON, cdm, our
from tests.unpacking import SECRET, unpacked
from thin_assets.domain.identity import key_of, pseudonym
from thin_assets.errors import SettingsError
from thin_assets.raw.opt_out import read_asked
from thin_assets.raw.pseudonymise import Pseudonymiser
from thin_assets.resources.register import add_to_register, read_register

GB = Pseudonymiser(SECRET, "GB")


def number(pracid: str, patid: str) -> int:
    return key_of(pseudonym(SECRET, "patient", "GB", pracid, patid))


def test_a_list_becomes_the_numbers_that_raw_gives_its_patients() -> None:
    asked = read_asked(["pracid,patid", "a0001,P001", " a0001 , P002 "], GB)
    assert asked.numbers == tuple(sorted([number("a0001", "P001"), number("a0001", "P002")]))
    assert not asked.refused


def test_a_list_for_an_omop_delivery_names_its_persons() -> None:
    asked = read_asked(["PERSON_ID", "17", "0017", "4"], GB)
    assert asked.numbers == tuple(sorted([our("person_id", 17), our("person_id", 4)]))
    assert asked.refused == {"given twice": 1}


def test_lines_that_are_no_id_are_counted_by_reason_and_not_repeated() -> None:
    lines = [
        "pracid,patid",
        "a0001,P001",
        "a0001,",
        "a0001",
        "a0001,P001",
        "a0001," + "x" * 65,
        "a0001,P\x00",
    ]
    asked = read_asked(lines, GB)
    assert asked.refused == {"empty": 1, "wrong number of columns": 1, "given twice": 1, "no id": 2}
    assert len(asked.numbers) == 1
    assert read_asked(["person_id", "smith"], GB).refused == {"no id": 1}
    assert read_asked(["person_id"], GB).numbers == ()


@pytest.mark.parametrize("lines", [[], ["name,postcode", "Mary,AB1"], ["a0001,P001"]])
def test_a_list_without_its_heading_is_refused_without_repeating_it(lines: list[str]) -> None:
    with pytest.raises(SettingsError, match="heading") as raised:
        read_asked(lines, GB)
    assert not {"Mary", "P001"} & set(str(raised.value).replace(",", " ").split())


def test_the_register_holds_numbers_grows_and_is_for_its_owner_only(tmp_path) -> None:
    path = tmp_path / "restricted" / "opted_out" / "GB.txt"
    assert read_register(path) == []
    assert add_to_register(path, [5, 3]) == 2
    assert add_to_register(path, [3, 9]) == 1
    assert read_register(path) == [3, 5, 9]
    assert path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in path.parents[:2]} == {0o700}


def test_every_row_of_a_person_is_left_out_and_kept_aside_by_line(tmp_path) -> None:
    tables = {
        "patient": [{"patid": "P001"}, {"patid": "P002"}],
        "medical": [{"patid": "P002"}, {"patid": "P001"}, {"patid": "P002"}],
        "therapy": [{"patid": "P001"}],
    }
    out = number("a0001", "P002")
    raw = unpacked(deliver(tmp_path, tables), tmp_path, opted_out=(out,))
    assert raw.rejected == {
        ("patient", 3, "patient_key", "opted_out"),
        ("medical", 2, "patient_key", "opted_out"),
        ("medical", 4, "patient_key", "opted_out"),
    }
    for table in ("patient", "medical", "therapy"):
        assert raw.column(table, "patient_key") == [number("a0001", "P001")]
        counts = raw.report.tables[table]
        assert counts.delivered == counts.accepted + counts.rejected_rows


def test_who_opted_out_does_not_make_a_delivery_unreadable(tmp_path) -> None:
    raw = unpacked(
        deliver(tmp_path, {"medical": [{}, {}]}), tmp_path, allowed=0.0, opted_out=(number("a0001", "P001"),)
    )
    assert raw.report.tables["medical"].rejected == {"opted_out": 2}
    assert raw.column("medical", "patient_key") == []


def test_a_register_of_others_changes_no_byte(tmp_path) -> None:
    folder = deliver(tmp_path, {"medical": [{}, {}]})
    plain, other = unpacked(folder, tmp_path / "a"), unpacked(folder, tmp_path / "b", opted_out=(12345,))
    for table in ("medical", "patient", "rejected"):
        assert plain.files(table).read_bytes() == other.files(table).read_bytes()


COST = "cost_id,cost_event_id,cost_domain_id,cost_type_concept_id"
RELATION = "domain_concept_id_1,fact_id_1,domain_concept_id_2,fact_id_2,relationship_concept_id"


def test_of_an_omop_delivery_rows_that_speak_of_a_persons_records_go_too(tmp_path) -> None:
    """A cost and a relation between records have no person, and yet tell of her."""
    files = {
        "PERSON.csv": f"{PERSON}\n1,8507,1950,0,0\n2,8532,1960,0,0\n",
        "condition_occurrence.csv": f"{CONDITION}\n10,1,0,2020-01-01,0\n20,2,0,2020-01-01,0\n",
        "cost.csv": f"{COST}\n1,10,Condition,0\n2,20,Condition,0\n",
        "fact_relationship.csv": f"{RELATION}\n19,10,19,10,0\n19,10,19,20,0\n56,2,56,1,0\n",
    }
    raw = unpacked(cdm(tmp_path, files), tmp_path, opted_out=(our("person_id", 2),))
    assert raw.column("omop_person", "person_id") == [our("person_id", 1)]
    assert raw.column("omop_condition_occurrence", "person_id") == [our("person_id", 1)]
    gone = {(table, line) for table, line, _, reason in raw.rejected if reason == "opted_out"}
    assert gone == {("person", 3), ("condition_occurrence", 3), ("cost", 3), *RELATED}
    assert raw.table("omop_cost").height == raw.table("omop_fact_relationship").height == 1


RELATED = {("fact_relationship", 3), ("fact_relationship", 4)}
"""Lines of relations to her record, and to herself."""
