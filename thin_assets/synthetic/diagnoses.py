"""What was coded in the medical table: complaints, diseases when they begin, history, reviews."""

from functools import cache

import numpy as np

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.chance import happens, pick
from thin_assets.synthetic.coding import codes, diagnoses, index_of
from thin_assets.synthetic.consultations import ACUTE, ENTRY, EXTRA, ONSET, REVIEW, contact_rates
from thin_assets.synthetic.days import YEAR, new_year
from thin_assets.synthetic.effects import complaint_rates
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import OLDEST, rates
from thin_assets.synthetic.population import rates_of
from thin_assets.synthetic.rows import Rows, first_of_each, size, stacked, take

NEW, ONGOING, HISTORY, COMPLAINT = range(4)
EXACT, MONTH, YEAR_ONLY = range(3)


@cache
def _disease_notions(country: str) -> np.ndarray:
    return np.array([index_of("diagnoses")[name] for name in burden(country).names], dtype=np.int32)


@cache
def _complaint_notions() -> np.ndarray:
    return np.array([index_of("diagnoses")[notion] for notion in rates("acute")["notion"]], dtype=np.int32)


@cache
def _complaint_choices() -> np.ndarray:
    """Cumulative shares of the complaints; row = sex * ages + age."""
    flat = complaint_rates().transpose(1, 2, 0).reshape(2 * (OLDEST + 1), -1)
    return np.cumsum(flat, axis=1) / np.maximum(flat.sum(axis=1, keepdims=True), 1e-12)


def medical_rows(
    rng: np.random.Generator, country: str, lives: Lives, visits: Rows, planted: tuple[int, ...] = ()
) -> Rows:
    """Every coded entry that the visits lead to; no code twice on one day for one patient.

    planted    notions that do not come by chance, for an effect records them
    """
    by_chance = _complaints(rng, country, lives, visits)
    parts = [
        take(by_chance, ~np.isin(by_chance["notion"], planted)) if planted else by_chance,
        _begun(country, visits),
        _known_before(rng, country, lives, visits),
        _reviewed(country, visits),
        _planted(lives, visits),
    ]
    rows = stacked(parts)
    rows["system"] = _systems(rng, country, rows["notion"], visits["day"][rows["visit"]])
    rows = take(rows, diagnoses(country).exists[rows["system"], rows["notion"]])
    return take(rows, first_of_each(rows["who"], rows["day"], _same_code(country, rows)))


def _systems(rng: np.random.Generator, country: str, notion: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The code system of each entry made on a day: that of the day, or one that is used beside it."""
    book = diagnoses(country)
    system = book.system_on(day)
    for number, since, share in book.beside:
        chosen = happens(rng, np.full(len(day), share)) & (day >= since) & book.exists[number, notion]
        system[chosen] = number
    return system.astype(np.int8)


def _same_code(country: str, rows: Rows) -> np.ndarray:
    """A number per code text: two notions may share a code."""
    texts = diagnoses(country).texts()
    numbers = texts.rank("dense").fill_null(0).to_numpy().astype(np.int32)
    return numbers[rows["system"].astype(np.int64) * len(codes("diagnoses")) + rows["notion"]]


def _rows(visits: Rows, which: np.ndarray, notion: np.ndarray, kind: int) -> Rows:
    return {
        "who": visits["who"][which],
        "day": visits["day"][which],
        "notion": notion.astype(np.int32),
        "visit": which.astype(np.int32),
        "kind": np.full(len(which), kind, dtype=np.int8),
        "precision": np.zeros(len(which), dtype=np.int8),
    }


def _complaints(rng: np.random.Generator, country: str, lives: Lives, visits: Rows) -> Rows:
    """Complaints by age and sex; one visit in eight or so carries a second one."""
    acute = np.flatnonzero(visits["purpose"] == ACUTE)
    people, who = lives.people, visits["who"][acute]
    sex = people["male"][who].astype(np.int64)
    age = ((visits["day"][acute] - people["born"][who]) / YEAR).astype(np.int64).clip(0, OLDEST)
    cell = sex * (OLDEST + 1) + age
    per_visit = (complaint_rates().sum(axis=0) / contact_rates(country)).ravel()
    first = np.flatnonzero(happens(rng, per_visit[cell] * 0.88))
    second = np.flatnonzero(happens(rng, per_visit[cell] * 0.12))
    chosen = np.concatenate([first, second])
    column = pick(rng, _complaint_choices(), cell[chosen])
    return _rows(visits, acute[chosen], _complaint_notions()[column], COMPLAINT)


def _begun(country: str, visits: Rows) -> Rows:
    which = np.flatnonzero(visits["purpose"] == ONSET)
    return _rows(visits, which, _disease_notions(country)[visits["about"][which]], NEW)


def _reviewed(country: str, visits: Rows) -> Rows:
    which = np.flatnonzero(visits["purpose"] == REVIEW)
    return _rows(visits, which, _disease_notions(country)[visits["about"][which]], ONGOING)


def _planted(lives: Lives, visits: Rows) -> Rows:
    which = np.flatnonzero(visits["purpose"] == EXTRA)
    notion = lives.extras["notion"][visits["about"][which]]
    return _rows(visits, which[notion >= 0], notion[notion >= 0], COMPLAINT)


def _known_before(rng: np.random.Generator, country: str, lives: Lives, visits: Rows) -> Rows:
    """Older diseases, entered at the first visit and dated back, often to a year alone."""
    entries = np.flatnonzero(visits["purpose"] == ENTRY)
    who = visits["who"][entries]
    old = lives.onset[who] < lives.people["entry"][who][:, None]
    entry, disease = np.nonzero(old)
    usual, own = rates_of(country)["history_recorded"], burden(country).remembered[disease]
    kept = happens(rng, np.where(np.isnan(own), usual, own))
    entry, disease = entry[kept], disease[kept]
    rows = _rows(visits, entries[entry], _disease_notions(country)[disease], HISTORY)
    precision = rng.choice(np.array([EXACT, MONTH, YEAR_ONLY], dtype=np.int8), len(entry))
    begun, born = lives.onset[who[entry], disease], lives.people["born"][who[entry]]
    rows["precision"] = np.where(first_possible(begun, precision) < born, EXACT, precision).astype(np.int8)
    rows["day"] = first_possible(begun, rows["precision"])
    return rows


def with_factors(country: str, rows: Rows, lives: Lives, first_year: int, last_year: int) -> Rows:
    """The rows with `factor` (-1: none), and below them the factors of these years, without a visit."""
    day = lives.factors["day"]
    found = take(lives.factors, (day >= new_year(first_year)) & (day < new_year(last_year + 1)))
    found = take(found, first_of_each(found["who"], found["day"], found["factor"]))
    said = {"visit": -1, "system": -1, "kind": COMPLAINT, "priority": 2}
    said["certainty"] = 0 if COUNTRIES[country].certainty else -1
    usual = {
        name: np.full(size(found), said.get(name, 0), dtype=values.dtype) for name, values in rows.items()
    }
    nothing = np.full(size(rows), -1, dtype=np.int32)
    return stacked([rows | {"factor": nothing}, usual | found | {"sysday": found["day"]}])


def first_possible(days: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """The day a partial date stands for: the first of its month or year."""
    dates = days.astype("datetime64[D]")
    month, year = (
        dates.astype(f"datetime64[{unit}]").astype("datetime64[D]").astype(np.int32) for unit in "MY"
    )
    return np.select([precision == MONTH, precision == YEAR_ONLY], [month, year], days).astype(np.int32)


def with_details(
    rng: np.random.Generator, lives: Lives, rows: Rows, sysday: np.ndarray, certain: bool
) -> Rows:
    """Columns that say how an entry was made.

    sysday   recording day of each row
    certain  True where the country marks how sure a diagnosis is (G V A Z)
    """
    count = len(rows["who"])
    marks = np.array([0, 1, 2, 3], dtype=np.int8)
    certainty = (
        rng.choice(marks, count, p=[0.88, 0.06, 0.02, 0.04]) if certain else np.full(count, -1, np.int8)
    )
    return rows | {
        "sysday": np.maximum(sysday, rows["day"]).astype(np.int32),
        "certainty": certainty.astype(np.int8),
        "ended": happens(rng, np.where(rows["kind"] == COMPLAINT, 0.05, 0.0)),
        "priority": rng.integers(1, 4, count, dtype=np.int8),
    }
