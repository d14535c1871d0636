"""Which tables hold records of the same person: how complete a picture of a patient the build gives."""

from thin_assets.evidence.counting import Tally
from thin_assets.evidence.records import EVENTS

BITS = (
    *("condition_occurrence", "drug_exposure", "device_exposure", "measurement", "death"),
    *("procedure_occurrence", "observation_period"),
)
"""Tables of analysis 2004, in the order of its bits."""

SETS = tuple(table.name for table in EVENTS if not table.is_derived)
"""Tables of analysis 9006."""

_PERSONS = "tables_of_persons"


def count_together(tally: Tally) -> None:
    """Analyses 2000 to 2004 and 9006, from one row per person that says which tables know them."""
    names = tuple(dict.fromkeys((*BITS, *SETS)))
    also = " union all ".join(
        f"select distinct '{name}', person_id from cdm.{name}" for name in ("death", "observation_period")
    )
    tally.keep(
        _PERSONS,
        "select person_id, "
        + ", ".join(f"coalesce(bool_or(kind = '{name}'), false) as {name}" for name in names)
        + f" from people left join (select kind, person_id from last_events union all {also})"
        " using (person_id) group by person_id",
    )
    condition, drug = "condition_occurrence", "drug_exposure"
    for key, tables in {
        2000: (condition, drug),
        2001: (condition, "procedure_occurrence"),
        2002: ("measurement", condition, drug),
        2003: ("visit_occurrence",),
    }.items():
        tally.count(key, f"(select * from {_PERSONS} where {' and '.join(tables)})")
    _count_overlaps(tally)
    joined = ", ".join(f"case when {name} then '{name}' end" for name in SETS)
    tally.count(9006, _PERSONS, f"concat_ws('+', {joined})")


def _count_overlaps(tally: Tally) -> None:
    """Persons with a record in each table whose bit is set, whatever else they have."""
    bits = " + ".join(f"{name}::int * {1 << place}" for place, name in enumerate(reversed(BITS)))
    tally.keep("masks", f"select {bits} as mask, count(*) as persons from {_PERSONS} group by mask")
    overlaps = (
        f"(select lpad(bin(bits), {len(BITS)}, '0') as bits, sum(persons) as persons"
        f" from range(1, {1 << len(BITS)}) as wanted(bits) join masks on mask & bits = bits group by bits)"
    )
    share = f"printf('%.4f', persons / (select count(*) from {_PERSONS}))"
    tally.count(2004, overlaps, "bits", share, value="any_value(persons)")
