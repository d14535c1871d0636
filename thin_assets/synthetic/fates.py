"""Fates of events: why a row is refused, which repeats collapse, how many CDM rows the others become."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl

from thin_assets.synthetic.codes import targets
from thin_assets.synthetic.codes.products import product_targets
from thin_assets.synthetic.truth import (
    Delivered,
    Persons,
    Tally,
    days_of,
    judge_patients,
    read_persons,
    years_of,
)

AFTERMATH = 60
"""Days after death within which a record is still believed."""

DATE_OF = {"therapy": "prscdate", "dispense": "dispdate"}
FLAG_OF = {"medical": ("medflag", ["R", "S"]), "therapy": ("therflag", ["Y"]), "ahd": ("ahdflag", ["Y"])}
SHOWS_CARE = ("consult", "medical", "therapy", "dispense", "ahd")
REASONS = ("invalid_flag", "missing_date", "future_date", "before_birth", "after_death")
RECORD = {
    "consult": ["consultid"],
    "medical": ["day", "code_system", "medcode"],
    "therapy": ["therid"],
    "ahd": ["ahdid"],
    "dispense": ["dispdate", "cip13", "atc", "boxes", "therid"],
    "pvi": ["flags", "eventdate"],
}
"""What, beside the patient, makes two rows one: the record; in medical the same code on the same day."""

PARTS = {"1005010500": ("data1", "data2"), "1005010200": ("data1", "data3")}
"""Entities that become one measurement per value: blood pressure, and weight with body mass index."""


def judge(
    country: str, cutoff: int, count: int, practices: pl.DataFrame, tables: dict[str, Delivered]
) -> tuple[dict[str, Tally], Counter]:
    """Fates of all patients and events of a chunk, and the CDM rows that follow.

    count   number of patients the chunk knows; `practices` the practice table of the snapshot
    """
    persons = read_persons(tables["patient"], practices, count, cutoff)
    events = {name: part for name, part in tables.items() if name != "patient"}
    days = {name: days_of(part.frame[DATE_OF.get(name, "eventdate")]) for name, part in events.items()}
    refused = {name: own_reason(name, part, days[name], persons, cutoff) for name, part in events.items()}
    care = _patients_in_care(events, days, refused, persons)
    tallies = {}
    tallies["patient"], loaded = judge_patients(country, persons, tables["patient"], care)
    for name, part in events.items():
        tallies[name] = _judge_events(name, part, days[name], refused[name], loaded)
    dead = loaded & ~np.isnan(persons.death)
    rows = {"person": int(loaded.sum()), "death": int(dead.sum()), "visit_detail": tallies["consult"].loaded}
    return tallies, Counter(rows)


def own_reason(table: str, part: Delivered, day: np.ndarray, persons: Persons, cutoff: int) -> np.ndarray:
    """Why a row's own flag and dates refuse it: position in REASONS plus one, 0 for none."""
    who = part.beside["who"]
    bad_flag = np.zeros(len(part.frame), dtype=bool)
    if table in FLAG_OF:
        column, valid = FLAG_OF[table]
        bad_flag = ~part.frame[column].is_in(valid).fill_null(False).to_numpy()
    tests = [
        bad_flag,
        np.isnan(day),
        day > cutoff,
        years_of(day) < persons.birth_year[who],
        day > persons.death[who] + AFTERMATH,
    ]
    return np.select(tests, np.arange(1, len(tests) + 1), 0)


def _patients_in_care(
    events: dict[str, Delivered],
    days: dict[str, np.ndarray],
    refused: dict[str, np.ndarray],
    persons: Persons,
) -> np.ndarray:
    """Patients with a valid event from the practice's start to death or the last collection."""
    found = np.zeros(len(persons.known), dtype=bool)
    last = np.fmin(persons.collected, persons.death)
    for name in SHOWS_CARE:
        if name in events:
            part, day = events[name], days[name]
            who = part.beside["who"]
            valid = part.readable & part.of_somebody & (refused[name] == 0)
            found[who[valid & (day >= persons.start[who]) & (day <= last[who])]] = True
    return found


def _judge_events(
    table: str, part: Delivered, day: np.ndarray, refused: np.ndarray, loaded: np.ndarray
) -> Tally:
    tally = part.tally()
    welcome = loaded[part.beside["who"]] & part.of_somebody
    tally.refuse("person_not_loaded", part.readable & ~welcome)
    for number, reason in enumerate(REASONS, start=1):
        tally.refuse(reason, part.readable & welcome & (refused == number))
    kept = np.flatnonzero(part.readable & welcome & (refused == 0))
    frame = part.frame[kept].with_columns(who=pl.Series(part.beside["who"][kept]), day=pl.Series(day[kept]))
    frame = frame.unique(["who", *RECORD[table]], keep="first", maintain_order=True)
    tally.collapsed = len(kept) - len(frame)
    tally.loaded = int(_targets(table, frame).sum())
    tally.extra = tally.loaded - len(frame)
    return tally


def _targets(table: str, frame: pl.DataFrame) -> np.ndarray:
    """Rows of the CDM that each source row becomes: one per standard concept or value, at least one."""
    if table == "medical":
        return _counted(frame.select(system="code_system", code="medcode"), targets)
    if table == "therapy":
        return _counted(frame.select(system="drug_code_system", code="drugcode", atc="atc"), product_targets)
    if table == "dispense":
        return _counted(frame.select(system=pl.lit("CIP13"), code="cip13", atc="atc"), product_targets)
    counts = np.ones(len(frame), dtype=np.int64)
    if table == "ahd":
        for entity, columns in PARTS.items():
            filled = sum(frame[column].is_not_null().to_numpy().astype(int) for column in columns)
            counts = np.where((frame["ahdcode"] == entity).to_numpy(), np.maximum(filled, 1), counts)
    return counts


def _counted(codes: pl.DataFrame, targets_of: Callable[..., tuple[int, ...]]) -> np.ndarray:
    """Standard concepts of each code, at least one: a code of a system nobody knows stands for itself."""
    distinct = codes.unique()
    counts = [max(1, len(targets_of(*row))) for row in distinct.iter_rows()]
    distinct = distinct.with_columns(targets=pl.Series(counts, dtype=pl.Int64))
    found = codes.join(distinct, on=codes.columns, how="left", nulls_equal=True, maintain_order="left")
    return found["targets"].to_numpy()
