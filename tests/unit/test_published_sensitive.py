"""Sensitive codes are found by code, below a code, by what a code maps to, and by name."""

from pathlib import Path
from typing import get_args

import duckdb
import polars as pl
import pytest

from thin_assets.errors import SettingsError
from thin_assets.published.declared.protection import Group
from thin_assets.published.persons.sensitive import read_rules, sensitive_covariates, sensitive_rules

DEMO = Path(__file__).parents[2] / "thin_assets" / "vocabulary" / "demo"

CONCEPTS = [
    (439727, "SNOMED", "86406008", "one that is on the list"),
    (900001, "SNOMED", "1", "one below it, under a name that tells nothing"),
    (900002, "ICD10", "B20.1", "a code that begins as one on the list"),
    (900003, "ICD10GM", "F64.0", "the same in a national edition"),
    (900004, "SNOMED", "2", "what the code B20.1 maps to"),
    (900005, "SNOMED", "3", "one below what it maps to"),
    (900006, "ICD10", "F17.2", "smoking is not an addiction here"),
    (900007, "ICD10", "F10.2", "alcohol is"),
    (900008, "SNOMED", "4", "cough"),
    (900009, "ATC", "J05AR02", "a class of drugs"),
    (900010, "RxNorm", "5", "an ingredient of that class"),
]
ANCESTORS = [(439727, 900001), (900004, 900005), (900009, 900010), (900008, 900008)]
MAPS = [(900002, 900004, "Maps to"), (900008, 900005, "Mapped from")]


@pytest.fixture
def vocabulary(tmp_path: Path) -> dict[str, Path]:
    tables = {
        "concept": pl.DataFrame(
            CONCEPTS, schema=["concept_id", "vocabulary_id", "concept_code", "concept_name"], orient="row"
        ),
        "concept_ancestor": pl.DataFrame(
            ANCESTORS, schema=["ancestor_concept_id", "descendant_concept_id"], orient="row"
        ),
        "concept_relationship": pl.DataFrame(
            MAPS, schema=["concept_id_1", "concept_id_2", "relationship_id"], orient="row"
        ),
    }
    for name, rows in tables.items():
        rows.write_parquet(tmp_path / f"{name}.parquet")
    return {name: tmp_path / f"{name}.parquet" for name in tables}


def found(vocabulary: dict[str, Path], *, names: bool = False) -> dict[int, str]:
    """Group by concept id, of covariates whose names tell nothing, unless names are asked for."""
    covariates = pl.DataFrame(
        [(concept * 1000 + 101, name if names else "x", concept) for concept, _, _, name in CONCEPTS],
        schema=["covariate_id", "covariate_name", "concept_id"],
        orient="row",
    )
    rows = sensitive_covariates(covariates, vocabulary, duckdb.connect())
    return {covariate // 1000: group for covariate, group in rows.iter_rows()}


def test_codes_and_what_is_below_them_and_what_they_map_to_are_found(vocabulary: dict[str, Path]) -> None:
    assert found(vocabulary) == {
        439727: "hiv",
        900001: "hiv",
        900002: "hiv",
        900003: "gender_identity",
        900004: "hiv",
        900005: "hiv",
        900007: "addiction",
        900009: "hiv",
        900010: "hiv",
    }


def test_without_a_hierarchy_codes_are_still_found(vocabulary: dict[str, Path]) -> None:
    alone = {"concept": vocabulary["concept"], "concept_ancestor": vocabulary["concept"].with_name("none")}
    assert set(found(alone)) == {439727, 900002, 900003, 900007, 900009}


def test_without_a_vocabulary_names_are_found() -> None:
    named = [
        "condition 1 HIV infection, ever",
        "condition 2 Induced abortion, ever",
        "condition 3 Gonorrhea, ever",
        "observation 4 Victim of domestic violence, ever",
        "condition 5 Alcohol dependence, ever",
        "condition 6 Nicotine dependence, ever",
        "condition 7 Tobacco dependence syndrome, ever",
        "observation 8 Detention under the Mental Health Act, ever",
        "condition 9 Gender dysphoria, ever",
        "condition 10 Non-alcoholic fatty liver, ever",
        "condition 11 Cough, ever",
        "sex 8532 FEMALE",
        "condition 12 Pneumonia caused by Chlamydiaceae, ever",
    ]
    covariates = pl.DataFrame(
        {"covariate_id": range(1, 14), "covariate_name": named, "concept_id": range(1, 14)}
    )
    rows = sensitive_covariates(covariates, {}, duckdb.connect())
    assert dict(rows.iter_rows()) == {
        1: "hiv",
        2: "abortion",
        3: "sexually_transmitted",
        4: "abuse",
        5: "addiction",
        8: "psychiatric_detention",
        9: "gender_identity",
    }


def test_every_group_has_a_rule_and_every_rule_a_meaning() -> None:
    assert {rule.group for rule in sensitive_rules()} == set(get_args(Group))
    assert all(rule.meaning for rule in sensitive_rules())


def test_codes_of_the_list_are_what_the_list_says_of_them() -> None:
    """As far as the demo vocabulary has them: a code that was mistyped would bear another name."""
    concepts = pl.read_csv(DEMO / "CONCEPT.csv", separator="\t", quote_char=None, infer_schema=False)
    names = {
        (vocabulary, code): name
        for name, vocabulary, code in concepts.select(
            "concept_name", "vocabulary_id", "concept_code"
        ).iter_rows()
    }
    known = [rule for rule in sensitive_rules() if (rule.vocabulary_id, rule.pattern) in names]
    assert len(known) >= 3
    for rule in known:
        assert names[rule.vocabulary_id, rule.pattern].lower()[:12] == rule.meaning.lower()[:12]


@pytest.mark.parametrize(
    "line",
    [
        "horoscope,SNOMED,code,1,a group that is not known",
        "hiv,SNOMED,code,,no code",
        "hiv,,code,86406008,no vocabulary",
        "hiv,SNOMED,name,hiv,a name has no vocabulary",
        "hiv,,name,(,no pattern",
        "hiv,SNOMED,regex,1,no such match",
        "hiv,SNOMED,code,1,",
    ],
)
def test_a_line_that_cannot_be_used_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(SettingsError, match="cannot be used: 2"):
        read_rules(f"group,vocabulary_id,match,pattern,meaning\n{line}\n")


def test_a_line_given_twice_is_refused() -> None:
    line = "hiv,SNOMED,code,86406008,HIV\n"
    with pytest.raises(SettingsError, match="twice"):
        read_rules("group,vocabulary_id,match,pattern,meaning\n" + line + line)
