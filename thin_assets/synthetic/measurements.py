"""Additional health data: blood pressure, weight, habits, vaccinations and laboratory results.

The six data columns of the layout mean something else for each kind of entity, so a row carries six indices into one
list of texts (`pool`): numbers with 0, 1 or 2 decimals, then words.
"""

from functools import cache

import numpy as np
import polars as pl

from thin_assets.synthetic.chance import days_within, happens
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.consultations import PURPOSES, REVIEW, person_years
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.effects import outcome_days
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import by_age, by_sex, rates
from thin_assets.synthetic.population import SMOKES, STOPPED
from thin_assets.synthetic.rows import Rows, stacked

LARGEST = (20_000, 30_000, 20_000)
"""Largest scaled number in the pool for 0, 1 and 2 decimals: 20000, 3000.0, 200.00."""

DATA = tuple(f"data{number}" for number in range(1, 7))
NULL = -1


@cache
def pool() -> tuple[pl.Series, dict[str, int]]:
    """Texts of the data columns (a null last) and the index of each word."""
    numbers = [
        f"{scaled / 10**places:.{places}f}"
        for places, most in enumerate(LARGEST)
        for scaled in range(most + 1)
    ]
    units = [row["code"] for row in _units()]
    years = [f"{year}0000" for year in range(1940, 2040)]
    words = [
        "OPR001",
        "OPR003",
        "OPR004",
        "N",
        "Y",
        "D",
        "haemolysed",
        "insufficient",
        "HI",
        "LO",
        *units,
        *years,
    ]
    return pl.Series([*numbers, *words, None]), {word: len(numbers) + at for at, word in enumerate(words)}


def _units() -> list[dict]:
    return codes("lookups").filter(pl.col("lookup") == "unit").to_dicts()


def number(values: np.ndarray, places: np.ndarray | int) -> np.ndarray:
    """Index in the pool of each value, rounded to its number of decimals."""
    places = np.broadcast_to(np.asarray(places), values.shape)
    offsets = np.concatenate([[0], np.cumsum(np.array(LARGEST) + 1)])[:-1]
    scaled = np.rint(np.nan_to_num(values) * np.array([1, 10, 100])[places]).clip(
        0, np.array(LARGEST)[places]
    )
    return (offsets[places] + scaled).astype(np.int32)


def _word(text: str) -> int:
    return pool()[1][text]


def _rows(
    who: np.ndarray, day: np.ndarray, visit: np.ndarray, test: np.ndarray | int, **data: np.ndarray
) -> Rows:
    empty = np.full(len(who), NULL, dtype=np.int32)
    given = {
        name: np.asarray(data[name], dtype=np.int32) if name in data else empty for name in (*DATA, "swapped")
    }
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "visit": visit.astype(np.int32),
        "test": np.broadcast_to(np.asarray(test, dtype=np.int16), who.shape),
        **given,
    }


def health_rows(
    rng: np.random.Generator,
    country: str,
    lives: Lives,
    visits: Rows,
    years: tuple[int, int],
    trends: list[dict],
) -> Rows:
    """Every additional health datum of the years."""
    parts = [
        *_clinical(rng, country, lives, visits, trends),
        _laboratory(rng, country, lives, visits, trends),
        *_vaccinations(rng, country, lives, years),
    ]
    return stacked(parts)


def _age_at(lives: Lives, who: np.ndarray, day: np.ndarray) -> np.ndarray:
    return ((day - lives.people["born"][who]) / YEAR).astype(np.int64).clip(0, 110)


def shifted(
    country: str, lives: Lives, test: str, who: np.ndarray, day: np.ndarray, trends: list[dict]
) -> np.ndarray:
    """How far a test lies from the usual because of active diseases and planted trends."""
    total = np.zeros(len(who))
    for row in rates("shifts").iter_rows(named=True):
        if row["test"] == test:
            ill = lives.onset[who, burden(country).at(row["condition"])] <= day
            total += ill * row["shift"]
    for row in trends:
        if row["exposure"] == test:
            days = outcome_days(lives.onset, country, row["outcome"])[who].astype(np.int64)
            window = int(row["from_days"])
            near = np.where((days < NEVER) & (day <= days), 1 - (days - day) / window, 0).clip(0, 1)
            total += near * row["change"]
    return total


def _clinical(
    rng: np.random.Generator, country: str, lives: Lives, visits: Rows, trends: list[dict]
) -> list[Rows]:
    table = rates("clinical")
    chances = by_age(table)
    ages = _age_at(lives, visits["who"], visits["day"])
    makers = {
        "blood_pressure": _blood_pressure,
        "weight": _weight,
        "height": _height,
        "smoking": _smoking,
        "alcohol": _alcohol,
        "pulse": _pulse,
    }
    parts = []
    for chance, row in zip(chances, table.iter_rows(named=True), strict=True):
        of_purpose = visits["purpose"] == PURPOSES.index(row["visit"])
        which = np.flatnonzero(of_purpose & happens(rng, chance[ages]))
        who, day = visits["who"][which], visits["day"][which]
        data = makers[row["measure"]](rng, country, lives, who, day, ages[which], trends)
        parts.append(_rows(who, day, which, index_of("tests")[row["measure"]], **data))
    return parts


def _blood_pressure(rng, country, lives, who, day, age, trends) -> dict:
    """Diastolic first, systolic second, as delivered."""
    raised = shifted(country, lives, "blood_pressure", who, day, trends)
    systolic = 104 + 0.42 * age.clip(10, 85) + raised + rng.normal(0, 12, len(who))
    diastolic = 58 + 0.42 * (systolic - 104) + 4 + rng.normal(0, 7, len(who))
    diastolic = np.minimum(diastolic, systolic - 15)
    return {"data1": number(diastolic.clip(40, 135), 0), "data2": number(systolic.clip(72, 245), 0)}


def _height_then(lives: Lives, who: np.ndarray, age: np.ndarray) -> np.ndarray:
    grown = np.minimum(0.3 + 0.7 * (age / 17.0) ** 0.75, 1)
    return lives.people["height"][who] * grown


def _weight(rng, country, lives, who, day, age, trends) -> dict:
    height = _height_then(lives, who, age)
    young = np.where(age < 17, 0.62 + 0.38 * age / 17, 1)
    changed = np.where(age < 17, 0, shifted(country, lives, "weight", who, day, trends))
    weight = lives.people["bmi"][who] * young * height**2 + changed + rng.normal(0, 1.2, len(who))
    weight = weight.clip(3, 230)
    return {"data1": number(weight, 1), "data3": number((weight / height**2).clip(10, 70), 1)}


def _height(rng, country, lives, who, day, age, trends) -> dict:
    return {"data1": number(_height_then(lives, who, age) + rng.normal(0, 0.01, len(who)), 2)}


def _pulse(rng, country, lives, who, day, age, trends) -> dict:
    return {"data1": number(rng.normal(75, 11, len(who)).clip(38, 170), 0)}


def _smoking(rng, country, lives, who, day, age, trends) -> dict:
    """Status as told that day: now and then it contradicts what was told before."""
    status = lives.people["smoking"][who]
    told = np.where(happens(rng, np.full(len(who), 0.06)), rng.integers(0, 3, len(who)), status)
    words = np.array([_word("N"), _word("Y"), _word("D")])
    cigarettes = number(rng.gamma(3, 5, len(who)).clip(1, 60), 0)
    stopped = _word("19400000") + (1970 + day // YEAR - 1940 - rng.integers(1, 25, len(who))).astype(int)
    return {
        "data1": words[told],
        "data2": np.where(told == SMOKES, cigarettes, NULL),
        "data6": np.where((told == STOPPED) & happens(rng, np.full(len(who), 0.4)), stopped, NULL),
    }


def _alcohol(rng, country, lives, who, day, age, trends) -> dict:
    drinks = lives.people["drinker"][who]
    units = number(rng.gamma(1.2, 7, len(who)).clip(1, 90), 0)
    return {"data1": np.where(drinks, _word("Y"), _word("N")), "data2": np.where(drinks, units, NULL)}


def _panels_taken(
    rng: np.random.Generator, country: str, lives: Lives, visits: Rows
) -> tuple[np.ndarray, np.ndarray]:
    """Visits and panels of blood tests: by age and sex, and what reviews of a disease ask for."""
    table = rates("panels")
    sexes = by_sex(table["male_ratio"].to_numpy())
    ages = _age_at(lives, visits["who"], visits["day"])
    sex = lives.people["male"][visits["who"]].astype(int)
    tested = lives.people["tested"][visits["who"]].clip(0.1, 5)
    usual = (visits["purpose"] != REVIEW) / 4.5 * tested
    asked = np.zeros((len(burden(country).names) + 1, len(table)))
    names = table["panel"].to_list()
    for row in rates("monitoring").iter_rows(named=True):
        asked[burden(country).at(row["condition"]), names.index(row["panel"])] = row["share"]
    about = np.where(visits["purpose"] == REVIEW, visits["about"], -1)
    found = [
        np.flatnonzero(
            happens(rng, np.maximum(yearly[ages] * sexes[sex, panel] * usual, asked[about, panel]))
        )
        for panel, yearly in enumerate(by_age(table))
    ]
    panels = np.repeat(np.arange(len(found)), [len(which) for which in found])
    return np.concatenate(found), panels


def _laboratory(
    rng: np.random.Generator, country: str, lives: Lives, visits: Rows, trends: list[dict]
) -> Rows:
    taken, panels = _panels_taken(rng, country, lives, visits)
    names = rates("panels")["panel"].to_list()
    parts = []
    for row in rates("panel_tests").iter_rows(named=True):
        of_panel = taken[panels == names.index(row["panel"])]
        which = of_panel[happens(rng, np.full(len(of_panel), row["share"]))]
        who, day = visits["who"][which], visits["day"][which]
        data = _result(rng, country, lives, row["test"], who, day, trends)
        parts.append(_rows(who, day, which, index_of("tests")[row["test"]], **data))
    return stacked(parts)


@cache
def _test_facts(test: str) -> dict:
    facts = codes("tests").row(by_predicate=pl.col("notion") == test, named=True)
    units = rates("test_units").row(by_predicate=pl.col("test") == test, named=True)
    unit_codes = {row["description"]: row["code"] for row in _units()}
    numbers = ("mean", "sd", "low", "high", "range_low", "range_high", "alt_factor")
    found = {name: float(facts[name]) if facts[name] else None for name in numbers}
    words = {
        "unit": unit_codes.get(facts["unit"], "MEA000"),
        "other": unit_codes.get(facts["alt_unit"], "MEA000"),
    }
    return found | units | words


def _result(
    rng: np.random.Generator,
    country: str,
    lives: Lives,
    test: str,
    who: np.ndarray,
    day: np.ndarray,
    trends: list[dict],
) -> dict:
    """Operator, value, unit, qualifier and range; the value in the other unit of the test for a share of rows."""
    facts, count = _test_facts(test), len(who)
    own = _personal(lives, test)[who]
    spread = 0.75 * own + 0.66 * rng.standard_normal(count)
    centre = facts["mean"] + facts["sex_shift"] * np.where(lives.people["male"][who], 0.5, -0.5)
    if facts["skew"] == "yes":
        wide = np.sqrt(np.log1p((facts["sd"] / facts["mean"]) ** 2))
        value = np.maximum(centre, facts["low"]) * np.exp(wide * spread - wide**2 / 2)
    else:
        value = centre + facts["sd"] * spread
    value = (value + shifted(country, lives, test, who, day, trends)).clip(facts["low"], facts["high"])
    return _reported(rng, facts, value)


def _personal(lives: Lives, test: str) -> np.ndarray:
    """A patient's own level of a test, in standard deviations, without storing one per test."""
    angle = lives.people["own_level"] * (7 + index_of("tests")[test])
    return np.sqrt(2) * np.sin(angle)


def _reported(rng: np.random.Generator, facts: dict, value: np.ndarray) -> dict:
    count = len(value)
    factor = facts["alt_factor"] or 1
    in_other = (value + facts["offset"]) * factor
    other = happens(rng, np.full(count, facts["other_unit_share"]))
    plain, converted = number(value, facts["decimals"]), number(in_other, facts["other_decimals"])
    unit = np.where(other, _word(facts["other"]), _word(facts["unit"]))
    unit = np.where(happens(rng, np.full(count, 0.03)), _word("MEA000"), unit)
    ranged = happens(rng, np.full(count, 0.8)) & ~other
    low, high = (facts[name] for name in ("range_low", "range_high"))
    unreadable = happens(rng, np.full(count, 0.0015))
    words = np.array([_word("haemolysed"), _word("insufficient")])[rng.integers(0, 2, count)]
    swapped = np.full(count, NULL) if factor == 1 else np.where(other, plain, converted)
    operators = np.where(happens(rng, np.full(count, 0.004)), _word("OPR004"), _word("OPR003"))
    outside = np.where(value > (high or np.inf), _word("HI"), NULL)
    return {
        "data1": operators,
        "data2": np.where(unreadable, words, np.where(other, converted, plain)),
        "data3": unit,
        "data4": np.where(value < (low or -np.inf), _word("LO"), outside),
        "data5": np.where(
            ranged & (low is not None), number(np.full(count, low or 0.0), facts["decimals"]), NULL
        ),
        "data6": np.where(
            ranged & (high is not None), number(np.full(count, high or 0.0), facts["decimals"]), NULL
        ),
        "swapped": np.where(unreadable, NULL, swapped),
    }


def _vaccinations(rng: np.random.Generator, country: str, lives: Lives, years: tuple[int, int]) -> list[Rows]:
    """Seasonal vaccinations: by age, and more often with a chronic disease."""
    cells = person_years(lives, *years)
    who = cells["who"]
    at_risk = [burden(country).at(name) for name in ("copd", "asthma", "type_2_diabetes", "heart_failure")]
    frail = (lives.onset[:, at_risk] < cells["start"].max(initial=0)).any(axis=1)[who]
    table, parts = rates("vaccines"), []
    for chance, row in zip(by_age(table), table.iter_rows(named=True), strict=True):
        wanted = np.where(frail, np.maximum(chance[cells["age"]], row["chronic"]), chance[cells["age"]])
        season = cells["start"].astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[M]")
        first = (season + row["month_from"] - 1).astype("datetime64[D]").astype(np.int32)
        after = (season + row["month_to"]).astype("datetime64[D]").astype(np.int32)
        given = days_within(rng, first, after)
        kept = happens(rng, wanted) & (given >= cells["start"]) & (given < cells["stop"])
        empty = np.full(int(kept.sum()), NULL)
        stage = np.full(len(empty), number(np.array([1.0]), 0)[0])
        parts.append(
            _rows(who[kept], given[kept], empty, index_of("tests")[row["vaccine"]], data1=stage, data2=empty)
        )
    return parts
