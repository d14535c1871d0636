"""Pictures of the study: persistence, causes that compete, and the way from therapy to therapy."""

import polars as pl

from thin_assets.pages.flow import Flow, sankey
from thin_assets.pages.markup import Html
from thin_assets.pages.steps import steps
from thin_assets.studies.triple_therapy.courses import CAUSES, OTHER_TRIPLE, STILL_ON
from thin_assets.studies.triple_therapy.declared import ARMS, ONE, SEVERAL, declared
from thin_assets.studies.triple_therapy.shown import days_of, followed, parts, steps_of
from thin_assets.studies.triple_therapy.users import PRIOR

ARM = {ONE: "one device", SEVERAL: "several devices"}
CAUSE = {"stopped": "stopped", "switched": "switched", "added": "drug added"}
THERAPY = {
    "steroid_and_beta_agonist": "ICS + LABA",
    "beta_agonist_and_antimuscarinic": "LABA + LAMA",
    "other_two": "ICS + LAMA",
    "one_class": "one class",
    "nothing": "nothing",
    "changing": "all three, in turn",
    OTHER_TRIPLE: "other triple",
    STILL_ON: "followed to the end",
}
AFTER = (STILL_ON, OTHER_TRIPLE, *PRIOR)
EVERY = 180
"""Days between two places of the axis."""


def persistence(curves: pl.DataFrame) -> Html:
    """Curves of the main analysis."""
    told, main = declared(), curves.filter(gap_days=declared().main_gap)
    days = {ARM[arm]: days_of(main.filter(arm=arm), "ended", "persistence") for arm in ARMS}
    return steps(
        "Persistence with triple inhaled therapy",
        {name: steps_of(one) for name, one in days.items()},
        labels=_places(told.until_days),
        unit="days since the first day of triple therapy",
        below={name: followed(one, EVERY) for name, one in days.items()},
        mark=0.5,
    )


def causes(outcomes: pl.DataFrame, arm: str) -> Html:
    """How therapy of an arm ends first."""
    mine = outcomes.filter(arm=arm)
    days = {CAUSE[one]: days_of(mine.filter(cause=one), "had", "risk") for one in CAUSES.values()}
    return steps(
        f"How triple therapy from {ARM[arm]} ends",
        {name: steps_of(one) for name, one in days.items()},
        labels=_places(declared().until_days),
        unit="days since the first day of triple therapy",
    )


def pathways(rows: pl.DataFrame) -> Html:
    """From the therapy before over triple therapy to what comes after; few are left out."""
    comes, leaves = by_two(rows, "before", "arm"), by_two(rows, "arm", "after")
    flows = [
        *(Flow(0, THERAPY[before], ARM[arm], count, arm) for (before, arm), count in comes.items() if count),
        *(Flow(1, ARM[arm], THERAPY[after], count, arm) for (arm, after), count in leaves.items() if count),
    ]
    order = [[THERAPY[one] for one in PRIOR], [ARM[one] for one in ARMS], [THERAPY[one] for one in AFTER]]
    heads = ("before", "triple therapy from", "after")
    return sankey("Therapy before, triple therapy, therapy after", heads, order, flows, unit="persons")


def by_two(rows: pl.DataFrame, *keys: str) -> dict[tuple[str, str], int | None]:
    """Persons by two of the three, one of which is the arm; None where that is kept back.

    The total of each arm is known, as the number of its new users; no other total is shown anywhere.
    """
    both = rows.group_by(keys).agg(pl.col("persons").sum()).sort(keys)
    counts = {(first, second): count for first, second, count in both.iter_rows()}
    arm = keys.index("arm")
    return parts(counts, lambda key: key[arm])


def _places(until: int) -> dict[float, str]:
    return {float(day): str(day) for day in range(0, until + 1, EVERY)}
