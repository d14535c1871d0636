"""What published scans found is found again in lives where it was planted, by the declared designs."""

import polars as pl
import pytest

from benchmarks.scan_published import recovered
from thin_assets.cohorts.matching import matchings
from thin_assets.studies.scan.declared import Scans, declared
from thin_assets.synthetic.effects import planted

SEED = 12


def scan_of(name: str):
    return next(one for one in declared().scans if one.name == name)


def test_alzheimers_disease_is_scanned_as_it_was_published() -> None:
    """One control of the same sex and age; the last two years, and the eight before them."""
    matching = matchings()["alzheimers_disease"]
    assert (matching.controls, matching.birth_years) == (1, 1)
    windows = {one.name: (one.from_days, one.to_days) for one in scan_of("alzheimers_disease").windows}
    assert windows == {"0-2": (1, 730), "2-10": (731, 3652)}


def test_multiple_sclerosis_is_scanned_as_it_was_published() -> None:
    """Three controls born within five years, who were observed for two years; five years before."""
    matching = matchings()["multiple_sclerosis"]
    assert (matching.controls, matching.birth_years, matching.prior_days) == (3, 5, 730)
    windows = {one.name: (one.from_days, one.to_days) for one in scan_of("multiple_sclerosis").windows}
    assert windows["0-5"] == (1, 1826)


def test_a_scan_with_windows_of_its_own_has_no_others() -> None:
    told = declared()
    for scan in told.scans:
        own = told.of(scan)
        assert own.windows == (scan.windows or told.windows)
        assert own.lagged_window in {one.name for one in own.windows}
        assert own.kinds == told.kinds


def test_the_lagged_window_of_a_scan_is_one_of_its_own() -> None:
    changed = declared().model_dump()
    scan = next(one for one in changed["scans"] if one["name"] == "multiple_sclerosis")
    scan["lagged_window"] = "1-10"
    with pytest.raises(ValueError, match="none of its own windows"):
        Scans.model_validate(changed)


def test_published_windows_of_a_scan_do_not_overlap() -> None:
    for scan in declared().scans:
        windows = declared().of(scan).windows
        shown = sorted((one.from_days, one.to_days) for one in windows if one.published)
        assert all(end < start for (_, end), (start, _) in zip(shown, shown[1:], strict=False))


@pytest.mark.long
def test_what_went_before_alzheimers_disease_is_found_with_its_odds_ratios() -> None:
    """Ten exposures, planted with other strengths in the United Kingdom than elsewhere."""
    found = pl.concat(recovered("alzheimer", country, 60_000, SEED) for country in ("GB", "FR"))
    assert found.height == len(planted(["alzheimer"], "GB")) * 2
    assert found["sets"].min() > 300
    assert found["holds"].mean() >= 0.9
    memory = found.filter(pl.col("exposure") == "memory_loss")
    assert memory["lower"].min() > 1.5


@pytest.mark.long
def test_what_went_before_multiple_sclerosis_is_found_with_its_odds_ratios() -> None:
    """The disease is rare and the effects are small: intervals are wide, and hold them."""
    found = recovered("multiple_sclerosis", "GB", 150_000, SEED)
    assert found.height >= 3
    assert found["holds"].mean() >= 0.9
