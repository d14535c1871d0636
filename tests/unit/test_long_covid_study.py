"""Who is followed in the study of long COVID, what counts as a symptom, and what its page keeps back."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from tests.long_covid_worlds import World, made
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.aggregates.control import control
from thin_assets.published.declared.product import products
from thin_assets.studies.long_covid.declared import (
    CODED,
    CODED_AND_TEXT,
    COHORT,
    LABEL_COHORT,
    declared,
    symptoms,
)
from thin_assets.studies.long_covid.page_records import people, records
from thin_assets.studies.long_covid.page_symptoms import charts_of, points_of
from thin_assets.studies.long_covid.study import STUDY
from thin_assets.studies.study import Material
from thin_assets.synthetic.coding import codes
from thin_assets.vocabulary import DEMO

MARCH = Snapshot.named("GB", "2024-03")
INDEX = dt.date(2022, 1, 1)
MATCHED = {"set_id": pl.Int64, "person_id": pl.Int64, "index_date": pl.Date, "is_case": pl.Boolean}
COHORT_ROWS = {"subject_id": pl.Int64, "cohort_start_date": pl.Date}

CONCEPTS = """
    concept_id | concept_name        | domain_id
    439926     | Malaise and fatigue | Condition
    4223659    | Fatigue             | Observation
    254761     | Cough               | Condition
    999001     | Dry cough           | Condition
    32858      | NLP                 | Type Concept
"""
ANCESTORS = """
    ancestor_concept_id | descendant_concept_id
    254761              | 999001
"""


def cdm(folder: Path, people: str, conditions: str = "", *, notes: bool = True, **tables: str):
    """A build of people who are observed from 2020 to 2023, and the connection that a study is given."""
    keys = [line.split("|")[0].strip() for line in people.strip().splitlines()[1:]]
    observed = "person_id | observation_period_start_date | observation_period_end_date\n" + "\n".join(
        f"{key} | 2020-01-01 | 2023-12-31" for key in keys
    )
    given = {"person": people, "observation_period": observed, "condition_occurrence": conditions} | tables
    if notes:
        given["note_nlp"] = "note_id\n1"
    vocabulary = write_vocabulary(folder / "vocabulary", CONCEPTS, ANCESTORS)
    return open_cdm(write_cdm(folder / "build", **given), vocabulary)


def sets(*rows: tuple[int, int, bool], index: dt.date = INDEX) -> pl.DataFrame:
    """Matched sets: set, person, infected or not; the index date is later by as many days as the set says."""
    told = [(key, who, index + dt.timedelta(days=key), case) for key, who, case in rows]
    return pl.DataFrame(told, MATCHED, orient="row")


def found(con, matched: pl.DataFrame, labelled: list[tuple[int, dt.date]] = ()) -> dict[str, pl.DataFrame]:
    members = {LABEL_COHORT: pl.DataFrame(list(labelled), COHORT_ROWS, orient="row")}
    return STUDY.found(Material(MARCH, con, members, "tests", {COHORT: matched}))


def cell(tables: dict[str, pl.DataFrame], symptom: str, source: str, exposure: str) -> dict:
    (row,) = tables["long_covid_cells"].filter(symptom=symptom, source=source, exposure=exposure).to_dicts()
    return row


PAIR = """
    person_id | year_of_birth
    1         | 1970
    2         | 1970
"""


def of_pair(folder: Path, conditions: str, **tables: str) -> dict[str, pl.DataFrame]:
    """An infected person (1) and an unexposed one (2), whose index date is 2022-01-01."""
    return found(cdm(folder, PAIR, conditions, **tables), sets((0, 1, True), (0, 2, False)))


@pytest.mark.parametrize(
    "day, events",
    [("2022-03-25", 0), ("2022-03-26", 1), ("2023-01-01", 1), ("2023-01-02", 0)],
    ids=["day 83", "day 84", "day 365", "day 366"],
)
def test_follow_up_is_from_day_84_to_day_365(tmp_path: Path, day: str, events: int) -> None:
    tables = of_pair(
        tmp_path,
        f"""
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        1         | 254761               | {day}                | 32817
        """,
    )
    row = cell(tables, "cough", CODED, "exposed")
    assert (row["persons"], row["events"]) == (1, events)


def test_days_end_with_the_symptom_and_both_ends_count(tmp_path: Path) -> None:
    tables = of_pair(
        tmp_path,
        """
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        1         | 254761               | 2022-03-26           | 32817
        """,
    )
    days = [cell(tables, "cough", CODED, one)["person_years"] * 365.25 for one in ("exposed", "unexposed")]
    assert days == pytest.approx([1, 365 - 84 + 1], abs=0.001)


def test_who_had_it_in_the_year_before_is_not_at_risk_of_it(tmp_path: Path) -> None:
    """The earlier record of person 1 is in text: codes alone do not know of it."""
    tables = of_pair(
        tmp_path,
        """
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        1         | 254761               | 2021-06-01           | 32858
        1         | 254761               | 2022-06-01           | 32817
        2         | 254761               | 2020-06-01           | 32817
        2         | 254761               | 2022-06-01           | 32817
        """,
    )
    assert cell(tables, "cough", CODED, "exposed")["events"] == 1
    assert cell(tables, "cough", CODED_AND_TEXT, "exposed")["persons"] == 0
    assert cell(tables, "cough", CODED_AND_TEXT, "unexposed")["events"] == 1


def test_descendants_and_observations_count_and_a_history_does_not(tmp_path: Path) -> None:
    tables = of_pair(
        tmp_path,
        """
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        1         | 999001               | 2022-06-01           | 32817
        """,
        observation="""
     person_id | observation_concept_id | observation_date | value_as_concept_id | observation_type_concept_id
     1         | 4223659                | 2022-06-02       |                     | 32858
     2         | 1340204                | 2022-06-02       | 254761              | 32858
        """,
    )
    assert cell(tables, "cough", CODED, "exposed")["events"] == 1
    assert cell(tables, "fatigue", CODED, "exposed")["events"] == 0
    assert cell(tables, "fatigue", CODED_AND_TEXT, "exposed")["events"] == 1
    assert cell(tables, "cough", CODED_AND_TEXT, "unexposed")["events"] == 0


def test_a_record_is_a_day_of_a_person_and_stands_in_code_text_or_both(tmp_path: Path) -> None:
    tables = of_pair(
        tmp_path,
        """
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        1         | 254761               | 2022-06-01           | 32817
        1         | 999001               | 2022-06-01           | 32858
        1         | 254761               | 2022-06-02           | 32858
        2         | 254761               | 2022-06-02           | 32858
        2         | 254761               | 2022-06-03           | 32858
        """,
    )
    (row,) = tables["long_covid_sources"].filter(symptom="cough").to_dicts()
    assert (row["coded_only"], row["coded_and_text"], row["text_only"]) == (0, 1, 3)
    assert (row["text_only_share"], row["persons_coded"], row["persons"]) == (0.75, 1, 2)


def test_the_unexposed_are_followed_until_the_day_before_their_own_infection(tmp_path: Path) -> None:
    con = cdm(
        tmp_path,
        """
        person_id | year_of_birth
        1         | 1970
        2         | 1970
        3         | 1970
        """,
        """
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        2         | 254761               | 2022-04-11           | 32817
        """,
    )
    tables = found(con, sets((0, 1, True), (0, 2, False), (100, 2, True), (100, 3, False)))
    row = cell(tables, "cough", CODED, "unexposed")
    assert (row["persons"], row["events"]) == (2, 0)
    assert row["person_years"] * 365.25 == pytest.approx(99 - 84 + 1 + 282, abs=0.001)
    assert cell(tables, "cough", CODED, "exposed")["persons"] == 2


def test_children_are_left_out_and_sets_that_are_no_longer_complete_with_them(tmp_path: Path) -> None:
    con = cdm(
        tmp_path,
        """
        person_id | year_of_birth
        1         | 2004
        2         | 2005
        3         | 2004
        4         | 2004
        5         | 2010
        6         | 2010
        """,
    )
    tables = found(
        con, sets((0, 1, True), (0, 2, False), (1, 3, True), (1, 4, False), (2, 5, True), (2, 6, False))
    )
    assert tables["long_covid_flow"].rows() == [
        ("in matched sets", 3, 3),
        ("adults of complete sets", 1, 1),
        ("followed beyond 12 weeks", 1, 1),
    ]


def test_a_person_is_unexposed_once(tmp_path: Path) -> None:
    con = cdm(
        tmp_path,
        """
        person_id | year_of_birth
        1         | 1970
        2         | 1970
        3         | 1970
        """,
    )
    tables = found(con, sets((0, 1, True), (0, 3, False), (1, 2, True), (1, 3, False)))
    assert tables["long_covid_flow"].row(1) == ("adults of complete sets", 1, 1)


def test_symptoms_of_the_week_before_a_label_are_counted(tmp_path: Path) -> None:
    con = cdm(
        tmp_path,
        PAIR,
        """
        person_id | condition_concept_id | condition_start_date | condition_type_concept_id
        1         | 254761               | 2022-06-01           | 32858
        2         | 254761               | 2022-05-31           | 32817
        """,
    )
    label = dt.date(2022, 6, 8)
    tables = found(
        con, sets((0, 1, True), (0, 2, False)), [(1, label), (2, label), (2, label + dt.timedelta(90))]
    )
    rows = tables["long_covid_before_label"].filter(symptom="cough").to_dicts()
    assert [(row["source"], row["labelled"], row["persons"]) for row in rows] == [
        (CODED, 2, 0),
        (CODED_AND_TEXT, 2, 1),
    ]


def test_without_text_the_study_runs_on_codes_and_says_so() -> None:
    material = made(World(persons=6_000, coded_share=1.0))
    tables = STUDY.found(material)
    assert set(tables["long_covid_cells"]["source"]) == {CODED}
    page = STUDY.draw(material.snapshot, tables).page
    assert "No notes were read for this delivery" in page
    before_the_method, _, _ = page.partition('id="method"')
    assert "with text" not in before_the_method


def test_with_nobody_infected_tables_are_valid_and_the_page_says_so() -> None:
    material = made(World(persons=500, infected=0))
    tables = STUDY.found(material)
    assert tables["long_covid_cells"]["persons"].sum() == 0
    assert tables["long_covid_cells"].height == len(symptoms()) * 4
    assert set(tables["long_covid_hazards"]["outcome"]) == {"too few events"}
    drawn = STUDY.draw(material.snapshot, tables)
    assert "Nobody is followed beyond twelve weeks after COVID-19" in drawn.page
    assert drawn.pictures == {}


def test_the_same_build_gives_the_same_tables_and_page() -> None:
    first, again = (STUDY.found(made(World(persons=6_000))) for _ in range(2))
    assert all(frame.equals(again[name]) for name, frame in first.items())
    assert STUDY.draw(MARCH, first) == STUDY.draw(MARCH, again)


def test_few_events_are_on_no_page_and_neither_is_a_ratio_that_rests_on_them() -> None:
    """Nine unexposed with the symptom: the number is kept back, and the hazard ratio with it."""
    tables = STUDY.found(made(World(persons=6_000)))
    changed = tables["long_covid_hazards"].with_columns(
        events_unexposed=pl.when(symptom="fatigue").then(9).otherwise("events_unexposed"),
        hazard_ratio=pl.when(symptom="fatigue").then(7.77).otherwise("hazard_ratio"),
    )
    drawn = STUDY.draw(MARCH, tables | {"long_covid_hazards": changed})
    assert "7.77" not in drawn.page
    assert "7.77" not in "".join(drawn.pictures.values())


@pytest.mark.parametrize("coded, lines", [(300, 4), (395, 3)])
def test_a_curve_by_codes_is_left_out_where_few_lie_between_it_and_that_with_text(coded, lines) -> None:
    rows = [
        ("fatigue", source, exposure, 365, 500, count, 0.5)
        for exposure, counts in {"exposed": (coded, 400), "unexposed": (20, 200)}.items()
        for source, count in zip((CODED, CODED_AND_TEXT), counts, strict=True)
    ]
    names = ["symptom", "source", "exposure", "day", "at_risk", "events", "share"]
    ((name, curves),) = charts_of(pl.DataFrame(rows, names, orient="row"))
    assert name == "Fatigue"
    assert ("infected, coded" in curves) == (lines == 4)
    assert "unexposed, coded" in curves


def test_a_curve_rises_once_ten_have_had_the_symptom_and_ends_before_nine_are_followed() -> None:
    """Between days 112 and 140 three fell ill, which the curve does not tell."""
    course = [(83, 500, 0, 0.0), (112, 400, 12, 0.03), (140, 300, 15, 0.04), (168, 9, 40, 0.9)]
    rows = [("fatigue", CODED, "exposed", *day) for day in course]
    names = ["symptom", "source", "exposure", "day", "at_risk", "events", "share"]
    assert list(points_of(pl.DataFrame(rows, names, orient="row"))) == [
        (83.0, None),
        (112.0, 3.0),
        (140.0, 3.0),
    ]


def test_the_flow_does_not_tell_the_few_who_leave_before_twelve_weeks() -> None:
    """495 of 500 stay, and are what the traits add up to: the 500 are kept back."""
    baseline = pl.DataFrame(
        {"trait": ["persons"], "exposed": [495], "unexposed": [900], "difference": [None]}
    )
    flow = pl.DataFrame({"step": ["a", "b", "c"], "exposed": [600, 500, 495], "unexposed": [990, 950, 900]})
    page = str(people(flow, baseline))
    assert ">495<" in page
    assert ">500<" not in page


@pytest.mark.parametrize(
    ("coded", "persons", "told"), [(20, 30, [44, 55, 66]), (3, 30, [66]), (3, 9, []), (0, 9, [])]
)
def test_many_records_of_few_persons_are_not_told(coded: int, persons: int, told: list[int]) -> None:
    names = ("symptom", "coded_only", "coded_and_text", "text_only", "persons_coded", "persons")
    row = dict(zip(names, ("fatigue", 44, 55, 66, coded, persons), strict=True))
    page = str(records(pl.DataFrame([row]), has_text=True))
    assert [number for number in (44, 55, 66) if f">{number}<" in page] == told


def test_every_symptom_has_a_concept_that_codes_map_to_and_no_concept_stands_for_two() -> None:
    concepts = declared("symptoms")
    assert concepts["concept_id"].n_unique() == concepts.height
    demo = pl.read_csv(DEMO / "CONCEPT.csv", separator="\t", quote_char=None, infer_schema=False)
    known = set(demo.filter(standard_concept="S")["concept_id"].cast(pl.Int64))
    coded = {int(one) for cell in codes("diagnoses")["concept_id"] for one in (cell or "0").split(";")}
    for (symptom,), rows in concepts.group_by("symptom"):
        assert set(rows["concept_id"]) & known & coded, symptom
    conditions = declared("conditions")
    assert set(conditions["concept_id"]) <= known


def test_what_is_published_shows_no_few_and_no_hazard_ratio_beside_them() -> None:
    tables = STUDY.found(made(World(persons=20_000, seed=5)))
    exact = tables["long_covid_cells"]
    shown = control(exact, products()["long_covid_symptoms"]).rows
    key = ["symptom", "source", "exposure"]
    both = exact.join(shown, on=key, suffix="_shown")
    assert both.height == exact.height
    few = both.filter(pl.col("events").is_between(1, 9))
    assert few.height > 0
    assert few["events_shown"].null_count() == few.height
    told = both.filter(pl.col("hazard_ratio_shown").is_not_null())
    assert set(told.filter(exposure="unexposed")["hazard_ratio_shown"]) == {1.0}
    assert told.filter(exposure="exposed").height >= 4
    assert not told["is_suppressed"].any()
    assert (told["hazard_ratio_shown"] - told["hazard_ratio"]).abs().max() < 0.006
    other = exact.filter(exposure="unexposed").select("symptom", "source", unexposed="events")
    assert told.join(other, on=["symptom", "source"])["unexposed"].min() >= 10


@pytest.mark.parametrize(("whole", "told"), [(23, 20), (20, 20), (60, 60)])
def test_what_is_published_does_not_tell_the_few_whom_text_alone_adds(whole: int, told: int) -> None:
    """20 by codes, and 23 by codes and text."""
    counts = {"persons": 500, "person_years": 100.0, "persons_practices": 5, "persons_of_largest": 100}
    spread = {"events_practices": 5, "events_of_largest": 5}
    rows = [
        {"symptom": "fatigue", "source": source, "exposure": exposure, "events": events}
        | {"hazard_ratio": 2.0, "hazard_ratio_lower": 1.5, "hazard_ratio_upper": 3.0}
        | counts
        | spread
        for source, events in ((CODED, 20), (CODED_AND_TEXT, whole))
        for exposure in ("exposed", "unexposed")
    ]
    shown = control(pl.DataFrame(rows), products()["long_covid_symptoms"]).rows
    assert shown.filter(source=CODED_AND_TEXT)["events"].to_list() == [told] * 2
