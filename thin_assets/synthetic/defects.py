"""Which rows are spoiled, and how: every row carries at most one fault, and keeps it in every later snapshot.

Patients with a fault of their own have none in their events, and the visit at registration has none,
so that the counts of the truth add up without one fault hiding another.
"""

from functools import cache

import numpy as np

from thin_assets.synthetic.chance import exactly
from thin_assets.synthetic.coding import diagnoses, index_of
from thin_assets.synthetic.days import NEVER, YEAR, years_of
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.practices import FEWEST_LEFT, GENERAL
from thin_assets.synthetic.rows import Rows

NO_FAULT = 0
LINE_FAULTS = (
    "wrong_field_count",
    "not_utf8",
    "not_a_date",
    "not_a_number",
    "missing_required",
    "birth_date_too_precise",
)
"""Faults of the text itself: the row is refused before anybody knows whose it is."""

ENOUGH_ROWS = 400
"""From so many rows on, each kind of fault occurs at least once."""


@cache
def kinds() -> tuple[str, ...]:
    """Names of faults; a row's `fault` is a position in it. The first name is that of a row without fault."""
    return ("", *dict.fromkeys(rates("defects")["kind"]))


def fault(kind: str) -> int:
    """Number of a fault."""
    return kinds().index(kind)


def is_line_fault(faults: np.ndarray) -> np.ndarray:
    """Whether each fault is one of the text of the row."""
    return np.isin(faults, [fault(kind) for kind in LINE_FAULTS])


def _shares(table: str) -> list[tuple[str, float]]:
    rows = rates("defects").iter_rows(named=True)
    return [(row["kind"], row["share"]) for row in rows if row["table"] == table]


OF_LISTS = ("no_observation_time", "transfer_before_registration")
"""Faults that mean something only where patients are on a list."""


def spoil_patients(rng: np.random.Generator, people: Rows, movers: np.ndarray) -> np.ndarray:
    """Faults of patients; those who moved practice are spared, and so is the first, whom the marker may need.

    Of each kind, one is a patient of a practice that never stops sending, so that every snapshot shows it.
    """
    count = len(people["born"])
    faults = np.zeros(count, dtype=np.int8)
    lasting = people["practice"] < FEWEST_LEFT
    for kind, share in _shares("patient"):
        free = (faults == NO_FAULT) & ~movers & (np.arange(count) > 0)
        if kind == "birth_date_too_precise":
            free &= people["born"] < people["entry"].min(initial=0) - 20 * YEAR
        if kind in OF_LISTS:
            free &= people["specialty"] == GENERAL
        least = int(count >= ENOUGH_ROWS)
        one = exactly(rng, np.flatnonzero(free & lasting), 0, count, least=least)
        free[one] = False
        others = exactly(rng, np.flatnonzero(free), share, count - len(one) / share, least=0)
        faults[np.append(one, others)] = fault(kind)
    return faults


def spoil_rows(rng: np.random.Generator, country: str, table: str, lives: Lives, rows: Rows) -> Rows:
    """Rows of an event table with `fault`, and with the dates that some faults bring."""
    count = len(rows["who"])
    faults = np.zeros(count, dtype=np.int8)
    sound = (lives.people["fault"][rows["who"]] == NO_FAULT) & ~rows["protected"]
    for kind, share in _shares(table):
        free = sound & (faults == NO_FAULT) & _able(kind, country, lives, rows)
        least = int(count >= ENOUGH_ROWS)
        faults[exactly(rng, np.flatnonzero(free), share, count, least=least)] = fault(kind)
    spoilt = rows | {"fault": faults}
    del spoilt["protected"]
    return _misdated(rng, lives, spoilt)


def _able(kind: str, country: str, lives: Lives, rows: Rows) -> np.ndarray:
    """Rows that can carry a kind of fault."""
    if kind == "after_death":
        return lives.people["dies"][rows["who"]] < NEVER
    if kind == "missing_consult":
        return rows["consult"] >= 0
    if kind == "unit_swap":
        tests = [index_of("tests")[name] for name in ("haemoglobin", "hba1c", "creatinine")]
        return np.isin(rows["test"], tests) & (rows["swapped"] >= 0)
    if kind == "case_collision":
        systems = diagnoses(country).systems
        return rows["system"] == (systems.index("READ2") if "READ2" in systems else -2)
    return np.ones(len(rows["who"]), dtype=bool)


def _misdated(rng: np.random.Generator, lives: Lives, rows: Rows) -> Rows:
    faults, who = rows["fault"], rows["who"]
    day, sysday = rows["day"].copy(), rows["sysday"].copy()
    sysday = np.maximum(sysday, day)
    day[faults == fault("missing_date")] = NEVER
    late = faults == fault("after_death")
    day[late] = lives.people["dies"][who[late]] + 61 + rng.integers(0, 300, late.sum())
    sysday[late] = np.maximum(sysday[late], day[late])
    future = faults == fault("future_date")
    day[future] += int(75 * YEAR)
    early = faults == fault("before_birth")
    born = lives.people["born"][who[early]]
    day[early] = born - (born - _new_year_of(born)) - rng.integers(1, 1500, early.sum())
    return rows | {"day": day.astype(np.int32), "sysday": sysday.astype(np.int32)}


def _new_year_of(days: np.ndarray) -> np.ndarray:
    return (years_of(days) - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int32)
