"""The benchmark of the scan counts what it says it counts."""

import numpy as np
import polars as pl

from benchmarks.association_scan import Scale, exposed, measure, pattern_table, reduced

SMALL = Scale(people=3_000, exposures=6, windows=2)


def test_patterns_account_for_every_set_of_every_exposure() -> None:
    table, _ = pattern_table(SMALL)
    per_test = table.group_by("exposure_id", "window").agg(pl.col("sets").sum())
    assert per_test["sets"].to_list() == [500] * SMALL.tests


def test_a_reduction_is_a_count_of_members() -> None:
    members = np.array([[1, 0, 0, 0, 0, 1], [0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]], dtype=bool)
    found = reduced(members)
    assert found.tolist() == [[1, 0], [0, 0], [1, 1], [0, 0], [0, 0], [0, 0], [0, 0]]
    np.testing.assert_array_equal(exposed(SMALL, 3), exposed(SMALL, 3))


def test_full_fits_of_the_same_members_agree_and_the_ratio_is_told() -> None:
    told = measure(SMALL, sample=2)
    assert float(told["greatest difference"]) < 1e-6
    assert float(told["full fit / estimating"].replace(",", "")) > 1
