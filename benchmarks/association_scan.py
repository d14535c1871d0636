"""`python -m benchmarks.association_scan`: an odds ratio from counts, beside a full conditional fit.

Exposures of people in sets of one case and five controls are made in memory and reduced to patterns. All of
them are estimated from patterns; of a sample, statsmodels fits every member, in the same run.
Ratios of one run can be compared between machines; seconds cannot.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.patterns import patterns_of

SET_SIZE = 6
PREVALENCE = (0.001, 0.2)
"""Rarest and commonest exposure, drawn evenly on the scale of logarithms."""

PLANTED, EFFECT = 0.05, 0.5
"""Share of exposures with an effect, and the share of unexposed cases whom it exposes."""

KEYS = ("exposure_id", "window")


@dataclass(frozen=True)
class Scale:
    """How much is made: people, exposures, and windows of each."""

    people: int
    exposures: int
    windows: int

    @property
    def tests(self) -> int:
        """Odds ratios to estimate."""
        return self.exposures * self.windows


def exposed(scale: Scale, test: int) -> np.ndarray:
    """Who is exposed: sets x members, the case first; the same whenever it is asked for."""
    rng = np.random.default_rng([20261125, test])
    prevalence = np.exp(rng.uniform(*np.log(PREVALENCE)))
    sets = scale.people // SET_SIZE
    found = np.zeros(sets * SET_SIZE, dtype=bool)
    found[rng.integers(0, len(found), rng.binomial(len(found), prevalence))] = True
    found = found.reshape(sets, SET_SIZE)
    if rng.random() < PLANTED:
        found[:, 0] |= rng.random(sets) < EFFECT * prevalence
    return found


def reduced(members: np.ndarray) -> np.ndarray:
    """Sets by members exposed (rows) and whether the case is (columns)."""
    pattern = 2 * members.sum(axis=1, dtype=np.int64) + members[:, 0]
    return np.bincount(pattern, minlength=2 * SET_SIZE + 2).reshape(-1, 2)


def pattern_table(scale: Scale) -> tuple[pl.DataFrame, float]:
    """Patterns of all exposures, and the seconds that reducing them took: making members is not counted."""
    counts, spent = np.empty((scale.tests, SET_SIZE + 1, 2), dtype=np.int64), 0.0
    for test in range(scale.tests):
        members = exposed(scale, test)
        began = time.process_time()
        counts[test] = reduced(members)
        spent += time.process_time() - began
    began = time.process_time()
    test, number, case = np.nonzero(counts)
    table = pl.DataFrame(
        {
            "exposure_id": test // scale.windows,
            "window": test % scale.windows,
            "set_size": SET_SIZE,
            "exposed": number,
            "case_exposed": case > 0,
            "sets": counts[test, number, case],
        }
    )
    return table, spent + time.process_time() - began


def full_fits(scale: Scale, tests: list[int]) -> Iterator[tuple[int, float, float]]:
    """Number of the test, log odds ratio and CPU seconds of a fit to every member."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    for test in tests:
        members = exposed(scale, test)
        case = np.zeros_like(members, dtype=int)
        case[:, 0] = 1
        group = np.repeat(np.arange(len(members)), SET_SIZE)
        began = time.process_time()
        model = ConditionalLogit(case.ravel(), members.reshape(-1, 1).astype(float), groups=group)
        estimate = float(model.fit(method="newton", disp=0).params[0])
        yield test, estimate, time.process_time() - began


def measure(scale: Scale, sample: int) -> dict[str, str]:
    """Everything that is told of one scale."""
    table, reducing = pattern_table(scale)
    began = time.process_time()
    found = odds_ratios(patterns_of(table, by=KEYS))
    estimating = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 10**6
    per_test, reduce_per_test = estimating / scale.tests, reducing / scale.tests
    told = {
        "people": f"{scale.people:,}",
        "exposures x windows": f"{scale.exposures:,} x {scale.windows}",
        "patterns": f"{table.height:,}",
        "reducing members, CPU s per 1,000": f"{1000 * reduce_per_test:.3f}",
        "estimating, CPU s per 1,000": f"{1000 * per_test:.3f}",
        "peak MB": f"{peak:,}",
    }
    if sample:
        ours = found["log_odds_ratio"].to_numpy()
        finite = np.flatnonzero(np.isfinite(ours))  # where cases alone are exposed, a full fit never ends
        chosen = finite[np.linspace(0, len(finite) - 1, sample).astype(int)]
        fits = list(full_fits(scale, chosen.tolist()))
        full = float(np.mean([seconds for _, _, seconds in fits]))
        told |= {
            "full fits, CPU s per 1,000": f"{1000 * full:,.0f} ({sample} fitted)",
            "greatest difference": f"{max(abs(ours[test] - estimate) for test, estimate, _ in fits):.1e}",
            "full fit / estimating": f"{full / per_test:,.0f}",
            "full fit / reducing and estimating": f"{full / (per_test + reduce_per_test):,.0f}",
        }
    return told


def main() -> None:
    """Measure one scale after the other and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[50_000])
    parser.add_argument("--exposures", type=int, default=2_000)
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--sample", type=int, default=4, help="full fits, at the first number of people")
    told = parser.parse_args()
    scales = [Scale(people, told.exposures, told.windows) for people in told.people]
    found = [measure(scale, told.sample if scale == scales[0] else 0) for scale in scales]
    table = Table("", *(one["people"] for one in found))
    for name in list(found[0])[1:]:
        table.add_row(name, *(one.get(name, "") for one in found))
    Console().print(table)


if __name__ == "__main__":
    main()
