"""Rates and shares, computed from what is shown: they tell no more than it does."""

from collections.abc import Mapping

from thin_assets.disclosure.poisson import exact_interval
from thin_assets.disclosure.table import could_be
from thin_assets.disclosure.wilson import wilson_interval
from thin_assets.published.declared.disclosure import Disclosure, Ratio

Numbers = Mapping[str, float | None]


def ratios_of(
    rules: Disclosure, shown: Numbers, exact: Numbers | None, row: Mapping
) -> dict[str, float | None]:
    """Every ratio of a row, with its interval and what is linked to it; None where it is kept back.

    shown    numbers of the row as they are shown
    exact    None; as they are, to compute from them what the rule forbids
    row      what is told of the linked columns
    """
    found: dict[str, float | None] = {}
    for ratio in rules.ratios:
        numbers = exact if exact is not None else shown
        told = exact is not None or _rests_on_enough(ratio, rules, shown)
        found |= _ratio(ratio, numbers, row) if told else dict.fromkeys(_columns(ratio))
    return found


def _rests_on_enough(ratio: Ratio, rules: Disclosure, shown: Numbers) -> bool:
    """Judged by what is shown, so that a ratio that is there tells nothing new of its denominator."""
    numerator, denominator, persons = (
        shown[name] for name in (ratio.numerator, ratio.denominator, ratio.persons)
    )
    if None in (numerator, denominator, persons) or not denominator:
        return False
    fewest, _ = could_be(persons, rules.rounded_to, whole=True, least=rules.smallest_shown)
    return numerator >= rules.smallest_shown and fewest >= rules.smallest_denominator


def _ratio(ratio: Ratio, numbers: Numbers, row: Mapping) -> dict[str, float | None]:
    numerator, denominator = numbers[ratio.numerator], numbers[ratio.denominator]
    if not denominator:
        return dict.fromkeys(_columns(ratio))
    per = ratio.per / denominator
    found = {ratio.column: round(per * numerator, ratio.decimals)}
    if ratio.lower and ratio.upper:
        low, high = (round(end, ratio.decimals) for end in _interval(ratio, numerator, denominator))
        found |= {ratio.lower: low, ratio.upper: high}
    return found | {name: row.get(name) for name in ratio.linked}


def _interval(ratio: Ratio, numerator: float, denominator: float) -> tuple[float, float]:
    if ratio.interval == "wilson":
        whole = max(
            int(numerator), int(denominator)
        )  # rounded one by one, all may be fewer than a part of them
        return tuple(ratio.per * end for end in wilson_interval(int(numerator), whole))
    return tuple(ratio.per * end / denominator for end in exact_interval(int(numerator)))


def _columns(ratio: Ratio) -> list[str]:
    return [name for name in (ratio.column, ratio.lower, ratio.upper, *ratio.linked) if name]
