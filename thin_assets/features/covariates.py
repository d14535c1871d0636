"""Covariates of cohort members, written once in Ibis: DuckDB runs them here, Spark where it is too much.

Each member and concept is aggregated once, over all its past; the nested windows are read off that one row:
whatever is within 30 days is within 365, and the latest record is the latest in every window that holds it.
"""

from collections.abc import Mapping
from functools import reduce

import ibis
import ibis.expr.types as ir

from thin_assets.features.analyses import Analysis, of_family
from thin_assets.features.events import Family, families

COLUMNS = ("covariate_id", "concept_id", "unit_concept_id", "analysis_id", "value", "n", "days_since_last")
KEYS = ("cohort_definition_id", "row_id", "person_id", "index_date")


def build_covariates(cohort: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    """Every covariate of every member that was recorded before the index date.

    cohort     (cohort_definition_id, row_id, person_id, index_date), one row per entry
    cdm        tables by name: person, observation_period, condition_occurrence, drug_exposure, measurement,
               concept, concept_ancestor
    returns    the columns of `KEYS` and `COLUMNS`; no order
    """
    parts = [_sex(cohort, cdm), _age(cohort, cdm), _prior_observation(cohort, cdm)]
    for family in families(cdm):
        latest = _latest(cohort, family)
        parts += [_window(latest, family, analysis) for analysis in of_family(family.name)]
    return reduce(lambda above, below: above.union(below), parts)


def _latest(cohort: ir.Table, family: Family) -> ir.Table:
    """One row per entry and concept: counts by window, days since the latest record, and its value."""
    events = family.events
    past = cohort.join(
        events, (cohort.person_id == events.event_person_id) & (events.event_date < cohort.index_date)
    )
    past = past.mutate(days=past.index_date.delta(past.event_date, unit="day").cast("int32"))
    counts = {
        f"n_{analysis.id}": past.count(where=past.days <= analysis.days) if analysis.days else past.count()
        for analysis in of_family(family.name)
    }
    return past.group_by(*KEYS, "concept_id", "unit_concept_id").aggregate(
        days_since_last=past.days.min(),
        value=past.event_value.first(order_by=[past.days, past.event_id.desc()]),
        **counts,
    )


def _window(latest: ir.Table, family: Family, analysis: Analysis) -> ir.Table:
    inside = latest.filter(latest.days_since_last <= analysis.days) if analysis.days else latest
    return _covariate(
        inside,
        analysis,
        covariate_id=family.covariate_id(inside, analysis.id),
        concept_id=inside.concept_id,
        unit=inside.unit_concept_id,
        value=inside.value,
        n=inside[f"n_{analysis.id}"],
        days=inside.days_since_last,
    )


def _sex(cohort: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    (analysis,) = of_family("sex")
    rows = _beside_person(cohort, cdm["person"]).filter(ibis._.gender_concept_id != 0)
    concept = rows.gender_concept_id
    return _covariate(
        rows, analysis, covariate_id=concept.cast("int64") * 1000 + analysis.id, concept_id=concept
    )


def _age(cohort: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    (analysis,) = of_family("age")
    rows = _beside_person(cohort, cdm["person"])
    age = rows.index_date.year() - rows.year_of_birth
    return _covariate(rows, analysis, covariate_id=ibis.literal(1000 + analysis.id), value=age)


def _prior_observation(cohort: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    """Days since the start of the period that holds the index; its end is not looked at but to find it."""
    (analysis,) = of_family("prior_observation")
    period = cdm["observation_period"].select(
        observed_person_id="person_id",
        start="observation_period_start_date",
    )
    rows = cohort.join(
        period, (cohort.person_id == period.observed_person_id) & (period.start <= cohort.index_date)
    )
    rows = rows.group_by(*KEYS).aggregate(start=rows.start.max())
    days = rows.index_date.delta(rows.start, unit="day")
    return _covariate(rows, analysis, covariate_id=ibis.literal(1000 + analysis.id), value=days)


def _beside_person(cohort: ir.Table, person: ir.Table) -> ir.Table:
    known = person.select(
        known_person_id="person_id", gender_concept_id="gender_concept_id", year_of_birth="year_of_birth"
    )
    return cohort.join(known, cohort.person_id == known.known_person_id)


def _covariate(
    rows: ir.Table,
    analysis: Analysis,
    *,
    covariate_id: ir.IntegerValue,
    concept_id: ir.IntegerValue | None = None,
    unit: ir.IntegerValue | None = None,
    value: ir.NumericValue | None = None,
    n: ir.IntegerValue | None = None,
    days: ir.IntegerValue | None = None,
) -> ir.Table:
    """The one shape in which covariates leave; what does not apply is null, no value is presence."""
    return rows.select(
        *KEYS,
        covariate_id=covariate_id.cast("int64"),
        concept_id=_or(concept_id, 0, "int32"),
        unit_concept_id=_or(unit, None, "int32"),
        analysis_id=ibis.literal(analysis.id, "int32"),
        value=_or(value, 1, "float64"),
        n=_or(n, None, "int64"),
        days_since_last=_or(days, None, "int32"),
    )


def _or(value: ir.Value | None, otherwise: int | None, kind: str) -> ir.Value:
    return ibis.literal(otherwise, kind) if value is None else value.cast(kind)
