"""The same patterns give the same bytes, in whatever order an engine groups them."""

import numpy as np
import polars as pl

from thin_assets.studies.scan.associations import associations
from thin_assets.studies.scan.counting import PATTERN, Patterns
from thin_assets.studies.scan.declared import NegativeControl, declared


def test_the_order_of_rows_changes_no_bit() -> None:
    """Nor that in which an engine groups: sums of the negative controls would else differ in the last bit."""
    rng = np.random.default_rng(1)
    rows = [
        (number * 1000 + 951, one.name, 6, 1, case, int(sets))
        for number in range(1, 60)
        for one in declared().windows
        for case, sets in zip((True, False), rng.integers(5, 40, 2), strict=True)
    ]
    patterns = pl.DataFrame(rows, schema=PATTERN, orient="row")
    names = pl.DataFrame({"exposure_id": patterns["exposure_id"].unique().sort()}).with_columns(
        exposure_kind=pl.lit("condition"),
        exposure_code=pl.lit("c"),
        exposure_name=pl.lit("n"),
        chapter=pl.lit("Blood"),
    )
    totals = pl.DataFrame(
        [(one.name, 200, 200, 1000, 0) for one in declared().windows],
        schema=["window", "sets", "cases", "controls", "left_out"],
        orient="row",
    )
    controls = tuple(NegativeControl(kind="condition", concept=number) for number in range(1, 41))
    scan = declared().scans[0].model_copy(update={"negative_controls": controls})
    found = [
        associations(
            Patterns(patterns.sample(fraction=1, shuffle=True, seed=seed), totals),
            names.sample(fraction=1, shuffle=True, seed=seed),
            scan,
            declared(),
        )
        for seed in range(8)
    ]
    assert found[0].rows["calibrated_p"].is_not_null().all()
    for other in found[1:]:
        assert other.rows.equals(found[0].rows) and other.windows.equals(found[0].windows)
