"""What is judged, and what is not: figures need people who fell ill, and people who did not."""

import numpy as np
import pytest

from tests.risks import cases
from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk.evaluate import Results, judge

KEYS = {"site": "lung"}


@pytest.mark.parametrize("ill", [0, 4, 36, 40])
def test_few_of_either_outcome_are_counted_and_no_more(ill: int) -> None:
    results = Results()
    judge(np.linspace(-3, -1, 40), cases(np.arange(40) < ill), KEYS, declared(), results)
    told = {row["metric"]: row["value"] for row in results.rows["evaluation_statistics"]}
    assert told == {
        "populationSize": 40,
        "knownAtHorizon": 40,
        "outcomeCount": ill,
        "observedRisk": pytest.approx(ill / 40),
    }
    assert not any(rows for name, rows in results.rows.items() if name != "evaluation_statistics")


@pytest.mark.parametrize("ill", [5, 35])
def test_enough_of_both_are_judged(ill: int) -> None:
    results = Results()
    those = cases(np.random.default_rng(1).permutation(40) < ill)
    judge(np.linspace(-3, -1, 40), those, KEYS, declared(), results)
    assert "AUROC" in {row["metric"] for row in results.rows["evaluation_statistics"]}
    assert results.rows["calibration_summary"] and results.rows["prediction_distribution"]
