"""The report of triple therapy: what it shows, what it keeps back, and that it is there where nobody is."""

import polars as pl
import pytest

from tests.inhalers import drawn, material, monthly, on
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.studies.study import Drawn, Tables
from thin_assets.studies.triple_therapy.cells import cells
from thin_assets.studies.triple_therapy.compute import COHORTS
from thin_assets.studies.triple_therapy.declared import ONE, SEVERAL, declared
from thin_assets.studies.triple_therapy.drawings import by_two
from thin_assets.studies.triple_therapy.page_tables import of_one_year
from thin_assets.studies.triple_therapy.shown import days_of, ended, parts, shown_days
from thin_assets.studies.triple_therapy.study import STUDY

SINGLE, BOTH = COHORTS


def made(one: int, several: int, key: str = "GB|2024-03-01") -> Tables:
    """Users of one device, who stop after 30, 60, 90 ... days, and of several, who all stop after 60."""
    text, entries = [], {SINGLE: {}, BOTH: {}}
    for person in range(1, one + 1):
        text.append(monthly(person, "triple", 0, 1 + person % 12))
        entries[SINGLE][person] = on(0)
    for person in range(one + 1, one + several + 1):
        text += [monthly(person, "ICS+LABA", 0, 2), monthly(person, "LAMA", 0, 2)]
        entries[BOTH][person] = on(0)
    return STUDY.found(material(drawn("\n".join(text)), entries, key=key))


def page_of(tables: Tables, key: str = "GB|2024-03-01") -> Drawn:
    return STUDY.draw(Snapshot.of(key), tables)


@pytest.mark.parametrize("country", COUNTRIES)
def test_where_nobody_is_on_triple_therapy_tables_are_empty_and_the_page_says_so(country: str) -> None:
    key = f"{country}|2024-03-01"
    tables = made(0, 0, key)
    assert tables["triple_therapy_attrition"]["persons"].to_list() == [0, 0, 0]
    assert all(frame.is_empty() for name, frame in tables.items() if not name.endswith("attrition"))
    drawn_page = page_of(tables, key)
    assert "Nobody in these records began triple inhaled therapy" in drawn_page.page
    assert drawn_page.pictures == {}


@pytest.mark.parametrize("users", [1, 9])
def test_few_users_give_tables_and_a_page_that_says_no_more(users: int) -> None:
    tables = made(users, users)
    assert not tables["triple_therapy_estimates"].is_empty()
    assert tables["triple_therapy_hazards"].is_empty()
    assert tables["triple_therapy_cells"].is_empty()
    found = page_of(tables)
    assert "Fewer than 10 persons began" in found.page and "too few to tell more" in found.page
    assert found.pictures == {}
    assert "<svg" not in found.page


def test_an_arm_of_few_beside_one_of_many_is_not_drawn() -> None:
    found = page_of(made(40, 3))
    assert found.pictures["Persistence"].count('stroke-width="2.2"') == 1
    assert "several devices 3" not in found.page
    assert "&lt;10 new users; – at one year" in found.page


def test_the_attrition_does_not_tell_an_arm_of_few() -> None:
    """40 from one device and three from several: not that they are 43."""
    assert ">43<" not in page_of(made(40, 3)).page
    assert ">60<" in page_of(made(40, 20)).page


@pytest.mark.parametrize(("had_ended", "stay", "is_told"), [(10, 10, True), (9, 90, False), (90, 9, False)])
def test_persistence_at_one_year_is_not_told_of_few(had_ended: int, stay: int, *, is_told: bool) -> None:
    """Neither where few have ended by then, nor where few are left."""
    keys = {"arm": ONE, "gap_days": 60}
    days = [{"day": 360, "ended": had_ended, "at_risk": 99}, {"day": 390, "ended": 99, "at_risk": stay}]
    curves = pl.DataFrame([keys | day for day in days])
    estimates = pl.DataFrame([keys | {"measure": "persistence_one_year", "value": 0.5}])
    assert (of_one_year({"curves": curves, "estimates": estimates}, ONE) is not None) == is_told


def test_what_has_ended_is_not_told_where_few_have_not_or_a_gap_makes_a_difference_of_few() -> None:
    assert ended({30: 95, 60: 80, 90: 78}, 100, 60) == {60: 80, 30: None, 90: None}
    assert ended({30: 60, 60: 60, 90: 40}, 100, 60) == {60: 60, 30: 60, 90: 40}


def test_no_trait_is_counted_over_both_arms() -> None:
    """What is kept back of one arm would be the rest."""
    found = page_of(made(120, 60)).page.partition("<caption>Hazard of the end of triple therapy")[2]
    heads = found.partition("</thead>")[0]
    assert ">hazard ratio<" in heads
    assert ">persons<" not in heads


def test_the_page_has_every_part_and_two_pictures() -> None:
    found = page_of(made(120, 60))
    for title in (
        "Persistence",
        "How it ends",
        "From therapy to therapy",
        "Days covered",
        "Who began",
        "Design",
    ):
        assert f"<h2>{title}</h2>" in found.page
    assert list(found.pictures) == ["Persistence", "Pathways"]
    assert "several devices 60" in found.pictures["Pathways"]
    assert page_of(made(120, 60)) == found


def test_small_groups_are_kept_back_and_what_would_tell_them() -> None:
    """Nine of a hundred stop first: the nine are not told, nor the ninety-one."""
    assert parts({("a", 1): 9, ("a", 2): 91, ("b", 1): 50}, lambda key: key[0]) == {
        ("a", 1): None,
        ("a", 2): None,
        ("b", 1): 50,
    }


def test_a_curve_goes_down_once_ten_have_ended_and_stops_before_nine_are_left() -> None:
    curve = made(60, 0)["triple_therapy_curves"].filter(gap_days=60)
    shown = list(shown_days(days_of(curve, "ended", "persistence")))
    told = [step.events for _, step, _ in shown]
    assert told == sorted(told)
    assert all(
        after - before == 0 or after - before >= 10 for before, after in zip(told, told[1:], strict=False)
    )
    assert min(left.at_risk for _, _, left in shown) >= 10
    assert len(shown) < len(curve)


def test_days_covered_are_those_on_which_everything_is_in_supply() -> None:
    """Of 365 days, 60 of several devices for everybody."""
    tables = made(0, 12)
    told = tables["triple_therapy_estimates"].filter(measure="days_covered").row(0, named=True)
    assert told["value"] == pytest.approx(60 / 365)
    assert tables["triple_therapy_adherence"].rows() == [(SEVERAL, "below 20 %", 12)]


def test_published_cells_count_practices_and_begin_with_the_main_analysis() -> None:
    found = made(200, 0)["triple_therapy_cells"]
    assert found["analysis"].unique(maintain_order=True).to_list() == [
        "main",
        "sensitivity_30",
        "sensitivity_90",
    ]
    first = found.row(0, named=True)
    assert (first["arm"], first["day"], first["gap_days"], first["record"]) == (ONE, 0, 60, "prescribed")
    assert (first["persons"], first["persons_practices"], first["persons_of_largest"]) == (200, 5, 40)
    last = found.filter(analysis="main").sort("day").row(-1, named=True)
    assert min(last["at_risk"], last["persons"] - last["ended"]) >= 10


def test_a_curve_that_ends_with_few_has_no_cell_there() -> None:
    """Of twelve, nine end on day 30: three are left, and are not told by what was shown before."""
    curves = pl.DataFrame(
        {
            "arm": [ONE, ONE],
            "gap_days": [60, 60],
            "day": [0, 30],
            "persons": 12,
            "at_risk": [12, 12],
            "ended": [0, 9],
        },
        schema_overrides={"gap_days": pl.Int32, "day": pl.Int32},
    )
    courses = pl.DataFrame(
        {"gap_days": [60] * 12, "arm": ONE, "days": [30] * 12, "ended": True, "practice": 1}
    )
    courses = courses.with_columns(pl.col("gap_days").cast(pl.Int32))
    tables = made(0, 0)
    names = ("triple_therapy_estimates", "triple_therapy_hazards")
    found = cells(curves, *(tables[name] for name in names), courses, "prescribed", declared())
    assert found["day"].to_list() == [0]


def test_a_flow_of_few_hides_one_more_of_its_arm_and_none_of_the_other() -> None:
    """Of one device, three came from nothing: they and the next smallest flow are left out."""
    rows = [
        ("nothing", ONE, 3),
        ("one_class", ONE, 30),
        ("steroid_and_beta_agonist", ONE, 90),
        ("nothing", SEVERAL, 40),
        ("one_class", SEVERAL, 25),
    ]
    frame = pl.DataFrame(rows, schema=["before", "arm", "persons"], orient="row")
    told = by_two(frame, "before", "arm")
    assert [key for key, count in told.items() if count is None] == [("nothing", ONE), ("one_class", ONE)]
