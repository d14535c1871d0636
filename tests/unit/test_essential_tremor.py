"""What goes with a tremor and what is given for it, on records that can be counted by hand; and the page."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from tests.incidence_worlds import entries
from thin_assets.disclosure.poisson import exact_interval
from thin_assets.domain.snapshot import Snapshot
from thin_assets.studies.essential_tremor.concepts import listed
from thin_assets.studies.essential_tremor.contract import Comorbidity
from thin_assets.studies.essential_tremor.scene import (
    BROAD,
    DEFINITIONS,
    RECORDED,
    shown_comorbidities,
    shown_first_lines,
)
from thin_assets.studies.essential_tremor.study import STUDY, compute
from thin_assets.studies.incidence_prevalence.study import STUDY as ENGINE
from thin_assets.studies.study import Material
from thin_assets.vocabulary import DEMO

GB = Snapshot.of("GB|2024-03-01")
DEPRESSION, UNDER_DEPRESSION, PROPRANOLOL, TABLET, PRIMIDONE = 440383, 990001, 1353766, 990002, 751347


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """Ten women born in 1950, observed from 2015 to 2021; the first four have tremor since 2018-03-01."""
    persons = "\n".join(f"{number} | 1950 | 8532" for number in range(1, 11))
    observed = "\n".join(f"{number} | 2015-01-01 | 2021-12-31" for number in range(1, 11))
    build = write_cdm(
        tmp_path / "build",
        person=f"person_id | year_of_birth | gender_concept_id\n{persons}",
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + observed,
        condition_occurrence=f"""
            person_id | condition_concept_id | condition_start_date
            1         | {DEPRESSION}         | 2016-05-01
            1         | {DEPRESSION}         | 2019-05-01
            2         | {UNDER_DEPRESSION}   | 2018-02-28
            3         | {DEPRESSION}         | 2018-03-01
            5         | {DEPRESSION}         | 2018-06-30
            6         | {DEPRESSION}         | 2018-07-01
        """,
        drug_exposure=f"""
            person_id | drug_concept_id | drug_exposure_start_date
            1         | {TABLET}        | 2018-03-01
            1         | {PRIMIDONE}     | 2018-06-01
            2         | {PROPRANOLOL}   | 2017-01-01
            2         | {PRIMIDONE}     | 2018-06-01
            3         | {PROPRANOLOL}   | 2018-05-01
            3         | {PRIMIDONE}     | 2018-05-01
            4         | {PROPRANOLOL}   | 2019-03-02
        """,
    )
    words = write_vocabulary(
        tmp_path / "vocabulary",
        concepts=f"""
            concept_id         | concept_name | domain_id
            {DEPRESSION}       | Depressive   | Condition
            {UNDER_DEPRESSION} | Severe       | Condition
            {PROPRANOLOL}      | propranolol  | Drug
            {TABLET}           | tablet       | Drug
            {PRIMIDONE}        | primidone    | Drug
        """,
        ancestors=f"""
            ancestor_concept_id | descendant_concept_id
            {DEPRESSION}        | {UNDER_DEPRESSION}
            {PROPRANOLOL}       | {TABLET}
        """,
    )
    return open_cdm(build, words)


def material(con: duckdb.DuckDBPyConnection, broad: pl.DataFrame) -> Material:
    nobody = entries([])
    return Material(GB, con, {name: broad if name == BROAD else nobody for name in DEFINITIONS}, "studies")


@pytest.fixture
def tables(con: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    days = pl.date(2018, 3, 1), pl.date(2021, 12, 31)
    broad = pl.DataFrame({"subject_id": [1, 2, 3, 4]}).select(
        "subject_id", cohort_start_date=days[0], cohort_end_date=days[1]
    )
    return STUDY.found(material(con, broad))


def test_what_was_recorded_before_is_held_against_everybody_of_the_same_age(tables) -> None:
    """Two of four before 1 March; of all ten, four before 1 July: 1.6 of four would be expected."""
    row = (
        tables["essential_tremor_comorbidity"]
        .filter(outcome=BROAD, condition="depression")
        .row(0, named=True)
    )
    assert (row["members"], row["outcome_count"]) == (4, 2)
    assert row["expected"] == pytest.approx(4 * 4 / 10)
    assert row["ratio"] == pytest.approx(2 / 1.6)
    assert row["ratio_95ci_upper"] == pytest.approx(exact_interval(2)[1] / 1.6)


def test_every_condition_has_a_row_for_every_definition(tables) -> None:
    rows = tables["essential_tremor_comorbidity"]
    assert rows.height == len(DEFINITIONS) * listed("comorbidities").height
    absent = rows.filter(outcome=BROAD, condition="stroke").row(0, named=True)
    assert (absent["outcome_count"], absent["expected"], absent["ratio"]) == (0, 0, None)


def test_the_first_drug_within_a_year_counts_unless_one_was_given_before(tables) -> None:
    """A tablet of propranolol on the day; primidone before; both on one day; a day too late."""
    rows = tables["essential_tremor_first_line"].filter(outcome=BROAD)
    counts = {name: count for name, count in rows.select("treatment", "outcome_count").iter_rows() if count}
    assert counts == {"propranolol": 1, "treated_before": 1, "several_on_one_day": 1, "none_within_a_year": 1}
    assert set(rows["members"]) == {4}


def test_who_is_not_observed_for_a_year_after_is_not_told_of(con) -> None:
    late = pl.DataFrame({"subject_id": [1, 2]}).select(
        "subject_id", cohort_start_date=pl.date(2021, 1, 1), cohort_end_date=pl.date(2021, 12, 31)
    )
    found = compute(material(con, late))["essential_tremor_first_line"]
    assert found["members"].sum() == 0


def test_every_concept_that_the_study_names_is_in_the_vocabulary() -> None:
    known = pl.read_csv(DEMO / "CONCEPT.csv", separator="\t", infer_schema=False, quote_char=None)
    standard = set(known.filter(pl.col("standard_concept") == "S")["concept_id"].cast(pl.Int64))
    for name in ("comorbidities", "first_lines"):
        assert set(listed(name).explode("concept_ids")["concept_ids"]) <= standard


def conditions(*rows: tuple[str, int, int]) -> pl.DataFrame:
    told = [(BROAD, name, members, count, 10.0, count / 10, 0.1, 9.0) for name, members, count in rows]
    return pl.DataFrame(told, schema=list(Comorbidity.to_schema().columns), orient="row")


def test_a_condition_of_few_or_of_nearly_all_is_not_shown() -> None:
    rows = conditions(
        ("asthma", 100, 9), ("depression", 100, 30), ("hypertension", 100, 95), ("stroke", 100, 0)
    )
    shown = {one.title: one.count for one in shown_comorbidities(rows)}
    assert shown == {"Depressive disorder": 30, "Asthma": None, "Hypertension": None, "Stroke": None}


def test_of_treatments_no_number_is_told_that_the_others_would_give_away() -> None:
    counts = {"propranolol": 40, "primidone": 4, "none_within_a_year": 30, "gabapentin": 12}
    rows = pl.DataFrame(
        {"treatment": list(counts), "members": [86] * 4, "outcome_count": list(counts.values())}
    )
    others = pl.DataFrame({"treatment": ["topiramate", "treated_before", "several_on_one_day"]}).with_columns(
        members=pl.lit(86, pl.Int64), outcome_count=pl.lit(0, pl.Int64)
    )
    members, told = shown_first_lines(pl.concat([rows, others]))
    assert members == 86
    assert dict(told)["Primidone"] is None
    assert dict(told)["Gabapentin"] is None
    assert dict(told)["Propranolol"] == 40


def test_of_fewer_than_ten_members_no_treatment_is_told(tables) -> None:
    assert shown_first_lines(tables["essential_tremor_first_line"].filter(outcome=BROAD)) == (0, [])


def test_nobody_with_a_tremor_has_a_page_that_says_so(con) -> None:
    nobody = {name: entries([]) for name in (*ENGINE.cohorts, *DEFINITIONS, RECORDED)}
    engine = ENGINE.found(Material(GB, con, nobody, "studies"))
    found = STUDY.found(Material(GB, con, nobody, "studies", earlier=engine))
    drawn = STUDY.draw(GB, engine | found)
    assert "Too few cases for a chart" in drawn.page
    assert drawn.pictures == {}
