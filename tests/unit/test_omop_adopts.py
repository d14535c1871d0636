"""A delivery in OMOP layout becomes a candidate: every row accounted for, every code counted."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import write_table, write_vocabulary
from tests.deliveries import MARCH
from tests.omop_deliveries import CONDITION, PERSON, cdm
from tests.unpacking import unpacked
from thin_assets.cdm import spec
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.omop.adopt import adopt_build
from thin_assets.omop.contract import cdm_tables
from thin_assets.omop.mapping import CODES
from thin_assets.omop.vocabulary import complete_vocabulary
from thin_assets.resources.raw_tables import add_key, is_encrypted
from thin_assets.validated.reconcile import reconcile

CONCEPTS = """
    concept_id | concept_name     | domain_id   | standard_concept
    201826     | Type 2 diabetes  | Condition   | S
    45591027   | E11 of ICD10     | Condition   |
    9202       | Outpatient visit | Visit       | S
    8554       | percent          | Unit        | S
"""
Adopt = Callable[[dict[str, str]], Path]


@pytest.fixture
def adopt(tmp_path: Path) -> Adopt:
    """A folder of CDM files through landing, raw and adoption: the folder of the candidate."""

    def adopted(files: dict[str, str]) -> Path:
        raw = unpacked(cdm(tmp_path, files), tmp_path)
        vocabulary = write_vocabulary(tmp_path / "vocabulary", CONCEPTS)
        with duckdb.connect() as con:
            adopt_build(raw.files, tmp_path / "candidate", vocabulary, con)
        return tmp_path / "candidate"

    return adopted


def read(candidate: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(candidate / table / "data.parquet", hive_partitioning=False)


def test_every_table_of_the_standard_is_there(adopt: Adopt) -> None:
    candidate = adopt({})
    assert [
        table.name for table in cdm_tables() if read(candidate, table.name).columns != table.columns
    ] == []


def test_every_delivered_row_is_accounted_for(adopt: Adopt, tmp_path: Path) -> None:
    """Loaded, rejected by raw, or in the vocabulary said twice."""
    concept = ",".join(spec.table("concept").columns)
    files = {
        "condition_occurrence.csv": f"{CONDITION}\n1,1,0,2020-01-01,0\n2,1,0,,0\n",
        "concept.csv": "\n".join([concept, *(f"{row},Condition,V,C,S,a,,," for row in ("1,A", "1,B", ",C"))]),
    }
    candidate = adopt(files)
    delivered = inspect_delivery(tmp_path / "deliveries" / "GB" / "2024-03", MARCH).tables
    with duckdb.connect() as con:
        accounts = reconcile(candidate, delivered, con)
    assert accounts.broken() == []
    told = {
        row.source_table: (row.delivered, row.loaded, row.collapsed, row.rejected)
        for row in accounts.equations
    }
    assert told == {
        "person": (1, 1, 0, {}),
        "condition_occurrence": (2, 1, 0, {"missing_required": 1}),
        "concept": (3, 1, 1, {"missing_required": 1}),
    }


def test_codes_are_counted_by_system_and_concept(adopt: Adopt) -> None:
    header = f"{CONDITION},condition_source_value,condition_source_concept_id"
    rows = [
        "1,1,201826,2020-01-01,0,E11,45591027",
        "2,1,201826,2020-02-01,0,E11,45591027",
        "3,2,0,2020-01-01,0,XYZ,0",
    ]
    files = {
        "PERSON.csv": f"{PERSON}\n1,8507,1950,0,0\n2,8507,1950,0,0\n",
        "condition_occurrence.csv": "\n".join([header, *rows]),
    }
    found = read(adopt(files), "mapping")
    columns = [
        "kind",
        "source_code",
        "source_concept_id",
        "domain",
        "target_concept_id",
        "level",
        "records",
        "persons",
    ]
    assert found.filter(source_table="condition_occurrence").select(columns).rows() == [
        ("event", "E11", 45591027, "Condition", 201826, "as delivered", 2, 1),
        ("event", "XYZ", 0, "Condition", 0, "unmapped", 1, 1),
    ]


def test_the_system_of_a_code_is_the_vocabulary_of_its_own_concept(adopt: Adopt, tmp_path: Path) -> None:
    text = f"{CONDITION},condition_source_concept_id\n1,1,201826,2020-01-01,0,45591027\n"
    adopt({"condition_occurrence.csv": text})
    in_icd10 = (
        "concept_id | vocabulary_id | domain_id\n45591027 | ICD10 | Condition\n201826 | SNOMED | Condition"
    )
    write_table(tmp_path / "vocabulary" / "concept.parquet", spec.table("concept"), in_icd10)
    assert read(adopt_again(tmp_path), "mapping")["code_system"].to_list() == ["ICD10"]


def adopt_again(tmp_path: Path) -> Path:
    with duckdb.connect() as con:
        raw = tmp_path / "raw"
        adopt_build(
            lambda name: raw / name / "data.parquet", tmp_path / "candidate", tmp_path / "vocabulary", con
        )
    return tmp_path / "candidate"


def test_an_encrypted_delivery_becomes_the_same_candidate_and_the_same_vocabulary(tmp_path: Path) -> None:
    """To the byte: encryption is no part of what is built."""
    concept = ",".join(spec.table("concept").columns)
    row = "9000001,Cough of ours,Condition,OURS,Finding,S,c1,2000-01-01,2099-12-31,"
    files = {
        "condition_occurrence.csv": f"{CONDITION}\n1,1,0,2020-01-01,0\n2,1,0,,0\n",
        "concept.csv": f"{concept}\n{row}\n{row}\n",
    }
    delivery, key = cdm(tmp_path, files), bytes(range(32))
    vocabulary = write_vocabulary(tmp_path / "vocabulary", CONCEPTS)
    for name, with_key in (("plain", None), ("closed", key)):
        raw = unpacked(delivery, tmp_path / name, key=with_key)
        with duckdb.connect() as con:
            add_key(con, key)
            complete_vocabulary(raw.files, vocabulary, tmp_path / name / "own", con)
            adopt_build(raw.files, tmp_path / name / "candidate", tmp_path / name / "own", con)
        assert is_encrypted(raw.files("omop_concept")) == bool(with_key)
    built = [
        {
            path.relative_to(home): path.read_bytes()
            for part in ("own", "candidate")
            for path in (home / part).rglob("*.parquet")
        }
        for home in (tmp_path / "plain", tmp_path / "closed")
    ]
    assert len(built[0]) == 40
    assert 9000001 in pl.read_parquet(tmp_path / "closed" / "own" / "concept.parquet")["concept_id"]
    assert read(tmp_path / "closed" / "candidate", "condition_occurrence").height == 1
    assert built[0] == built[1]


def test_an_event_without_any_code_is_an_unmapped_record(adopt: Adopt) -> None:
    found = read(adopt({"condition_occurrence.csv": f"{CONDITION}\n1,1,,2020-01-01,0\n"}), "mapping")
    assert found.select("source_code", "target_concept_id", "level", "records").rows() == [
        (None, 0, "unmapped", 1)
    ]


def test_a_reading_without_a_unit_has_no_unmapped_unit(adopt: Adopt) -> None:
    header = "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_type_concept_id"
    rows = ["1,1,0,2020-01-01,0,8554,%", "2,1,0,2020-01-01,0,0,", "3,1,0,2020-01-01,0,,furlong"]
    text = "\n".join([f"{header},unit_concept_id,unit_source_value", *rows])
    found = read(adopt({"measurement.csv": text}), "mapping").filter(kind="unit")
    assert found.select("source_code", "domain", "target_concept_id", "records").rows() == [
        ("%", "Unit", 8554, 1),
        ("furlong", "Unit", 0, 1),
    ]


def test_the_specialty_of_a_provider_is_nobodys(adopt: Adopt) -> None:
    text = "provider_id,specialty_source_value,specialty_concept_id\n1,GP,0\n2,GP,0\n"
    found = read(adopt({"provider.csv": text}), "mapping")
    assert found.select("kind", "domain", "source_code", "records", "persons").rows() == [
        ("specialty", "Provider", "GP", 2, 0)
    ]


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code.table} {code.kind}")
def test_every_counted_column_is_one_of_the_standard(code) -> None:
    names = [code.concept, code.value, *([code.source] if code.source else [])]
    assert [name for name in names if name not in spec.table(code.table).columns] == []


def test_the_same_raw_tables_make_the_same_bytes(adopt: Adopt, tmp_path: Path) -> None:
    text = "\n".join([CONDITION, *(f"{i},1,201826,2020-01-01,0" for i in range(1, 50))])
    candidate = adopt({"condition_occurrence.csv": text})
    before = {path: path.read_bytes() for path in candidate.rglob("*.parquet")}
    adopt_again(tmp_path)
    assert {path: path.read_bytes() for path in candidate.rglob("*.parquet")} == before
