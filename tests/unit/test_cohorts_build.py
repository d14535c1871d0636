"""Cohorts run on tiny records: who enters, on which day, and who is lost at which rule."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.cohorts.build import Cohort, build_cohort
from thin_assets.cohorts.concepts import concept_problems
from thin_assets.cohorts.definition import Definition, load_definitions
from thin_assets.errors import SettingsError

CONCEPTS = """
    concept_id | concept_name             | domain_id   | standard_concept | concept_class_id
    443388     | Malignant tumor of lung  | Condition   | S                | Disorder
    4110591    | Small cell carcinoma     | Condition   | S                | Disorder
    254591     | Metastasis in lung       | Condition   | S                | Disorder
    443392     | Malignant disease        | Condition   | S                | Disorder
    4162253    | Cancer of breast         | Condition   | S                | Disorder
    4155297    | Cancer of skin           | Condition   | S                | Disorder
    201826     | Type 2 diabetes          | Condition   | S                | Disorder
    201254     | Type 1 diabetes          | Condition   | S                | Disorder
    21600744   | Glucose lowering drugs   | Drug        | C                | ATC 3rd
    1503297    | metformin                | Drug        | S                | Ingredient
    1597756    | glimepiride              | Drug        | S                | Ingredient
    3004410    | HbA1c                    | Measurement | S                | Lab Test
    8554       | percent                  | Unit        | S                | Unit
    9579       | millimole per mole       | Unit        | S                | Unit
"""
ANCESTORS = """
    ancestor_concept_id | descendant_concept_id
    443388              | 4110591
    443388              | 254591
    443392              | 443388
    443392              | 4110591
    443392              | 254591
    443392              | 4162253
    443392              | 4155297
    21600744            | 1597756
"""
Given = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Persons 1 to 9, born in 1950 and observed from 2010 to 2022; records as drawn."""

    def drawn(years_of_birth: dict[int, int] | None = None, **tables: str) -> duckdb.DuckDBPyConnection:
        born = dict.fromkeys(range(1, 10), 1950) | (years_of_birth or {})
        persons = "\n".join(f"{person} | {year}" for person, year in born.items())
        observed = "\n".join(f"{person} | 2010-01-01 | 2022-12-31" for person in born)
        everybody = {
            "person": f"person_id | year_of_birth\n{persons}",
            "observation_period": "person_id | observation_period_start_date | observation_period_end_date\n"
            + observed,
        }
        build = write_cdm(tmp_path / "build", **(everybody | tables))
        return open_cdm(build, write_vocabulary(tmp_path / "vocabulary", CONCEPTS, ANCESTORS))

    return drawn


def run(name: str, con: duckdb.DuckDBPyConnection) -> Cohort:
    return build_cohort(load_definitions()[name], con)


def lung_cancer_of(*persons: int) -> str:
    lines = [f"{person} | 443388 | 2015-06-01" for person in persons]
    return "\n".join(["person_id | condition_concept_id | condition_start_date", *lines])


def entered(cohort: Cohort) -> dict[int, str]:
    return {row["subject_id"]: str(row["cohort_start_date"]) for row in cohort.members.iter_rows(named=True)}


def lost(cohort: Cohort) -> list[tuple[str, int]]:
    return list(cohort.attrition.select("rule", "persons").iter_rows())


def test_lung_cancer_is_the_first_one_after_a_year_of_observation_without_another_cancer(
    given: Given,
) -> None:
    """1 enters at the first of two records, 2 by a narrower diagnosis. 3 had it too soon after joining.

    4 had breast cancer before (even before observation), 5 has a metastasis only, 6 had skin cancer, which
    does not count, 7 had breast cancer afterwards.
    """
    con = given(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date
            1         | 443388               | 2015-06-01
            1         | 443388               | 2015-07-01
            2         | 4110591              | 2016-01-01
            3         | 443388               | 2010-03-01
            4         | 4162253              | 2008-01-01
            4         | 443388               | 2015-01-01
            5         | 254591               | 2015-01-01
            6         | 4155297              | 2012-01-01
            6         | 443388               | 2015-01-01
            7         | 443388               | 2015-01-01
            7         | 4162253              | 2016-01-01
        """
    )
    cohort = run("lung_cancer", con)
    assert entered(cohort) == {1: "2015-06-01", 2: "2016-01-01", 6: "2015-01-01", 7: "2015-01-01"}
    assert lost(cohort) == [
        ("entry events", 6),
        ("observed for 365 days before", 5),
        ("no earlier cancer of another site", 4),
        ("aged 18 or over", 4),
        ("in the cohort", 4),
    ]


def test_a_cohort_ends_with_the_observation(given: Given) -> None:
    con = given(condition_occurrence=lung_cancer_of(1))
    assert str(run("lung_cancer", con).members["cohort_end_date"][0]) == "2022-12-31"


def test_children_are_no_cases_of_lung_cancer(given: Given) -> None:
    diagnoses = lung_cancer_of(1, 2)
    con = given(years_of_birth={1: 1998, 2: 1997}, condition_occurrence=diagnoses)
    assert entered(run("lung_cancer", con)) == {2: "2015-06-01"}


def test_type_2_diabetes_starts_with_diagnosis_or_drug_and_needs_both_or_a_raised_hba1c(given: Given) -> None:
    """1: diagnosis. 2: metformin, then a diagnosis. 3: metformin only. 4: a drug of the class, and 7 %.

    5: the same in mmol/mol. 6: 40 mmol/mol is not raised, though 40 is more than 6.5. 7: type 1 diabetes.
    8: metformin years before the diagnosis, in the first year of observation.
    """
    con = given(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date
            1         | 201826               | 2015-01-01
            2         | 201826               | 2015-03-01
            7         | 201254               | 2014-01-01
            7         | 201826               | 2015-01-01
            8         | 201826               | 2015-01-01
        """,
        drug_exposure="""
            person_id | drug_concept_id | drug_exposure_start_date | drug_exposure_end_date
            2         | 1503297         | 2015-01-01               | 2015-02-01
            3         | 1503297         | 2015-01-01               | 2015-02-01
            4         | 1597756         | 2015-01-01               | 2015-02-01
            5         | 1597756         | 2015-01-01               | 2015-02-01
            6         | 1597756         | 2015-01-01               | 2015-02-01
            8         | 1503297         | 2010-02-01               | 2010-03-01
        """,
        measurement="""
            person_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id
            4         | 3004410                | 2015-02-01       | 7.0             | 8554
            5         | 3004410                | 2014-12-01       | 53              | 9579
            6         | 3004410                | 2015-02-01       | 40              | 9579
        """,
    )
    cohort = run("type_2_diabetes", con)
    assert entered(cohort) == dict.fromkeys((1, 2, 4, 5), "2015-01-01")
    assert [persons for _, persons in lost(cohort)] == [8, 8, 7, 5, 4, 4, 4]


@pytest.mark.parametrize("name", sorted(load_definitions()))
def test_a_build_without_patients_gives_an_empty_cohort_of_the_same_shape(given: Given, name: str) -> None:
    cohort = run(name, given(person="", observation_period=""))
    assert (cohort.persons, cohort.members.height) == (0, 0)
    assert cohort.attrition["persons"].to_list() == [0] * cohort.attrition.height
    assert cohort.members.columns == [
        "cohort_definition_id",
        "subject_id",
        "cohort_start_date",
        "cohort_end_date",
    ]


def test_the_members_are_those_that_circepy_finds_when_nobody_watches(given: Given) -> None:
    import ibis
    from circe.api import build_cohort as unwatched

    con = given(condition_occurrence=lung_cancer_of(1))
    con.execute("create schema results")
    definition = load_definitions()["lung_cancer"]
    backend = ibis.duckdb.from_connection(con)
    found = unwatched(
        definition.expression, backend=backend, cdm_schema="cdm", results_schema="results"
    ).to_polars()
    assert (
        found["person_id"].to_list() == build_cohort(definition, con).members["subject_id"].to_list() == [1]
    )


def test_a_run_leaves_nothing_behind_in_the_database(given: Given) -> None:
    con = given()
    before = con.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
    run("lung_cancer", con)
    assert (
        con.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall() == before
    )
    assert ("cohort_work",) not in con.execute("select schema_name from duckdb_schemas()").fetchall()


def test_a_definition_without_rules_has_three_steps(given: Given) -> None:
    expression = json.loads(load_definitions()["lung_cancer"].text) | {"InclusionRules": []}
    cohort = build_cohort(Definition("bare", json.dumps(expression)), given())
    assert cohort.attrition["rule"].to_list() == [
        "entry events",
        "observed for 365 days before",
        "in the cohort",
    ]


def refused(entry: list[dict] | None = None, **parts: object) -> Definition:
    """The lung-cancer definition with another entry, or another part."""
    expression = json.loads(load_definitions()["lung_cancer"].text) | parts
    if entry is not None:
        expression["PrimaryCriteria"]["CriteriaList"] = entry
    return Definition("refused", json.dumps(expression))


def with_rule(**criterion: object) -> Definition:
    """The lung-cancer definition with one more rule."""
    counted = {
        "Criteria": {"ConditionOccurrence": {"CodesetId": 0}},
        "StartWindow": {"Start": {"Days": 0, "Coeff": -1}, "End": {"Days": 0, "Coeff": 1}},
        "Occurrence": {"Type": 2, "Count": 1},
    }
    group = {
        "Type": "ALL",
        "CriteriaList": [counted | criterion],
        "DemographicCriteriaList": [],
        "Groups": [],
    }
    return refused(InclusionRules=[{"name": "one", "expression": group}])


CANNOT_RUN = {
    "location_history": refused([{"LocationRegion": {"CodesetId": 0}}]),
    "numeric range op 'about'": refused(
        [{"Measurement": {"CodesetId": 0, "ValueAsNumber": {"Value": 1, "Op": "about"}}}]
    ),
    "date range op 'near'": refused(
        [{"DrugExposure": {"CodesetId": 0, "OccurrenceStartDate": {"Value": "2020-01-01", "Op": "near"}}}]
    ),
    "text filter op 'resembles'": refused(
        [{"DrugExposure": {"CodesetId": 0, "LotNumber": {"Text": "a", "Op": "resembles"}}}]
    ),
    "occurrence": with_rule(Occurrence={"Type": 7, "Count": 1}),
}


@pytest.mark.parametrize("construct", CANNOT_RUN)
def test_what_circepy_cannot_run_is_an_error_that_names_it(given: Given, construct: str) -> None:
    """Regions of residence need a table that CDM v5.4 does not have; the other words mean nothing."""
    with pytest.raises(SettingsError, match=f"(?i)circepy cannot run.*{construct}.*refused.json"):
        build_cohort(CANNOT_RUN[construct], given())


def test_the_index_events_say_which_concepts_brought_people_in(given: Given) -> None:
    """1 and 2 enter by the broad concept, 3 by a narrow one; what 1 had later brought nobody in."""
    con = given(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date
            1         | 443388               | 2015-06-01
            2         | 443388               | 2015-06-01
            3         | 4110591              | 2015-06-01
            1         | 4110591              | 2015-07-01
        """
    )
    events = run("lung_cancer", con).index_events
    assert events.select("cdm_table", "concept_id", "concept_name", "persons").rows() == [
        ("condition_occurrence", 443388, "Malignant tumor of lung", 2),
        ("condition_occurrence", 4110591, "Small cell carcinoma", 1),
    ]


def test_a_first_record_counts_whether_or_not_the_person_was_observed_or_let_in(given: Given) -> None:
    """1 had it before observation began, 2 in the first year of it, 3 is a member."""
    con = given(
        condition_occurrence="""
            person_id | condition_concept_id | condition_start_date
            1         | 443388               | 2005-06-01
            2         | 443388               | 2010-06-01
            3         | 443388               | 2015-06-01
        """
    )
    cohort = run("lung_cancer", con)
    assert entered(cohort) == {3: "2015-06-01"}
    first = {row["person_id"]: str(row["first_date"]) for row in cohort.first_records.to_dicts()}
    assert first == {1: "2005-06-01", 2: "2010-06-01", 3: "2015-06-01"}


def problems(definition: Definition, con: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str, str]]:
    return {key: tuple(told) for key, *told in concept_problems(definition, con).iter_rows()}


def test_concepts_that_the_vocabulary_lacks_are_told_by_name(given: Given) -> None:
    found = problems(load_definitions()["type_2_diabetes"], given())
    absent = ("Disorder due to type 2 diabetes mellitus", "not in the vocabulary", "")
    assert found[443732] == absent
    assert not {1503297, 21600744} & {key for key, told in found.items() if told[1] != "named otherwise"}


def test_a_concept_that_is_no_longer_valid_or_not_standard_is_told_too(given: Given) -> None:
    """A rounded id shows by its name: 443388 is a cancer, whatever the definition calls it."""
    con = given()
    con.execute("create table changed as from cdm.concept; drop view cdm.concept")
    con.execute("create view cdm.concept as from changed")
    con.execute("update changed set invalid_reason = 'D' where concept_id = 4162253")
    con.execute("update changed set standard_concept = null where concept_id = 201826")
    items = [
        {"concept": {"CONCEPT_ID": key, "CONCEPT_NAME": name}}
        for key, name in {4162253: "Cancer of breast", 201826: "Type 2 diabetes", 443388: "Gout"}.items()
    ]
    sets = [{"id": 0, "name": "one", "expression": {"items": items}}]
    expression = json.loads(load_definitions()["lung_cancer"].text) | {"ConceptSets": sets}
    assert problems(Definition("edited", json.dumps(expression)), con) == {
        201826: ("Type 2 diabetes", "not standard", "Type 2 diabetes"),
        443388: ("Gout", "named otherwise", "Malignant tumor of lung"),
        4162253: ("Cancer of breast", "no longer valid", "Cancer of breast"),
    }
