"""Features of a person rather than of a concept: sex, age, observation, the last answer, a score."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from thin_assets.features.catalogue import Analysis, Family
from thin_assets.features.windows import PLACE, covariate_id


def build_person(family: Family, entries: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    """Covariates of sex, age, or the length of observation, in the columns of `windows.COVARIATE`."""
    return {"sex": _sex, "age": _age, "prior_observation": _prior_observation}[family.name](
        family, entries, cdm
    )


def _sex(family: Family, entries: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    rows = _beside_person(entries, cdm).mutate(concept_id=ibis._.gender_concept_id)
    return covariates(rows.filter(rows.concept_id != 0), family, family.analyses[0], ibis.literal(1))


def _age(family: Family, entries: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    rows = _beside_person(entries, cdm)
    return covariates(rows, family, family.analyses[0], rows.index_date.year() - rows.year_of_birth)


def _prior_observation(family: Family, entries: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    """Days since the start of the period that holds the index; an entry outside all has none."""
    rows = entries.filter(entries.observed_days.notnull())
    return covariates(rows, family, family.analyses[0], rows.observed_days)


def _beside_person(entries: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    known = cdm["person"].select("gender_concept_id", "year_of_birth", known_person_id="person_id")
    return entries.join(known, entries.person_id == known.known_person_id)


def last_answer(past: ir.Table, family: Family, analysis: Analysis) -> ir.Table:
    """The answer of the last record, whatever was asked: the answer is the concept, its value is 1.

    Of several on one day the one with the highest id counts; n is how often the question was answered.
    """
    inside = past.filter(past.days > analysis.lag)
    if analysis.days:
        inside = inside.filter(inside.days <= analysis.days)
    order = [inside.days, inside.event_id.desc()]
    rows = inside.group_by(PLACE).aggregate(
        answer=inside.event_value.first(order_by=order), n=inside.count(), nearest=inside.days.min()
    )
    rows = rows.mutate(concept_id=rows.answer.cast("int32")).filter(ibis._.concept_id != 0)
    return covariates(rows, family, analysis, ibis.literal(1), n=rows.n, days=rows.nearest)


def score(gathered: ir.Table, groups: ir.Table, family: Family, analysis: Analysis) -> ir.Table:
    """Sum of the weights of the groups that are there; n is their number, an entry without one has no row."""
    nearest = gathered[f"nearest_{analysis.lag}"]
    there = gathered.filter(nearest.notnull() if analysis.days is None else nearest <= analysis.days)
    there = there.mutate(nearest=there[f"nearest_{analysis.lag}"])
    rows = there.join(groups, there.concept_id == groups.recorded_concept_id)
    once = rows.group_by(PLACE, "score_group").aggregate(weight=rows.weight.max(), nearest=rows.nearest.min())
    added = once.group_by(PLACE).aggregate(
        points=once.weight.sum(), n=once.count(), nearest=once.nearest.min()
    )
    return covariates(added, family, analysis, added.points, n=added.n, days=added.nearest)


def covariates(
    rows: ir.Table,
    family: Family,
    analysis: Analysis,
    value: ir.Value,
    *,
    n: ir.Value | None = None,
    days: ir.Value | None = None,
) -> ir.Table:
    """Rows in the columns of `windows.COVARIATE`; without a column `concept_id` the concept is 0."""
    concept = rows.concept_id if "concept_id" in rows.columns else ibis.literal(0)
    nothing = ibis.literal(None)
    rows = rows.mutate(concept_id=concept.cast("int32"))
    return rows.select(
        place=PLACE,
        covariate_id=covariate_id(family, analysis, rows),
        concept_id="concept_id",
        unit_concept_id=nothing.cast("int32"),
        value=value.cast("float64"),
        n=(nothing if n is None else n).cast("int64"),
        days_since_last=(nothing if days is None else days).cast("int32"),
        window_days=ibis.literal(analysis.days, "int32"),
    )
