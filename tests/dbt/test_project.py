"""The dbt project as a whole: it parses, its unit tests pass, it builds every table that the CDM names."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.spec.builds import PROJECT_DIR, SHUFFLED, Build
from thin_assets.cdm import spec
from thin_assets.domain.countries import COUNTRIES

ACCOUNTS = {"reconciliation", "routing", "mapping"}


@pytest.mark.parametrize("name", [*COUNTRIES, *(f"{country}{SHUFFLED}" for country in COUNTRIES)])
def test_every_model_is_built(every_build: dict[str, Build], name: str):
    """No model of the project fails, in any country; what was skipped follows from what failed."""
    results = every_build[name].results()
    failed = {node: ran["message"] for node, ran in results.items() if ran["status"] in ("error", "fail")}
    assert failed == {}


def test_the_rules_that_a_clinician_could_dispute_hold(gb: Build):
    """Every unit test that stands beside a model ran and passed."""
    files = [path.read_text() for path in PROJECT_DIR.glob("models/intermediate/*.yml")]
    written = [
        line for text in files for line in text.split("unit_tests:")[-1].splitlines() if "    model: " in line
    ]
    ran = [result["status"] for node, result in gb.results().items() if node.startswith("unit_test.")]
    assert ran == ["pass"] * len(written)


def test_another_partition_uses_the_same_parse_cache(tmp_path: Path):
    """Values of a partition are read while models run, never while they are parsed."""
    said = [_parse(tmp_path, country) for country in ("GB", "FR")]
    assert ["Unable to do partial parsing" in text for text in said] == [True, False]


def test_every_table_of_the_cdm_is_there_with_its_columns_in_order(gb: Build):
    """27 tables of records and the accounts; types as the CDM says."""
    expected = {table.name: table.duckdb_columns() for table in spec.clinical_tables()}
    found = {path.parent.name: _columns(path) for path in gb.candidate.glob("*/data.parquet")}
    assert {name: columns for name, columns in found.items() if name not in ACCOUNTS} == expected
    assert found.keys() - expected.keys() == ACCOUNTS


def test_an_empty_table_has_no_row(gb: Build):
    """A table this source has nothing for is there, and holds nothing: no row of nulls."""
    empty = ["payer_plan_period", "cost"]
    assert {table: gb.query(f"select count(*) from {table}") for table in empty} == {
        table: [(0,)] for table in empty
    }


def test_models_read_only_what_their_layer_may_read():
    """Staging reads sources, intermediate reads staging, seeds and vocabulary, the CDM reads intermediate
    (and what is derived from CDM tables, such as episodes, reads those).
    """
    forbidden = {
        "staging": ["ref("],
        "intermediate": ["source('raw'"],
        "omop": ["stg_thin__", "source('raw'"],
    }
    broken = [
        f"{path.name}: {text}"
        for layer, texts in forbidden.items()
        for path in PROJECT_DIR.glob(f"models/{layer}/*.sql")
        for text in texts
        if text in path.read_text()
    ]
    assert broken == []


def test_every_model_says_what_it_is():
    """Each model opens with its grain; empty tables are the exception, their contract says all."""
    silent = [
        path.name
        for path in PROJECT_DIR.glob("models/*/*.sql")
        if not path.read_text().startswith(("-- grain:", "{{ empty_cdm_table() }}"))
    ]
    assert silent == []


def _columns(path) -> dict[str, str]:
    rows = duckdb.connect().execute(f"describe from read_parquet('{path}')").fetchall()
    return {name: kind for name, kind, *_ in rows}


def _parse(folder: Path, country: str) -> str:
    places = {
        "--project-dir": PROJECT_DIR,
        "--profiles-dir": PROJECT_DIR,
        "--target-path": folder,
        "--log-path": folder,
    }
    options = [str(text) for place in places.items() for text in place]
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "parse", "--target", "duckdb", *options],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ
        | {"THIN_COUNTRY": country, "THIN_CUTOFF": "2024-03-31", "THIN_RAW": str(folder / country)},
    )
    return done.stdout
