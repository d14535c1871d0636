"""What should become of every delivered row, counted by the rules of the transformation but not by its code.

This is the oracle of the platform: it reads the rows as delivered, knows nothing of SQL, and counts for each table
delivered = loaded - extra + collapsed + rejected. Rules: docs/reference/mapping-rules.md.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.codes import targets
from thin_assets.synthetic.defects import is_line_fault, kinds
from thin_assets.synthetic.rows import Rows

AFTERMATH = 60
"""Days after death within which a record is still believed."""

FIRST_BIRTH_YEAR = 1875
DATE_OF = {"therapy": "prscdate", "dispense": "dispdate"}
FLAG_OF = {"medical": ("medflag", ["R", "S"]), "therapy": ("therflag", ["Y"]), "ahd": ("ahdflag", ["Y"])}
SHOWS_CARE = ("consult", "medical", "therapy", "dispense", "ahd")
REASONS = ("invalid_flag", "missing_date", "future_date", "before_birth", "after_death")


@dataclass
class Tally:
    """Fates of the rows of one table. `loaded` counts target rows, `extra` those beyond one per source row."""

    delivered: int = 0
    loaded: int = 0
    collapsed: int = 0
    extra: int = 0
    rejected: Counter = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Count another part of the same table."""
        self.delivered += other.delivered
        self.loaded += other.loaded
        self.collapsed += other.collapsed
        self.extra += other.extra
        self.rejected += other.rejected

    def written(self) -> dict:
        """As truth.json says it."""
        return {
            "delivered": self.delivered,
            "loaded": self.loaded,
            "collapsed": self.collapsed,
            "rejected": dict(sorted(self.rejected.items())),
            "multi_map_extra": self.extra,
        }


@dataclass
class Delivered:
    """The rows of one table as delivered, before any line was broken; beside each its patient and its fault."""

    frame: pl.DataFrame
    beside: Rows

    @property
    def readable(self) -> np.ndarray:
        """Rows that can be read and typed."""
        return ~is_line_fault(self.beside["fault"])


def _days(texts: pl.Series) -> np.ndarray:
    """Day number of YYYYMMDD texts, 00 read as the first month or day; NaN for null."""
    numbers = texts.cast(pl.Int64).to_numpy().astype(np.float64)
    known = np.where(np.isnan(numbers), 19000101, numbers).astype(np.int64)
    year, month, day = known // 10_000, np.maximum(known // 100 % 100, 1), np.maximum(known % 100, 1)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    return np.where(np.isnan(numbers), np.nan, days)


def _years(days: np.ndarray) -> np.ndarray:
    known = np.where(np.isnan(days), 0, days).astype(np.int64)
    return known.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def judge(
    country: str, cutoff: int, count: int, practices: pl.DataFrame, tables: dict[str, Delivered]
) -> tuple[dict[str, Tally], Counter]:
    """Fates of all patients and events of a chunk, and the CDM rows that follow.

    count   number of patients the chunk knows; `practices` the practice table of the snapshot
    """
    tallies = {name: _readable_tally(delivered) for name, delivered in tables.items()}
    people = _People.read(tables["patient"], practices, count, cutoff)
    valid = {
        name: _own_reason(name, part, people, cutoff) for name, part in tables.items() if name != "patient"
    }
    if COUNTRIES[country].observation == "registered":
        observed = people.observed_from < people.end_of_registration()
    else:
        observed = _has_care(tables, valid, people, cutoff)
    reason = np.where((people.reason == "") & ~observed, "no_observation_time", people.reason)
    loaded = people.known & (reason == "")
    tallies["patient"].rejected += Counter(reason[people.known & (reason != "")].tolist())
    tallies["patient"].collapsed = people.copies
    tallies["patient"].loaded = int(loaded.sum())
    for name, own in valid.items():
        _judge_events(country, name, tables[name], own, loaded, tallies[name])
    dead = loaded & ~np.isnan(people.death) & (people.death <= cutoff)
    built = {"person": int(loaded.sum()), "death": int(dead.sum()), "visit_detail": tallies["consult"].loaded}
    return tallies, Counter(built)


def _readable_tally(delivered: Delivered) -> Tally:
    faults = delivered.beside["fault"][~delivered.readable]
    return Tally(delivered=len(delivered.frame), rejected=Counter(kinds()[number] for number in faults))


@dataclass
class _People:
    """The readable patients of a chunk by number: what the rules ask of them; `reason` why they are refused."""

    known: np.ndarray
    reason: np.ndarray
    birth_year: np.ndarray
    start: np.ndarray
    transfer: np.ndarray
    death: np.ndarray
    collected: np.ndarray
    observed_from: np.ndarray
    copies: int

    @classmethod
    def read(cls, patients: Delivered, practices: pl.DataFrame, count: int, cutoff: int) -> "_People":
        readable = np.flatnonzero(patients.readable)
        who = patients.beside["who"][readable]
        who, first = np.unique(who, return_index=True)
        rows = patients.frame[readable[first]].join(
            practices.unique("pracid"), on="pracid", how="left", maintain_order="left", suffix="_of_practice"
        )
        transfer, death = _days(rows["xferdate"]), _days(rows["deathdate"])
        dead_by_status = np.isnan(death) & (rows["regstat"] == "99").to_numpy()
        death = np.where(dead_by_status, transfer, death)
        registered = _days(rows["regdate"])
        starts = [_days(rows[name]) for name in ("visiondate", "amrdate")]
        practice_start = np.fmax(*starts)
        practice_start = np.where(np.isnan(practice_start), _days(rows["compdate"]), practice_start)
        birth_year = rows["yob"].str.slice(0, 4).cast(pl.Float64).to_numpy()
        reasons = np.select(
            [
                ~rows["patflag"].is_in(["A", "C", "D"]).to_numpy(),
                ~rows["sex"].is_in(["1", "2"]).fill_null(False).to_numpy(),
                ~((birth_year >= FIRST_BIRTH_YEAR) & (birth_year <= _years(np.array([cutoff]))[0])),
                death < registered,
            ],
            ["invalid_patflag", "unknown_sex", "implausible_birth_year", "death_before_registration"],
            "",
        )
        death = np.where(death > cutoff, np.nan, death)

        def spread(values: np.ndarray, missing: object) -> np.ndarray:
            full = np.full(count, missing, dtype=values.dtype)
            full[who] = values
            return full

        return cls(
            known=spread(np.ones(len(who), dtype=bool), False),
            reason=spread(reasons, ""),
            birth_year=spread(birth_year, np.nan),
            start=spread(practice_start, np.nan),
            transfer=spread(transfer, np.nan),
            death=spread(death, np.nan),
            collected=spread(np.minimum(_days(rows["collectdate"]), cutoff), np.nan),
            observed_from=spread(np.fmax(registered, practice_start), np.nan),
            copies=len(readable) - len(who),
        )

    def end_of_registration(self) -> np.ndarray:
        """Last day of observation of patients on a list."""
        return np.fmin(np.fmin(self.transfer, self.death), self.collected)


def _own_reason(table: str, delivered: Delivered, people: _People, cutoff: int) -> np.ndarray:
    """Why a row's own flag and dates refuse it: position in REASONS plus one, 0 for none."""
    frame, who = delivered.frame, delivered.beside["who"]
    day = _days(frame[DATE_OF.get(table, "eventdate")])
    bad_flag = np.zeros(len(frame), dtype=bool)
    if table in FLAG_OF:
        column, valid = FLAG_OF[table]
        bad_flag = ~frame[column].is_in(valid).fill_null(False).to_numpy()
    return np.select(
        [
            bad_flag,
            np.isnan(day),
            day > cutoff,
            _years(day) < people.birth_year[who],
            day > people.death[who] + AFTERMATH,
        ],
        [1, 2, 3, 4, 5],
        0,
    )


def _has_care(
    tables: dict[str, Delivered], valid: dict[str, np.ndarray], people: _People, cutoff: int
) -> np.ndarray:
    """Patients with a valid event between the practice's start and the end of what was collected."""
    found = np.zeros(len(people.known), dtype=bool)
    for name in SHOWS_CARE:
        if name not in tables:
            continue
        part = tables[name]
        day = _days(part.frame[DATE_OF.get(name, "eventdate")])
        who = part.beside["who"]
        counts = part.readable & (valid[name] == 0) & ~_stranger(part) & (day >= people.start[who])
        counts &= day <= np.fmin(people.collected, np.fmin(people.death, cutoff))[who]
        found[who[counts]] = True
    return found


def _stranger(delivered: Delivered) -> np.ndarray:
    return delivered.beside["fault"] == kinds().index("orphan_patient")


def _judge_events(
    country: str, table: str, delivered: Delivered, own: np.ndarray, loaded: np.ndarray, tally: Tally
) -> None:
    readable = delivered.readable
    welcome = loaded[delivered.beside["who"]] & ~_stranger(delivered)
    tally.rejected += Counter({"person_not_loaded": int((readable & ~welcome).sum())})
    for number, reason in enumerate(REASONS, start=1):
        tally.rejected[reason] += int((readable & welcome & (own == number)).sum())
    tally.rejected = +tally.rejected
    kept = np.flatnonzero(readable & welcome & (own == 0))
    first = _first_copies(table, delivered, kept)
    tally.collapsed = len(kept) - len(first)
    counts = _targets(country, table, delivered.frame[first])
    tally.loaded = int(counts.sum())
    tally.extra = tally.loaded - len(first)


def _first_copies(table: str, delivered: Delivered, kept: np.ndarray) -> np.ndarray:
    """Rows that stay when repeats collapse: the same record, or in medical the same code on the same day."""
    frame = delivered.frame[kept]
    key = {
        "consult": ["consultid"],
        "medical": ["day", "code_system", "medcode"],
        "therapy": ["therid"],
        "ahd": ["ahdid"],
        "dispense": ["dispdate", "cip13", "atc", "boxes", "therid"],
        "pvi": ["flags", "eventdate"],
    }[table]
    frame = frame.with_columns(who=pl.Series(delivered.beside["who"][kept]), row=pl.Series(kept))
    if table == "medical":
        frame = frame.with_columns(day=pl.Series(_days(frame["eventdate"])))
    return frame.unique(["who", *key], keep="first", maintain_order=True)["row"].to_numpy()


def _targets(country: str, table: str, frame: pl.DataFrame) -> np.ndarray:
    """Rows of the CDM that each source row becomes: one per standard concept, at least one."""
    if table == "medical":
        return _counted(frame["medcode"], frame["code_system"])
    if table in ("therapy", "dispense"):
        return _counted(frame["atc"], pl.repeat("ATC", len(frame), dtype=pl.String, eager=True))
    if table == "ahd":
        parts = {"1005010500": ("data1", "data2"), "1005010200": ("data1", "data3")}
        counts = np.ones(len(frame), dtype=np.int64)
        for entity, columns in parts.items():
            of_entity = (frame["ahdcode"] == entity).to_numpy()
            filled = sum(frame[column].is_not_null().to_numpy().astype(int) for column in columns)
            counts = np.where(of_entity, np.maximum(filled, 1), counts)
        return counts
    return np.ones(len(frame), dtype=np.int64)


def _counted(codes: pl.Series, systems: pl.Series) -> np.ndarray:
    frame = pl.DataFrame({"system": systems, "code": codes})
    distinct = frame.unique().with_columns(
        targets=pl.struct("system", "code").map_elements(
            lambda pair: concepts_of(pair["system"], pair["code"]), return_dtype=pl.Int64
        )
    )
    return frame.join(distinct, on=["system", "code"], how="left", nulls_equal=True, maintain_order="left")[
        "targets"
    ].to_numpy()


@cache
def concepts_of(system: str, code: str | None) -> int:
    """Number of rows that a code becomes."""
    return max(1, len(targets(system, code))) if code else 1
