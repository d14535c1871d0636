"""Checks on fields as conditions of the engine: of which rows a check speaks, which of them go against it.

A condition speaks of the columns of one table as they are, and of these, which `count_fields.py` adds:
    person_known, birth, birth_guessed, death      of the person; null where there is none
    visit_start, visit_end, visit_known            of the visit
    <column>_known                                 whether what another key column refers to is there
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from thin_assets.cdm.spec import TABLES
from thin_assets.validated.catalogue import Check

GRACE_DAYS = 60
"""Records may follow a death by so many days: results and letters come late."""

VISIT_DAYS = 7
"""A record may stand so many days beside its visit."""

ALL = "true"


@dataclass(frozen=True)
class Calendar:
    """Days against which a build is held.

    cutoff      last day of the snapshot; None: events are not held against it
    delivered   day on which the delivery was made; None: nothing is held against it
    """

    cutoff: dt.date | None = None
    delivered: dt.date | None = None


@dataclass(frozen=True)
class Rule:
    """SQL conditions: rows that a check judges, and rows among them that go against it."""

    judged: str
    violated: str


def rule(check: Check, calendar: Calendar) -> Rule | None:
    """The conditions of a check on a field; None where the calendar it needs is not given."""
    return _RULES[check.name](check, calendar)


def column(name: str) -> str:
    """A column name as SQL takes it; some are words of the language."""
    return f'"{name}"'


def _is_foreign_key(check: Check, _: Calendar) -> Rule:
    return Rule(ALL, f"{column(check.field)} is not null and {_known(check)} is not true")


def _known(check: Check) -> str:
    """The condition that what a key refers to is there."""
    if check.field == "person_id":
        return "person_known"
    return "visit_known" if check.field == "visit_occurrence_id" else column(f"{check.field}_known")


def _value_below(check: Check, calendar: Calendar) -> Rule | None:
    return _beyond(check, calendar, "<")


def _value_above(check: Check, calendar: Calendar) -> Rule | None:
    return _beyond(check, calendar, ">")


def _beyond(check: Check, calendar: Calendar, sign: str) -> Rule | None:
    bound = _bound(check, calendar)
    return bound and Rule(f"{column(check.field)} is not null", f"{_value(check)} {sign} {bound}")


def _bound(check: Check, calendar: Calendar) -> str | None:
    """What a value is held against; `delivered+1` is the day, or the year, after the delivery."""
    is_date = TABLES[check.table].field(check.field).duckdb_type in ("DATE", "TIMESTAMP")
    if check.against != "delivered+1":
        return f"date '{check.against}'" if is_date else check.against
    if calendar.delivered is None:
        return None
    return f"date '{calendar.delivered}' + 1" if is_date else str(calendar.delivered.year + 1)


def _value(check: Check) -> str:
    """The value of a field; of a point in time, its day."""
    kind = TABLES[check.table].field(check.field).duckdb_type
    return _day(check.field) if kind in ("DATE", "TIMESTAMP") else column(check.field)


def _day(name: str) -> str:
    return f"{column(name)}::date"


def _temporal_after(check: Check, _: Calendar) -> Rule:
    first = "birth_guessed" if check.against == "birth_datetime" else _day(check.against)
    return Rule(ALL, f"{first} > {_day(check.field)}")


def _start_before_end(check: Check, _: Calendar) -> Rule:
    both = f"{column(check.field)} is not null and {column(check.against)} is not null"
    return Rule(both, f"{_day(check.field)} > {_day(check.against)}")


def _after_birth(check: Check, _: Calendar) -> Rule:
    return Rule(f"{column(check.field)} is not null", f"{_day(check.field)} < birth")


def _before_death(check: Check, _: Calendar) -> Rule:
    late = f"{_day(check.field)} > death + {GRACE_DAYS}"
    return Rule(f"{column(check.field)} is not null and death is not null", late)


def _during_life(check: Check, _: Calendar) -> Rule:
    return Rule("death is not null", f"{_day(check.field)} > death + {GRACE_DAYS}")


def _within_visit(check: Check, _: Calendar) -> Rule:
    day = _day(check.field)
    early, late = f"{day} < visit_start - {VISIT_DAYS}", f"{day} > visit_end + {VISIT_DAYS}"
    return Rule("visit_known", f"({early} or {late})")


def _before_cutoff(check: Check, calendar: Calendar) -> Rule | None:
    if calendar.cutoff is None:
        return None
    return Rule(f"{column(check.field)} is not null", f"{_day(check.field)} > date '{calendar.cutoff}'")


_RULES: dict[str, Callable[[Check, Calendar], Rule | None]] = {
    "isForeignKey": _is_foreign_key,
    "plausibleValueLow": _value_below,
    "plausibleValueHigh": _value_above,
    "plausibleTemporalAfter": _temporal_after,
    "plausibleStartBeforeEnd": _start_before_end,
    "plausibleAfterBirth": _after_birth,
    "plausibleBeforeDeath": _before_death,
    "plausibleDuringLife": _during_life,
    "withinVisitDates": _within_visit,
    "plausibleBeforeCutoff": _before_cutoff,
}

KINDS = frozenset(_RULES)
"""Kinds of check at level FIELD that are a condition on rows (of isForeignKey, all but concepts)."""
