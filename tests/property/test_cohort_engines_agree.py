"""The same rows through Ibis and through the SQL that circepy renders: our definitions, and expressions
that nobody wrote for us, drawn at random over the same concepts and, where it is at hand, over the concept
sets of the OHDSI PhenotypeLibrary.
"""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cdm import open_cdm
from tests.engines import TABLE_OF, random_cdm, rows_by_ibis, rows_by_sql
from thin_assets.cohorts.definition import Definition, load_definitions
from thin_assets.vocabulary import DEMO, load_bundle, project_maps

pytestmark = pytest.mark.long

OfDefinition = Callable[[Definition], duckdb.DuckDBPyConnection]
LIBRARY = load_definitions()
CRITERIA = {
    "Condition": "ConditionOccurrence",
    "Drug": "DrugExposure",
    "Observation": "Observation",
    "Procedure": "ProcedureOccurrence",
    "Measurement": "Measurement",
}


@pytest.fixture(scope="module")
def demo_vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vocabulary")
    load_bundle(DEMO, project_maps(), folder, duckdb.connect())
    return folder


@pytest.fixture(scope="module")
def records(demo_vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Random records of the concepts that the drawn expressions ask for."""
    concepts = {
        "condition_occurrence": [*SETS[0], *SETS[1], *SETS[3]],
        "drug_exposure": SETS[2],
        "measurement": SETS[4],
    }
    build = random_cdm(tmp_path_factory.mktemp("random"), concepts, seed=1, records=20)
    return open_cdm(build, demo_vocabulary)


def records_of(definition: Definition) -> dict[str, list[int]]:
    """Concepts of a definition by table, those of each concept set as often as those of any other."""
    drawn: dict[str, list[int]] = defaultdict(list)
    for told in definition.concept_sets:
        items = [item["concept"] for item in told["expression"]["items"]]
        for item in items:
            drawn[TABLE_OF[item["DOMAIN_ID"]]] += [item["CONCEPT_ID"]] * max(1, 30 // len(items))
    return dict(drawn)


@pytest.fixture
def of_definition(demo_vocabulary: Path, tmp_path: Path) -> OfDefinition:
    """Random records of the concepts of one definition; the more they must meet, the denser."""

    def drawn(definition: Definition) -> duckdb.DuckDBPyConnection:
        density = {"records": 30, "span": 1200} if "copd" in definition.name else {"records": 6, "span": 2000}
        build = random_cdm(tmp_path / "random", records_of(definition), seed=1, persons=500, **density)
        return open_cdm(build, demo_vocabulary)

    return drawn


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_both_engines_find_the_same_members_of_every_definition_of_the_library(
    of_definition: OfDefinition, name: str
) -> None:
    con = of_definition(LIBRARY[name])
    by_sql = rows_by_sql(LIBRARY[name], con)
    assert rows_by_ibis(LIBRARY[name], con).equals(by_sql)
    assert by_sql.height > 0


def test_each_definition_of_essential_tremor_is_within_the_one_before(of_definition: OfDefinition) -> None:
    con = of_definition(LIBRARY["essential_tremor_strict"])
    broad, narrow, strict = (
        set(rows_by_ibis(LIBRARY[f"essential_tremor_{name}"], con)["subject_id"])
        for name in ("broad", "narrow", "strict")
    )
    assert strict < narrow < broad


SETS = {0: [443392], 1: [201826, 443732], 2: [1503297, 1196677], 3: [378419], 4: [3004410]}
DOMAINS = {0: "Condition", 1: "Condition", 2: "Drug", 3: "Condition", 4: "Measurement"}
sets = st.sampled_from(sorted(SETS))
days = st.none() | st.sampled_from([0, 1, 30, 365])
ends = st.builds(
    lambda size, sign: {"Coeff": sign} if size is None else {"Days": size, "Coeff": sign},
    days,
    st.sampled_from([-1, 1]),
)


def criterion(number: int, first: bool) -> dict:
    return {CRITERIA[DOMAINS[number]]: {"CodesetId": number} | ({"First": True} if first else {})}


counted = st.builds(
    lambda number, first, start, end, kind, times, ignore: {
        "Criteria": criterion(number, first),
        "StartWindow": {"Start": start, "End": end, "UseEventEnd": False},
        "Occurrence": {"Type": kind, "Count": times, "IsDistinct": False},
        "IgnoreObservationPeriod": ignore,
    },
    sets,
    st.booleans(),
    ends,
    ends,
    st.sampled_from([0, 1, 2]),
    st.integers(0, 2),
    st.booleans(),
)
ages = st.builds(
    lambda age, op: {"Age": {"Value": age, "Op": op}}, st.integers(20, 60), st.sampled_from(["gt", "lte"])
)
groups = st.builds(
    lambda kind, criteria, demographic: {
        "Type": kind,
        "CriteriaList": criteria,
        "DemographicCriteriaList": demographic,
        "Groups": [],
    },
    st.sampled_from(["ALL", "ANY"]),
    st.lists(counted, min_size=1, max_size=2),
    st.lists(ages, max_size=1),
)
exits = st.none() | st.builds(
    lambda field, offset: {"DateOffset": {"DateField": field, "Offset": offset}},
    st.sampled_from(["StartDate", "EndDate"]),
    st.sampled_from([0, 30, 400]),
)
limits = st.sampled_from(["First", "All"])


@st.composite
def expressions(draw: st.DrawFn) -> dict:
    """An expression as ATLAS could export it."""
    rules = draw(st.lists(groups, max_size=2))
    expression = {
        "ConceptSets": [concept_set(number, keys) for number, keys in SETS.items()],
        "PrimaryCriteria": {
            "CriteriaList": [
                criterion(number, draw(st.booleans()))
                for number in draw(st.sets(sets, min_size=1, max_size=2))
            ],
            "ObservationWindow": {
                "PriorDays": draw(st.sampled_from([0, 90])),
                "PostDays": draw(st.sampled_from([0, 30])),
            },
            "PrimaryCriteriaLimit": {"Type": draw(limits)},
        },
        "QualifiedLimit": {"Type": draw(limits)},
        "ExpressionLimit": {"Type": draw(limits)},
        "InclusionRules": [{"name": str(place), "expression": group} for place, group in enumerate(rules)],
        "CensoringCriteria": [criterion(number, False) for number in draw(st.sets(sets, max_size=1))],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": draw(st.sampled_from([0, 60]))},
        "CensorWindow": {},
    }
    if (end := draw(exits)) is not None:
        expression["EndStrategy"] = end
    return expression


def concept_set(number: int, keys: list[int], name: str = "one") -> dict:
    items = [
        {
            "concept": {"CONCEPT_ID": key},
            "isExcluded": False,
            "includeDescendants": True,
            "includeMapped": False,
        }
        for key in keys
    ]
    return {"id": number, "name": name, "expression": {"items": items}}


@given(expression=expressions())
def test_both_engines_find_the_same_members_of_expressions_that_nobody_wrote(
    records: duckdb.DuckDBPyConnection, expression: dict
) -> None:
    definition = Definition("drawn", json.dumps(expression))
    assert rows_by_ibis(definition, records).equals(rows_by_sql(definition, records))


PHENOTYPES = os.environ.get("THIN_TEST_PHENOTYPES")
BUNDLE = os.environ.get("THIN_TEST_BUNDLE")
"""Table of the PhenotypeLibrary's concept sets, and an Athena bundle that holds their concepts."""
FEWEST_FOREIGN, MOST_FOREIGN = 20, 40


def foreign(domain_of: dict[int, str]) -> dict[str, tuple[Definition, dict[str, list[int]]]]:
    """Expressions over concept sets of the PhenotypeLibrary, with the concepts of each by table."""
    cohorts: dict[str, dict[str, list[dict]]] = defaultdict(lambda: defaultdict(list))
    with Path(PHENOTYPES).open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["cohort_id"].isdigit() and row["concept_id"]:  # a name may go over two lines
                cohorts[row["cohort_id"]][row["concept_set_id"]].append(row)
    found = {}
    for cohort, concept_sets in cohorts.items():
        usable = [rows for rows in concept_sets.values() if domain(rows, domain_of) in CRITERIA]
        if len(usable) >= 2 and len(found) < MOST_FOREIGN:
            found[cohort] = phenotype(cohort, usable[:2], domain_of)
    return found


def domain(rows: list[dict], domain_of: dict[int, str]) -> str | None:
    """The domain of all concepts of a set; None where there are several, or an unknown one."""
    domains = {domain_of.get(int(row["concept_id"])) for row in rows}
    return domains.pop() if len(domains) == 1 else None


def phenotype(
    cohort: str, concept_sets: list[list[dict]], domain_of: dict[int, str]
) -> tuple[Definition, dict[str, list[int]]]:
    """First of one set, with or without the other before; the shape follows the number of the cohort."""
    shape = int(cohort) % 3
    domains = [domain(rows, domain_of) for rows in concept_sets]
    enter, other = (
        {CRITERIA[one]: {"CodesetId": place} | ({"First": True} if shape else {})}
        for place, one in enumerate(domains)
    )
    start = {"Coeff": -1} if shape else {"Days": 400, "Coeff": -1}
    rule = {
        "Criteria": {key: {"CodesetId": 1} for key in other},
        "StartWindow": {"Start": start, "End": {"Days": 0, "Coeff": 1}, "UseEventEnd": False},
        "Occurrence": {"Type": 0 if shape == 1 else 2, "Count": 0 if shape == 1 else 1, "IsDistinct": False},
    }
    group = {"Type": "ALL", "CriteriaList": [rule], "DemographicCriteriaList": [], "Groups": []}
    expression = {
        "ConceptSets": [foreign_set(place, rows) for place, rows in enumerate(concept_sets)],
        "PrimaryCriteria": {
            "CriteriaList": [enter],
            "ObservationWindow": {"PriorDays": 30 * shape, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First" if shape else "All"},
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First" if shape == 1 else "All"},
        "InclusionRules": [{"name": "the other set", "expression": group}],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }
    concepts: dict[str, list[int]] = defaultdict(list)
    for rows, one in zip(concept_sets, domains, strict=True):
        concepts[TABLE_OF[one]] += [int(row["concept_id"]) for row in rows]
    return Definition(f"phenotype_{cohort}", json.dumps(expression)), concepts


def foreign_set(place: int, rows: list[dict]) -> dict:
    items = [
        {
            "concept": {"CONCEPT_ID": int(row["concept_id"])},
            "isExcluded": row["is_excluded"] == "1",
            "includeDescendants": row["include_descendants"] == "1",
            "includeMapped": False,
        }
        for row in rows
    ]
    return {"id": place, "name": str(place), "expression": {"items": items}}


@pytest.mark.skipif(
    not (PHENOTYPES and BUNDLE), reason="THIN_TEST_PHENOTYPES and THIN_TEST_BUNDLE are not set"
)
def test_both_engines_find_the_same_members_by_the_concept_sets_of_the_phenotype_library(
    tmp_path: Path,
) -> None:
    """At least 20 expressions over concept sets that are not ours, on records of their own concepts."""
    load_bundle(Path(BUNDLE), (), tmp_path / "vocabulary", duckdb.connect())
    known = duckdb.sql(
        f"select concept_id, domain_id from '{tmp_path}/vocabulary/concept.parquet'"
    ).fetchall()
    found = foreign(dict(known))
    members = {}
    for name, (definition, concepts) in found.items():
        build = random_cdm(tmp_path / name, concepts, seed=int(name), persons=60, records=8)
        con = open_cdm(build, tmp_path / "vocabulary")
        by_sql = rows_by_sql(definition, con)
        assert rows_by_ibis(definition, con).equals(by_sql), name
        members[name] = by_sql.height
    assert len(members) >= FEWEST_FOREIGN
    assert sum(height > 0 for height in members.values()) >= FEWEST_FOREIGN
