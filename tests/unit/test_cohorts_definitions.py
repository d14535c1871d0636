"""Cohort definitions: read as ATLAS exports them, refused where they could not mean what they say."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from thin_assets.cohorts.definition import DEFINITIONS, Definition, load_definitions
from thin_assets.errors import SettingsError

Edit = Callable[..., Definition]


@pytest.fixture
def edited() -> Edit:
    """The lung-cancer definition with its entry criterion replaced."""

    def edit(**criterion: dict) -> Definition:
        expression = json.loads((DEFINITIONS / "lung_cancer.json").read_text())
        expression["PrimaryCriteria"]["CriteriaList"] = [criterion]
        return Definition("edited", json.dumps(expression))

    return edit


def test_the_library_holds_lung_cancer_and_type_2_diabetes() -> None:
    definitions = load_definitions()
    assert {"lung_cancer", "type_2_diabetes"} <= set(definitions)
    assert len({definition.id for definition in definitions.values()}) == len(definitions)


@pytest.mark.parametrize("name", ["lung_cancer", "type_2_diabetes"])
def test_a_definition_is_a_complete_atlas_export(name: str) -> None:
    exported = json.loads((DEFINITIONS / f"{name}.json").read_text())
    assert set(exported) >= {
        "ConceptSets",
        "PrimaryCriteria",
        "QualifiedLimit",
        "ExpressionLimit",
        "InclusionRules",
        "CensoringCriteria",
        "CollapseSettings",
        "CensorWindow",
        "cdmVersionRange",
    }
    assert exported["PrimaryCriteria"]["ObservationWindow"] == {"PriorDays": 365, "PostDays": 0}
    assert len(exported["InclusionRules"]) >= 2


def test_the_id_comes_from_the_name_so_that_an_edited_rule_keeps_it() -> None:
    assert Definition("asthma", "{}").id == Definition("asthma", '{"Title": "x"}').id
    assert Definition("asthma", "{}").id != Definition("copd", "{}").id
    assert 0 <= Definition("asthma", "{}").id < 2**31


def test_the_fingerprint_is_of_what_is_said_not_of_how_it_is_written() -> None:
    assert Definition("a", '{"x": 1, "y": 2}').sha256 == Definition("b", '{"y":2,\n"x":1}').sha256
    assert Definition("a", '{"x": 1}').sha256 != Definition("a", '{"x": 2}').sha256


def test_the_words_name_every_rule() -> None:
    definition = load_definitions()["lung_cancer"]
    assert definition.markdown.startswith("# First ever primary lung cancer\n")
    for rule in ("no earlier cancer of another site", "aged 18 or over", "365 days"):
        assert rule in definition.markdown


def test_secondary_lung_cancer_is_not_primary_lung_cancer() -> None:
    """SNOMED puts metastases in the lung below malignant tumours of lung: they must be taken out by name."""
    sets = json.loads(load_definitions()["lung_cancer"].text)["ConceptSets"]
    excluded = {
        item["concept"]["CONCEPT_ID"] for item in sets[0]["expression"]["items"] if item["isExcluded"]
    }
    assert 254591 in excluded


def test_no_definition_at_all_is_an_empty_library(tmp_path: Path) -> None:
    assert load_definitions(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"PrimaryCriteria": 3}'])
def test_a_file_that_is_no_expression_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(SettingsError, match=r"cohorts/definitions/broken\.json"):
        load_definitions(tmp_path)


def test_a_criterion_that_circepy_does_not_know_is_refused_by_name(edited: Edit) -> None:
    """circepy itself would read it as a criterion without conditions, and let everybody in."""
    with pytest.raises(SettingsError, match="cannot run GenomicVariant"):
        _ = edited(GenomicVariant={"CodesetId": 0}).expression


def test_an_attribute_that_circepy_does_not_know_is_refused_by_name(edited: Edit) -> None:
    with pytest.raises(SettingsError, match="cannot run ConditionOccurrence.Severity"):
        _ = edited(ConditionOccurrence={"CodesetId": 0, "Severity": 3}).expression


def test_a_concept_set_that_is_not_there_is_refused_by_number(edited: Edit) -> None:
    with pytest.raises(SettingsError, match="ConditionOccurrence, concept set 99"):
        _ = edited(ConditionOccurrence={"CodesetId": 99}).expression


def test_a_fault_deep_in_an_inclusion_rule_is_found_too(edited: Edit) -> None:
    expression = json.loads(edited(ConditionOccurrence={"CodesetId": 0}).text)
    rule = expression["InclusionRules"][0]["expression"]
    nested = {"Criteria": {"DrugExposure": {"CodesetId": 42}}, "Occurrence": {"Type": 2, "Count": 1}}
    rule["Groups"] = [{"Type": "ALL", "CriteriaList": [nested], "DemographicCriteriaList": [], "Groups": []}]
    with pytest.raises(SettingsError, match="DrugExposure, concept set 42"):
        _ = Definition("nested", json.dumps(expression)).expression
