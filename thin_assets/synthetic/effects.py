"""Planted effects: outcome, exposure, strength and window are rows of `rates/effects.csv`, on by name.

hazard        an exposure multiplies the hazard of the outcome from its start (plus `from_days`) on
symptom       a complaint is more often recorded in the window before the outcome
onset         a chronic disease more often begins in the window before the outcome, in those free of it
record        a chronic disease is more often on record before the outcome, whenever it began
drug          a drug is more often prescribed in the window before the outcome
visits        consultations are multiplied in the window before the outcome
trend         a measurement drifts by `change`, linearly over the window, reaching it at the outcome
persistence   triple therapy from one device, or from several, lasts by a Weibull law, from its first to its
              last covered day: `multiplier` is the shape, `change` the scale in days (`triple_therapy.py`)
after         the rate of a complaint is multiplied after the outcome, from `from_days` to `to_days` after it;
              `change`, where given, is its rate in everybody, a year and 1,000 persons
named         of those with a complaint that the outcome added, a share (`multiplier`) has the exposure
              recorded within `to_days` days
told          a share (`multiplier`) of the records of symptoms is in text alone and not in the delivery: the
              text bundle says them (`texts.py`)
"""

from collections.abc import Collection
from functools import cache

import numpy as np

from thin_assets.errors import SettingsError
from thin_assets.synthetic.aftermath import after_events
from thin_assets.synthetic.chance import days_within, happens
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import OLDEST, by_age, by_sex, rates
from thin_assets.synthetic.population import SMOKES, STOPPED, rates_of
from thin_assets.synthetic.rows import Rows

NO_NOTION = -1


def known_effects() -> list[str]:
    """Names that can be switched on."""
    return rates("effects")["effect"].unique(maintain_order=True).to_list()


def planted(effects: Collection[str], country: str) -> list[dict]:
    """Rows of `effects.csv` that are on and apply to the country. Raises SettingsError on unknown names."""
    unknown = sorted(set(effects) - set(known_effects()))
    if unknown:
        raise SettingsError(
            f"unknown effects: {', '.join(unknown)}",
            where="synthetic",
            remedy=f"use some of {', '.join(known_effects())}",
        )
    places = {None, country} | ({"other"} if country != "GB" else set())
    rows = rates("effects").iter_rows(named=True)
    return [row for row in rows if row["effect"] in effects and row["country"] in places]


@cache
def diseases_of(country: str, outcome: str) -> tuple[int, ...]:
    """Numbers of the diseases behind an outcome: a cancer site, or a disease by its own name."""
    sites = [row["notion"] for row in rates("cancer_sites").iter_rows(named=True) if row["site"] == outcome]
    return tuple(burden(country).at(name) for name in (sites or [outcome]))


def outcome_days(onset: np.ndarray, country: str, outcome: str) -> np.ndarray:
    """First day of an outcome for each patient."""
    return onset[:, diseases_of(country, outcome)].min(axis=1)


def concerned(row: dict, people: Rows) -> np.ndarray:
    """Patients of the sex that an effect is about."""
    return {"m": people["male"], "f": ~people["male"], None: np.ones_like(people["male"])}[row["sex"]]


def exposed_from(row: dict, people: Rows, onset: np.ndarray, country: str, drug_start) -> np.ndarray:
    """Day from which a hazard is multiplied; NEVER for the unexposed, long ago for a trait."""
    traits = {
        "smoker": people["smoking"] == SMOKES,
        "ex_smoker": people["smoking"] == STOPPED,
        "drinker": people["drinker"],
    }
    exposure, lag = row["exposure"], int(row["from_days"] or 0)
    if exposure in traits:
        days = np.where(traits[exposure], people["born"], NEVER)
    elif exposure in burden(country).names:
        days = onset[:, burden(country).at(exposure)]
    else:
        days = drug_start(exposure, lag)
    delayed = np.where(days < NEVER, days.astype(np.int64) + lag, NEVER)
    return np.where(concerned(row, people), delayed, NEVER)


def window_before(row: dict, days: np.ndarray, people: Rows) -> tuple[np.ndarray, np.ndarray]:
    """First day of the window before an outcome, but not before registration, and the day after its last."""
    first = np.maximum(days - int(row["from_days"]), people["entry"])
    return first, days - int(row["to_days"])


def extra_chance(base: np.ndarray, odds_ratio: float) -> np.ndarray:
    """Chance to add an exposure so that the odds of exposure become `odds_ratio` times those of `base`."""
    base = np.clip(base, 1e-9, 1 - 1e-9)
    odds = odds_ratio * base / (1 - base)
    return np.clip((odds / (1 + odds) - base) / (1 - base), 0, 1)


@cache
def _complaint_rates() -> np.ndarray:
    """Yearly rate of each acute notion by sex and age: (notions, 2, ages)."""
    found = np.zeros((len(codes("diagnoses")), 2, OLDEST + 1))
    found[[index_of("diagnoses")[notion] for notion in rates("acute")["notion"]]] = complaint_rates()
    return found


@cache
def complaint_rates() -> np.ndarray:
    """Yearly rate of each row of `acute.csv` by sex (female, male) and age."""
    frame = rates("acute")
    ages = by_age(frame)
    sexes = by_sex(frame["male_ratio"].to_numpy())
    level = frame["per_1000_years"].to_numpy() / 1000
    return level[:, None, None] * sexes.T[:, :, None] * ages[:, None, :]


def move_onsets(
    rows: list[dict], rng: np.random.Generator, people: Rows, onset: np.ndarray, country: str
) -> None:
    """Bring onsets of a disease into the window before an outcome, for as many as the odds ratio asks."""
    for row in (row for row in rows if row["kind"] in ("onset", "record")):
        days = outcome_days(onset, country, row["outcome"])
        disease = burden(country).at(row["exposure"])
        first, after = window_before(row, days, people)
        free = (days < NEVER) & (first < after) & (onset[:, disease] >= after) & concerned(row, people)
        cases = np.flatnonzero(free)
        ages = [(edge[cases] - people["born"][cases]) / YEAR for edge in (first, after)]
        begun, ended = (burden(country).hazard_until(disease, people["male"][cases], age) for age in ages)
        new = 1 - np.exp(begun - ended)
        if row["kind"] == "record":
            coded_again = 1 - np.exp(-burden(country).recoded[disease] * (ages[1] - ages[0]))
            recorded = (1 - np.exp(-begun)) * coded_again + np.exp(-begun) * new
            share = extra_chance(recorded, row["multiplier"]) * (1 - recorded) * np.exp(ended)
        else:
            share = extra_chance(new, row["multiplier"])
        chosen = happens(rng, share)
        moved = cases[chosen]
        onset[moved, disease] = days_within(rng, first[moved], after[moved])


def extra_events(
    rows: list[dict], rng: np.random.Generator, people: Rows, onset: np.ndarray, country: str, visits: float
) -> Rows:
    """Consultations added before outcomes: who, day, the complaint (or -1) and the drug (or -1) of each."""
    parts = [_events(_nobody(), _nobody(), NO_NOTION, NO_NOTION)]
    for row in (row for row in rows if row["kind"] in ("symptom", "drug", "visits")):
        days = outcome_days(onset, country, row["outcome"])
        first, after = window_before(row, days, people)
        cases = np.flatnonzero(
            (days < NEVER) & (first < after) & (after <= people["ends"]) & concerned(row, people)
        )
        first, after = first[cases], after[cases]
        if row["kind"] == "visits":
            more = (row["multiplier"] - 1) * visits * (after - first) / YEAR
            again = np.repeat(np.arange(len(cases)), rng.poisson(more).astype(int))
            day = days_within(rng, first[again], after[again])
            parts.append(_events(cases[again], day, NO_NOTION, NO_NOTION))
            continue
        of_cases = {name: people[name][cases] for name in ("born", "male")}
        uneven = rates_of(country)["frailty_shape"]
        chosen, day = added(rng, of_cases, first, after, _yearly(row), row["multiplier"], uneven)
        notion = index_of("diagnoses")[row["exposure"]] if row["kind"] == "symptom" else NO_NOTION
        drug = index_of("drugs")[row["exposure"]] if row["kind"] == "drug" else NO_NOTION
        parts.append(_events(cases[chosen], day, notion, drug))
    parts += after_events(rows, rng, people, _complaint_rates())
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def added(
    rng: np.random.Generator,
    people: Rows,
    first: np.ndarray,
    after: np.ndarray,
    yearly: np.ndarray,
    odds_ratio: float,
    uneven: float,
) -> tuple[np.ndarray, np.ndarray]:
    """To whom a record is added in the window [first, after), and on which day of it.

    yearly    records a year without the effect, by sex and age
    uneven    shape of the gamma distribution in which people use care; the larger, the more alike they are
    returns   positions, and the day of each: such that the odds ratio holds however far one looks back into
              the window from its end, for who looks at fewer years meets fewer other records too
    """
    ages = np.arange(yearly.shape[1] + 1)
    until = np.concatenate([np.zeros((2, 1)), np.cumsum(yearly, axis=1)], axis=1)
    born, male = people["born"], people["male"]

    def by_sex(at: np.ndarray, of: np.ndarray, to: np.ndarray) -> np.ndarray:
        women, men = (np.interp(at, of[sex % len(of)], to[sex % len(to)]) for sex in (0, 1))
        return np.where(male, men, women)

    expected = [by_sex((edge - born) / YEAR, ages[None], until) for edge in (first, after)]
    base = 1 - (1 + (expected[1] - expected[0]) / uneven) ** -uneven
    drawn = rng.random(len(first))
    needed = drawn / (max(odds_ratio - 1, 1e-12) * (1 - drawn))
    with np.errstate(invalid="ignore"):
        records = uneven * ((1 - needed) ** (-1 / uneven) - 1)
    day = born + by_sex(expected[1] - np.nan_to_num(records), until, ages[None]) * YEAR
    chosen = np.flatnonzero(needed < base)
    return chosen, day[chosen].clip(first[chosen], after[chosen] - 1).astype(np.int32)


def _yearly(row: dict) -> np.ndarray:
    """Records a year of a complaint or a drug without the effect, by sex and age."""
    if row["kind"] == "symptom":
        return _complaint_rates()[index_of("diagnoses")[row["exposure"]]]
    answers = [a for a in rates("acute_treatments").iter_rows(named=True) if a["drug"] == row["exposure"]]
    return sum(
        (_complaint_rates()[index_of("diagnoses")[a["notion"]]] * a["share"] for a in answers),
        start=np.full((2, OLDEST + 1), 0.01),
    )


def _nobody() -> np.ndarray:
    return np.zeros(0, dtype=np.int32)


def _events(who: np.ndarray, day: np.ndarray, notion: int, drug: int) -> Rows:
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "notion": np.full(len(who), notion, dtype=np.int32),
        "drug": np.full(len(who), drug, dtype=np.int32),
    }
