"""What passed is looked at again: every record of it, by set and by year; after `count_patterns`.

Records of the exposures that passed become rows of (place, exposure_id, days) in a temporary table, from
which doses and the years before the index are counted.
"""

import polars as pl

from thin_assets.resources.backends import Connection
from thin_assets.resources.unbound import standard_tables, text_of
from thin_assets.studies.scan.counting import ALL, AT_ONCE, entries_table, fill, left_out_concepts
from thin_assets.studies.scan.declared import Scans, Window
from thin_assets.studies.scan.exposures import EVENT_TABLES, WORDS, exposures
from thin_assets.studies.scan.look_back import FAR, SIZE

RECORDS = "scan_records"

YEAR_DAYS = 365

DRUGS = ("drug", "drug_atc")


def keep_records(
    con: Connection,
    told: Scans,
    exposure_ids: pl.Series,
    *,
    cdm_schema: str = "cdm",
    at_once: int = AT_ONCE,
) -> None:
    """Days before the index on which members of sets had these exposures, each day once."""
    con.execute(f"create or replace temp table {RECORDS} (place integer, exposure_id bigint, days integer)")
    wanted = exposure_ids.unique().sort().to_list()
    if not wanted:
        return
    cdm = standard_tables((*EVENT_TABLES, *WORDS), cdm_schema)
    kinds = tuple(kind for kind in told.kinds if any(one % 1000 == kind.id for one in wanted))
    events = exposures(told.model_copy(update={"kinds": kinds}), cdm, left_out_concepts())
    events = events.filter(events.exposure_id.isin(wanted))
    entries = entries_table(told.windows)
    before = (entries.person_id == events.event_person_id) & (events.event_date < entries.index_date)
    past = entries.join(events, before)
    days = past.index_date.delta(past.event_date, unit="day").cast("int32")
    most = max(told.onset_years * YEAR_DAYS, *(one.to_days for one in told.windows))
    rows = past.select("place", "exposure_id", days=days)
    query = text_of(rows.filter(rows.days <= most).distinct())
    count = con.execute(f"select count(*) from {ALL}").fetchone()[0]
    fill(con, RECORDS, query, entries=count, at_once=at_once)


def count_years(con: Connection, told: Scans) -> pl.DataFrame:
    """Members with a record in each year before the index, after `keep_records`.

    A member is looked at in the years through which it, the case of its set and a control were observed.

    returns    (exposure_id, year, cases, controls, exposed_cases, exposed_controls): every year of an
               exposure, sorted
    """
    return con.execute(f"""
        with years as (select cast(unnest({list(range(1, told.onset_years + 1))}) as bigint) as year),
        observed as (
            select place, is_case, year,
                bool_or(is_case) over (partition by set_no, year) as has_case,
                bool_or(not is_case) over (partition by set_no, year) as has_control
            from {ALL} cross join years
            where observed_days >= {YEAR_DAYS} * year
        ),
        kept as (select place, is_case, year from observed where has_case and has_control),
        looked_at as (
            select year, count_if(is_case) as cases, count_if(not is_case) as controls from kept group by year
        ),
        hits as (
            select distinct place, exposure_id, (days - 1) // {YEAR_DAYS} + 1 as year from {RECORDS}
        ),
        exposed as (
            select exposure_id, year, count_if(is_case) as exposed_cases,
                count_if(not is_case) as exposed_controls
            from hits join kept using (place, year) group by exposure_id, year
        )
        select exposure_id, year, cases::bigint as cases, controls::bigint as controls,
            coalesce(exposed_cases, 0)::bigint as exposed_cases,
            coalesce(exposed_controls, 0)::bigint as exposed_controls
        from looked_at cross join (select distinct exposure_id from {RECORDS})
            left join exposed using (exposure_id, year)
        order by exposure_id, year
    """).pl()


def count_doses(con: Connection, told: Scans) -> pl.DataFrame:
    """Patterns of doses of the drugs in the lagged window, after `keep_records`.

    A dose is a number of days with a prescription; classes are those that are declared, 0 being none.

    returns    (exposure_id, class_0, class_1 ..., case_class, sets), sorted: members of a set in each class
    """
    drugs = [str(kind.id) for kind in told.kinds if kind.name in DRUGS] or ["-1"]
    return con.execute(_doses_sql(told.lagged, told.dose_classes, drugs)).pl()


def _doses_sql(window: Window, classes: tuple[int, ...], kinds: list[str]) -> str:
    number = " + ".join(f"(count(*) >= {least})::integer" for least in classes)
    places = range(1, len(classes) + 1)
    counts = ", ".join(f"count_if(dose = {place})::bigint as class_{place}" for place in places)
    names = ", ".join(f"class_{place}" for place in (0, *places))
    return f"""
        with doses as (
            select exposure_id, place, {number} as dose
            from {RECORDS} join {ALL} using (place)
            where days between {window.from_days} and "{FAR.format(window.name)}"
                and exposure_id % 1000 in ({", ".join(kinds)})
            group by exposure_id, place
        ),
        marked as (
            select exposure_id, set_no, {counts},
                any_value("{SIZE.format(window.name)}") - count(*) as class_0,
                coalesce(max(dose) filter (is_case), 0) as case_class
            from doses join {ALL} using (place) group by exposure_id, set_no
        )
        select exposure_id, {names}, case_class, count(*) as sets
        from marked group by all order by all
    """
