"""Who is registered where: the practice, staff, patient and pvi tables, as known at a snapshot."""

import numpy as np
import polars as pl

from thin_assets.synthetic.chance import stream
from thin_assets.synthetic.days import NEVER, spelled, years_of
from thin_assets.synthetic.defects import NO_FAULT, fault
from thin_assets.synthetic.practices import Practices
from thin_assets.synthetic.rows import Rows
from thin_assets.synthetic.snapshots import View
from thin_assets.synthetic.spelling import at, framed, staff_keys

FLAGS_INVALID = ("B", "E", "F", "T")
WRONG_YEARS = ("18600000", "20950000", None)
CHILD = 15

OTHER_ROLES = (1, 2, 1, 1, 2, 1, 1, 3, 1, 2, 1, 1, 2, 1, 4, 1)
"""After the doctors: nurses (1), other doctors (2); pharmacists (3) and the office (4) seldom record."""


def practice_frame(
    country: str,
    practices: Practices,
    shown: np.ndarray,
    until: np.ndarray,
    members: np.ndarray,
    cutoff: int,
    *,
    repeat: bool,
) -> pl.DataFrame:
    """Practices in the snapshot; `repeat` delivers the first one twice."""
    which = np.flatnonzero(shown)
    which = np.append(which, which[:1]) if repeat else which
    registers = country == "GB"
    suspended = practices.suspended_at(cutoff)[which]
    silent = until[which] < cutoff
    return framed(
        "practice",
        {
            "pracid": pl.Series(practices.keys[which].tolist()),
            "country": pl.repeat(country, len(which), dtype=pl.String, eager=True),
            "region": pl.Series(practices.region[which].tolist()),
            "prac_type": at(["GP", "SPEC"], practices.is_specialist[which].astype(int)),
            "specialty": pl.Series(practices.specialty[which].tolist()),
            "compdate": spelled(practices.starts[which] - 500),
            "visiondate": spelled(practices.starts[which] - (200 if registers else 0)),
            "amrdate": spelled(practices.starts[which] if registers else np.full(len(which), NEVER)),
            "collectdate": spelled(until[which]),
            "status": at(["A", "L", "S"], np.select([suspended, silent], [2, 1], 0)),
            "listsize": pl.Series(members[which]),
        },
    )


def staff_frame(world: tuple, practices: Practices, shown: np.ndarray, *, repeat: bool) -> pl.DataFrame:
    """Everybody who records: doctors first, then nurses, pharmacists and the office."""
    rng = stream(*world, "staff")
    practice = np.repeat(np.arange(len(practices.keys)), practices.staff)
    sex = rng.integers(1, 3, len(practice))
    nobody_said = rng.random(len(practice)) < 0.04
    number = np.concatenate([np.arange(count) for count in practices.staff])
    doctors = np.maximum(practices.staff[practice] * 2 // 3, 1)
    role = np.where(number < doctors, 0, np.array(OTHER_ROLES)[(number - doctors) % len(OTHER_ROLES)])
    which = np.flatnonzero(shown[practice])
    which = np.append(which, which[:1]) if repeat else which
    return framed(
        "staff",
        {
            "pracid": at(practices.keys.tolist(), practice[which]),
            "staffid": staff_keys(number[which]),
            "roleid": at(["01", "02", "03", "04", "05"], role[which]),
            "specialty": _specialties(practices.specialty[practice[which]], role[which]),
            "sex": at(["0", "1", "2"], np.where(nobody_said, 0, sex)[which]),
        },
    )


def _specialties(of_practice: np.ndarray, role: np.ndarray) -> pl.Series:
    """Doctors have that of their practice, other doctors another one, the rest none."""
    others = at([None, "OTH", None, None], role - 1)
    return pl.Series(of_practice.tolist(), dtype=pl.String).set(pl.Series(role > 0), None).fill_null(others)


def patient_frame(view: View, practices: Practices, registered: bool) -> tuple[pl.DataFrame, Rows]:
    """Patients in the snapshot as known by then, and beside each row its number and fault.

    registered   True where patients sign on to a list and observation ends with leaving it
    """
    people = view.lives.people
    which = np.flatnonzero(view.delivered)
    copies = which[people["fault"][which] == fault("duplicate")]
    which = np.sort(np.append(which, copies))
    until, faults = view.until[which], people["fault"][which]
    chosen = {name: values[which] for name, values in people.items()}
    dead, left = chosen["death_known"] <= until, chosen["leaving_known"] <= until
    states = _states(chosen, dead, left, faults, registered)
    odd = chosen["odd"]
    flags = np.select([odd % 20 == 0, odd % 10 == 1], [2, 1], 0)
    flags = np.where(faults == fault("invalid_patflag"), 3 + odd % len(FLAGS_INVALID), flags)
    sex = np.where(faults == fault("unknown_sex"), 2, np.where(chosen["male"], 0, 1))
    frame = framed(
        "patient",
        {
            "pracid": at(practices.keys.tolist(), chosen["practice"]),
            "patid": view.keys.gather(which),
            "patflag": at(["A", "C", "D", *FLAGS_INVALID], flags),
            "yob": _birth(chosen, until, faults),
            "famnum": pl.Series(1000 + odd % 90_000),
            "sex": at(["1", "2", "0"], sex),
            "regdate": spelled(chosen["registered"]),
            "regstat": at(["01", "02", "05", "99"], states["regstat"]),
            "xferdate": spelled(states["xferdate"]),
            "regrea": at(["01"], np.where(odd % 7 == 0, 0, -1)),
            "deathdate": spelled(states["deathdate"]),
            "deathinfo": at(["Y"], np.where(states["deathdate"] < NEVER, 0, -1)),
            "accept": pl.Series(np.ones(len(which), dtype=np.int8)),
            "institute": at(["N", "Y"], (odd % 90 == 0).astype(int)),
            "marital": at(["01", "02", "03"], np.where(odd % 5 < 3, odd % 5, -1)),
            "dispensing": at(["N"], np.where(odd % 3 == 0, 0, -1)),
            "region": at(practices.region.tolist(), chosen["practice"]),
            "sysdate": spelled(_last_news(chosen, dead, left)),
        },
    )
    repeated = np.append(False, which[1:] == which[:-1])
    return frame, {"who": which.astype(np.int32), "fault": faults, "repeated": repeated}


def _states(chosen: Rows, dead: np.ndarray, left: np.ndarray, faults: np.ndarray, registered: bool) -> Rows:
    """Registration status and the dates behind it; of one in ten who died, only the transfer date tells."""
    silent = dead & (chosen["odd"] % 10 == 3)
    deathdate = np.where(dead & ~silent, chosen["dies"], NEVER)
    both = silent | (dead & (chosen["odd"] % 2 == 0))
    xferdate = np.select([both, left], [chosen["dies"], chosen["leaves"]], NEVER)
    regstat = np.select([dead, left], [3, 2], 1)
    too_early = faults == fault("death_before_registration")
    before = chosen["registered"] - 30 - chosen["odd"] % 2000
    unobserved = (faults == fault("no_observation_time")) & registered
    unobserved |= faults == fault("transfer_before_registration")
    return {
        "deathdate": np.where(too_early, before, deathdate).astype(np.int32),
        "xferdate": np.where(unobserved, before, np.where(too_early, NEVER, xferdate)).astype(np.int32),
        "regstat": np.select([too_early, unobserved], [3, 2], regstat),
    }


def _last_news(chosen: Rows, dead: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Day of the last change to a patient's row."""
    news = np.select([dead, left], [chosen["death_known"], chosen["leaving_known"]], 0)
    return np.maximum(chosen["entry"] + 1, news).astype(np.int32)


def _birth(chosen: Rows, until: np.ndarray, faults: np.ndarray) -> pl.Series:
    """Year of birth; the month too for children; a whole date where that is the fault."""
    child = years_of(until) - years_of(chosen["born"]) < CHILD
    precision = np.where(child, 1, 2)
    spelt = spelled(chosen["born"], np.where(faults == fault("birth_date_too_precise"), 0, precision))
    wrong = np.flatnonzero(faults == fault("implausible_birth_year"))
    if len(wrong):
        spelt = spelt.scatter(wrong, at(list(WRONG_YEARS), chosen["odd"][wrong] % len(WRONG_YEARS)))
    return spelt


def deprivation_frame(view: View, practices: Practices) -> tuple[pl.DataFrame, Rows]:
    """One row of twelve area indicators for each patient, the last the deprivation fifth; X where unknown."""
    people = view.lives.people
    clean = (people["fault"] == NO_FAULT) | (people["fault"] == fault("duplicate"))
    which = np.flatnonzero(view.delivered & clean)
    pattern = [f"{urban}{'3' * 10}{fifth}" for urban in "12X" for fifth in "12345X"]
    odd = people["odd"][which]
    fifth = np.where(odd % 25 == 0, 5, people["deprivation"][which] - 1)
    frame = framed(
        "pvi",
        {
            "pracid": at(practices.keys.tolist(), people["practice"][which]),
            "patid": view.keys.gather(which),
            "flags": at(pattern, odd % 3 * 6 + fifth),
            "eventdate": spelled(people["entry"][which]),
        },
    )
    sound = np.zeros(len(which), dtype=np.int8)
    return frame, {"who": which.astype(np.int32), "fault": sound, "repeated": sound > 0}
