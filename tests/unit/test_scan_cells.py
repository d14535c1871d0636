"""What may be published of a scan: everybody's exposures, tested or not, and what control makes of them."""

import math

import polars as pl
import pytest

from tests.scans import found_of
from thin_assets.published.aggregates.control import control
from thin_assets.published.declared.product import products
from thin_assets.studies.scan.associations import Found
from thin_assets.studies.scan.cells import cells_of
from thin_assets.studies.scan.declared import declared

PRODUCT = products()["association_scan"]
ICD10 = "condition_icd10"


def persons_of(found: Found, names: pl.DataFrame, told: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """As `count_persons`: cases and controls of ten practices with each exposure, in the lagged window."""
    ids = dict(names.select("exposure_name", "exposure_id").iter_rows())
    rows = [
        ("1-10", ids[name], side, count, min(count, 10), -(-count // 10))
        for name, counts in told.items()
        for side, count in zip((True, False), counts, strict=True)
        if count
    ]
    names = ["window", "exposure_id", "is_case", "persons", "practices", "of_largest"]
    return pl.DataFrame(rows, schema=names, orient="row")


def cells(told: dict[str, tuple[int, int]], kind: str = ICD10) -> pl.DataFrame:
    found, names = found_of(told, kind)
    return cells_of(found, persons_of(found, names, told), names, declared())


TOLD = {"asthma": (20, 60), "gout": (40, 150), "rare": (2, 3), "of controls": (0, 50)}


def cell(rows: pl.DataFrame, name: str) -> dict:
    return rows.row(by_predicate=pl.col("exposure_name") == name, named=True)


def test_an_odds_ratio_is_the_ratio_of_persons_times_what_matching_makes_of_it() -> None:
    found, _ = found_of(TOLD, ICD10)
    exact, row = cell(found.rows, "gout"), cell(cells(TOLD), "gout")
    assert row["matching"] * 40 / 150 == pytest.approx(exact["odds_ratio"])
    assert row["spread"] * math.sqrt(1 / 40 + 1 / 150) == pytest.approx(exact["standard_error"])


def test_what_was_not_tested_is_there_without_an_estimate() -> None:
    """So that what is absent counts nobody, and numbers of a month are compared with those of the next."""
    row = cell(cells(TOLD), "rare")
    assert (row["exposed_cases"], row["exposed_controls"]) == (2, 3)
    assert (row["matching"], row["spread"]) == (None, None)


def test_what_no_case_has_is_there_without_an_estimate() -> None:
    row = cell(cells(TOLD), "of controls")
    assert (row["exposed_cases"], row["cases_practices"], row["matching"]) == (0, 0, None)


def test_kinds_that_another_holds_are_not_published() -> None:
    assert cells(TOLD, "condition").is_empty()


@pytest.mark.parametrize(
    ("tested", "told"), [(0, 0), (3, 3), (99, 99), (101, 110), (1234, 1300), (1300, 1300)]
)
def test_tests_are_told_to_two_digits(tested: int, told: int) -> None:
    found, names = found_of(TOLD, ICD10)
    windows = found.windows.with_columns(tested=pl.lit(tested, pl.Int64))
    rows = cells_of(Found(found.rows, windows), persons_of(found, names, TOLD), names, declared())
    assert set(rows["tests"]) == {told}


def test_the_product_shows_enough_persons_and_an_odds_ratio_near_the_exact_one() -> None:
    exact, shown = found_of(TOLD, ICD10)[0].rows, control(cells(TOLD), PRODUCT).rows
    assert sorted(shown["exposure_name"]) == ["asthma", "gout", "of controls"]
    for name in ("asthma", "gout"):
        row, whole = cell(shown, name), cell(exact, name)
        assert abs(math.log(row["odds_ratio"] / whole["odds_ratio"])) < whole["standard_error"] / 2
        assert row["odds_ratio_lower"] < row["odds_ratio"] < row["odds_ratio_upper"]
        assert 0 <= row["minus_log10_p_corrected"] < row["minus_log10_p"]
        assert row["minus_log10_p"] == pytest.approx(whole["minus_log10_p"], rel=0.35, abs=0.3)
    assert cell(shown, "of controls")["odds_ratio"] is None


def test_the_rows_keep_the_contract_of_the_product() -> None:
    rows = control(cells(TOLD), PRODUCT).rows
    schema = {
        name: dtype for name, dtype in PRODUCT.schema.items() if name not in ("country", "snapshot", "build")
    }
    assert dict(rows.schema) == schema
