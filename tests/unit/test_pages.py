"""Pages: text is escaped, small counts are kept back, charts say what they show."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, Tile, figure, page, tiles
from thin_assets.pages.markup import Html, join, tag
from thin_assets.pages.scale import Scale, ticks
from thin_assets.pages.tables import bar, columns, flag, table

SVG_VALUES = {
    "lines": charts.lines("Visits", {"now": [(0, 1), (1, None), (2, 5)]}, labels={0: "2020"}, unit="visits"),
    "histogram": charts.histogram("Ages", {"0": 3, "10": None, "20": 7}, unit="persons"),
    "pyramid": charts.pyramid("Persons", [("0-4", 10, None), ("5-9", 12, 15)], sides=("women", "men")),
    "heat": charts.heat("Density", {"drug": [1.0, None, 0.0]}, ["2019", "2020", "2021"], unit="records"),
    "spread": charts.spread(1, 2, 3, 4, 5, within=(0, 6), before=2.5, title="glucose"),
    "upset": charts.upset("Together", ["a", "b"], [(frozenset("ab"), 20), (frozenset(), 3)], unit="persons"),
}


def test_text_is_escaped_and_markup_is_not() -> None:
    assert tag("td", "a<b & c", Html("<b>d</b>")) == "<td>a&lt;b &amp; c<b>d</b></td>"
    assert tag("a", "x", title='say "no"') == '<a title="say &quot;no&quot;">x</a>'
    assert join(["<", None, ["&"]]) == "&lt;&amp;"


@pytest.mark.parametrize("value", range(1, 10))
def test_a_count_of_one_to_nine_is_shown_nowhere(value: int) -> None:
    assert figures.count(value) == "<10"
    assert figures.percent(value, 1000) == figures.per_thousand(value, 1000) == figures.NOTHING
    assert figures.change(100, value) == figures.change(value, 100) == figures.NOTHING


def test_ten_is_shown_and_nothing_is_zero() -> None:
    assert (figures.count(10), figures.count(0), figures.percent(10, 1000)) == ("10", "0", "1.0 %")


def test_a_change_that_rounds_to_nothing_has_no_direction() -> None:
    assert figures.change(100_001, 100_000) == figures.change(99_999, 100_000) == "±0.0 %"


def test_round_numbers_stand_on_an_axis_and_never_beyond_it() -> None:
    for high in (1, 3.7, 10, 99, 12345, 0.02):
        found = ticks(0, high)
        assert found[0] == 0
        assert 2 <= len(found) <= 8
        assert found[-1] <= high


def test_a_scale_of_one_value_puts_it_in_the_middle() -> None:
    assert Scale(5, 5, 0, 10)(5) == 5


@pytest.mark.parametrize("name", SVG_VALUES)
def test_a_chart_is_well_formed_and_says_what_it_shows(name: str) -> None:
    root = ElementTree.fromstring(SVG_VALUES[name])
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.find("title").text
    assert root.find("desc").text


@pytest.mark.parametrize("name", SVG_VALUES)
def test_no_mark_stands_outside_its_chart(name: str) -> None:
    root = ElementTree.fromstring(SVG_VALUES[name])
    _, _, width, height = map(float, root.get("viewBox").split())
    for mark in root.iter("rect"):
        assert float(mark.get("width")) >= 0
        assert 0 <= float(mark.get("x")) <= float(mark.get("x")) + float(mark.get("width")) <= width
        assert 0 <= float(mark.get("y")) <= float(mark.get("y")) + float(mark.get("height")) <= height


def test_a_missing_value_leaves_a_gap_in_a_line() -> None:
    path = ElementTree.fromstring(SVG_VALUES["lines"]).find("path").get("d")
    assert re.sub(r"[\d. ]", "", path) == "MM"


def test_a_point_between_gaps_is_seen_though_no_line_leads_to_it() -> None:
    assert len(ElementTree.fromstring(SVG_VALUES["lines"]).findall("circle")) == 2


def test_a_table_has_headings_of_columns_and_rows() -> None:
    drawn = ElementTree.fromstring(table(columns("table", "#records"), [("drug", "5")], "Records"))
    assert [head.get("scope") for head in drawn.iter("th")] == ["col", "col", "row"]
    assert drawn.find("table/caption").text == "Records"


def test_a_bar_never_leaves_its_cell() -> None:
    assert "width:100.0%" in bar(1.7)
    assert "width:0.0%" in bar(-1)


def test_a_page_holds_everything_it_needs() -> None:
    body = figure("Records", SVG_VALUES["lines"], numbers=table(columns("a"), [("b",)], "c"))
    sections = [Section("one", "One", body), Section("two", "Two", body)]
    text = page("T & U", "lead", sections, kicker="test", foot=flag("new"))
    assert "<title>T &amp; U</title>" in text
    assert 'href="#one"' in text
    assert 'id="one"' in text
    assert not re.search(r"<script|<link|@import|url\(|src=", text)
    assert tiles([Tile("persons", "5")]) in page("a", tiles([Tile("persons", "5")]), [], kicker="b")


def test_a_page_of_one_section_has_no_contents() -> None:
    assert "<nav" not in page(
        "T", "lead", [Section("one", "One", table(columns("a"), [], "c"))], kicker="test"
    )


def test_a_site_puts_its_menu_above_and_its_scripts_in_the_head() -> None:
    script = tag("script", "", src="own.js", defer="defer")
    text = page("T", "lead", [], kicker="test", head=script, above=tag("nav", "menu"))
    assert text.index(script) < text.index("</head>") < text.index("<nav>menu</nav>") < text.index("<header>")
