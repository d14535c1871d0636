"""Matched controls by incidence-density sampling: for every case, who was at risk on its index date.

A control of a case
    has its sex, a year of birth near its own, and its practice (care site);
    is in observation on the index date, for as many days as the cohort asks for;
    is no case on or before that date, and has no record of what lets cases in: who had it before the cohort
    could see it is no control either;
    has no record of what no case may have had (`free_of`): a first cancer asks for nobody who had another.
    A person may be a control of several cases, and may become a case later: that is what makes the odds ratio
    an estimate of the rate ratio.

Among those who may be, the controls are the ones with the smallest hash of seed, case and control: the same
in every order of rows, on every machine, whoever else is there.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.cohorts.contract import MatchedMember
from thin_assets.domain.identity import SEPARATOR
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.ids import stable_ids

CASES_AT_ONCE = 5_000
"""A practice of 20,000 has some 500 candidates for a case: 2.5 million pairs in the engine at once, however
many cases there are."""


@dataclass(frozen=True)
class Matching:
    """How the controls of a cohort are drawn.

    controls       of each case, where there are so many
    birth_years    by so many years may the year of birth differ, either way
    prior_days     observation before the index date, asked of a control as of a case
    free_of        cohort whose records, on or before the index date, make nobody a control: its members are
                   no cases either; None: there is none
    """

    cohort: str
    controls: int
    birth_years: int
    prior_days: int
    seed: int
    free_of: str | None = None


@dataclass(frozen=True)
class Sets:
    """Matched sets, as `contract.MatchedMember`, and how complete they are.

    incomplete    sets with fewer controls than asked for, those without any among them
    alone         sets without a control
    """

    rows: pl.DataFrame
    sets: int
    incomplete: int
    alone: int


@cache
def matchings() -> dict[str, Matching]:
    """Every row of `matching.csv` by cohort."""
    text = files("thin_assets.cohorts").joinpath("matching.csv").read_text(encoding="utf-8")
    numbers = ("controls", "birth_years", "prior_days", "seed")
    return {
        row["cohort"]: Matching(
            row["cohort"], *(int(row[name]) for name in numbers), free_of=row["free_of"] or None
        )
        for row in csv.DictReader(text.splitlines())
    }


def match_controls(
    members: pl.DataFrame,
    first_records: pl.DataFrame,
    person: ir.Table,
    periods: ir.Table,
    matching: Matching,
    *,
    where: str = "cohorts",
    at_once: int = CASES_AT_ONCE,
) -> Sets:
    """Every case with its controls.

    members          the cohort; the first entry of a person is its case
    first_records    (person_id, first_date) of everybody who has what lets cases in, or what no case may
                     have had; a person may stand there twice
    person           (person_id, gender_concept_id, year_of_birth, care_site_id)
    periods          (person_id, observation_period_start_date, observation_period_end_date)
    at_once          cases whose candidates the engine holds together; the sets are the same with any number
    Raises BrokenRules when the sets break their contract.
    """
    cases = _cases(members)
    ill = ibis.memtable(_ill_since(cases, first_records))
    candidates = (_candidates(some, ill, person, periods, matching) for some in _parts(cases, at_once))
    drawn = pl.concat(_nearest(some, matching).to_polars() for some in candidates)
    rows = _as_sets(cases, drawn)
    require(MatchedMember, rows, name="matched sets", where=where, remedy=OUR_FAULT)
    found = rows.group_by("set_id").agg(pl.len() - 1)["len"]
    return Sets(rows, cases.height, int((found < matching.controls).sum()), int((found == 0).sum()))


def _cases(members: pl.DataFrame) -> pl.DataFrame:
    """First entry of each person, with the id of its set: the same in every snapshot that has the entry."""
    keys = ("cohort_definition_id", "subject_id", "cohort_start_date")
    first = members.sort(keys).unique(["cohort_definition_id", "subject_id"], keep="first").select(keys)
    first = first.sort(keys)
    return first.select(
        stable_ids("matched set", first).alias("set_id"),
        "cohort_definition_id",
        pl.col("subject_id").alias("person_id"),
        pl.col("cohort_start_date").alias("index_date"),
    )


def _parts(cases: pl.DataFrame, rows: int) -> list[pl.DataFrame]:
    """So many cases at a time; without a case one empty part, whose controls have columns too."""
    return list(cases.iter_slices(rows)) or [cases]


def _candidates(
    cases: pl.DataFrame, ill: ir.Table, person: ir.Table, periods: ir.Table, matching: Matching
) -> ir.Table:
    """Every pair of a set and somebody who was at risk on its index date, as `_ill_since` tells.

    Each year of birth that is near enough is a row of its own, so that the engine finds candidates by their
    key: looking at everybody of a practice took 60 times the CPU, and GB for a few hundred cases.
    """
    traits = person.select("person_id", "gender_concept_id", "year_of_birth", "care_site_id")
    case = ibis.memtable(cases.select("set_id", "person_id", "index_date")).inner_join(traits, "person_id")
    case = case.select(
        "set_id",
        "index_date",
        case_id="person_id",
        case_sex="gender_concept_id",
        case_born="year_of_birth",
        case_site="care_site_id",
    )
    apart = pl.int_range(-matching.birth_years, matching.birth_years + 1, eager=True).alias("apart")
    alike = case.cross_join(ibis.memtable(apart.to_frame()))
    alike = alike.mutate(born=alike.case_born + alike.apart)
    other = traits.view()
    pairs = alike.inner_join(
        other,
        [
            alike.case_site == other.care_site_id,
            alike.case_sex == other.gender_concept_id,
            alike.born == other.year_of_birth,
            alike.case_id != other.person_id,
        ],
    ).select("set_id", "case_id", "index_date", "person_id")
    start = periods.observation_period_start_date + ibis.interval(days=matching.prior_days)
    observed = periods.select(
        "person_id", observed_from=start.cast("date"), observed_until="observation_period_end_date"
    )
    at_risk = pairs.semi_join(
        observed,
        [
            pairs.person_id == observed.person_id,
            pairs.index_date >= observed.observed_from,
            pairs.index_date <= observed.observed_until,
        ],
    )
    return at_risk.anti_join(ill, [at_risk.person_id == ill.person_id, ill.ill_since <= at_risk.index_date])


def _ill_since(cases: pl.DataFrame, first_records: pl.DataFrame) -> pl.DataFrame:
    """From when on a person is no control: entry into the cohort, or a record of what lets cases in."""
    entered = cases.select("person_id", pl.col("index_date").alias("ill_since"))
    recorded = first_records.select("person_id", pl.col("first_date").alias("ill_since"))
    return pl.concat([entered, recorded]).group_by("person_id").agg(pl.col("ill_since").min())


def _nearest(candidates: ir.Table, matching: Matching) -> ir.Table:
    """As many of each set as are asked for, those with the smallest hash first."""
    key = ibis.literal(str(matching.seed)) + SEPARATOR
    key = key + candidates.case_id.cast("string") + SEPARATOR + candidates.person_id.cast("string")
    ranked = candidates.mutate(draw=key.hexdigest("md5"))
    window = ibis.window(group_by=ranked.set_id, order_by=[ranked.draw, ranked.person_id])
    ranked = ranked.mutate(position=ibis.row_number().over(window) + 1)
    kept = ranked.filter(ranked.position <= matching.controls)
    return kept.select("set_id", "person_id", position=kept.position.cast("int32"))


def _as_sets(cases: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    case = cases.with_columns(is_case=pl.lit(True), position=pl.lit(0, pl.Int32))
    of_case = cases.select("set_id", "cohort_definition_id", "index_date")
    controls = drawn.join(of_case, on="set_id").with_columns(is_case=pl.lit(False))
    columns = list(MatchedMember.to_schema().columns)
    both = pl.concat([case.select(columns), controls.select(columns)])
    return both.sort("index_date", "set_id", "position")
