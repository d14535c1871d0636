"""Cases and time at risk, counted by sex and age in the engine: the numbers before anything is kept back.

They are for the restricted zone: what leaves it goes through disclosure control.

At risk is everybody in observation, from the day on which the definition's prior observation is complete
until entry into the cohort or the end of observation.

Most people never enter a cohort, and their time at risk is the same for all cohorts: it is counted once for
each prior observation that is asked for. Each cohort then exchanges the time of its members as if they had
never entered for the time that they were at risk.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.contract import IncidenceCell

TOP_BAND = 90
SEXES = {8507: "male", 8532: "female"}
ALL = "all"
KEYS = ["cohort_definition_id", "cohort_name", "sex", "age_band"]

EVERYBODY, AS_IF_NEVER, MEMBERS = "everybody", "as if never entered", "members"

DAYS_PER_YEAR = 365.25


def count_cells(
    members: pl.DataFrame, definitions: pl.DataFrame, person: ir.Table, periods: ir.Table
) -> pl.DataFrame:
    """Every combination of sex and ten years of age, and the totals, called `all`, by cohort.

    members        cohorts as they leave the cohorts room
    definitions    cohort_definition_id, cohort_name and prior_days, the observation that comes before the
                   time at risk; a cohort without members is there too
    returns        as `contract.IncidenceCell`, sorted; a group in which nobody is at risk has no row, but a
                   cohort has its total
    """
    backend = person.get_backend()
    prior_days = dict(definitions.select("cohort_definition_id", "prior_days").iter_rows())
    slices = _slices(_at_risk(periods, person, _entries(members, prior_days), set(prior_days.values())))
    kept = backend.create_table("incidence_slices", slices, temp=True, overwrite=True)
    counted = _counted(kept)
    backend.drop_table("incidence_slices", force=True)
    found = with_every_cohort(_exchanged(counted, definitions), definitions).sort(KEYS)
    require(IncidenceCell, found, name="incidence_cells", where="studies", remedy=OUR_FAULT)
    return found


def _entries(members: pl.DataFrame, prior_days: Mapping[int, int]) -> ir.Table:
    """First day of each person in each cohort."""
    keys = ("cohort_definition_id", "subject_id")
    first = members.group_by(keys).agg(pl.col("cohort_start_date").min())
    cohort = pl.col("cohort_definition_id")
    days = cohort.replace_strict(dict(prior_days), default=None, return_dtype=pl.Int32)
    rows = first.filter(cohort.is_in(list(prior_days))).select(
        number=cohort.cast(pl.Int32), days=days, case_person_id="subject_id", entry="cohort_start_date"
    )
    return ibis.memtable(rows)


def _at_risk(periods: ir.Table, person: ir.Table, entries: ir.Table, asked: Iterable[int]) -> ir.Table:
    """One row per part, number, person and period: first and last day at risk, whether it ended with entry.

    Number is the prior observation for everybody, and the cohort for members.
    """
    observed = periods.join(person, "person_id").select(
        "person_id",
        "year_of_birth",
        "gender_concept_id",
        "care_site_id",
        first="observation_period_start_date",
        last="observation_period_end_date",
    )
    prior = ibis.memtable(pl.DataFrame({"days": sorted(asked)}, schema={"days": pl.Int32}))
    everybody = observed.cross_join(prior).mutate(number=ibis._.days)
    member = observed.join(entries, observed.person_id == entries.case_person_id)
    never, no = dt.date(9999, 1, 1), ibis.literal(False)
    parts = (
        _part(EVERYBODY, everybody, ibis.literal(never), no),
        _part(AS_IF_NEVER, member, ibis.literal(never), no),
        _part(MEMBERS, member, member.entry, member.entry <= member["last"]),
    )
    rows = ibis.union(*parts)
    return rows.filter(rows.start <= rows.end)


def _part(name: str, rows: ir.Table, until: ir.DateValue, is_case: ir.BooleanValue) -> ir.Table:
    return rows.select(
        part=ibis.literal(name),
        number=rows.number.cast("int32"),
        person_id=rows.person_id,
        year_of_birth=rows.year_of_birth,
        gender_concept_id=rows.gender_concept_id,
        practice=rows.care_site_id,
        start=(rows["first"] + rows.days.as_interval("D")).cast("date"),
        end=ibis.least(rows["last"], until).cast("date"),
        is_case=is_case,
    )


def _slices(at_risk: ir.Table) -> ir.Table:
    """Time at risk cut at every New Year, so that a slice has one age; a case is in its last slice."""
    years = ibis.range(at_risk.start.year(), at_risk.end.year() + 1).unnest()
    rows = at_risk.mutate(year=years.cast("int32"))
    first = ibis.greatest(rows.start, ibis.date(rows.year, 1, 1))
    last = ibis.least(rows.end, ibis.date(rows.year, 12, 31))
    age = ibis.least(rows.year - rows.year_of_birth, TOP_BAND)
    return rows.select(
        part=rows.part,
        number=rows.number,
        person_id=rows.person_id,
        practice=rows.practice,
        sex=ibis.cases(
            *((rows.gender_concept_id == key, name) for key, name in SEXES.items()), else_="other"
        ),
        decade=ibis.greatest(age, 0) // 10,
        days=last.delta(first, unit="day") + 1,
        is_case=rows.is_case & (rows.end.year() == rows.year),
    )


def _counted(slices: ir.Table) -> pl.DataFrame:
    """Persons, days and cases by part, number and practice: of each sex and age, and the totals over both."""
    found = []
    for keys in ((), ("sex",), ("decade",), ("sex", "decade")):
        counted = slices.group_by("part", "number", "practice", *keys).aggregate(
            persons=slices.person_id.nunique(), days=slices.days.sum(), cases=slices.is_case.sum()
        )
        found.append(pl.from_arrow(counted.to_pyarrow()))
    rows = pl.concat(found, how="diagonal")
    return rows.with_columns(
        pl.col("number", "decade").cast(pl.Int32), pl.col("persons", "days", "cases").cast(pl.Int64)
    )


def _exchanged(counted: pl.DataFrame, definitions: pl.DataFrame) -> pl.DataFrame:
    """Everybody, less the members as if they had never entered, plus the members until they did."""
    cohorts = definitions.select("cohort_definition_id", "cohort_name", pl.col("prior_days").cast(pl.Int32))
    everybody = counted.filter(part=EVERYBODY).join(cohorts, left_on="number", right_on="prior_days")
    members = counted.filter(pl.col("part") != EVERYBODY).join(
        cohorts.drop("prior_days"), left_on="number", right_on="cohort_definition_id", coalesce=False
    )
    rows = pl.concat([everybody, members], how="diagonal")
    sign = pl.when(pl.col("part") == AS_IF_NEVER).then(-1).otherwise(1)
    by_practice = (
        rows.with_columns(_band().alias("age_band"), pl.col("sex").fill_null(ALL))
        .group_by(*KEYS, "practice")
        .agg((pl.col("persons", "days", "cases") * sign).sum())
    )
    return _over_practices(by_practice.filter(pl.col("persons") > 0))


def with_every_cohort(cells: pl.DataFrame, definitions: pl.DataFrame) -> pl.DataFrame:
    """The cells, with a total of nobody for each cohort that has no cell."""
    absent = definitions.join(cells, on="cohort_definition_id", how="anti")
    nobody = {
        name: pl.lit(ALL) if kind == pl.String else pl.lit(0, kind) for name, kind in cells.schema.items()
    }
    keys = {name: pl.col(name).cast(cells.schema[name]) for name in ("cohort_definition_id", "cohort_name")}
    return pl.concat([cells, absent.select(**(nobody | keys))])


def _over_practices(rows: pl.DataFrame) -> pl.DataFrame:
    cases = pl.col("cases")
    return rows.group_by(KEYS).agg(
        pl.col("persons").sum(),
        (pl.col("days").sum() / DAYS_PER_YEAR).alias("person_years"),
        cases.sum(),
        pl.len().cast(pl.Int64).alias("persons_practices"),
        pl.col("persons").max().alias("persons_of_largest"),
        (cases > 0).sum().cast(pl.Int64).alias("cases_practices"),
        cases.max().alias("cases_of_largest"),
    )


def _band() -> pl.Expr:
    """Ten years of age in words; without an age, the total."""
    first = pl.col("decade") * 10
    told = pl.format("{}-{}", first, first + 9)
    return (
        pl.when(first.is_null()).then(pl.lit(ALL)).when(first >= TOP_BAND).then(pl.lit(f"{TOP_BAND}+"))
        .otherwise(told)
    )  # fmt: skip
