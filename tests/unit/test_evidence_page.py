"""The profile page: what stands out is told, small counts are not, the same profiles give the same page."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from tests.readings import MONTHS, MONTHS_BEFORE, Counts, monthly, observed, reading
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.comparison import Change, changes
from thin_assets.evidence.page import concepts_in, draw_profile
from thin_assets.evidence.profile import build_profile
from thin_assets.evidence.reading import Reading
from thin_assets.evidence.sections.activity import monthly_rate, yearly_rate
from thin_assets.evidence.sections.concepts import combinations
from thin_assets.evidence.sections.people import pyramid_cells
from thin_assets.evidence.sections.scene import FEMALE, MALE

DRUGS, CONDITIONS = "drug_exposure", "condition_occurrence"
NAMES = {317009: "Asthma", 255573: "COPD", 3004410: "HbA1c", 8554: "percent", 9202: "Outpatient Visit"}


class Cells(HTMLParser):
    """The text of every cell of numbers, of every large figure, and of every mark of a chart."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        of_numbers = tag == "dd" or (tag == "td" and ("class", "number") in attrs)
        of_a_mark = tag == "title" and self.inside[-1] in {"rect", "circle"}
        self.inside.append("cell" if of_numbers or of_a_mark else tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] == "cell":
            self.found.append(data)


def abroad(profile: Reading) -> Reading:
    """The same numbers, as if another country had them."""
    return replace(profile, snapshot=Snapshot.named("FR", "2024-03"))


def kinds(now: Counts, before: Counts, medians_now: dict | None = None, medians_before: dict | None = None):
    found = changes(reading(now, medians_now), reading(before, medians_before, month="2024-02"))
    return [(change.kind, change.concept_id or change.table) for change in found]


def test_a_full_extract_that_loses_records_stands_out() -> None:
    assert kinds({(9000, DRUGS): 980}, {(9000, DRUGS): 1000}) == [("loss", DRUGS)]
    assert kinds({(9000, DRUGS): 995}, {(9000, DRUGS): 1000}) == []


def test_a_table_that_grows_by_more_than_a_tenth_stands_out() -> None:
    assert kinds({(9000, DRUGS): 1200}, {(9000, DRUGS): 1000}) == [("growth", DRUGS)]


def test_concepts_that_appear_or_vanish_stand_out_when_enough_persons_have_them() -> None:
    now, before = {(400, 1): 30, (400, 2): 29, (400, 0): 500}, {(400, 3): 30, (400, 4): 29}
    assert kinds(now, before) == [("vanished", 3), ("new", 1)]


def test_a_concept_whose_persons_jump_stands_out() -> None:
    assert kinds({(700, 1): 91, (700, 2): 89}, {(700, 1): 60, (700, 2): 60}) == [("jump", 1)]
    assert kinds({(700, 1): 29}, {(700, 1): 90}) == []  # too few to say


def test_a_rising_share_of_unmapped_records_stands_out() -> None:
    before = {(9000, CONDITIONS): 1000, (9004, CONDITIONS, 202401): 20}
    now = {(9000, CONDITIONS): 1000, (9004, CONDITIONS, 202401): 31}
    assert kinds(now, before) == [("unmapped", CONDITIONS)]
    assert kinds(before, now) == []


def test_a_last_month_with_half_of_the_usual_records_stands_out() -> None:
    usual = observed(MONTHS, 1000) | monthly(9003, DRUGS, MONTHS_BEFORE, 400)
    assert kinds(usual | {(9003, DRUGS, 202403): 199}, {}) == [("volume", DRUGS)]
    assert kinds(usual | {(9003, DRUGS, 202403): 201}, {}) == []


def test_a_median_that_moves_by_a_tenth_stands_out() -> None:
    key, known = (1815, 3004410, 8554), {(9008, 3004410, 8554): 30}
    assert kinds(known, known, {key: 48.0}, {key: 40.0}) == [("shift", 3004410)]
    assert kinds(known, known, {key: 43.0}, {key: 40.0}) == []
    few = {(9008, 3004410, 8554): 29}
    assert kinds(few, known, {key: 48.0}, {key: 40.0}) == []


def test_the_gravest_changes_come_first() -> None:
    now = {(400, 1): 30, (9000, DRUGS): 500}
    assert [kind for kind, _ in kinds(now, {(9000, DRUGS): 1000})] == ["loss", "new"]


def test_rates_need_enough_persons_and_enough_records() -> None:
    """Months with fewer than 30 persons are left out; fewer than 10 records leave a gap."""
    now = reading(
        observed(MONTHS, 1000)
        | {(117, 202112): 29, (9007, 202112): 290}
        | monthly(9003, DRUGS, [202112, *MONTHS], 100)
        | {(9003, DRUGS, 202403): 9}
    )
    rates = monthly_rate(now, DRUGS)
    assert 202112 not in rates
    assert rates[202403] is None
    assert rates[202402] == pytest.approx(100 / (30_000 / 365.25))
    assert yearly_rate(now, DRUGS)[2022] == pytest.approx(1200 / (360_000 / 365.25))


def test_a_group_of_the_pyramid_that_its_total_would_tell_is_kept_back() -> None:
    """One small group alone could be computed from the total of its sex: a second one is hidden with it."""
    big = {(11, 2024 - age, FEMALE): 100 for age in range(2, 95, 5)}
    whole = pyramid_cells(reading(big))
    assert {whole[FEMALE, "0-4"], whole[FEMALE, "90+"]} == {100}
    assert {count for (sex, _), count in whole.items() if sex == MALE} == {None}
    small = pyramid_cells(reading(big | {(11, 2022, FEMALE): 3}))
    hidden = [band for (sex, band), count in small.items() if sex == FEMALE and count is None]
    assert len(hidden) == 2
    assert "0-4" in hidden


def test_rare_combinations_of_tables_are_not_told_by_the_total() -> None:
    counts = {(9006, f"{DRUGS}+{CONDITIONS}"): 500, (9006, DRUGS): 40, (9006, CONDITIONS): 4}
    shown, left = combinations(reading(counts))
    assert shown == [(frozenset({"Drug", "Condition"}), 500)]
    assert left == 44


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """Everything that nine persons can have: no number of theirs may be seen."""
    folder = tmp_path_factory.mktemp("tiny")
    nine = range(1, 10)
    people = "person_id | year_of_birth | gender_concept_id\n" + "\n".join(
        f"{n} | {1950 + n} | {8507 if n < 4 else 8532}" for n in nine
    )
    build = write_cdm(
        folder / "build",
        person=people,
        observation_period="person_id|observation_period_start_date|observation_period_end_date\n"
        + "\n".join(f"{n}|2020-01-01|2024-03-31" for n in nine),
        condition_occurrence="person_id | condition_concept_id | condition_start_date\n"
        + "\n".join(f"{n} | 317009 | 2024-0{n % 3 + 1}-11" for n in nine),
        measurement="person_id|measurement_concept_id|measurement_date|value_as_number|unit_concept_id\n"
        + "\n".join(f"{n}|3004410|2024-01-11|{40 + n}|8554" for n in nine),
        visit_occurrence="person_id | visit_concept_id | visit_start_date | visit_end_date\n"
        + "\n".join(f"{n} | 9202 | 2024-01-11 | 2024-01-11" for n in nine),
        death="person_id | death_date\n1 | 2024-03-31",
    )
    with open_cdm(build, write_vocabulary(folder / "vocabulary")) as con:
        found = build_profile(con, where="test")
    return Reading(Snapshot.named("GB", "2024-03"), "b1", "demo", found.results, found.distributions)


def test_no_count_of_one_to_nine_is_shown_anywhere(tiny: Reading) -> None:
    cells = Cells()
    cells.feed(draw_profile(tiny, tiny, [abroad(tiny)], NAMES))
    assert "<10" in cells.found
    shown = {text.strip() for text in cells.found}
    assert {text for text in shown if re.search(r"[1-9]", text)} - NO_COUNTS == set()


NO_COUNTS = {"<10", "27", "100.0 %"}
"""What may be seen of a tiny build: that it holds 27 records, all of them mapped."""


@pytest.fixture(scope="module")
def rich() -> Reading:
    return reading(
        observed(MONTHS, 2000)
        | {(2, MALE): 990, (2, FEMALE): 1010, (9000, DRUGS): 20_000, (9001, DRUGS): 1500}
        | {(400, 317009): 300, (400, 255573): 7, (401, 317009): 900, (201, 9202): 5000, (200, 9202): 1900}
        | monthly(9003, DRUGS, MONTHS, 700)
        | monthly(202, "9202", MONTHS, 400)
        | {(9006, DRUGS): 1500, (9006,): 500, (9008, 3004410, 8554): 90},
        {(105,): 900.0, (1815, 3004410, 8554): 48.0, (103,): 40.0},
    )


def test_the_page_names_the_builds_that_it_compares(rich: Reading) -> None:
    before, france = reading({(1,): 1900}, month="2024-02"), reading({(1,): 100}, country="FR")
    text = draw_profile(rich, before, [france], NAMES)
    for build in ("build-of-gb-2024-03", "build-of-gb-2024-02", "build-of-fr-2024-03"):
        assert f"<code>{build}</code>" in text
    assert "+5.3 % since last month" in text
    assert '<th scope="col" class="number">France</th>' in text


def test_without_a_month_before_and_other_countries_the_page_says_so(rich: Reading) -> None:
    text = draw_profile(rich, None, [], NAMES)
    assert "The month before is not built here" in text
    assert "No other country of this month is built yet" in text


def test_a_profile_of_nothing_is_a_page_too() -> None:
    nothing = reading({(1,): 0})
    assert "Profile of France, March 2024" in draw_profile(
        reading({(1,): 0}, country="FR"), nothing, [nothing], {}
    )


def test_names_of_concepts_cannot_break_the_page(rich: Reading) -> None:
    text = draw_profile(rich, rich, [], NAMES | {317009: "<script>alert(1)</script>"})
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_concept_that_the_vocabulary_does_not_know_shows_its_number(rich: Reading) -> None:
    assert "concept 317009" in draw_profile(rich, None, [], {})


def test_the_concepts_whose_names_are_needed_are_listed_in_order(rich: Reading) -> None:
    assert concepts_in([rich]) == sorted([8507, 8532, 9202, 255573, 317009, 3004410, 8554])


def test_the_same_profiles_give_the_same_page(rich: Reading) -> None:
    assert draw_profile(rich, rich, [abroad(rich)], NAMES) == draw_profile(rich, rich, [abroad(rich)], NAMES)


def test_every_entry_of_the_contents_leads_to_a_section(rich: Reading) -> None:
    text = draw_profile(rich, rich, [abroad(rich)], NAMES)
    links, places = re.findall(r'href="#(\w+)"', text), re.findall(r'<section id="(\w+)"', text)
    assert links == places
    assert len(places) == len(set(places)) == 13


def test_a_change_says_where_and_how_much(rich: Reading) -> None:
    before = reading({(400, 317009): 100, (9000, DRUGS): 21_000}, month="2024-02")
    text = draw_profile(rich, before, [], NAMES)
    assert re.search(r"records lost</span></th><td>Drug</td><td class=\"number\">21,000</td>", text)
    assert re.search(r"persons jumped</span></th><td>Condition: Asthma</td>", text)
    assert Change("loss", DRUGS, None, 21_000, 20_000) in changes(rich, before)


def test_where_a_page_lies_is_one_place(tmp_path: Path) -> None:
    from thin_assets.evidence.profile_assets import page_path
    from thin_assets.resources.lake import Lake

    lake = Lake(home=str(tmp_path))
    path = page_path(lake, Snapshot.named("GB", "2024-03"))
    assert path.relative_to(lake.root).as_posix() == (
        "evidence/profile_page/country=GB/snapshot=2024-03-01/index.html"
    )
