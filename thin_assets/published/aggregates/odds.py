"""Odds ratios of matched sets, for the numbers that are shown.

The exact odds ratio gives the exact counts back: where no set has two exposed members it is their ratio times
the controls of a case, and its interval knows them even alone. So what is told is the ratio of shown counts
times what matching makes of it, `matching`, and likewise its error. That differs from the exact estimate by
less than its standard error, and is the same for every pair of counts that is shown alike.
"""

import math
from collections.abc import Mapping

from thin_assets.disclosure.table import could_be
from thin_assets.domain.normal import NORMAL
from thin_assets.published.declared.disclosure import Disclosure, OddsRatio

Numbers = Mapping[str, float | None]


def odds_of(rules: Disclosure, numbers: Numbers, told: Numbers, *, few: bool = False) -> Numbers:
    """Every odds ratio of a row, its interval and p; None where it is kept back.

    numbers    counts of the row
    told       linked columns of the row
    few        they are shown whatever they rest on: for tests of what the rule is for
    """
    found: dict[str, float | None] = {}
    for one in rules.odds_ratios:
        parts = (numbers[one.cases], numbers[one.controls], told[one.matching], told[one.spread])
        enough = few or _rests_on_enough(one, rules, numbers)
        names = (one.column, one.lower, one.upper, one.p, one.corrected)
        values = _estimate(*parts, told[one.tests]) if enough and all(parts) else (None,) * len(names)
        found |= dict(zip(names, values, strict=True))
    return found


def _rests_on_enough(one: OddsRatio, rules: Disclosure, shown: Numbers) -> bool:
    """Judged by what is shown, as of a ratio."""
    cases, controls = shown[one.cases], shown[one.controls]
    if not (cases and controls):
        return False
    fewest, _ = could_be(controls, rules.rounded_to, whole=True, least=rules.smallest_shown)
    return cases >= rules.smallest_shown and fewest >= rules.smallest_denominator


def _estimate(cases: float, controls: float, matching: float, spread: float, tests: float | None) -> tuple:
    log = math.log(cases / controls * matching)
    error = spread * math.sqrt(1 / cases + 1 / controls)
    ends = (log, log - NORMAL * error, log + NORMAL * error)
    p = _minus_log10_p(abs(log / error))
    return (*(_digits(math.exp(end)) for end in ends), round(p, 2), _corrected(p, tests))


def _minus_log10_p(z: float) -> float:
    """Of a two-sided normal test; far beyond the smallest double."""
    from scipy.special import log_ndtr

    return -(math.log(2) + float(log_ndtr(-z))) / math.log(10)


def _corrected(p: float, tests: float | None) -> float | None:
    return None if not tests else round(max(p - math.log10(tests), 0.0), 2)


def _digits(value: float) -> float:
    return float(f"{value:.3g}")
