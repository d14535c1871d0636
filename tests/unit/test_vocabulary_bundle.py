"""Loading a bundle: what may vary between downloads, what must not, what is said when something is wrong."""

import os
from pathlib import Path

import duckdb
import pytest

from thin_assets.errors import MissingVocabulary
from thin_assets.vocabulary import DEMO, load_bundle, project_maps, version_of
from thin_assets.vocabulary.contract import BUNDLE_TABLES, TABLES

FULL = os.environ.get("THIN_TEST_ATHENA")
BUNDLES = [DEMO, *([Path(FULL)] if FULL else [])]
"""The demo bundle, and a full one where there is one to test with."""

RELEASE = "v5.0 01-JAN-24"
ROWS = {
    "concept": [
        "1\tAsthma\tCondition\tSNOMED\tDisorder\tS\t195967001\t19700101\t20991231\t",
        "2\tAsthma, unspecified\tCondition\tICD10\tICD10 code\t\tJ45.9\t19700101\t20991231\t",
    ],
    "vocabulary": [f"None\tOMOP Standardized Vocabularies\tOMOP generated\t{RELEASE}\t1"],
    "domain": ["Condition\tCondition\t1"],
    "concept_class": ["Disorder\tDisorder\t1"],
    "concept_relationship": ["2\t1\tMaps to\t19700101\t20991231\t"],
    "relationship": ["Maps to\tNon-standard to standard\t0\t0\tMapped from\t1"],
    "concept_synonym": ['1\tThe so-called "wheezing" illness\t1'],
    "concept_ancestor": ["1\t1\t0\t0"],
    "drug_strength": ["1\t1\t2.5\t1\t\t\t\t\t\t19700101\t20991231\t"],
}
MAP_HEADER = ",".join(TABLES["source_to_concept_map"])


def write_bundle(folder: Path, **changed: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in (ROWS | changed).items():
        lines = ["\t".join(TABLES[table]), *rows]
        (folder / f"{table.upper()}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_map(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([MAP_HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def load(bundle: Path, out: Path, maps: list[Path] | None = None):
    return load_bundle(bundle, maps or [], out, duckdb.connect())


def read(out: Path, table: str, columns: str = "*") -> list[tuple]:
    return duckdb.sql(f"select {columns} from read_parquet('{out / table}.parquet')").fetchall()


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_every_table_leaves_typed_as_the_model_wants_it(bundle: Path, tmp_path: Path) -> None:
    report = load(bundle, tmp_path, project_maps())
    for table, columns in TABLES.items():
        found = duckdb.sql(f"describe from read_parquet('{tmp_path / table}.parquet')").fetchall()
        assert {name: kind for name, kind, *_ in found} == columns, table
        assert report.rows[table] == len(read(tmp_path, table)), table
    assert report.rows["concept"] > 1000


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_loading_twice_gives_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    once, again = tmp_path / "once", tmp_path / "again"
    assert load(bundle, once, project_maps()) == load(bundle, again, list(reversed(project_maps())))
    assert [path.read_bytes() for path in sorted(once.iterdir())] == [
        path.read_bytes() for path in sorted(again.iterdir())
    ]


@pytest.mark.parametrize("written", ["20240229", "2024-02-29", "29/02/2024"])
def test_a_date_is_read_as_downloads_of_any_year_write_it(written: str, tmp_path: Path) -> None:
    row = f"2\t1\tMaps to\t{written}\t20991231\t"
    bundle = write_bundle(tmp_path / "in", concept_relationship=[row])
    load(bundle, tmp_path)
    assert read(tmp_path, "concept_relationship", "valid_start_date::varchar") == [("2024-02-29",)]


def test_file_names_may_be_of_any_case_and_other_files_are_ignored(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    (bundle / "CONCEPT.csv").rename(bundle / "concept.CSV")
    (bundle / "CONCEPT_CPT4.csv").write_text("anything", encoding="utf-8")
    assert load(bundle, tmp_path).rows["concept"] == 2


def test_columns_may_come_in_another_order_and_case(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    (bundle / "DOMAIN.csv").write_text("DOMAIN_NAME\tDOMAIN_CONCEPT_ID\tDOMAIN_ID\nIllness\t1\tCondition\n")
    load(bundle, tmp_path)
    assert read(tmp_path, "domain") == [("Condition", "Illness", 1)]


def test_quotes_in_a_name_are_letters_like_any_other(tmp_path: Path) -> None:
    load(write_bundle(tmp_path / "in"), tmp_path)
    assert read(tmp_path, "concept_synonym", "concept_synonym_name") == [
        ('The so-called "wheezing" illness',)
    ]


def test_an_empty_field_is_null(tmp_path: Path) -> None:
    load(write_bundle(tmp_path / "in"), tmp_path)
    assert read(tmp_path, "concept", "standard_concept, invalid_reason") == [("S", None), (None, None)]


def test_rows_are_written_in_one_order_whatever_the_order_they_come_in(tmp_path: Path) -> None:
    straight = write_bundle(tmp_path / "straight")
    turned = write_bundle(tmp_path / "turned", concept=ROWS["concept"][::-1])
    load(straight, tmp_path / "a")
    load(turned, tmp_path / "b")
    assert (tmp_path / "a/concept.parquet").read_bytes() == (tmp_path / "b/concept.parquet").read_bytes()


@pytest.mark.parametrize("gone", [["concept"], ["domain", "drug_strength"], list(BUNDLE_TABLES)])
def test_absent_files_are_named(gone: list[str], tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    for table in gone:
        (bundle / f"{table.upper()}.csv").unlink()
    with pytest.raises(MissingVocabulary) as error:
        load(bundle, tmp_path)
    assert all(f"{table.upper()}.csv" in error.value.what for table in gone)
    assert error.value.what.startswith(f"{len(gone)} of 9 files absent")


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MissingVocabulary, match="9 of 9 files absent"):
        load(tmp_path / "nowhere", tmp_path)


def test_absent_columns_are_named(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    (bundle / "CONCEPT_ANCESTOR.csv").write_text("ancestor_concept_id\tdescendant_concept_id\n1\t1\n")
    with pytest.raises(MissingVocabulary, match="min_levels_of_separation, max_levels_of_separation"):
        load(bundle, tmp_path)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("concept_ancestor", "one\t1\t0\t0"),
        ("concept_relationship", "2\t1\tMaps to\tyesterday\t20991231\t"),
        ("vocabulary", "None\tOMOP\tgenerated\tv5\tmany"),
        ("domain", "Condition\tCondition\t1\ttoo\tmany\ttabs"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_bundle_named(
    table: str, row: str, tmp_path: Path
) -> None:
    bundle = write_bundle(tmp_path / "in", **{table: [row]})
    with pytest.raises(MissingVocabulary) as error:
        load(bundle, tmp_path)
    assert error.value.where == str(bundle)
    assert error.value.exit_code == 41


def test_the_source_concept_of_our_maps_is_looked_up_in_the_bundle(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    own = write_map(
        tmp_path / "own.csv",
        "J45.9,0,ICD10,Asthma,1,SNOMED,1970-01-01,2099-12-31,",
        "001,0,THINLIKE_CONSTYPE,Surgery,1,SNOMED,1970-01-01,2099-12-31,",
    )
    load(bundle, tmp_path, [own])
    assert read(tmp_path, "source_to_concept_map", "source_code, source_concept_id") == [
        ("001", 0),
        ("J45.9", 2),
    ]


def test_maps_are_merged_and_a_row_told_twice_counts_once(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    row = "001,0,THINLIKE_ROLE,Doctor,1,SNOMED,1970-01-01,2099-12-31,"
    other = "002,0,THINLIKE_ROLE,Nurse,99,SNOMED,1970-01-01,2099-12-31,"
    maps = [write_map(tmp_path / "a.csv", row), write_map(tmp_path / "b.csv", row, other)]
    report = load(bundle, tmp_path, maps)
    assert report.rows["source_to_concept_map"] == 2
    assert report.maps_without_target == 1


def test_a_source_vocabulary_of_ours_is_listed_among_the_vocabularies(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    own = write_map(tmp_path / "own.csv", "01,0,THINLIKE_ROLE,Doctor,1,SNOMED,1970-01-01,2099-12-31,")
    load(bundle, tmp_path, [own])
    assert read(tmp_path, "vocabulary", "vocabulary_id, vocabulary_concept_id") == [
        ("None", 1),
        ("THINLIKE_ROLE", 0),
    ]


def test_the_version_names_the_release_and_changes_with_any_byte(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in")
    own = write_map(tmp_path / "own.csv", "01,0,THINLIKE_ROLE,Doctor,1,SNOMED,1970-01-01,2099-12-31,")
    plain, with_map = version_of(bundle, []), version_of(bundle, [own])
    assert plain.startswith("v5.0-01-jan-24-")
    assert load(bundle, tmp_path, [own]).version == with_map != plain
    write_bundle(bundle, concept=ROWS["concept"][:1])
    assert version_of(bundle, []) != plain


def test_the_version_is_the_same_wherever_the_bundle_lies(tmp_path: Path) -> None:
    here, there = write_bundle(tmp_path / "here"), write_bundle(tmp_path / "there")
    assert version_of(here, []) == version_of(there, [])


def test_a_bundle_without_a_release_is_loaded_as_of_unknown_release(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "in", vocabulary=["ICD10\tICD10\tWHO\t2021\t1"])
    assert load(bundle, tmp_path).release == "unknown"
