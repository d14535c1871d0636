"""The library: files that are what their table says, of concepts that the demo vocabulary knows."""

import csv
import json
import os
from pathlib import Path

import duckdb
import pytest

from thin_assets.cohorts.definition import load_definitions
from thin_assets.cohorts.library.__main__ import main
from thin_assets.cohorts.library.designs import SITES
from thin_assets.cohorts.library.write import concept_sets, generated, stale, write
from thin_assets.cohorts.plan import compile_plan, plan_of
from thin_assets.vocabulary import DEMO

LIBRARY = load_definitions()


def vocabulary(bundle: Path) -> dict[int, dict[str, str]]:
    """Concepts of a bundle by id."""
    with (bundle / "CONCEPT.csv").open(encoding="utf-8") as handle:
        rows = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {int(row["concept_id"]): row for row in rows}


def items() -> list[tuple[str, dict]]:
    return [(name, item["concept"]) for name, found in concept_sets().items() for item in found]


def wrong(known: dict[int, dict[str, str]]) -> list[tuple[str, int]]:
    """Concepts of the library that a vocabulary lacks, that are not valid, not standard or other ones."""
    return [
        (name, concept["CONCEPT_ID"])
        for name, concept in items()
        if (row := known.get(concept["CONCEPT_ID"])) is None
        or row["invalid_reason"]
        or row["standard_concept"] != concept["STANDARD_CONCEPT"]
        or row["concept_name"] != concept["CONCEPT_NAME"]
        or row["concept_code"] != concept["CONCEPT_CODE"]
        or row["domain_id"] != concept["DOMAIN_ID"]
    ]


def test_every_concept_of_the_library_is_in_the_demo_vocabulary_as_the_library_has_it() -> None:
    assert wrong(vocabulary(DEMO)) == []


@pytest.mark.skipif("THIN_TEST_BUNDLE" not in os.environ, reason="THIN_TEST_BUNDLE is not set")
def test_every_concept_of_the_library_is_in_a_larger_vocabulary_too() -> None:
    assert wrong(vocabulary(Path(os.environ["THIN_TEST_BUNDLE"]))) == []


def test_the_library_holds_what_was_promised() -> None:
    others = {
        *("any_cancer", "copd_triple_single_device", "copd_triple_several_devices", "covid_19", "long_covid"),
        *(f"essential_tremor_{name}" for name in ("broad", "narrow", "strict", "recorded")),
        *("type_2_diabetes", "alzheimers_disease", "multiple_sclerosis"),
    }
    assert set(generated()) == {*SITES, *others} == set(LIBRARY)


@pytest.mark.parametrize("name", [*SITES, "any_cancer"])
def test_an_incident_cancer_is_the_first_ever_after_a_year_of_observation(name: str) -> None:
    expression = json.loads(LIBRARY[name].text)
    primary = expression["PrimaryCriteria"]
    assert all(next(iter(one.values()))["First"] for one in primary["CriteriaList"])
    assert primary["ObservationWindow"] == {"PriorDays": 365, "PostDays": 0}
    rule = expression["InclusionRules"][0]
    assert rule["name"].startswith("no earlier cancer")
    for one in rule["expression"]["CriteriaList"]:
        assert one["Occurrence"] == {"Type": 0, "Count": 0, "IsDistinct": False}
        assert one["StartWindow"]["Start"] == {"Coeff": -1}
        assert one["StartWindow"]["End"] == {"Days": 1, "Coeff": -1}
        assert one["IgnoreObservationPeriod"]


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_rule_says_what_it_is_and_why(name: str) -> None:
    rules = json.loads(LIBRARY[name].text)["InclusionRules"]
    assert all(rule["name"] and rule["description"] for rule in rules)
    assert all(rule["name"] in LIBRARY[name].markdown for rule in rules)


def test_skin_cancer_other_than_melanoma_and_metastases_are_no_cancer_of_the_library() -> None:
    excluded = {item["concept"]["CONCEPT_ID"] for item in concept_sets()["any_cancer"] if item["isExcluded"]}
    assert excluded == {432851, 4112752, 4111921, 4155297}


def test_a_changed_file_is_stale_and_is_written_again(tmp_path: Path) -> None:
    assert sorted(write(tmp_path)) == sorted(generated())
    assert stale(tmp_path) == []
    (tmp_path / "melanoma.json").write_text("{}")
    (tmp_path / "lymphoma.json").unlink()
    assert sorted(stale(tmp_path)) == ["lymphoma", "melanoma"]
    assert sorted(write(tmp_path)) == ["lymphoma", "melanoma"]
    assert stale(tmp_path) == []


def test_check_is_silent_on_a_fresh_library() -> None:
    main(["--check"])


def test_a_plan_is_compiled_once_and_kept(tmp_path: Path) -> None:
    definition = LIBRARY["covid_19"]
    first = plan_of(definition, tmp_path)
    (kept,) = tmp_path.iterdir()
    changed = kept.read_text().replace("37311061", "1")
    kept.write_text(changed)
    assert plan_of(definition, tmp_path) != first == compile_plan(definition)
    assert plan_of(LIBRARY["long_covid"], tmp_path) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_the_script_of_a_plan_runs_from_beginning_to_end(tmp_path: Path) -> None:
    """On an empty CDM of the standard; what it leaves is the schema that it was told to work in."""
    from thin_assets.cdm.spec import TABLES

    con = duckdb.connect()
    con.execute("create schema cdm; create schema cohort_work")
    for table in TABLES.values():
        columns = ", ".join(f'"{field.name}" {field.duckdb_type}' for field in table.fields)
        con.execute(f"create table cdm.{table.name} ({columns})")
    assert con.execute(compile_plan(LIBRARY["type_2_diabetes"]).sql).fetchall() == []


@pytest.mark.parametrize("name", ["type_2_diabetes", "prostate_cancer"])
def test_the_same_definition_is_the_same_statements(name: str) -> None:
    """What unfolds a list has a name that Ibis draws anew each time."""
    first, second = compile_plan(LIBRARY[name]), compile_plan(LIBRARY[name])
    assert "unnest_1" in first.sql and first.sql == second.sql
