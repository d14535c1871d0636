"""From a build and two cohorts to every table of the study."""

from collections.abc import Iterable

import pandera.polars as pa
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.studies.study import Material, Tables
from thin_assets.studies.triple_therapy import contract, estimates
from thin_assets.studies.triple_therapy.adherence import band, days_covered
from thin_assets.studies.triple_therapy.cells import cells
from thin_assets.studies.triple_therapy.courses import courses, parts_of
from thin_assets.studies.triple_therapy.covariates import first_added, with_covariates
from thin_assets.studies.triple_therapy.declared import Declared, declared
from thin_assets.studies.triple_therapy.records import (
    ENTRIES,
    days_of_condition,
    days_of_drugs,
    inhaled,
    persons,
    specialties,
)
from thin_assets.studies.triple_therapy.users import Users, new_users

COHORTS = ("copd_triple_single_device", "copd_triple_several_devices")

TABLES: dict[str, type[pa.DataFrameModel]] = {
    "triple_therapy_attrition": contract.Attrition,
    "triple_therapy_baseline": contract.Baseline,
    "triple_therapy_curves": contract.Curve,
    "triple_therapy_estimates": contract.Estimate,
    "triple_therapy_hazards": contract.Hazard,
    "triple_therapy_outcomes": contract.Outcome,
    "triple_therapy_adherence": contract.Adherence,
    "triple_therapy_pathways": contract.Pathway,
    "triple_therapy_cells": contract.Cell,
}
AGES = (("under 60", 60), ("60 to 69", 70), ("70 to 79", 80), ("80 and more", None))


def compute(material: Material) -> Tables:
    """Every table, by name; without anybody on triple therapy they are empty."""
    told, con = declared(), material.con
    entries = pl.concat(material.members.values()).group_by(person_id="subject_id")
    con.register(ENTRIES, entries.agg(entry=pl.col("cohort_start_date").min()).sort("person_id"))
    records = inhaled(con, told)
    dispensing = COUNTRIES[material.snapshot.country].dispensing
    users = new_users(records, persons(con), told, dispensing=dispensing)
    flares = [
        days_of_condition(con, told.exacerbation),
        days_of_drugs(con, told.systemic_steroids, told),
    ]
    asthma = days_of_condition(con, told.asthma)
    known = with_covariates(users.rows, specialties(con), asthma, pl.concat(flares), told)
    added = first_added(known, days_of_drugs(con, told.add_ons, told), told)
    con.unregister(ENTRIES)
    return _tables(users, known, records.filter(record=users.record), added, told)


def _tables(
    users: Users, known: pl.DataFrame, own: pl.DataFrame, added: pl.DataFrame, told: Declared
) -> Tables:
    found = {gap: courses(own, known, added, gap, told) for gap in told.gaps}
    main = found[told.main_gap]
    covered = days_covered(parts_of(own, known, told), known, told.mean_days)
    rows = {
        "attrition": [(step, *rule) for step, rule in enumerate(users.attrition)],
        "baseline": _baseline(known),
        "curves": estimates.curves(found, told),
        "estimates": estimates.estimates(found, covered, told),
        "hazards": estimates.hazards(found, known, told),
        "outcomes": estimates.outcomes(main, told),
        "adherence": _counted(
            covered.with_columns(days_covered=band(pl.col("covered"))), "arm", "days_covered"
        ),
        "pathways": _counted(main, "before", "arm", "after"),
    }
    tables = {f"triple_therapy_{name}": _framed(f"triple_therapy_{name}", one) for name, one in rows.items()}
    by_person = [rows.with_columns(gap_days=pl.lit(gap, dtype=pl.Int32)) for gap, rows in found.items()]
    placed = pl.concat(by_person).join(known.select("person_id", "practice"), on="person_id")
    three = (tables[f"triple_therapy_{name}"] for name in ("curves", "estimates", "hazards"))
    placed = placed.select("gap_days", "arm", "days", "ended", "practice")
    published = cells(*three, placed, users.record, told)
    return tables | {"triple_therapy_cells": published.select(_columns("triple_therapy_cells"))}


def _baseline(known: pl.DataFrame) -> Iterable[tuple]:
    """Counts of each characteristic by arm."""
    columns = {
        "all": pl.lit("all"),
        "sex": pl.col("sex"),
        "age": _age(),
        "therapy before": pl.col("before"),
        "prescriber": pl.col("specialty"),
        "asthma": pl.when("asthma").then(pl.lit("yes")).otherwise(pl.lit("no")),
        "exacerbations in the year before": pl.col("exacerbations"),
        "year": pl.col("index").dt.year().cast(pl.String),
    }
    for name, value in columns.items():
        rows = known.select("arm", characteristic=pl.lit(name), value=value)
        yield from _counted(rows, "arm", "characteristic", "value")


def _age() -> pl.Expr:
    found = pl.lit(AGES[-1][0])
    for name, after in reversed(AGES[:-1]):
        found = pl.when(pl.col("age") < after).then(pl.lit(name)).otherwise(found)
    return found


def _counted(rows: pl.DataFrame, *keys: str) -> list[tuple]:
    return rows.group_by(keys).agg(pl.len().cast(pl.Int64)).sort(keys).rows()


def _framed(name: str, rows: Iterable[tuple]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=_schema(name), orient="row")


def _schema(name: str) -> dict[str, pl.DataType]:
    return {column: one.dtype.type for column, one in TABLES[name].to_schema().columns.items()}


def _columns(name: str) -> list[str]:
    return list(_schema(name))
