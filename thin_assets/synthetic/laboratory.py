"""Laboratory results: which panels are asked for; values that differ more between people than within one."""

from functools import cache

import numpy as np
import polars as pl

from thin_assets.synthetic.chance import happens
from thin_assets.synthetic.clinic import Clinic, data_rows
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.consultations import REVIEW
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import by_age, by_sex, rates
from thin_assets.synthetic.pool import NULL, number, units, word
from thin_assets.synthetic.rows import Rows, stacked

VISITS_A_YEAR = 4.5
"""Turns the yearly rates of `panels.csv` into chances per visit that is not a review."""

BETWEEN, WITHIN = 0.75, 0.66
"""How the spread of a test divides between people and within one (squares sum to 1)."""


def results(clinic: Clinic, visits: Rows) -> Rows:
    """One row per test of every panel that was asked for."""
    taken, panels = _panels_taken(clinic, visits)
    names = rates("panels")["panel"].to_list()
    parts = []
    for row in rates("panel_tests").iter_rows(named=True):
        of_panel = taken[panels == names.index(row["panel"])]
        which = of_panel[clinic.now_and_then(len(of_panel), row["share"])]
        who, day = visits["who"][which], visits["day"][which]
        facts = facts_of(row["test"])
        value = _value(clinic, row["test"], facts, who, day)
        parts.append(data_rows(who, day, which, row["test"], **_reported(clinic, facts, value)))
    return stacked(parts)


def _panels_taken(clinic: Clinic, visits: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Visits and panels: by age, sex and habit of testing, or as the review of a disease asks."""
    table, who = rates("panels"), visits["who"]
    sexes = by_sex(table["male_ratio"].to_numpy())[clinic.people("male", who).astype(int)]
    ages, review = clinic.ages(who, visits["day"]), visits["purpose"] == REVIEW
    habit = np.where(review, 0, clinic.people("tested", who).clip(0.1, 5) / VISITS_A_YEAR)
    asked = _asked_by_reviews(clinic.country)[np.where(review, visits["about"], -1)]
    found = [
        np.flatnonzero(happens(clinic.rng, np.maximum(yearly[ages] * sexes[:, at] * habit, asked[:, at])))
        for at, yearly in enumerate(by_age(table))
    ]
    return np.concatenate(found), np.repeat(np.arange(len(found)), [len(which) for which in found])


@cache
def _asked_by_reviews(country: str) -> np.ndarray:
    """Chance of each panel in the review of each disease; the last row, of no disease, is zero."""
    names = rates("panels")["panel"].to_list()
    asked = np.zeros((len(burden(country).names) + 1, len(names)))
    for row in rates("monitoring").iter_rows(named=True):
        asked[burden(country).at(row["condition"]), names.index(row["panel"])] = row["share"]
    return asked


@cache
def facts_of(test: str) -> dict:
    """Distribution, units and reference range of a test; None for what it has not."""
    facts = codes("tests").row(by_predicate=pl.col("notion") == test, named=True)
    numbers = ("mean", "sd", "low", "high", "range_low", "range_high", "alt_factor")
    code_of = dict(zip(units()["description"], units()["code"], strict=True))
    return (
        rates("test_units").row(by_predicate=pl.col("test") == test, named=True)
        | {name: float(facts[name]) if facts[name] else None for name in numbers}
        | {"unit": code_of.get(facts["unit"], "MEA000"), "other": code_of.get(facts["alt_unit"], "MEA000")}
    )


def _value(clinic: Clinic, test: str, facts: dict, who: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Values in the test's own unit: a patient's level, the day's noise, diseases and trends."""
    spread = BETWEEN * _own_level(clinic, test, who) + WITHIN * clinic.rng.standard_normal(len(who))
    centre = facts["mean"] + facts["sex_shift"] * np.where(clinic.people("male", who), 0.5, -0.5)
    if facts["skew"] == "yes":
        width = np.sqrt(np.log1p((facts["sd"] / facts["mean"]) ** 2))
        value = np.maximum(centre, facts["low"]) * np.exp(width * spread - width**2 / 2)
    else:
        value = centre + facts["sd"] * spread
    return (value + clinic.shift(test, who, day)).clip(facts["low"], facts["high"])


def _own_level(clinic: Clinic, test: str, who: np.ndarray) -> np.ndarray:
    """A patient's level of a test in standard deviations: a wave per test over one drawn angle."""
    return np.sqrt(2) * np.sin(clinic.people("own_level", who) * (7 + index_of("tests")[test]))


def _reported(clinic: Clinic, facts: dict, value: np.ndarray) -> dict:
    """Operator, result, unit, qualifier and range; a share of the rows in the test's other unit."""
    count = len(value)
    other = clinic.now_and_then(count, facts[clinic.country])
    plain = number(value, facts["decimals"])
    converted = number(_in_other_unit(facts, value), facts["other_decimals"])
    unreadable = clinic.now_and_then(count, 0.0015)
    words = np.array([word("haemolysed"), word("insufficient")])[clinic.rng.integers(0, 2, count)]
    has_other = (facts["alt_factor"] or 1) != 1
    unit = np.where(other, word(facts["other"]), word(facts["unit"]))
    return {
        "data1": np.where(clinic.now_and_then(count, 0.004), word("OPR004"), word("OPR003")),
        "data2": np.where(unreadable, words, np.where(other, converted, plain)),
        "data3": np.where(clinic.now_and_then(count, 0.03), word("MEA000"), unit),
        "swapped": np.where(unreadable | (not has_other), NULL, np.where(other, plain, converted)),
    } | _judged(clinic, facts, value, other)


def _in_other_unit(facts: dict, value: np.ndarray | float) -> np.ndarray | float:
    return (value + facts["offset"]) * (facts["alt_factor"] or 1)


def _judged(clinic: Clinic, facts: dict, value: np.ndarray, other: np.ndarray) -> dict:
    """Qualifier and reference range, in the unit of the value; one range in five is missing."""
    low, high = facts["range_low"], facts["range_high"]
    above = np.where(value > (np.inf if high is None else high), word("HI"), NULL)
    ranged = clinic.now_and_then(len(value), 0.8)

    def limit(number_or_none: float | None) -> np.ndarray:
        if number_or_none is None:
            return np.full(len(value), NULL)
        own = number(np.array([number_or_none]), facts["decimals"])
        alike = number(np.array([_in_other_unit(facts, number_or_none)]), facts["other_decimals"])
        return np.where(ranged, np.where(other, alike, own), NULL)

    return {
        "data4": np.where(value < (-np.inf if low is None else low), word("LO"), above),
        "data5": limit(low),
        "data6": limit(high),
    }
