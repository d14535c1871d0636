"""Covariates of entries, written once in Ibis: DuckDB runs them here, Spark where it is too much.

Families that read the same events share one pass: `gather` counts by recorded concept, rollups add up.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import groupby

import ibis.expr.types as ir

from thin_assets.features.catalogue import Family
from thin_assets.features.events import events_of
from thin_assets.features.people import build_person, last_answer, score
from thin_assets.features.rollups import Key, rollup_key
from thin_assets.features.windows import gather, lump, past_of, read_window, roll_up

PERSONAL = ("person", "observation_period")


def build_covariates(
    entries: ir.Table,
    cdm: Mapping[str, ir.Table],
    families: tuple[Family, ...],
    rollups: Mapping[Key, ir.Table],
    without: ir.Table | None = None,
) -> ir.Table:
    """Every covariate of every entry that was recorded before the index date.

    entries    (place, person_id, index_date, known_as_of, observed_days), one row per entry
    cdm        tables by name: person and those of `events.STREAMS`
    rollups    those of the families, by `rollup_key`
    without    (concept_id): records of these standard concepts make no covariate
    returns    the columns of `windows.COVARIATE`; no order
    """
    parts = [build_person(one, entries, cdm) for one in families if one.events in PERSONAL]
    rest = sorted((one for one in families if one.events not in PERSONAL), key=_reads)
    for _, together in groupby(rest, key=_reads):
        parts += _of_one_reading(list(together), entries, cdm, rollups, without)
    return reduce(lambda above, below: above.union(below), parts)


def _reads(family: Family) -> tuple:
    """Families of which this is the same read the same events, gathered in the same way."""
    return family.events, family.by_unit, family.concepts, family.between or ()


def _of_one_reading(
    families: list[Family],
    entries: ir.Table,
    cdm: Mapping[str, ir.Table],
    rollups: Mapping[Key, ir.Table],
    without: ir.Table | None,
) -> Iterator[ir.Table]:
    first = families[0]
    events = events_of(first.events, cdm, concepts=first.concepts, between=first.between, without=without)
    past = past_of(entries, events)
    answers = [one for one in families if one.measure == "latest_concept"]
    yield from (last_answer(past, one, analysis) for one in answers for analysis in one.analyses)
    counted = [one for one in families if one not in answers]
    for part, events in _ever_and_recent(counted, past):
        uses = [(one, analysis) for one in part for analysis in one.analyses]
        gathered = gather(events, uses, by_unit=first.by_unit)
        for family in part:
            yield from _of_family(family, gathered, rollups.get(rollup_key(family)))


def _ever_and_recent(families: list[Family], past: ir.Table) -> Iterator[tuple[list[Family], ir.Table]]:
    """Windows since ever and windows of days are gathered apart: what is recent is a small part of a life."""
    for is_recent in (False, True):
        part = [
            one.model_copy(update={"analyses": kept})
            for one in families
            if (kept := tuple(it for it in one.analyses if (it.days is not None) == is_recent))
        ]
        if part:
            farthest = max(analysis.days or 0 for one in part for analysis in one.analyses)
            yield part, past.filter(past.days <= farthest) if is_recent else past


def _of_family(family: Family, gathered: ir.Table, rollup: ir.Table | None) -> Iterator[ir.Table]:
    if family.rollup == "score":
        yield from (score(gathered, rollup, family, analysis) for analysis in family.analyses)
        return
    rows = gathered
    if rollup is not None:
        rows = roll_up(gathered, rollup, keep_unknown=family.rollup == "ingredient")
    elif family.rollup == "nothing":
        rows = lump(gathered)
    yield from (read_window(rows, family, analysis) for analysis in family.analyses)
