"""Inhaled therapy of made-up persons as tables of a CDM: by the generator's plan, or as it is drawn."""

import datetime as dt

import duckdb
import numpy as np
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.warehouse import connect
from thin_assets.studies.study import Material
from thin_assets.studies.triple_therapy.compute import COHORTS
from thin_assets.studies.triple_therapy.declared import ARMS
from thin_assets.synthetic.codes import concepts
from thin_assets.synthetic.codes.products import PRODUCTS_PER_DRUG
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.days import day
from thin_assets.synthetic.effects import planted
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.rows import Rows, stacked
from thin_assets.synthetic.therapy import dispensed, repeats
from thin_assets.synthetic.triple_therapy import laws_of, planned_courses
from thin_assets.vocabulary import DEMO

PRESCRIPTION, DISPENSING, INHALED, GP, LUNG = 32838, 32825, 40486069, 1, 2
FIRST, LAST = dt.date(2010, 1, 1), dt.date(2024, 3, 31)
ZERO = dt.date(2020, 1, 1)

DRUG = {
    "drug_exposure_id": pl.Int64,
    "person_id": pl.Int64,
    "drug_concept_id": pl.Int32,
    "drug_exposure_start_date": pl.Date,
    "drug_exposure_end_date": pl.Date,
    "drug_type_concept_id": pl.Int32,
    "drug_source_value": pl.String,
    "route_concept_id": pl.Int32,
    "provider_id": pl.Int64,
}
CONDITION = {"person_id": pl.Int64, "condition_concept_id": pl.Int32, "condition_start_date": pl.Date}


def planned_therapy(persons: int, seed: int) -> tuple[Rows, Rows]:
    """Courses by plan of persons who have COPD, and are registered, from some day on; their prescriptions.

    Persons begin within eight years, so that some are followed for long and some are not.
    """
    rng, who = np.random.default_rng(seed), np.arange(persons)
    since = (day(FIRST) + rng.integers(0, 8 * 365, persons)).astype(np.int32)
    laws = laws_of(planted(["copd_persistence"], "GB"))
    running = stacked(planned_courses(rng, who, since, laws))
    lives = {"entry": since, "ends": np.full(persons, day(LAST) + 1)}
    return running, repeats(rng, "GB", lives, running, day(FIRST), day(LAST) + 1)


def fetched(rows: Rows, persons: int, seed: int) -> Rows:
    """What a French pharmacy hands out of these prescriptions, where all persons are its customers."""
    rng, numbered = np.random.default_rng(seed), rows | {"number": np.arange(len(rows["who"]))}
    found = dispensed(rng, "FR", {"odd": np.zeros(persons, dtype=np.int64)}, numbered)
    return found | {"long": rows["long"][found["source"]]}


def entries_of(running: Rows) -> dict[str, dict[int, dt.date]]:
    """Who enters which cohort, and when, by the plan: those whose triple therapy begins by LAST."""
    drugs = codes("drugs")["notion"]
    steps = rates("triple_therapy").filter(step="index")
    kinds = {tuple(sorted(row["drugs"].split())): row["therapy"] for row in steps.iter_rows(named=True)}
    rows = pl.DataFrame(
        {
            "person": running["who"].astype(np.int64) + 1,
            "start": running["start"],
            "drug": drugs.gather(running["product"] // PRODUCTS_PER_DRUG),
        }
    ).filter(pl.col("start") <= day(LAST))
    found = {name: {} for name in COHORTS}
    cohort = dict(zip(ARMS, COHORTS, strict=True))
    told = rows.group_by("person", "start").agg(pl.col("drug").sort()).sort("start", "person")
    for person, start, together in told.iter_rows():
        kind = kinds.get(tuple(together))
        if kind and not any(person in one for one in found.values()):
            found[cohort[kind]][person] = dt.date(1970, 1, 1) + dt.timedelta(start)
    return found


def as_records(rows: Rows, kind: int = PRESCRIPTION) -> pl.DataFrame:
    """Prescriptions or dispensings as the transformation makes them: a row for each concept of a product."""
    products = pl.DataFrame({"drug": range(len(codes("drugs")))}).with_columns(
        drug_concept_id=pl.Series([list(concepts(one or "")) for one in _concepts()], dtype=pl.List(pl.Int32))
    )
    found = pl.DataFrame({name: rows[name] for name in ("who", "day", "product", "long")})
    found = found.with_columns(drug=(pl.col("product") // PRODUCTS_PER_DRUG).cast(pl.Int64))
    start = pl.col("day").cast(pl.Int32).cast(pl.Date)
    return (
        found.join(products, on="drug")
        .explode("drug_concept_id")
        .select(
            drug_exposure_id=pl.int_range(pl.len()),
            person_id=pl.col("who").cast(pl.Int64) + 1,
            drug_concept_id="drug_concept_id",
            drug_exposure_start_date=start,
            drug_exposure_end_date=start + pl.duration(days=pl.col("long").cast(pl.Int64) - 1),
            drug_type_concept_id=pl.lit(kind, dtype=pl.Int32),
            drug_source_value=pl.col("product").cast(pl.String),
            route_concept_id=pl.lit(INHALED, dtype=pl.Int32),
            provider_id=pl.lit(GP if kind == PRESCRIPTION else None, dtype=pl.Int64),
        )
    )


def _concepts() -> list[str | None]:
    return codes("drugs")["product_concept_id"].fill_null(codes("drugs")["ingredient_concept_id"]).to_list()


ROUTES = {"mouth": 4132161, "eye": 4184451}

WORDS = {
    "triple": (792484,),
    "triple of three rows": (939259, 963353, 1196677),
    "ICS+LABA": (1137529, 1149380),
    "LABA+LAMA": (44785908,),
    "ICS": (1115572,),
    "LABA": (1137529,),
    "LAMA": (1106776,),
    "mucolytic": (1139042,),
    "steroid tablets": (1550557,),
}
"""Concepts of a product, as they are recorded: one, or one for each ingredient."""


def drawn(text: str) -> pl.DataFrame:
    """Records from lines of `person | drug | first day | days`; days are counted from 2020-01-01 as 0.

    More words of a line: `dispensed`, `lung` (prescribed by a pulmonologist), `mouth` or `eye` (its route).
    """
    records = []
    for line in filter(None, map(str.strip, text.splitlines())):
        person, drug, first, days, *more = (cell.strip() for cell in line.split("|"))
        start = ZERO + dt.timedelta(int(first))
        kind = DISPENSING if "dispensed" in more else PRESCRIPTION
        for concept in WORDS[drug]:
            records.append(
                (
                    *(len(records), int(person), concept, start, start + dt.timedelta(int(days) - 1), kind),
                    *(drug, next((ROUTES[word] for word in more if word in ROUTES), INHALED)),
                    None if kind == DISPENSING else (LUNG if "lung" in more else GP),
                )
            )
    return pl.DataFrame(records, schema=DRUG, orient="row")


def monthly(person: int, drug: str, first: int, count: int, *more: str) -> str:
    """Lines of so many records of 30 days, one after the other."""
    told = "".join(f" | {word}" for word in more)
    return "\n".join(f"{person} | {drug} | {first + 30 * number} | 30{told}" for number in range(count))


def on(day_number: int) -> dt.date:
    """A day counted from 2020-01-01."""
    return ZERO + dt.timedelta(day_number)


def material(
    drugs: pl.DataFrame,
    entries: dict[str, dict[int, dt.date]],
    *,
    key: str = "GB|2024-03-01",
    conditions: pl.DataFrame | None = None,
    observed_until: dict[int, dt.date] | None = None,
) -> Material:
    """What the study looks at: these drug records, and who entered which cohort when.

    Persons are women and men born from 1940 on, seen in five practices, observed until LAST unless told.
    """
    con = connect()
    ids = sorted({*drugs["person_id"], *(one for cohort in entries.values() for one in cohort)})
    until = observed_until or {}
    people = pl.DataFrame(
        {"person_id": ids, "until": [until.get(one, LAST) for one in ids]},
        schema={"person_id": pl.Int64, "until": pl.Date},
    )
    tables = {
        "drug_exposure": drugs.select(*DRUG),
        "condition_occurrence": conditions if conditions is not None else pl.DataFrame(schema=CONDITION),
        "person": people.select(
            "person_id",
            gender_concept_id=pl.when(pl.col("person_id") % 2 == 0).then(8507).otherwise(8532),
            year_of_birth=1940 + pl.col("person_id") % 20,
            care_site_id=pl.col("person_id") % 5,
        ),
        "observation_period": people.select(
            "person_id", observation_period_start_date=pl.lit(FIRST), observation_period_end_date="until"
        ),
        "provider": pl.DataFrame({"provider_id": [GP, LUNG], "specialty_concept_id": [38004446, 38004472]}),
        "concept": _demo("CONCEPT").select(
            pl.col("concept_id").cast(pl.Int32), "concept_name", "concept_class_id"
        ),
        "concept_ancestor": _demo("CONCEPT_ANCESTOR").select(
            pl.col("ancestor_concept_id", "descendant_concept_id").cast(pl.Int32)
        ),
    }
    _write(con, tables)
    members = {name: _members(number, entries.get(name, {})) for number, name in enumerate(COHORTS)}
    return Material(Snapshot.of(key), con, members, f"studies/triple_therapy {key}")


def _write(con: duckdb.DuckDBPyConnection, tables: dict[str, pl.DataFrame]) -> None:
    con.execute("create schema cdm")
    for name, frame in tables.items():
        con.register("frame", frame)
        con.execute(f"create table cdm.{name} as select * from frame")
        con.unregister("frame")


def _demo(name: str) -> pl.DataFrame:
    return pl.read_csv(DEMO / f"{name}.csv", separator="\t", quote_char=None, infer_schema=False)


def _members(number: int, entries: dict[int, dt.date]) -> pl.DataFrame:
    rows = [(number, person, entry, entry) for person, entry in sorted(entries.items())]
    names = ("cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date")
    types = (pl.Int32, pl.Int64, pl.Date, pl.Date)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
