"""What is generated from the model and the countries says what they say today."""

import csv
from pathlib import Path

import pytest
import yaml

from thin_assets.cdm import generate, spec
from thin_assets.cohorts.library.write import stale as stale_definitions
from thin_assets.domain.countries import COUNTRIES, VOCABULARIES

ROOT = Path(__file__).parents[2]


def test_no_generated_file_is_stale() -> None:
    """If this fails: `python -m thin_assets.cdm.generate`, and read the difference."""
    assert generate.stale(ROOT) == []


def test_no_definition_of_the_library_is_stale() -> None:
    """If this fails: `python -m thin_assets.cohorts.library`, and read the difference."""
    assert stale_definitions() == []


def test_check_passes_on_fresh_files_and_writes_nothing(tmp_path: Path) -> None:
    generate.main([], tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    generate.main(["--check"], tmp_path)
    generate.main([], tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == written


def test_check_names_the_stale_files_and_the_command(tmp_path: Path) -> None:
    generate.main([], tmp_path)
    (tmp_path / "dbt_project/models/omop/person.yml").write_text("version: 2\n", encoding="utf-8")
    (tmp_path / "docs/reference/cdm.md").unlink()
    with pytest.raises(SystemExit) as ended:
        generate.main(["--check"], tmp_path)
    files = "dbt_project/models/omop/person.yml, docs/reference/cdm.md"
    assert ended.value.code == f"stale: {files}; run `python -m thin_assets.cdm.generate`"
    assert not (tmp_path / "docs/reference/cdm.md").exists()


@pytest.mark.parametrize("table", generate.built_tables(), ids=lambda table: table.name)
def test_a_contract_holds_every_column_and_leaves_rows_to_the_seal(table: spec.Table) -> None:
    (model,) = yaml.safe_load(generate.contract(table))["models"]
    assert model["name"] == table.name
    assert model["config"]["contract"] == {"enforced": True}
    assert {
        column["name"]: column["data_type"].upper() for column in model["columns"]
    } == table.duckdb_columns()
    assert not [column["name"] for column in model["columns"] if "constraints" in column]


def test_a_contract_judges_no_rows() -> None:
    """Rules about rows are judged once, at the seal."""
    assert all("tests:" not in text for path, text in generate.generated().items() if path.endswith(".yml"))


def test_every_built_table_has_a_model() -> None:
    models = {path.stem for path in (ROOT / "dbt_project/models/omop").glob("*.sql")}
    assert models == {table.name for table in generate.built_tables()}


def test_the_seeds_tell_the_countries_and_their_code_systems() -> None:
    countries = list(csv.DictReader(generate.countries().splitlines()))
    systems = list(csv.DictReader(generate.code_systems().splitlines()))
    assert [row["code"] for row in countries] == list(COUNTRIES)
    assert {row["code"] for row in countries if row["dispensing"] == "true"} == {"FR"}
    assert [
        (row["vocabulary_id"], row["priority"]) for row in systems if row["code_system"] == "ICD10GM"
    ] == [
        ("ICD10GM", "1"),
        ("ICD10", "2"),
    ]
    assert {row["code_system"] for row in systems} == set(VOCABULARIES)


def test_the_dictionary_has_every_table_and_column() -> None:
    text = generate.dictionary()
    for table in spec.TABLES.values():
        assert f"### {table.name}\n" in text
        assert all(f"| {column} | " in text for column in table.columns), table.name
