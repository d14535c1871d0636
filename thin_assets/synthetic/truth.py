"""What should become of every delivered row, counted by the rules of the transformation but not by its code.

The oracle of the platform: it reads rows as delivered, knows nothing of SQL, and counts for every table
delivered = loaded - extra + collapsed + rejected. Here patients are judged; events in `fates.py`.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.defects import fault, is_line_fault, kinds
from thin_assets.synthetic.rows import Rows

FIRST_BIRTH_YEAR = 1875


@dataclass
class Tally:
    """Fates of one table's rows. `loaded` counts target rows, `extra` those beyond one per source row."""

    delivered: int = 0
    loaded: int = 0
    collapsed: int = 0
    extra: int = 0
    rejected: Counter = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            *(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True))
        )

    def refuse(self, reason: str, rows: np.ndarray) -> None:
        """Count the rows of a mask under a reason; no rows leave no trace."""
        self.rejected += Counter({reason: int(rows.sum())})

    def as_truth(self) -> dict:
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
    """The rows of one table as delivered, before lines are broken; beside each its patient and its fault."""

    frame: pl.DataFrame
    beside: Rows

    @property
    def readable(self) -> np.ndarray:
        """Rows that can be read and typed."""
        return ~is_line_fault(self.beside["fault"])

    @property
    def of_somebody(self) -> np.ndarray:
        """Rows whose patient was delivered at all."""
        return self.beside["fault"] != fault("orphan_patient")

    def tally(self) -> Tally:
        """The rows that cannot even be read, by reason."""
        unreadable = self.beside["fault"][~self.readable]
        return Tally(delivered=len(self.frame), rejected=Counter(kinds()[number] for number in unreadable))


@dataclass(frozen=True)
class Persons:
    """The readable patients of a chunk by number: what the rules ask of them. Days; NaN where unknown.

    reason   why the patient's own row is refused; empty for none
    on_a_list  whether the practice keeps lists of patients, which specialists never do
    start    first day of the practice's records; `observed_from` that or the registration, whichever is later
    """

    known: np.ndarray
    reason: np.ndarray
    birth_year: np.ndarray
    start: np.ndarray
    observed_from: np.ndarray
    transfer: np.ndarray
    death: np.ndarray
    collected: np.ndarray
    on_a_list: np.ndarray
    copies: int

    @property
    def observed_on_a_list(self) -> np.ndarray:
        """Observed where patients sign on to a list: registration to leaving, death or last collection."""
        return self.observed_from < np.fmin(np.fmin(self.transfer, self.death), self.collected)


def days_of(texts: pl.Series) -> np.ndarray:
    """Day number of YYYYMMDD texts, 00 read as the first month or day; NaN for null."""
    numbers = texts.cast(pl.Int64).to_numpy().astype(np.float64)
    known = np.where(np.isnan(numbers), 19000101, numbers).astype(np.int64)
    year, month, day = known // 10_000, np.maximum(known // 100 % 100, 1), np.maximum(known % 100, 1)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    return np.where(np.isnan(numbers), np.nan, days)


def years_of(days: np.ndarray) -> np.ndarray:
    """Calendar year of each day; 1970 for NaN."""
    known = np.where(np.isnan(days), 0, days).astype(np.int64)
    return known.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def read_persons(patients: Delivered, practices: pl.DataFrame, count: int, cutoff: int) -> Persons:
    """The patients of a chunk of `count` numbers, each once, with what the practice table says of them."""
    readable = np.flatnonzero(patients.readable)
    who, first = np.unique(patients.beside["who"][readable], return_index=True)
    dates = practices.select("pracid", "prac_type", "compdate", "visiondate", "amrdate", "collectdate")
    rows = patients.frame[readable[first]].join(dates, on="pracid", how="left", maintain_order="left")
    start = np.fmax(days_of(rows["visiondate"]), days_of(rows["amrdate"]))
    start = np.where(np.isnan(start), days_of(rows["compdate"]), start)
    transfer, death = days_of(rows["xferdate"]), days_of(rows["deathdate"])
    death = np.where(np.isnan(death) & (rows["regstat"] == "99").to_numpy(), transfer, death)
    found = {
        "known": np.ones(len(who), dtype=bool),
        "reason": _own_reasons(rows, death, cutoff),
        "birth_year": rows["yob"].str.slice(0, 4).cast(pl.Float64).to_numpy(),
        "start": start,
        "observed_from": np.fmax(days_of(rows["regdate"]), start),
        "transfer": transfer,
        "death": np.where(death > cutoff, np.nan, death),
        "collected": np.minimum(days_of(rows["collectdate"]), cutoff),
        "on_a_list": (rows["prac_type"] != "SPEC").fill_null(True).to_numpy(),
    }
    nobody = {"known": False, "reason": "", "on_a_list": False}
    spread = {}
    for name, values in found.items():
        spread[name] = np.full(count, nobody.get(name, np.nan), dtype=values.dtype)
        spread[name][who] = values
    return Persons(**spread, copies=len(readable) - len(who))


def _own_reasons(rows: pl.DataFrame, death: np.ndarray, cutoff: int) -> np.ndarray:
    birth_year = rows["yob"].str.slice(0, 4).cast(pl.Float64).to_numpy()
    this_year = years_of(np.array([float(cutoff)]))[0]
    return np.select(
        [
            ~rows["patflag"].is_in(["A", "C", "D"]).to_numpy(),
            ~rows["sex"].is_in(["1", "2"]).fill_null(False).to_numpy(),
            ~((birth_year >= FIRST_BIRTH_YEAR) & (birth_year <= this_year)),
            death < days_of(rows["regdate"]),
        ],
        ["invalid_patflag", "unknown_sex", "implausible_birth_year", "death_before_registration"],
        "",
    )


def judge_patients(
    country: str, persons: Persons, patients: Delivered, has_care: np.ndarray
) -> tuple[Tally, np.ndarray]:
    """Fates of the patient rows, and which patients become persons.

    has_care   patients with a valid event, which is what observation rests on where there are no lists
    """
    registered = persons.on_a_list & (COUNTRIES[country].observation == "registered")
    observed = np.where(registered, persons.observed_on_a_list, has_care)
    reason = np.where((persons.reason == "") & ~observed, "no_observation_time", persons.reason)
    loaded = persons.known & (reason == "")
    tally = patients.tally()
    tally.rejected += Counter(reason[persons.known & ~loaded].tolist())
    tally.collapsed, tally.loaded = persons.copies, int(loaded.sum())
    return tally, loaded
