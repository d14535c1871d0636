"""What passed is drawn beside covariates, by dose and by year, where enough persons are behind it."""

import datetime as dt
import re

import polars as pl

from tests.scans import associations_of, windows_of
from thin_assets.studies.scan.across import pool_countries
from thin_assets.studies.scan.contract_again import AdjustedAssociation, DoseResponse, OnsetYear
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.page import draw_scan
from thin_assets.studies.scan.page_scene import Scene

MONTH = dt.date(2024, 3, 1)
Told = dict[str, dict[str, tuple[int, int]]]
USUAL = {"GB": {"asthma": (40, 60)}, "FR": {"asthma": (42, 70)}}


def about(rows: pl.DataFrame, name: str) -> dict:
    row = rows.row(by_predicate=pl.col("exposure_name") == name, named=True)
    return {
        key: row[key] for key in ("scan", "exposure_id", "exposure_kind", "exposure_code", "exposure_name")
    }


def frame(contract, rows: list[dict]) -> pl.DataFrame:
    names = list(contract.to_schema().columns)
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], infer_schema_length=None)


def adjusted(told: dict, ratio: float | None = 1.37) -> dict:
    ends = {"lower": ratio and ratio * 0.8, "upper": ratio and ratio * 1.25, "p_value": ratio and 0.012}
    return (
        told | {"window": "1-10", "adjusted_for": "smoking, visits", "sets": 100, "odds_ratio": ratio} | ends
    )


def doses(told: dict, *exposed: tuple[int, int]) -> list[dict]:
    return [
        told
        | {"window": "1-10", "dose_class": place, "days": days, "odds_ratio": 1.5 * place, "lower": 1.1}
        | {
            "exposed_cases": cases,
            "exposed_controls": controls,
            "upper": 9.0,
            "trend_z": 3.0,
            "trend_p": 0.003,
        }
        for place, (days, (cases, controls)) in enumerate(
            zip(("1", "2-4", "5+"), exposed, strict=True), start=1
        )
    ]


def years(told: dict, *exposed: tuple[int, int]) -> list[dict]:
    return [
        told
        | {"year": year, "cases": 100, "controls": 500, "exposed_cases": cases, "exposed_controls": controls}
        for year, (cases, controls) in enumerate(exposed, start=1)
    ]


def drawn(told: Told = USUAL, make=None) -> str:
    """`make` gives adjusted, doses and onset rows of an exposure of a country."""
    found = {code: associations_of(counts) for code, counts in told.items()}
    tables = {code: ([], [], []) for code in told}
    for code, counts in told.items():
        for name in counts if make else ():
            for table, rows in zip(tables[code], make(about(found[code], name)), strict=True):
                table.extend(rows)
    contracts = (AdjustedAssociation, DoseResponse, OnsetYear)
    looked = [
        {code: frame(contract, parts[place]) for code, parts in tables.items() if parts[place]}
        for place, contract in enumerate(contracts)
    ]
    windows = {code: windows_of(sets=100) for code in told}
    return draw_scan(Scene(MONTH, found, windows, pool_countries(found, MONTH), *looked), declared())


def labels(text: str, of: str) -> list[str]:
    """Labels of the intervals of one forest plot."""
    part = text.split(f"<title>{of}")[1].split("</svg>")[0]
    return re.findall(r"<title>([^<]+?): [\d.]+ \(", part)


def test_an_adjusted_estimate_stands_beside_the_one_that_was_scanned() -> None:
    text = drawn(make=lambda told: ([adjusted(told)], [], []))
    assert labels(text, "Adjusted") == ["FR", "FR adjusted", "GB", "GB adjusted"]
    assert "1.37 (1.10 to 1.71)" in text and "smoking, visits" in text


def test_a_country_that_is_kept_back_is_kept_back_there_too() -> None:
    told = {"GB": {"asthma": (5, 80)}, "FR": {"asthma": (42, 70)}, "IT": {"asthma": (44, 90)}}
    text = drawn(told, make=lambda told: ([adjusted(told)], [], []))
    assert labels(text, "Adjusted") == ["IT", "IT adjusted"]


def test_a_model_without_an_estimate_is_not_drawn() -> None:
    text = drawn(make=lambda told: ([adjusted(told, None)], [], []))
    assert "Adjusted, lung" not in text
    assert "none is looked at again" in text


def test_classes_of_a_dose_are_drawn_where_enough_persons_are_in_them() -> None:
    text = drawn(make=lambda told: ([], doses(told, (20, 60), (4, 60), (15, 40)), []))
    assert labels(text, "Dose") == ["FR 1", "FR 5+", "GB 1", "GB 5+"]
    assert "3.0e-03" in text and "2-4" not in text


def curve(text: str) -> str:
    return text.split("<title>asthma, lung cancer</title>")[1].split("</svg>")[0]


def test_years_are_counted_over_countries_and_left_open_where_few_are() -> None:
    """Ten exposed cases of two countries together are enough; nine are not."""
    text = drawn(make=lambda told: ([], [], years(told, (30, 50), (20, 50), (4, 50), (5, 50))))
    shares = re.findall(r'<th scope="row" class="number">(\d+)</th><td class="number">([^<]+)</td>', text)
    assert shares[:4] == [("1", "30.0"), ("2", "20.0"), ("3", "–"), ("4", "5.0")]
    assert curve(text).count("<circle") == 1  # the fourth year, alone between gaps
    assert "FR, GB" in text


def test_an_exposure_whose_cases_are_few_in_every_year_has_no_curve() -> None:
    text = drawn(make=lambda told: ([], [], years(told, (2, 50), (1, 50))))
    assert "asthma, by year before" not in text


def test_nothing_passed_is_said() -> None:
    assert "none is looked at again" in drawn()


def test_the_page_says_what_negative_controls_told() -> None:
    found = {"GB": associations_of({"asthma": (40, 60)})}
    windows = windows_of(sets=100, controls_tested=6).with_columns(
        null_mean=pl.lit(0.123), null_sd=pl.lit(0.456)
    )
    text = draw_scan(Scene(MONTH, found, {"GB": windows}, pool_countries(found, MONTH)), declared())
    assert ">0.12<" in text and ">0.46<" in text


def test_the_same_tables_draw_the_same_page() -> None:
    def make(told: dict) -> tuple:
        return [adjusted(told)], doses(told, (20, 60), (14, 60), (15, 40)), years(told, (30, 50), (20, 50))

    assert drawn(make=make) == drawn(make=make)
