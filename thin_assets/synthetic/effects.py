"""Planted effects: outcome, exposure, strength and window are rows of `rates/effects.csv`, on by name.

hazard        an exposure multiplies the hazard of the outcome from its start (plus `from_days`) on
symptom       a complaint is more often recorded in the window before the outcome
onset         a chronic disease more often begins in the window before the outcome
drug          a drug is more often prescribed in the window before the outcome
visits        consultations are multiplied in the window before the outcome
trend         a measurement drifts by `change`, linearly over the window, reaching it at the outcome
persistence   courses of a drug end by a Weibull law: `multiplier` is its shape, `change` its scale in days
"""

from collections.abc import Collection
from functools import cache

import numpy as np

from thin_assets.errors import SettingsError
from thin_assets.synthetic.chance import days_within, happens
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import OLDEST, by_age, by_sex, rates
from thin_assets.synthetic.population import SMOKES, STOPPED
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
    for row in (row for row in rows if row["kind"] == "onset"):
        days = outcome_days(onset, country, row["outcome"])
        disease = burden(country).at(row["exposure"])
        first, after = window_before(row, days, people)
        free = (days < NEVER) & (first < after) & (onset[:, disease] >= after) & concerned(row, people)
        cases = np.flatnonzero(free)
        ages = [(edge[cases] - people["born"][cases]) / YEAR for edge in (first, after)]
        begun, ended = (burden(country).hazard_until(disease, people["male"][cases], age) for age in ages)
        chosen = happens(rng, extra_chance(1 - np.exp(begun - ended), row["multiplier"]))
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
        years = (after - first) / YEAR
        if row["kind"] == "visits":
            again = np.repeat(
                np.arange(len(cases)), rng.poisson((row["multiplier"] - 1) * visits * years).astype(int)
            )
            parts.append(
                _events(cases[again], days_within(rng, first[again], after[again]), NO_NOTION, NO_NOTION)
            )
            continue
        complaint, drug, base = _base(row, people, cases, years, days)
        chosen = happens(rng, extra_chance(base, row["multiplier"]))
        parts.append(_events(cases[chosen], days_within(rng, first[chosen], after[chosen]), complaint, drug))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _base(row: dict, people: Rows, cases: np.ndarray, years: np.ndarray, days: np.ndarray) -> tuple:
    """Notion, drug and chance of at least one record without the effect."""
    age = ((days[cases] - people["born"][cases]) / YEAR).astype(int).clip(0, OLDEST)
    sex = people["male"][cases].astype(int)
    if row["kind"] == "symptom":
        notion = index_of("diagnoses")[row["exposure"]]
        return notion, NO_NOTION, 1 - np.exp(-_complaint_rates()[notion, sex, age] * years)
    answers = [a for a in rates("acute_treatments").iter_rows(named=True) if a["drug"] == row["exposure"]]
    yearly = sum(
        (_complaint_rates()[index_of("diagnoses")[a["notion"]], sex, age] * a["share"] for a in answers),
        start=np.full(len(cases), 0.01),
    )
    return NO_NOTION, index_of("drugs")[row["exposure"]], 1 - np.exp(-yearly * years)


def _nobody() -> np.ndarray:
    return np.zeros(0, dtype=np.int32)


def _events(who: np.ndarray, day: np.ndarray, notion: int, drug: int) -> Rows:
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "notion": np.full(len(who), notion, dtype=np.int32),
        "drug": np.full(len(who), drug, dtype=np.int32),
    }
