"""Reviewed maps: what a file must say, what is refused and in which words, and which map wins."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from tests.unit.test_vocabulary_bundle import read, write_bundle, write_map
from thin_assets.errors import MapRefused
from thin_assets.vocabulary import load_bundle, reviewed_files, version_of
from thin_assets.vocabulary.mappable_codes import source_vocabulary, target_domains
from thin_assets.vocabulary.reviewed_maps import COLUMNS, NEEDED, accepted_maps, judge_maps

TODAY = dt.date(2024, 4, 1)
CONCEPTS = [
    "1\tAsthma\tCondition\tSNOMED\tDisorder\tS\t195967001\t19700101\t20991231\t",
    "2\tAsthma, unspecified\tCondition\tICD10\tICD10 code\t\tJ45.9\t19700101\t20991231\t",
    "3\tOld asthma\tCondition\tSNOMED\tDisorder\tS\t111\t19700101\t20091231\tD",
    "4\tgram per litre\tUnit\tUCUM\tUnit\tS\tg/L\t19700101\t20991231\t",
    "5\tgram per decilitre\tUnit\tUCUM\tUnit\tS\tg/dL\t19700101\t20991231\t",
    "6\tWheezing\tCondition\tSNOMED\tFinding\tS\t56018004\t19700101\t20991231\t",
]
GOOD = "Read,H33..00,Asthma,1,general practitioner,2024-03-05,seen on the list of unmapped codes"


def write_review(path: Path, *rows: str, header: str = ",".join(NEEDED)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        """create table concept (concept_id integer, domain_id varchar, vocabulary_id varchar,
           standard_concept varchar, concept_code varchar, invalid_reason varchar)"""
    )
    for row in CONCEPTS:
        concept, _, domain, vocabulary, _, standard, code, _, _, invalid = row.split("\t")
        con.execute(
            "insert into concept values (?, ?, ?, ?, ?, ?)",
            [int(concept), domain, vocabulary, standard or None, code, invalid or None],
        )
    return con


def faults(con: duckdb.DuckDBPyConnection, *files: Path) -> list[str]:
    return [str(fault) for fault in judge_maps(files, con, today=TODAY)[1]]


def test_a_filled_line_is_a_map(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (one,) = accepted_maps([write_review(tmp_path / "a.csv", GOOD)], con, today=TODAY)
    assert (one.file, one.line, one.code, one.target_concept_id) == ("a.csv", 2, ("Read", "H33..00"), 1)
    assert (one.reviewer_role, one.review_date) == ("general practitioner", dt.date(2024, 3, 5))
    assert (one.valid_start_date, one.valid_end_date) == (dt.date(1970, 1, 1), dt.date(2099, 12, 31))


def test_a_file_that_a_spreadsheet_saved_with_a_byte_order_mark_is_read(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join(NEEDED), GOOD]), encoding="utf-8-sig")
    assert faults(con, path) == []


def test_one_code_may_stand_for_two_concepts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = write_review(tmp_path / "a.csv", GOOD, GOOD.replace(",1,", ",6,"))
    assert [one.target_concept_id for one in accepted_maps([path], con, today=TODAY)] == [1, 6]


@pytest.mark.parametrize("name", [name for name in NEEDED if name != "source_code_description"])
def test_every_cell_but_the_description_must_be_filled(
    name: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    cells = dict(zip(NEEDED, GOOD.split(","), strict=True)) | {name: ""}
    path = write_review(tmp_path / "a.csv", ",".join(cells.values()))
    assert faults(con, path) == [f"a.csv, line 2: {name} is empty"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (GOOD.replace(",1,", ",99,"), "Read H33..00: target 99 is not in the vocabulary"),
        (GOOD.replace(",1,", ",2,"), "target 2 is no standard concept; look for what it maps to"),
        (GOOD.replace(",1,", ",3,"), "target 3 is no longer valid"),
        (GOOD.replace(",1,", ",4,"), "target 4 is of domain Unit; allowed: Condition, Device, Drug"),
        (GOOD.replace("Read,", "UNIT,"), "no delivered code is looked up in this source vocabulary"),
        (GOOD.replace(",1,", ",0,"), "target_concept_id is no concept id"),
        (GOOD.replace(",1,", ",one,"), "target_concept_id is no concept id"),
        (GOOD.replace("2024-03-05", "2024-04-02"), "review_date is in the future"),
        (GOOD.replace("2024-03-05", "05/03/2024"), "review_date is not written as 2024-03-31"),
        (GOOD.replace("H33..00", "H" * 51), "source_code is longer than 50"),
        (GOOD + ",and more", "has more or fewer cells than the header"),
        ("Read,H33..00", "has more or fewer cells than the header"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_by_file_and_line(
    row: str, told: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = write_review(tmp_path / "a.csv", "Read,H3...00,,1,nurse,2024-03-05,why not", row)
    (fault,) = faults(con, path)
    assert fault.startswith("a.csv, line 3: ")
    assert told in fault


def test_a_map_may_be_valid_for_a_time_only_and_the_two_days_must_be_in_order(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    header = ",".join(COLUMNS)
    good = write_review(tmp_path / "a.csv", GOOD + ",2024-01-01,2024-06-30", header=header)
    bad = write_review(tmp_path / "b.csv", GOOD + ",2024-06-30,2024-01-01", header=header)
    assert faults(con, good) == []
    assert faults(con, bad) == [
        "b.csv, line 2: valid_start_date and valid_end_date are not two dates in order"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (";".join(NEEDED).encode(), "is delimited by semicolons: save it with commas"),
        (",".join(NEEDED[:4]).encode(), "columns absent (reviewer_role, review_date, reason)"),
        (",".join([*NEEDED, "remark"]).encode(), "1 columns that nothing reads"),
        (",".join(NEEDED).encode() + b"\nRead,1,caf\xe9,1,x,2024-01-01,y", "is not UTF-8"),
        (",".join(NEEDED).encode() + b'\nRead,1,"open,1,x,2024-01-01,y', "is not comma-delimited"),
        (b"", "columns absent"),
    ],
)
def test_a_file_of_another_shape_is_refused_whole(
    content: bytes, told: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    (fault,) = faults(con, path)
    assert fault.startswith("a.csv: ")
    assert told in fault


def test_a_map_told_twice_and_a_code_of_two_reviews_are_contradictions(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = write_review(tmp_path / "a.csv", GOOD, GOOD)
    second = write_review(tmp_path / "b.csv", GOOD.replace(",1,", ",6,"))
    assert faults(con, second, first) == [
        "a.csv, line 3: Read H33..00: is mapped to the same concept in a.csv, line 2",
        "b.csv, line 2: Read H33..00: is mapped by another review in a.csv, line 2",
    ]


def test_a_code_of_a_look_up_list_stands_for_one_concept(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    row = "THINLIKE_UNIT,g/l,,{},laboratory physician,2024-03-05,spelling"
    path = write_review(tmp_path / "a.csv", row.format(4), row.format(5))
    assert faults(con, path) == [
        "a.csv, line 3: THINLIKE_UNIT g/l: stands for one concept only, and is mapped in a.csv, line 2"
    ]


def test_an_error_repeats_no_cell_but_the_code(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = write_review(tmp_path / "a.csv", "Read,H33..00,secret name,99,Dr Secret,2024-03-05,secret reason")
    with pytest.raises(MapRefused) as error:
        accepted_maps([path], con, today=TODAY)
    assert "a.csv, line 2" in str(error.value)
    assert "ecret" not in str(error.value)


def test_many_faults_are_counted_and_the_first_ten_are_told(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [GOOD.replace("H33..00", f"H{n}").replace(",1,", ",99,") for n in range(12)]
    with pytest.raises(MapRefused, match="12 faults: .*; and 2 more"):
        accepted_maps([write_review(tmp_path / "a.csv", *rows)], con, today=TODAY)


def load(tmp_path: Path, ours: list[str], *reviews: str) -> Path:
    bundle = write_bundle(tmp_path / "bundle", concept=CONCEPTS)
    own = write_map(tmp_path / "own.csv", *ours)
    review = write_review(tmp_path / "maps" / "march.csv", *reviews)
    out = tmp_path / "out"
    load_bundle(bundle, [own], out, duckdb.connect(), reviewed=[review], today=TODAY)
    return out


MAP = "source_code, target_concept_id, invalid_reason, valid_end_date::varchar"
OURS = "H33..00,0,Read,Wheeze,6,SNOMED,1970-01-01,2099-12-31,"


def test_a_reviewed_map_becomes_a_row_with_its_target_vocabulary(tmp_path: Path) -> None:
    out = load(tmp_path, [], GOOD)
    columns = "source_vocabulary_id, source_code, source_code_description, target_vocabulary_id"
    assert read(out, "source_to_concept_map", columns) == [("Read", "H33..00", "Asthma", "SNOMED")]


def test_a_reviewed_map_replaces_ours_and_leaves_it_marked_as_updated(
    tmp_path: Path,
) -> None:
    other = OURS.replace("H33..00", "H34..00")
    out = load(tmp_path, [OURS, other], GOOD)
    assert read(out, "source_to_concept_map", MAP) == [
        ("H33..00", 1, None, "2099-12-31"),
        ("H33..00", 6, "U", "2024-03-05"),
        ("H34..00", 6, None, "2099-12-31"),
    ]


def test_a_review_that_says_what_our_map_says_leaves_one_row(tmp_path: Path) -> None:
    out = load(tmp_path, [OURS], GOOD.replace(",1,", ",6,"))
    assert read(out, "source_to_concept_map", MAP) == [("H33..00", 6, None, "2099-12-31")]


def test_the_files_of_the_reviews_stay_beside_the_tables(tmp_path: Path) -> None:
    out = load(tmp_path, [], GOOD)
    assert (out / "reviewed" / "march.csv").read_bytes() == (tmp_path / "maps" / "march.csv").read_bytes()


def test_a_wrong_map_stops_the_load(tmp_path: Path) -> None:
    with pytest.raises(MapRefused, match="march.csv, line 2: Read H33..00: target 99"):
        load(tmp_path, [], GOOD.replace(",1,", ",99,"))


def test_a_review_changes_the_version_wherever_it_lies(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle", concept=CONCEPTS)
    here = write_review(tmp_path / "here" / "a.csv", GOOD)
    there = write_review(tmp_path / "there" / "a.csv", GOOD)
    other = write_review(tmp_path / "other" / "a.csv", GOOD.replace(",1,", ",6,"))
    versions = {version_of(bundle, [], [path]) for path in (here, there, other)}
    assert len(versions | {version_of(bundle, [])}) == 3


def test_reviews_are_the_csv_files_of_a_folder_that_need_not_exist(tmp_path: Path) -> None:
    assert reviewed_files(tmp_path / "none") == []
    path = write_review(tmp_path / "a.csv", GOOD)
    (tmp_path / "notes.txt").write_text("not a map")
    assert reviewed_files(tmp_path) == [path]


def test_every_delivered_code_system_can_be_mapped() -> None:
    from thin_assets.domain.countries import COUNTRIES

    systems = {coding.system for country in COUNTRIES.values() for coding in country.diagnoses}
    systems |= {coding.system for country in COUNTRIES.values() for coding in country.drugs}
    assert [system for system in sorted(systems) if source_vocabulary(system) not in target_domains()] == []
