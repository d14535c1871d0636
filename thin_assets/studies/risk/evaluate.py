"""Judge a model on entries that did not teach it: the rows of every table of results."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from thin_assets.studies.risk.calibration import (
    INTERCEPT,
    INTERCEPT_AND_SLOPE,
    NONE,
    distances,
    in_the_large,
    recalibrated,
    slope,
)
from thin_assets.studies.risk.decisions import thresholds, top_share
from thin_assets.studies.risk.declared import Models
from thin_assets.studies.risk.discrimination import Estimate, auroc, average_precision, concordance
from thin_assets.studies.risk.groups import by_groups, practice_spread
from thin_assets.studies.risk.problems import Cases

TENTHS = 10
PERCENTILES = (5, 25, 50, 75, 95)

Row = dict[str, Any]


@dataclass
class Results:
    """Rows of the tables of `contract.py`, by table; what several evaluations add goes together."""

    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {
            name: []
            for name in (
                "evaluation_statistics",
                "calibration_summary",
                "threshold_summary",
                "demographic_summary",
                "prediction_distribution",
            )
        }
    )

    def add(self, table: str, keys: Mapping[str, Any], rows: Iterator[Row]) -> None:
        """Add rows of one evaluation to a table."""
        self.rows[table].extend({**keys, **row} for row in rows)


def judge(
    log_odds: np.ndarray, cases: Cases, keys: Mapping[str, Any], told: Models, results: Results
) -> None:
    """Add what is to be said of scores: before and after recalibration.

    log_odds    of the risk, an entry each
    keys        model, country and evaluation
    """
    few = cases.where(cases.weight > 0).of_rarer < told.fewest_judged
    results.add("evaluation_statistics", keys | {"recalibration": NONE}, _counts(cases))
    if few:
        return
    risk = _risk(log_odds)
    results.add("evaluation_statistics", keys | {"recalibration": NONE}, _discrimination(risk, cases))
    results.add("evaluation_statistics", keys | {"recalibration": NONE}, practice_spread(risk, cases))
    results.add("demographic_summary", keys, by_groups(risk, cases, told))
    results.add("prediction_distribution", keys, _distribution(risk, cases))
    for how in (NONE, INTERCEPT, INTERCEPT_AND_SLOPE):
        again = recalibrated(log_odds, cases, how)
        if again is not None:
            _judge_level(again, cases, {**keys, "recalibration": how}, told, results)


def _judge_level(
    log_odds: np.ndarray, cases: Cases, keys: Mapping[str, Any], told: Models, results: Results
) -> None:
    """What recalibration changes: calibration, the loss, and decisions."""
    risk = _risk(log_odds)
    results.add("evaluation_statistics", keys, _calibration(log_odds, risk, cases))
    results.add("calibration_summary", keys, _tenths(risk, cases))
    results.add("threshold_summary", keys, _decisions(risk, cases, told))


def _risk(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _metric(name: str, found: Estimate | float | None) -> Row:
    """A row of `evaluation_statistics`."""
    one = found if isinstance(found, Estimate) else Estimate(None if found is None else float(found))
    return {"metric": name, "value": one.value, "lower": one.lower, "upper": one.upper}


def _counts(cases: Cases) -> Iterator[Row]:
    known = cases.where(cases.weight > 0)
    yield _metric("populationSize", len(cases))
    yield _metric("knownAtHorizon", len(known))
    yield _metric("outcomeCount", known.events)
    yield _metric("observedRisk", observed(cases))


def observed(cases: Cases) -> float | None:
    """Risk within the horizon as it came, weighted for those who left observation."""
    total = cases.weight.sum()
    return float(cases.weight[cases.happened].sum() / total) if total else None


def _discrimination(risk: np.ndarray, cases: Cases) -> Iterator[Row]:
    yield _metric("AUROC", auroc(risk, cases))
    yield _metric("AUPRC", average_precision(risk, cases))
    yield _metric("CIndex", concordance(risk, cases))


def _calibration(log_odds: np.ndarray, risk: np.ndarray, cases: Cases) -> Iterator[Row]:
    mean, came = float(np.average(risk, weights=cases.weight)), observed(cases)
    yield _metric("meanPredictedRisk", mean)
    yield _metric("observedOverExpected", came / mean)
    yield _metric("calibrationInLarge", in_the_large(log_odds, cases))
    yield _metric("calibrationSlope", slope(log_odds, cases))
    yield from (_metric(name, value) for name, value in distances(log_odds, cases).items())
    brier = float(np.average((risk - cases.happened) ** 2, weights=cases.weight))
    yield _metric("BrierScore", brier)
    yield _metric("BrierScaled", 1 - brier / (came * (1 - came)))


def _tenths(risk: np.ndarray, cases: Cases) -> Iterator[Row]:
    """Entries in ten parts of equal size by score; of equal scores all in one part."""
    edges = np.unique(np.quantile(risk, np.arange(1, TENTHS) / TENTHS))
    part = np.searchsorted(edges, risk, side="left")
    for number in np.unique(part):
        inside = cases.where(part == number)
        if not inside.weight.sum():
            continue
        mine = risk[part == number]
        yield {
            "tenth": int(number) + 1,
            "entries": len(inside),
            "events": int((inside.happened & (inside.weight > 0)).sum()),
            "mean_risk": float(np.average(mine, weights=inside.weight)),
            "observed_risk": observed(inside),
        }


def _decisions(risk: np.ndarray, cases: Cases, told: Models) -> Iterator[Row]:
    for share in told.top_shares:
        yield {"chosen_by": "share", "at": share, **asdict(top_share(risk, cases, share))}
    for value, found in zip(told.thresholds, thresholds(risk, cases, told.thresholds), strict=True):
        yield {"chosen_by": "risk", "at": value, **asdict(found)}


def _distribution(risk: np.ndarray, cases: Cases) -> Iterator[Row]:
    """Scores of those with and without the event; percentiles, for extremes are somebody's."""
    for happened in (False, True):
        mine = risk[(cases.happened == happened) & (cases.weight > 0)]
        marks = np.percentile(mine, PERCENTILES)
        yield {
            "happened": happened,
            "entries": len(mine),
            "mean_risk": float(mine.mean()),
            **{f"p{mark:02d}": float(value) for mark, value in zip(PERCENTILES, marks, strict=True)},
        }
