"""The reference page of disclosure control: rules with their parameters, and what each aggregate declares."""

from collections.abc import Iterator

from thin_assets.disclosure.survival import GRID_DAYS
from thin_assets.domain.disclosure import LOWEST_LIMIT, SMALLEST_DENOMINATOR, SMALLEST_SHOWN
from thin_assets.published.aggregates.linked import CASES_A_STEP, SETS_A_STEP
from thin_assets.published.declared.disclosure import FEWEST_PRACTICES, LARGEST_SHARE, ROUNDED_TO, Disclosure
from thin_assets.published.declared.product import products

RULES = (
    (
        "Counts of 1 to one less are hidden",
        "smallest_shown",
        SMALLEST_SHOWN,
        f"{LOWEST_LIMIT} or more",
        "on_margins",
    ),
    ("Every hidden cell keeps a range of", "smallest_shown", SMALLEST_SHOWN, "the same number", "on_margins"),
    ("Shown numbers are multiples of", "rounded_to", ROUNDED_TO, f"{ROUNDED_TO} or more", "between_tables"),
    ("A ratio needs cases", "smallest_shown", SMALLEST_SHOWN, "the same number", "on_rates"),
    (
        "A ratio needs persons",
        "smallest_denominator",
        SMALLEST_DENOMINATOR,
        f"{SMALLEST_DENOMINATOR} or more",
        "on_rates",
    ),
    (
        "A cell needs practices",
        "fewest_practices",
        FEWEST_PRACTICES,
        f"{FEWEST_PRACTICES} or more",
        "by_a_practice",
    ),
    (
        "One practice has at most this share of a cell",
        "largest_share",
        LARGEST_SHARE,
        f"{LARGEST_SHARE} or less",
        "by_a_practice",
    ),
    (
        "A number is shown anew once it changed by",
        "smallest_shown",
        SMALLEST_SHOWN,
        "the same number",
        "between_months",
    ),
    ("What is linked stays while a number beside it does", "linked", "always", "always", "on_estimates"),
    (
        "An odds ratio is told in steps of, at least",
        "sets, cases",
        f"{SETS_A_STEP} / sets and {CASES_A_STEP} / cases",
        "fixed",
        "on_estimates",
    ),
    ("Rows without a number are left out", "only_shown", "no", "declared", "on_estimates"),
    ("Cells of another product are compared", "shares", "none", "declared", "between_tables"),
    ("Cells of another part of the table are compared", "alike", "no", "declared", "between_tables"),
    (
        "A percentile needs persons on either side",
        "limit",
        SMALLEST_SHOWN,
        f"{LOWEST_LIMIT} or more",
        "on_distributions",
    ),
    ("A survival curve has a point every so many days", "grid_days", GRID_DAYS, "fixed", "on_distributions"),
    (
        "It falls once so many events have gathered",
        "limit",
        SMALLEST_SHOWN,
        f"{LOWEST_LIMIT} or more",
        "on_distributions",
    ),
)


def disclosure_page() -> str:
    """Rules, parameters, and the declarations of all aggregates."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules of disclosure control\n"
    yield (
        "What they are for: [disclosure control](../explanation/disclosure.md). Each is attacked with"
        " the rule and without it in `tests/property/test_attacks_<name>.py`.\n"
    )
    yield "| rule | parameter | default | may be | attacked in |\n| --- | --- | --- | --- | --- |"
    for rule, parameter, default, allowed, test in RULES:
        yield f"| {rule} | `{parameter}` | {default} | {allowed} | {test} |"
    for product in products().values():
        if product.disclosure:
            yield f"\n## {product.name}\n"
            yield "| what | declared |\n| --- | --- |"
            yield from (f"| {what} | {told} |" for what, told in _declared(product.disclosure) if told)


def _declared(rules: Disclosure) -> Iterator[tuple[str, str]]:
    yield "smallest shown", f"{rules.smallest_shown}, rounded to {rules.rounded_to}"
    yield "parts that do not add up", ", ".join(rules.by)
    yield (
        "dimensions",
        "; ".join(f"{one.name} ({', '.join(one.values) or 'all there are'})" for one in rules.dimensions),
    )
    yield "shown together", "; ".join(" x ".join(margin) or "total" for margin in rules.margins)
    yield "persons", "; ".join(one.column + _how(one.alike, one.overlaps) for one in rules.counts)
    yield "amounts", "; ".join(one.column + _how(one.alike, one.overlaps) for one in rules.amounts)
    yield "ratios", "; ".join(f"{one.column} = {one.numerator} / {one.denominator}" for one in rules.ratios)
    yield (
        "odds ratios",
        "; ".join(
            f"{one.column} = {one.cases} / {one.controls} x {one.matching}" for one in rules.odds_ratios
        ),
    )
    yield "left out", "rows of which no number is shown" if rules.only_shown else ""
    yield (
        "zeros that are shown",
        "; ".join(
            ", ".join(f"{name} {value}" for name, value in zero.items()) for zero in rules.structural_zeros
        ),
    )
    yield (
        "cells shared with",
        "; ".join(
            f"{one.product}: {', '.join(f'{here} is {there}' for here, there in one.columns.items())}"
            for one in rules.shares
        ),
    )


def _how(alike: bool, overlaps: tuple[str, ...]) -> str:
    told = [f"overlaps over {', '.join(overlaps)}"] if overlaps else []
    told += ["compared between parts"] if alike else []
    return f" ({'; '.join(told)})" if told else ""
