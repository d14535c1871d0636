"""Events gathered by entry and concept, and the windows read off: one pass, however many windows.

Counts are sums over windows; whether a window holds anything is told by the nearest record that its lag lets
through. A rollup adds up what was gathered by recorded concept, so events are touched once for all rollups.
"""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from thin_assets.features.catalogue import Analysis, Family
from thin_assets.features.events import KNOWN_FROM

PER_YEAR = 365.25
SCALE = 10_000
"""Slopes are added up in whole ten-thousandths: sums of integers do not depend on the order of rows."""

MOST = 1e9
"""Values beyond it are no measurement, and would overflow a sum."""

PLACE = "place"
"""Key of an entry while covariates are built: half as wide as its id, and in the order of the long table."""

COVARIATE = {
    PLACE: "int32",
    "covariate_id": "int64",
    "concept_id": "int32",
    "unit_concept_id": "int32",
    "value": "float64",
    "n": "int64",
    "days_since_last": "int32",
    "window_days": "int32",
}


def past_of(entries: ir.Table, events: ir.Table) -> ir.Table:
    """Every event before the index of an entry, and known by its as-of month; `days` before the index."""
    looks_back = (entries.person_id == events.event_person_id) & (events.event_date < entries.index_date)
    if KNOWN_FROM in events.columns:
        known = events[KNOWN_FROM]
        looks_back &= known.isnull() | (known <= entries.known_as_of)
    past = entries.join(events, looks_back)
    days = past.index_date.delta(past.event_date, unit="day").cast("int32")
    kept = [name for name in ("event_id", "unit_concept_id", "event_value") if name in events.columns]
    return past.select(PLACE, "concept_id", *kept, days=days)


def gather(past: ir.Table, uses: Iterable[tuple[Family, Analysis]], *, by_unit: bool = False) -> ir.Table:
    """One row per entry and concept (and unit): what the windows of these analyses need.

    n_<days>_<lag>         records in the window
    nearest_<lag>          days to the nearest record that is not within the lag
    first_<days>_<lag>     days to the farthest record, where an analysis asks for it
    latest_<lag>           value of the nearest record; of one day, of the record with the highest id
    slope_<days>_<lag>     least-squares slope per year
    """
    uses = list(uses)
    wanted: dict[str, ir.Value] = {}
    for family, analysis in uses:
        inside = _inside(past, analysis)
        wanted[_n(analysis)] = past.count() if inside is None else past.count(where=inside)
        beyond = past.days > analysis.lag if analysis.lag else None
        wanted[_nearest(analysis)] = past.days.min(where=beyond)
        if family.measure == "days_since_first":
            wanted[_first(analysis)] = past.days.max(where=inside)
        if family.measure == "latest":
            order = [past.days, past.event_id.desc()]
            wanted[_latest(analysis)] = past.event_value.first(where=beyond, order_by=order)
        if family.measure == "slope":
            wanted[_slope(analysis)] = _slope_of(past, inside)
    keys = (PLACE, "concept_id", *(("unit_concept_id",) if by_unit else ()))
    return past.group_by(*keys).aggregate(**wanted)


def roll_up(gathered: ir.Table, rollup: ir.Table, *, keep_unknown: bool = False) -> ir.Table:
    """What was gathered by recorded concept, added up by what the concepts belong to.

    keep_unknown    a concept that belongs to nothing stands for itself
    """
    how = "left" if keep_unknown else "inner"
    rows = gathered.join(rollup, gathered.concept_id == rollup.recorded_concept_id, how=how)
    target = rows.concept_id_right if "concept_id_right" in rows.columns else rows.concept_id
    if keep_unknown:
        target = ibis.coalesce(target, rows.concept_id)
    return _add_up(rows.mutate(target=target.cast("int32")), "target", gathered)


def lump(gathered: ir.Table) -> ir.Table:
    """Everything of an entry together, under concept 0."""
    return _add_up(gathered.mutate(target=ibis.literal(0, "int32")), "target", gathered)


def _add_up(rows: ir.Table, target: str, gathered: ir.Table) -> ir.Table:
    how = {"n": "sum", "nearest": "min", "first": "max"}
    wanted = {
        name: getattr(rows[name], how[name.split("_")[0]])().cast("int32")
        for name in gathered.columns
        if name.split("_")[0] in how
    }
    added = rows.group_by(PLACE, target).aggregate(**wanted)
    return added.rename(concept_id=target)


def read_window(gathered: ir.Table, family: Family, analysis: Analysis) -> ir.Table:
    """The covariates of one analysis, in the columns of `COVARIATE`."""
    nearest = gathered[_nearest(analysis)]
    inside = gathered.filter(nearest.notnull() if analysis.days is None else nearest <= analysis.days)
    has_unit = family.by_unit
    rows = inside.select(
        place=PLACE,
        covariate_id=covariate_id(family, analysis, inside),
        concept_id=inside.concept_id,
        unit_concept_id=inside.unit_concept_id if has_unit else ibis.literal(None, "int32"),
        value=_value(family, analysis, inside).cast("float64"),
        n=inside[_n(analysis)].cast("int64"),
        days_since_last=inside[_nearest(analysis)].cast("int32"),
        window_days=ibis.literal(analysis.days, "int32"),
    )
    return rows.filter(rows.value.notnull()) if family.measure == "slope" else rows


def covariate_id(family: Family, analysis: Analysis, rows: ir.Table) -> ir.IntegerValue:
    """Id as FeatureExtraction makes it, in 64 bits; the unit's last three digits stand in the middle."""
    if family.rollup in ("nothing", "score"):
        return ibis.literal(1000 + analysis.id, "int64")
    concept = rows.concept_id.cast("int64")
    if not family.by_unit:
        return concept * 1000 + analysis.id
    unit = rows.unit_concept_id.fill_null(0).cast("int64") % 1000
    return concept * 1_000_000 + unit * 1000 + analysis.id


def _value(family: Family, analysis: Analysis, rows: ir.Table) -> ir.Value:
    if family.measure == "presence":
        return ibis.literal(1)
    name = {
        "count": _n,
        "days_since_last": _nearest,
        "days_since_first": _first,
        "latest": _latest,
        "slope": _slope,
    }[family.measure]
    return rows[name(analysis)]


def _inside(past: ir.Table, analysis: Analysis) -> ir.BooleanValue | None:
    """Whether an event lies in the window; None: all do, for they lie before the index."""
    far = past.days <= analysis.days if analysis.days else None
    near = past.days > analysis.lag if analysis.lag else None
    return far & near if far is not None and near is not None else (near if far is None else far)


def _slope_of(past: ir.Table, inside: ir.BooleanValue | None) -> ir.FloatingValue:
    """Value per year by least squares; null where all values are of one day."""
    sound = past.event_value.abs() <= MOST
    where = sound if inside is None else sound & inside
    days = past.days.cast("int64")
    scaled = ibis.ifelse(sound, past.event_value * SCALE, 0).round().cast("int64")
    n = past.count(where=where)
    sums = [one.sum(where=where) for one in (days, scaled, days * days, days * scaled)]
    of_days, of_values, of_squares, of_products = sums
    spread = (n * of_squares - of_days * of_days).cast("float64")
    common = (n * of_products - of_days * of_values).cast("float64")
    return -common / spread.nullif(0) * PER_YEAR / SCALE


def _n(analysis: Analysis) -> str:
    return f"n_{analysis.days or 'ever'}_{analysis.lag}"


def _nearest(analysis: Analysis) -> str:
    return f"nearest_{analysis.lag}"


def _first(analysis: Analysis) -> str:
    return f"first_{analysis.days or 'ever'}_{analysis.lag}"


def _latest(analysis: Analysis) -> str:
    return f"latest_{analysis.lag}"


def _slope(analysis: Analysis) -> str:
    return f"slope_{analysis.days or 'ever'}_{analysis.lag}"
