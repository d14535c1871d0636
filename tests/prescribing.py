"""Tiny worlds for the prescribing observatory: persons, prescriptions and doses as tables.

The vocabulary knows diazepam, ibuprofen, apixaban, amoxicillin, clavulanic acid, codeine and paracetamol, of
which only clavulanic acid and codeine have no class in the project's own table. All prescriptions are oral
unless they say otherwise, and each is a product of its own name.
"""

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl

from tests.cdm import open_cdm, rows, write_cdm, write_vocabulary
from thin_assets.domain.snapshot import Snapshot
from thin_assets.studies.prescribing.study import STUDY
from thin_assets.studies.study import Material

SNAPSHOT = Snapshot.named("GB", "2024-03")
DRUGS = {
    "diazepam": 723013,
    "ibuprofen": 1177480,
    "apixaban": 43013024,
    "amoxicillin": 1713332,
    "clavulanic acid": 1759842,
    "codeine": 1201620,
    "paracetamol": 1125315,
    "vaccine": 40213158,
    "diazepam 5 mg tablet": 19076374,
    "unknown": 0,
}
KINDS = {"prescribed": 32838, "dispensed": 32825, "administered": 32818}
ROUTES = {"oral": 4132161, "rectal": 4290759}

CONCEPTS = """
    concept_id | concept_name                    | domain_id | concept_class_id | vocabulary_id | concept_code
    723013     | diazepam                        | Drug      | Ingredient       | RxNorm        | 3322
    1177480    | ibuprofen                       | Drug      | Ingredient       | RxNorm        | 5640
    43013024   | apixaban                        | Drug      | Ingredient       | RxNorm        | 1364430
    1713332    | amoxicillin                     | Drug      | Ingredient       | RxNorm        | 723
    1759842    | clavulanic acid                 | Drug      | Ingredient       | RxNorm        | 48203
    1201620    | codeine                         | Drug      | Ingredient       | RxNorm        | 2670
    1125315    | acetaminophen                   | Drug      | Ingredient       | RxNorm        | 161
    40213158   | influenza vaccine               | Drug      | CVX              | CVX           | 88
    19076374   | diazepam 5 MG Oral Tablet       | Drug      | Clinical Drug    | RxNorm        | 197591
    21604551   | PSYCHOLEPTICS                   | Drug      | ATC 2nd          | ATC           | N05
    21604561   | Benzodiazepine derivatives      | Drug      | ATC 4th          | ATC           | N05BA
    21604253   | ANALGESICS                      | Drug      | ATC 2nd          | ATC           | N02
    21604254   | Natural opium alkaloids         | Drug      | ATC 4th          | ATC           | N02AA
    21603929   | COUGH AND COLD PREPARATIONS     | Drug      | ATC 2nd          | ATC           | R05
    21602796   | ANTIBACTERIALS FOR SYSTEMIC USE | Drug      | ATC 2nd          | ATC           | J01
    21602841   | amoxicillin and clavulanic acid | Drug      | ATC 5th          | ATC           | J01CR02
    21603933   | ANTIINFLAMMATORY PRODUCTS       | Drug      | ATC 2nd          | ATC           | M01
    21600961   | ANTITHROMBOTIC AGENTS           | Drug      | ATC 2nd          | ATC           | B01
    1000       | I10                             | Condition | ICD10 code       | ICD10         | I10
    2000       | F41                             | Condition | ICD10 code       | ICD10         | F41
    1001       | hypertension                    | Condition | Clinical Finding | SNOMED        | 38341003
    2001       | anxiety                         | Condition | Clinical Finding | SNOMED        | 197480006
    3001       | condition without a category    | Condition | Clinical Finding | SNOMED        | 1
    38004446   | General Practice                | Provider  | Specialty        | Medicare      | 08
"""
ANCESTORS = """
    ancestor_concept_id | descendant_concept_id
    21604551            | 723013
    21604561            | 723013
    21604551            | 19076374
    723013              | 19076374
    21604253            | 1201620
    21604254            | 1201620
    21603929            | 1201620
    21602796            | 1759842
    21602841            | 1759842
"""
RELATIONSHIPS = """
    concept_id_1 | concept_id_2 | relationship_id
    1000         | 1001         | Maps to
    2000         | 2001         | Maps to
"""


def world(tmp_path: Path, prescriptions: str, **tables: str) -> duckdb.DuckDBPyConnection:
    """A build with these prescriptions: person | drug | day, days, kind, route, product, quantity, provider.

    Persons 1 to 9, women of 1950 in practice 10 (odd) and men of 1980 in practice 20 (even), are observed
    from 2015 to 2024-03-31; `tables` replaces or adds tables of the CDM.
    """
    given = {
        "person": "person_id | year_of_birth | gender_concept_id | care_site_id\n"
        + "\n".join(
            f"{one} | {1950 if one % 2 else 1980} | {8532 if one % 2 else 8507} | {10 if one % 2 else 20}"
            for one in range(1, 10)
        ),
        "observation_period": "person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{one} | 2015-01-01 | 2024-03-31" for one in range(1, 10)),
        "drug_exposure": exposures(prescriptions),
    }
    build = write_cdm(tmp_path / "build", **(given | tables))
    vocabulary = write_vocabulary(tmp_path / "vocabulary", CONCEPTS, ANCESTORS, RELATIONSHIPS)
    return open_cdm(build, vocabulary)


def crowd(
    tmp_path: Path, users: dict[str, int], *, persons: int = 90, later: dict[str, int] | None = None
) -> dict[str, pl.DataFrame]:
    """Tables of a world in which so many of the persons get a drug in each of the last 24 months.

    later    so many of them in the last twelve
    """
    given = {
        "person": "person_id | year_of_birth | gender_concept_id | care_site_id\n"
        + "\n".join(
            f"{one} | {1940 + 10 * (one % 5)} | {8532 if one % 2 else 8507} | {one % 4}"
            for one in range(persons)
        ),
        "observation_period": "person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{one} | 2015-01-01 | 2024-03-31" for one in range(persons)),
    }
    months = [f"{2022 + (3 + place) // 12}-{(3 + place) % 12 + 1:02d}" for place in range(24)]
    drawn = [
        f"{one} | {drug} | {month}-10 | 28"
        for drug, count in users.items()
        for place, month in enumerate(months)
        for one in range((later or users).get(drug, count) if place >= 12 else count)
    ]
    return found(world(tmp_path, "person | drug | day | days\n" + "\n".join(drawn), **given))


def exposures(prescriptions: str) -> str:
    """Rows of drug_exposure as `write_cdm` takes them."""
    drawn = [_exposure(row) for row in rows(prescriptions)] if prescriptions else []
    return "\n".join(" | ".join(line) for line in [_COLUMNS, *drawn]) if drawn else ""


_COLUMNS = [
    *("person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date"),
    *("drug_type_concept_id", "route_concept_id", "drug_source_value", "quantity", "provider_id"),
]


def _exposure(row: dict[str, str | None]) -> list[str]:
    first = dt.date.fromisoformat(row["day"])
    last = first + dt.timedelta(days=int(row.get("days") or 1) - 1)
    route = row.get("route") or "oral"
    return [
        *(row["person"], str(DRUGS[row["drug"]]), str(first), str(last)),
        str(KINDS.get(row.get("kind") or "prescribed", 1)),
        "" if route == "unknown" else str(ROUTES[route]),
        *(row.get("product") or row["drug"], row.get("quantity") or "", row.get("provider") or ""),
    ]


def found(con: duckdb.DuckDBPyConnection, snapshot: Snapshot = SNAPSHOT) -> dict[str, pl.DataFrame]:
    """The tables of the study, held against their contracts."""
    return STUDY.found(Material(snapshot, con, {}, "test"))


def counted(con: duckdb.DuckDBPyConnection, **where: str) -> dict[str, tuple]:
    """(users, incident users, prescriptions, without DDD, DDD) by month, of a class; all ages and sexes."""
    usual = {"record_kind": "prescribed", "level": "ATC 2nd", "sex": "all", "age_band": "all"}
    chosen = found(con)["prescribing"].filter(**(usual | where))
    columns = ("users", "incident_users", "prescriptions", "prescriptions_without_ddd", "ddd")
    return {f"{row['month']:%Y-%m}": tuple(row[name] for name in columns) for row in chosen.to_dicts()}
