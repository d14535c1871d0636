"""Step curves and Sankey drawings: what stands where."""

import re

import pytest

from thin_assets.pages.flow import Flow, sankey
from thin_assets.pages.steps import Step, steps


def drawn_steps(**told) -> str:
    series = {"one": [Step(0, 1.0, 1.0, 1.0), Step(30, 0.5, 0.4, 0.6)], "two": [Step(0, 1.0)]}
    return steps("A curve", series, labels={0.0: "0", 60.0: "60"}, unit="days", **told)


def test_a_curve_stays_level_until_the_next_step() -> None:
    """From day 0 to 30 at the top, then straight down to a half."""
    path = re.search(r'<path d="(M[^"]+)" fill="none" stroke="#0072b2"', drawn_steps())[1]
    points = [tuple(map(float, one.split())) for one in re.split("[ML]", path) if one]
    assert [y for _, y in points] == pytest.approx([32, 32, 132])
    assert points[1][0] == points[2][0]


def test_a_band_is_drawn_where_there_are_ends_and_nowhere_else() -> None:
    assert drawn_steps().count('fill-opacity="0.16"') == 1


def test_numbers_stand_below_and_names_above() -> None:
    found = drawn_steps(below={"one": {0.0: "120", 60.0: "80"}}, mark=0.5)
    assert ">120<" in found and ">80<" in found and ">one<" in found and "followed" in found
    assert "followed" not in drawn_steps()


def test_no_curve_at_all_is_still_a_drawing() -> None:
    assert steps("Empty", {"one": []}, labels={}, unit="days").startswith("<svg")


FLOWS = [
    Flow(0, "a", "x", 30, "x"),
    Flow(0, "b", "x", 10, "x"),
    Flow(1, "x", "end", 40, "x"),
]
ORDER = [["a", "b", "absent"], ["x"], ["end"]]


def boxes(markup: str) -> list[tuple[float, float]]:
    found = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="10" height="([\d.]+)"', markup)
    return [(float(x), float(height)) for x, height in found]


def test_boxes_are_as_tall_as_what_goes_through_them() -> None:
    first, second, middle, last = (
        height for _, height in boxes(sankey("A", ["1", "2", "3"], ORDER, FLOWS, unit="u"))
    )
    assert first == pytest.approx(3 * second, abs=0.02)
    assert middle == pytest.approx(first + second, abs=0.02) == last


def test_what_no_flow_touches_is_left_out_and_every_flow_is_drawn() -> None:
    markup = sankey("A", ["1", "2", "3"], ORDER, FLOWS, unit="u")
    assert "absent" not in markup
    assert markup.count('fill-opacity="0.42"') == len(FLOWS)
    assert "a → x: 30" in markup


def test_nothing_stands_outside_the_drawing() -> None:
    markup = sankey("A", ["1", "2", "3"], ORDER, FLOWS, unit="u")
    wide, tall = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', markup).groups())
    for x, y, width, height in re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', markup
    ):
        assert float(x) + float(width) <= wide and float(y) + float(height) <= tall


def test_no_flow_at_all_is_still_a_drawing() -> None:
    assert sankey("A", ["1"], [["a"], ["b"]], [], unit="u").startswith("<svg")
