"""The records of some years: visits, and everything that was written down in them, numbered per patient."""

from dataclasses import dataclass

import numpy as np

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic import therapy
from thin_assets.synthetic.aftermath import told_notions
from thin_assets.synthetic.chance import happens, stream
from thin_assets.synthetic.clinic import Clinic
from thin_assets.synthetic.consultations import ENTRY, EXTRA, recording_day, visits, with_details
from thin_assets.synthetic.days import NEVER, new_year
from thin_assets.synthetic.defects import fault, spoil_rows
from thin_assets.synthetic.diagnoses import COMPLAINT, medical_rows, with_factors
from thin_assets.synthetic.diagnoses import with_details as with_diagnosis_details
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.measurements import health_rows
from thin_assets.synthetic.population import rates_of
from thin_assets.synthetic.rows import Rows, numbered, stacked, take

MOST_PER_PATIENT = 40_000
"""Room for record numbers of one patient, table and span of years; half of it for repeats of the same day."""

Tables = dict[str, Rows]

TEXT_ALONE = "text alone"
"""Name of the rows that are in no table of a delivery: a text says them."""


@dataclass(frozen=True)
class Span:
    """Years simulated in one go: the history before the network opened, or one later year.

    number   position of the span in time; record numbers of different spans never meet
    """

    number: int
    first: int
    last: int

    @property
    def first_number(self) -> int:
        """Smallest record number of a patient in this span."""
        return self.number * MOST_PER_PATIENT


@dataclass(frozen=True)
class Setting:
    """What the records of a chunk need to know besides the lives.

    staff   number of staff of each patient's practice; `trends` planted drifts of measurements
    planted notions that a planted effect records, and chance does not; `told` share of the records of
            symptoms that are in text alone
    """

    world: tuple
    names: tuple
    staff: np.ndarray
    trends: list[dict]
    defects: bool
    planted: tuple[int, ...] = ()
    told: float = 0.0

    @property
    def country(self) -> str:
        """Country code."""
        return self.world[1]


def written(setting: Setting, lives: Lives, span: Span) -> Tables:
    """Every event table of a span of years."""
    drawn = {name: stream(*setting.world, *setting.names, span.first, name) for name in _STREAMS}
    found = visits(drawn["visits"], setting.country, lives, span.first, span.last)
    consults = numbered(
        with_details(drawn["visits"], setting.country, lives, found, setting.staff), span.first_number
    )
    position = np.empty(len(consults["who"]), dtype=np.int32)
    position[consults.pop("order")] = np.arange(len(position))
    tables = {"medical": _medical(setting, lives, consults, drawn["medical"])}
    tables["ahd"] = _health(setting, lives, consults, tables["medical"], drawn["ahd"], span)
    tables["therapy"] = _therapy(setting, lives, consults, tables["medical"], drawn["therapy"], span)
    tables["medical"] = with_factors(setting.country, tables["medical"], lives, span.first, span.last)
    tables = {
        name: _entered(setting, lives, consults, rows, drawn[name], span) for name, rows in tables.items()
    }
    if setting.told:
        tables["medical"], told = _told(setting, tables["medical"], span)
    if COUNTRIES[setting.country].dispensing:
        tables["dispense"] = _dispense(setting, lives, tables["therapy"], drawn["dispense"])
    tables["consult"] = consults | {"protected": consults["purpose"] == ENTRY}
    spoilt = {name: _spoilt(setting, lives, name, rows, drawn["defects"]) for name, rows in tables.items()}
    return spoilt | ({TEXT_ALONE: told} if setting.told else {})


_STREAMS = ("visits", "medical", "ahd", "therapy", "dispense", "defects")


def _told(setting: Setting, medical: Rows, span: Span) -> tuple[Rows, Rows]:
    """What stays in codes, and the complaints that a text says instead."""
    rng = stream(*setting.world, *setting.names, span.first, TEXT_ALONE)
    complaints = (medical["kind"] == COMPLAINT) & np.isin(medical["notion"], [*told_notions()])
    told = complaints & happens(rng, np.full(len(complaints), setting.told))
    told &= (medical["factor"] < 0) & ~medical["protected"]
    without = take(medical, told) | {"fault": np.zeros(int(told.sum()), dtype=np.int8)}
    del without["protected"]
    return take(medical, ~told), without


def _medical(setting: Setting, lives: Lives, consults: Rows, rng: np.random.Generator) -> Rows:
    rows = medical_rows(rng, setting.country, lives, consults, setting.planted)
    sysday = consults["sysday"][rows["visit"]]
    return with_diagnosis_details(rng, lives, rows, sysday, COUNTRIES[setting.country].certainty)


def _health(
    setting: Setting, lives: Lives, consults: Rows, medical: Rows, rng: np.random.Generator, span: Span
) -> Rows:
    clinic = Clinic(rng, setting.country, lives, setting.trends)
    rows = health_rows(clinic, consults, medical, (span.first, span.last))
    return rows | {"sysday": rows["day"]}


def _therapy(
    setting: Setting, lives: Lives, consults: Rows, medical: Rows, rng: np.random.Generator, span: Span
) -> Rows:
    first, after = new_year(span.first), new_year(span.last + 1)
    about = np.flatnonzero(consults["purpose"] == EXTRA)
    drug = lives.extras["drug"][consults["about"][about]]
    about, drug = about[drug >= 0], drug[drug >= 0]
    return stacked(
        [
            therapy.answers(rng, medical),
            therapy.acute(rng, consults["who"][about], consults["day"][about], drug, about),
            therapy.repeats(rng, setting.country, lives.people, lives.courses, first, after),
        ]
    )


def _entered(
    setting: Setting, lives: Lives, consults: Rows, rows: Rows, rng: np.random.Generator, span: Span
) -> Rows:
    """Rows with number, consultation, staff, recording day and the day of a later correction."""
    count, seen = len(rows["who"]), rows["visit"] >= 0
    visit = np.where(seen, rows["visit"], 0)
    anyone = rng.random(count, dtype=np.float32) * setting.staff[rows["who"]]
    at = {name: np.append(consults[name], 0)[visit] for name in ("staff", "sysday", "purpose", "number")}
    staff = np.where(seen, at["staff"], anyone)
    own = recording_day(rng, setting.country, lives, rows["who"], rows["day"])
    at_visit = np.maximum(at["sysday"], rows.get("sysday", rows["day"]))
    sysday = np.where(seen & happens(rng, np.full(count, 0.97)), at_visit, own)
    entry_visit = seen & (at["purpose"] == ENTRY)
    sysday = np.where(seen, np.maximum(sysday, at_visit), sysday)
    corrected = happens(rng, np.full(count, rates_of(setting.country)["corrected"]))
    later = sysday + 20 + (rng.random(count, dtype=np.float32) * 400).astype(np.int32)
    loose = happens(rng, np.full(count, rates_of(setting.country)["without_consultation"])) & ~entry_visit
    entered = rows | {
        "consult": np.where(seen & ~loose, at["number"], -1).astype(np.int32),
        "staff": staff.astype(np.int16),
        "sysday": sysday.astype(np.int32),
        "corrected": np.where(corrected, later, NEVER).astype(np.int32),
        "protected": entry_visit,
    }
    del entered["visit"]
    found = numbered(entered, span.first_number)
    del found["order"]
    return found


def _dispense(setting: Setting, lives: Lives, prescriptions: Rows, rng: np.random.Generator) -> Rows:
    """Only the living fetch what was prescribed."""
    rows = therapy.dispensed(rng, setting.country, lives.people, prescriptions)
    rows = take(rows, rows["day"] < lives.people["dies"][rows["who"]])
    sysday = np.maximum(rows["day"], prescriptions["sysday"][rows.pop("source")])
    return rows | {"sysday": sysday, "protected": np.zeros(len(rows["who"]), dtype=bool)}


def _spoilt(setting: Setting, lives: Lives, table: str, rows: Rows, rng: np.random.Generator) -> Rows:
    if setting.defects:
        rows = spoil_rows(rng, setting.country, table, lives, rows)
    else:
        rows = {name: values for name, values in rows.items() if name != "protected"}
        rows["fault"] = np.zeros(len(rows["who"]), dtype=np.int8)
    if setting.defects and COUNTRIES[setting.country].observation != "registered":
        silent = lives.people["fault"] == fault("no_observation_time")
        rows = take(rows, ~silent[rows["who"]])
    return rows


def together(parts: list[Tables]) -> Tables:
    """The tables of several spans, one span after the other."""
    return {name: stacked(part[name] for part in parts) for name in parts[0]}
