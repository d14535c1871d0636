"""Analyses as declared: what is refused, what comes of them, and what a page may show of it."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from tests.incidence_worlds import Person, entries, record
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.published.declared.product import products
from thin_assets.studies.incidence_prevalence.declared import TENS, Analyses, Denominator, ours, read_analyses
from thin_assets.studies.incidence_prevalence.denominator import contribute
from thin_assets.studies.incidence_prevalence.periods import periods_of, points_of
from thin_assets.studies.incidence_prevalence.shown import ALL, apart, told
from thin_assets.studies.incidence_prevalence.study import incidence_prevalence
from thin_assets.studies.registered import studies
from thin_assets.studies.study import Material

GB = Snapshot.of("GB|2024-03-01")
YEARS = (dt.date(2017, 1, 1), dt.date(2021, 12, 31))

TWO = """
title: Two definitions of a disease
denominators:
  everybody: {}
  members: {target: wide}
incidence:
  first: {outcomes: [wide, narrow], denominator: everybody}
  again: {outcomes: [wide], denominator: everybody, interval: overall, outcome_washout: 30,
  repeated_events: true}
  inside: {outcomes: [narrow], denominator: members, interval: overall, outcome_washout: 0}
prevalence:
  on_new_year: {outcomes: [wide], denominator: everybody}
  all_year: {outcomes: [wide], denominator: everybody, type: period, full_contribution: true}
"""


def declared(folder: Path, text: str = TWO) -> Analyses:
    path = folder / "mine.yaml"
    path.write_text(text)
    return read_analyses(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("denominator: members", "denominator: nobody", "no such denominator: nobody"),
        ("outcome_washout: 30", "outcome_washout: -1", "outcome_washout"),
        ("interval: overall", "interval: weeks", "interval"),
        ("everybody: {}", "everybody: {age_group: [[0, 20], [20, 40]]}", "do not overlap"),
        ("type: period", "type: point, interval: overall", "a point prevalence"),
        ("on_new_year:", "first:", "two analyses are called first"),
        ("repeated_events: true", "repeat: true", "repeat"),
        ("outcomes: [wide, narrow]", "outcomes: [wide, wide]", "named twice: wide"),
        ("everybody: {}", "everybody: {sex: []}", "sex"),
        ("title:", "title: [", "expected"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_and_where(tmp_path, old, new, told) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        declared(tmp_path, TWO.replace(old, new, 1))
    assert "mine.yaml" in str(refused.value.where)


def test_a_file_in_ones_own_folder_is_a_study(tmp_path: Path) -> None:
    declared(tmp_path)
    mine = {study.name: study for study in studies(tmp_path)}["mine"]
    assert mine.title == "Two definitions of a disease"
    assert list(mine.tables) == ["mine_incidence", "mine_prevalence", "mine_standardised", "mine_trend"]
    assert mine.cohorts == ("narrow", "wide")


def test_what_the_project_declares_can_be_published() -> None:
    """An event is a person there, a year is a period, and bands are those of the products."""
    analyses = ours()
    assert {one.interval for one in (*analyses.incidence.values(), *analyses.prevalence.values())} == {
        "years"
    }
    assert not any(one.repeated_events for one in analyses.incidence.values())
    for one in analyses.denominators.values():
        assert one.age_group == TENS
        for product in ("incidence", "prevalence"):
            (ages,) = (one for one in products()[product].disclosure.dimensions if one.name == "age_band")
            assert tuple(one.bands) == ages.values


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """400 women and men of 60, observed for five years; 40 fall ill each year, 3 of whom only widely so."""
    people, wide, narrow = [], [], []
    for number in range(400):
        people.append(Person(dt.date(1958, 1, 1), ("female", "male")[number % 2], number % 4, (YEARS,)))
        if number < 200:
            day = dt.date(2017 + number // 40, 7, 2)
            wide.append((number, (day, YEARS[1])))
            if number % 40 >= 3:
                narrow.append((number, (day, YEARS[1])))
    told = declared(tmp_path_factory.mktemp("own"))
    study = incidence_prevalence("mine", told)
    members = {"wide": entries(wide), "narrow": entries(narrow)}
    tables = study.found(Material(GB, record(people), members, "studies/mine"))
    return tables | {"page": pl.DataFrame({"html": [study.draw(GB, tables).page]})}


def row(rows: pl.DataFrame, **keys: str) -> dict:
    keys = {"sex": ALL, "age_band": ALL} | keys
    return rows.filter(**keys).row(0, named=True)


def test_every_analysis_has_its_rows(found) -> None:
    first = row(found["mine_incidence"], analysis="first", outcome="wide", period="2018")
    assert (first["denominator_count"], first["outcome_count"]) == (360, 40)
    assert first["person_days"] == 320 * 365 + 40 * 183
    years = first["person_days"] / 365.25
    assert first["incidence_100000_pys"] == pytest.approx(1e5 * 40 / years)
    whole = row(found["mine_incidence"], analysis="first", outcome="wide", period="all")
    assert (whole["denominator_count"], whole["outcome_count"]) == (400, 200)
    inside = row(found["mine_incidence"], analysis="inside", outcome="narrow", period="overall")
    assert (inside["denominator_count"], inside["outcome_count"]) == (200, 185)


def test_practices_are_counted_for_disclosure_control(found) -> None:
    cell = row(found["mine_incidence"], analysis="first", outcome="wide", period="2018")
    assert (cell["denominator_practices"], cell["denominator_of_largest"]) == (4, 90)
    assert (cell["outcome_practices"], cell["outcome_of_largest"]) == (4, 10)


def test_prevalence_is_told_for_days_and_for_years(found) -> None:
    rows = found["mine_prevalence"]
    day = row(rows, analysis="on_new_year", outcome="wide", period="2019")
    assert (day["denominator_count"], day["outcome_count"], day["prevalence"]) == (400, 80, 0.2)
    assert row(rows, analysis="all_year", outcome="wide", period="2019")["outcome_count"] == 120


def test_nobody_of_other_ages_leaves_no_standardised_rate(found) -> None:
    assert found["mine_standardised"]["estimate"].is_null().all()
    assert found["mine_incidence"]["standardisation"].is_null().all()


def test_two_definitions_that_differ_by_few_are_not_both_shown(found) -> None:
    """40 and 37 a year: the second is hidden, by year and in every part; together they differ by 15."""
    rows = found["mine_incidence"].filter(analysis="first")
    wide, narrow = apart(
        [
            told(rows.filter(outcome=name), "incidence_100000_pys", periods_add_up=True)
            for name in ("wide", "narrow")
        ]
    )
    assert [wide.events(str(year)) for year in range(2017, 2022)] == [40] * 5
    assert [narrow.events(str(year)) for year in range(2017, 2022)] == [None] * 5
    assert narrow.estimate("2018") is None
    assert (wide.events(ALL), narrow.events(ALL)) == (200, 185)


def test_the_page_tells_the_rules_and_the_numbers(found) -> None:
    page = found["page"].item()
    assert "washout of 30 days; events repeated" in page
    assert "in the cohort wide" in page
    assert ">37<" not in page
    assert ">40<" in page


def test_an_outcome_of_two_analyses_has_the_pictures_of_both(found, tmp_path: Path) -> None:
    study = incidence_prevalence("mine", declared(tmp_path))
    titles = list(study.draw(GB, {name: found[name] for name in study.tables}).pictures)
    assert {title.partition(": ")[0] for title in titles if "per 100,000 persons" in title} == {
        "On new year",
        "All year",
    }


@pytest.mark.parametrize(("month", "day"), [(13, None), (0, 1), (2, 30)])
def test_who_was_born_on_no_day_of_the_calendar_is_born_on_new_year(month: int, day: int | None) -> None:
    """Few such records pass the checks of a build, and one must not keep a country from its study."""
    con = record([Person(dt.date(1958, 1, 1), "female", 1, (YEARS,))])
    con.execute("update cdm.person set month_of_birth = ?, day_of_birth = ?", [month, day])
    assert contribute(con, Denominator()) == YEARS
    assert con.sql("select born from contribution").fetchall() == [(dt.date(1958, 1, 1),)]


def test_a_world_without_people_has_tables_and_a_page(tmp_path: Path) -> None:
    study = incidence_prevalence("mine", declared(tmp_path))
    nobody = {name: entries([]) for name in study.cohorts}
    tables = study.found(Material(GB, record([]), nobody, "studies/mine"))
    assert tables["mine_incidence"]["denominator_count"].to_list() == [0, 0, 0, 0]
    assert tables["mine_prevalence"].is_empty()
    assert tables["mine_trend"]["rate_ratio_per_year"].is_null().all()
    assert "too few for a chart" in study.draw(GB, tables).page


def test_few_events_are_hidden_and_the_year_that_would_give_them_away() -> None:
    """4 of 34 in 2018: hidden, and so is the smaller of the two other years."""
    events = {"2017": 20, "2018": 4, "2019": 10, ALL: 34}
    rows = pl.DataFrame(
        [(period, ALL, ALL, 400, count, 1.0, 0.5, 2.0) for period, count in events.items()],
        schema=["period", "sex", "age_band", "denominator_count", "outcome_count", "r"]
        + ["r_95ci_lower", "r_95ci_upper"],
        orient="row",
    )
    shown = told(rows, "r", periods_add_up=True)
    assert {period: shown.events(period) for period in events} == {
        "2017": 20,
        "2018": None,
        "2019": None,
        ALL: 34,
    }
    by_itself = told(rows, "r", periods_add_up=False)
    assert by_itself.events("2019") == 10


def judged(*rows: tuple, periods_add_up: bool = False, total: str = ALL):
    """Rows of period, sex, band of age, persons and events, as a page may show them."""
    names = ["period", "sex", "age_band", "denominator_count", "outcome_count"]
    ends = ["r", "r_95ci_lower", "r_95ci_upper"]
    frame = pl.DataFrame([(*row, 1.0, 0.5, 2.0) for row in rows], schema=names + ends, orient="row")
    return told(frame, "r", periods_add_up=periods_add_up, total=total)


@pytest.mark.parametrize("periods_add_up", [False, True])
def test_few_persons_are_hidden_and_those_of_the_other_sex_that_would_tell_them(periods_add_up) -> None:
    """Five men among 35 of 90 and more."""
    persons = {"all": 35, "female": 30, "male": 5}
    rows = [(ALL, sex, "90+", count, 0) for sex, count in persons.items()]
    shown = judged(*rows, periods_add_up=periods_add_up)
    assert [shown.persons(ALL, sex, "90+") for sex in persons] == [35, None, None]


def test_what_is_hidden_does_not_hang_on_the_order_of_a_set() -> None:
    bands = [f"{age}-{age + 9}" for age in range(0, 90, 10)]
    shown = judged(*((ALL, sex, band, 40, 20) for band in (ALL, *bands) for sex in (ALL, "female", "male")))
    bands_of_sums = [total[2] for total, parts in shown.sums if parts[0][2] == total[2]]
    assert bands_of_sums == sorted([ALL, *bands])


def test_persons_of_two_analyses_that_differ_by_few_are_not_both_shown() -> None:
    """Of 400, 396 were at risk of one disease and 380 of another: four had the first before."""
    everybody = judged(("2020", ALL, ALL, 400, 50), total="2021")
    one, other = (judged(("2020", ALL, ALL, at_risk, 50), periods_add_up=True) for at_risk in (396, 380))
    one, other = apart([one, other], [everybody])
    assert (one.persons("2020"), other.persons("2020")) == (None, 380)
    assert one.events("2020") == 50


def test_the_file_that_the_how_to_writes_has_tables_and_a_page(tmp_path: Path) -> None:
    """Its ages begin at 18, within a band of the standard: no rate is standardised."""
    text = Path("docs/how-to/count-incidence-and-prevalence.md").read_text(encoding="utf-8")
    told = declared(tmp_path, text.partition("```yaml\n")[2].partition("```")[0])
    people = [Person(dt.date(1958, 1, 1), "female", number % 4, (YEARS,)) for number in range(40)]
    members = {"lung_cancer": entries([(number, (dt.date(2019, 7, 2), YEARS[1])) for number in range(20)])}
    study = incidence_prevalence("mine", told)
    tables = study.found(Material(GB, record(people), members, "studies/mine"))
    assert tables["mine_incidence"]["outcome_count"].max() == 20
    assert tables["mine_standardised"]["estimate"].is_null().all()
    assert "Lung cancer in adults" in study.draw(GB, tables).page


@pytest.mark.parametrize(
    ("interval", "names"),
    [
        ("years", ["2019"]),
        ("quarters", ["2018-Q4", "2019-Q1", "2019-Q2", "2019-Q3", "2019-Q4"]),
        ("overall", ["overall"]),
    ],
)
def test_complete_intervals_lie_within_the_days_of_the_denominator(interval, names) -> None:
    found = periods_of(interval, dt.date(2018, 9, 2), dt.date(2020, 3, 30), complete=True)
    assert [one.name for one in found] == names


@pytest.mark.parametrize(
    ("interval", "point", "days"),
    [
        ("years", "middle", ["2019-07-01"]),
        ("quarters", "middle", ["2019-05-15", "2019-08-15"]),
        ("months", "end", ["2019-04-30", "2019-05-31", "2019-06-30", "2019-07-31", "2019-08-31"]),
        ("quarters", "start", ["2019-07-01"]),
    ],
)
def test_points_are_days_of_the_calendar(interval, point, days) -> None:
    found = points_of(interval, point, dt.date(2019, 4, 2), dt.date(2019, 9, 15))
    assert [one.start.isoformat() for one in found] == days
