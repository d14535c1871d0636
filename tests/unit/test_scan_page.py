"""The page of a scan shows what rests on enough persons, and nothing that would tell of fewer."""

import datetime as dt
import re

import polars as pl
import pytest

from tests.scans import associations_of, windows_of
from thin_assets.studies.scan.across import pool_countries
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.page import draw_scan
from thin_assets.studies.scan.page_scene import Scene

MONTH = dt.date(2024, 3, 1)


def scene(**countries: dict[str, tuple[int, int]]) -> Scene:
    """Exposed cases and controls by exposure, of each country."""
    found = {code: associations_of(told) for code, told in countries.items()}
    windows = {code: windows_of(sets=23, left_out=4) for code in countries}
    return Scene(MONTH, found, windows, pool_countries(found, MONTH))


def drawn(**countries: dict[str, tuple[int, int]]) -> str:
    return draw_scan(scene(**countries), declared())


def forest_lines(text: str, exposure: str) -> list[str]:
    """Labels of the intervals that stand below an exposure in a forest plot."""
    after = text.split(f'font-weight="600">{exposure}</text>', 1)[1].split('font-weight="600"', 1)[0]
    return re.findall(r"<title>(\w+): [\d.]+ \(", after)


def test_an_exposure_of_enough_persons_is_shown_for_each_country_and_together() -> None:
    text = drawn(GB={"asthma": (20, 60)}, FR={"asthma": (30, 90)})
    assert forest_lines(text, "asthma") == ["FR", "GB", "together"]


def test_an_exposure_of_few_cases_is_nowhere_on_the_page() -> None:
    text = drawn(GB={"asthma": (20, 60), "gout": (4, 60)}, FR={"asthma": (30, 90), "gout": (5, 70)})
    assert "asthma" in text
    assert "gout" not in text
    assert "1 of them kept back" in text


def test_one_country_that_is_kept_back_takes_another_with_it() -> None:
    """Else the pooled estimate less the countries that are shown would tell of the few."""
    text = drawn(GB={"asthma": (4, 60)}, FR={"asthma": (30, 90)}, IT={"asthma": (25, 90)})
    assert forest_lines(text, "asthma") == ["FR", "together"]


def test_counts_of_sets_are_rounded_and_small_ones_kept_back() -> None:
    text = drawn(GB={"asthma": (20, 60)})
    assert ">25<" in text and ">23<" not in text
    assert "&lt;10" in text


def test_a_site_without_tests_has_its_sentence() -> None:
    text = drawn(GB={"asthma": (20, 60)})
    assert "0 exposures tested in any country" in text


def test_the_same_tables_draw_the_same_page() -> None:
    told = {"GB": {"asthma": (20, 60)}, "FR": {"asthma": (30, 90)}}
    assert drawn(**told) == drawn(**told)


def test_no_country_at_all_draws_a_page() -> None:
    assert "Limits" in draw_scan(Scene(MONTH, {}, {}, pool_countries({}, MONTH)), declared())


@pytest.mark.parametrize("direction", [1, -1])
def test_two_countries_of_one_direction_replicate(direction: int) -> None:
    many = {"asthma": (40, 60) if direction > 0 else (12, 300)}
    rows = pool_countries({"GB": associations_of(many), "FR": associations_of(many)}, MONTH)
    row = rows.filter(pl.col("exposure_name") == "asthma").row(0, named=True)
    assert row["is_replicated"] and not row["is_opposed"]
    assert {row["first_country"], row["second_country"]} == {"GB", "FR"}
    assert (row["random_odds_ratio"] > 1) == (direction > 0)


def test_what_one_country_alone_finds_is_not_replicated() -> None:
    found = {"GB": associations_of({"asthma": (40, 60)}), "FR": associations_of({"asthma": (12, 60)})}
    row = pool_countries(found, MONTH).row(0, named=True)
    assert (row["is_replicated"], row["first_country"], row["second_country"]) == (False, "GB", None)


def test_an_exposure_that_one_country_tested_has_no_heterogeneity() -> None:
    found = {"GB": associations_of({"asthma": (40, 60)}), "FR": associations_of({"gout": (40, 60)})}
    rows = pool_countries(found, MONTH)
    assert dict(rows.select("exposure_name", "tested_in").iter_rows()) == {"asthma": "GB", "gout": "FR"}
    assert rows["is_heterogeneous"].to_list() == [None, None]
