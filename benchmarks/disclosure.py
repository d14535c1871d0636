"""Disclosure control of random tables of 24 cohorts: `python -m benchmarks.disclosure [--tables 3]`.

Told of each table: CPU seconds of the whole engine, for a first month and for the month after it, in which
many cells changed by few; and how many numbers were kept back for being small, and beside those.
"""

import argparse
import time

import numpy as np
import polars as pl
from rich.console import Console

from thin_assets.published.aggregates.control import Controlled, control
from thin_assets.published.aggregates.decide import COMPLEMENTARY, DIFFERENCING, SMALL
from thin_assets.published.declared.product import Product, products

COHORTS, SEXES, YEARS = 24, ("female", "male"), tuple(map(str, range(2000, 2025)))
AGES = ("0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
INCIDENCE, COUNTS = products()["cohort_incidence"], products()["cohort_counts"]


def incidence(rng: np.random.Generator) -> pl.DataFrame:
    """Persons at risk, years and cases by cohort, sex and age; cohorts of a handful to some thousands."""
    people = {key: int(rng.integers(200, 3000)) for key in ((sex, age) for sex in SEXES for age in AGES)}
    rows = []
    for cohort in range(COHORTS):
        size = rng.lognormal(2.5, 1.5)
        for sex in SEXES:
            told = []
            for place, age in enumerate(AGES):
                persons = people[sex, age] - int(rng.integers(0, 40))
                cases = min(int(rng.poisson(size * np.exp(-(((place - 7) / 2.5) ** 2)))), persons)
                told.append((age, persons, persons * rng.uniform(2, 6), cases))
            _, persons, years, cases = (list(one) for one in zip(*told, strict=True))
            told.append(("all", int(sum(persons) * 0.6), sum(years), sum(cases)))
            rows += [(cohort, f"cohort {cohort}", sex, *row) for row in told]
    names = ["cohort_definition_id", "cohort_name", "sex", "age_band", "persons", "person_years", "cases"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("cohort_definition_id").cast(pl.Int32)
    )
    return _with_both_sexes(frame, ["persons", "person_years", "cases"]).with_columns(
        persons_practices=9, persons_of_largest=1, cases_practices=9, cases_of_largest=1
    )


def entries(rng: np.random.Generator) -> pl.DataFrame:
    """Persons by cohort, year, sex and age; totals are left to the engine."""
    rows = []
    for cohort in range(COHORTS):
        size = rng.lognormal(1.0, 1.5)
        for year in YEARS:
            for sex in SEXES:
                means = [size * np.exp(-(((place - 7) / 2.5) ** 2)) for place in range(len(AGES))]
                rows += [
                    (cohort, f"cohort {cohort}", year, sex, age, count)
                    for age, count in zip(AGES, rng.poisson(means).tolist(), strict=True)
                ]
    names = ["cohort_definition_id", "cohort_name", "year", "sex", "age_band", "persons"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("cohort_definition_id").cast(pl.Int32)
    )
    return _practices_everywhere(frame)


def _practices_everywhere(frame: pl.DataFrame) -> pl.DataFrame:
    """Totals of nobody's own, only to say that each is spread over nine practices."""
    totals = []
    for over in (["year"], ["sex"], ["age_band"], ["year", "sex"], ["year", "age_band"], ["sex", "age_band"]):
        totals.append(frame.with_columns(pl.lit("all").alias(name) for name in over))
    totals.append(frame.with_columns(year=pl.lit("all"), sex=pl.lit("all"), age_band=pl.lit("all")))
    keys = [name for name in frame.columns if name != "persons"]
    summed = [rows.group_by(keys).agg(pl.col("persons").sum()).select(frame.columns) for rows in totals]
    return pl.concat([frame, *summed]).with_columns(practices=9, persons_of_largest=1)


def _with_both_sexes(frame: pl.DataFrame, numbers: list[str]) -> pl.DataFrame:
    keys = ["cohort_definition_id", "cohort_name", "age_band"]
    both = frame.group_by(keys).agg(pl.col(numbers).sum()).with_columns(sex=pl.lit("all"))
    return pl.concat([frame, both.select(frame.columns)])


def measured(rows: pl.DataFrame, product: Product, previous: list[pl.DataFrame]) -> Controlled:
    """One run of the engine, with its line of figures."""
    began = time.process_time()
    found = control(rows, product, previous=previous)
    seconds = time.process_time() - began
    told = ", ".join(f"{why} {found.suppressed[why]}" for why in (SMALL, COMPLEMENTARY, DIFFERENCING))
    Console().print(f"{product.name}: {seconds:.1f} CPU s, {found.rows.height} rows, {told}")
    return found


def main() -> None:
    """Measure as many tables as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=3)
    for seed in range(parser.parse_args().tables):
        for product, make in ((INCIDENCE, incidence), (COUNTS, entries)):
            first = make(np.random.default_rng(seed))
            ledger = measured(first, product, []).ledger
            column = "cases" if product is INCIDENCE else "persons"
            measured(_a_month_later(first, column, seed), product, [ledger])


def _a_month_later(rows: pl.DataFrame, column: str, seed: int) -> pl.DataFrame:
    """Every third cell has grown by a few persons, and every tenth by many."""
    rng = np.random.default_rng(1000 + seed)
    few, many = rng.random(rows.height) < 0.3, rng.random(rows.height) < 0.1
    grown = few * rng.integers(1, 9, rows.height) + many * rng.integers(10, 60, rows.height)
    return rows.with_columns(pl.col(column) + pl.Series(grown) * (pl.col("age_band") != "all"))


if __name__ == "__main__":
    main()
