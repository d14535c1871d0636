"""Records of events: how many, of how many persons, by concept and month, table after table.

Each table is read once and folded to one row per person, concept and month; what is asked later is counted
from there.
"""

from dataclasses import dataclass

from thin_assets.evidence.analyses import analyses
from thin_assets.evidence.counting import Tally
from thin_assets.evidence.people import decile


@dataclass(frozen=True)
class EventTable:
    """A CDM table of events.

    base      Achilles' number of the domain: persons by concept are `base`, records by concept `base + 1`
    concept   what happened; its type and its source concept follow from it
    date      when it began
    is_derived   eras: made from other events, not counted as records of their own
    """

    name: str
    base: int
    concept: str
    date: str
    is_derived: bool = False

    @property
    def type(self) -> str:
        """Column that says where the record comes from."""
        return self.concept.replace("_concept_id", "_type_concept_id")

    @property
    def source(self) -> str:
        """Column of the concept of the delivered code."""
        return self.concept.replace("_concept_id", "_source_concept_id")


EVENTS = (
    EventTable("visit_occurrence", 200, "visit_concept_id", "visit_start_date"),
    EventTable("condition_occurrence", 400, "condition_concept_id", "condition_start_date"),
    EventTable("procedure_occurrence", 600, "procedure_concept_id", "procedure_date"),
    EventTable("drug_exposure", 700, "drug_concept_id", "drug_exposure_start_date"),
    EventTable("observation", 800, "observation_concept_id", "observation_date"),
    EventTable("measurement", 1800, "measurement_concept_id", "measurement_date"),
    EventTable("device_exposure", 2100, "device_concept_id", "device_exposure_start_date"),
    EventTable("specimen", 9200, "specimen_concept_id", "specimen_date"),
    EventTable("drug_era", 900, "drug_concept_id", "drug_era_start_date", is_derived=True),
    EventTable("condition_era", 1000, "condition_concept_id", "condition_era_start_date", is_derived=True),
)

FOLDED = "events_by_month"
"""person_id, concept_id, month, records, last: one row per person, concept and month of the table at hand."""


def count_records(tally: Tally) -> None:
    """Analyses of the domains (200 to 2125, 9200 to 9220), and 9000 to 9005; leaves `last_events`."""
    tally.keep("last_events", "select '' as kind, 0::bigint as person_id, null::date as last where false")
    for table in EVENTS:
        _fold(tally, table)
        _count_by_concept(tally, table)
        if not table.is_derived:
            _count_by_table(tally, table.name)


def _fold(tally: Tally, table: EventTable) -> None:
    tally.keep(
        FOLDED,
        f"select person_id, {table.concept} as concept_id, count(*) as records, max({table.date}) as last,"
        f" year({table.date}) * 100 + month({table.date}) as month from cdm.{table.name}"
        " group by person_id, concept_id, month",
    )
    tally.keep(
        "events_by_year",
        "select person_id, concept_id, month // 100 as year, sum(records) as records"
        f" from {FOLDED} group by all",
    )
    tally.keep(
        "events_by_person",
        "select person_id, concept_id, min(year) as first_year, sum(records) as records"
        " from events_by_year group by all",
    )


def _count_by_concept(tally: Tally, table: EventTable) -> None:
    """Every analysis of Achilles' pattern that the list of analyses has for this domain."""
    known, rows = "join people using (person_id)", f"cdm.{table.name}"
    strata = ("concept_id", "year", "sex", decile("year"))
    asked = {
        0: lambda key: tally.count(key, "events_by_person", "concept_id"),
        1: lambda key: tally.count(key, "events_by_person", "concept_id", value="sum(records)"),
        2: lambda key: tally.count(key, FOLDED, "concept_id", "month"),
        3: lambda key: tally.distribute(
            key, "(select count(*) as concepts from events_by_person group by person_id)", "concepts"
        ),
        4: lambda key: tally.count(key, f"events_by_year {known}", *strata),
        5: lambda key: tally.count(key, rows, table.concept, table.type),
        6: lambda key: tally.distribute(
            key, f"events_by_person {known}", "first_year - born", "concept_id", "sex"
        ),
        20: lambda key: tally.count(key, FOLDED, "month", value="sum(records)"),
        25: lambda key: tally.count(key, rows, table.source),
    }
    for suffix, ask in asked.items():
        if table.base + suffix in analyses():
            ask(table.base + suffix)


def _count_by_table(tally: Tally, name: str) -> None:
    kind = f"'{name}'"
    persons = "(select person_id, sum(records) as records from events_by_person group by person_id)"
    tally.count(9000, "events_by_person", kind, value="sum(records)")
    tally.count(9001, persons, kind)
    tally.distribute(9002, persons, "records", kind)
    tally.count(9003, FOLDED, kind, "month", value="sum(records)")
    unmapped = f"(select * from {FOLDED} where concept_id = 0)"
    tally.count(9004, unmapped, kind, "month", value="sum(records)")
    tally.count(9005, f"(select distinct person_id, month from {FOLDED})", kind, "month")
    tally.con.execute(
        f"insert into last_events select {kind}, person_id, max(last) from {FOLDED} group by person_id"
    )


def count_visits(tally: Tally) -> None:
    """Analyses 211 to 213 and 221; how long eras last, 907 and 1007."""
    days = "visit_end_date - visit_start_date"
    tally.count(211, f"(select * from cdm.visit_occurrence where {days} < 0)")
    tally.distribute(213, "cdm.visit_occurrence", days, "visit_concept_id")
    tally.keep(
        "visit_years", "select distinct person_id, year(visit_start_date) as year from cdm.visit_occurrence"
    )
    tally.count(212, "visit_years join people using (person_id)", "year", "sex", decile("year"))
    tally.count(221, "visit_years", "year")
    for key, kind in ((907, "drug"), (1007, "condition")):
        length = f"cast({kind}_era_end_date as date) - cast({kind}_era_start_date as date)"
        tally.distribute(key, f"cdm.{kind}_era", length, f"{kind}_concept_id")


AFTER_DEATH = {
    511: "condition_occurrence",
    512: "drug_exposure",
    513: "visit_occurrence",
    514: "procedure_occurrence",
    515: "observation",
}


def count_after_death(tally: Tally) -> None:
    """Analyses 511 to 515: days from death to the last event, negative where it came before."""
    died = "(select person_id, min(death_date) as died from cdm.death group by person_id)"
    for key, kind in AFTER_DEATH.items():
        events = f"(select person_id, last from last_events where kind = '{kind}')"
        tally.distribute(key, f"{died} join {events} using (person_id)", "last - died")
