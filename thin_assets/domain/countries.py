"""The seven countries: what differs between them is data, here and nowhere else.

`python -m thin_assets.cdm.generate` writes the dbt seeds `countries.csv`, `code_systems.csv` and
`drug_code_systems.csv` from here.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Coding:
    """A code system in use from a day on (null: since ever) until the next one of the same country starts.

    beside    True where the system never replaces another: some entries are coded in it all the same
    digits    length of a product code, where the same system was once shorter; null where it never changed
    """

    system: str
    since: dt.date | None = None
    beside: bool = False
    digits: int | None = None


@dataclass(frozen=True)
class Country:
    """How one country's practices record.

    diagnoses       code systems in order of time; a cut-over date starts the later one
    drugs           product code systems of prescriptions in order of time
    observation     `registered`: patients sign on to a list and are observed between joining and leaving it;
                    `events`: free choice of doctor, observed from the first to the last event (548-day split)
    dispensing      True where pharmacies deliver what was dispensed, in the latest product code system
    specialists     True where practices of specialists deliver too: nobody is on their list
    """

    code: str
    name: str
    diagnoses: tuple[Coding, ...]
    drugs: tuple[Coding, ...]
    observation: str
    dispensing: bool = False
    deprivation: bool = False
    certainty: bool = False
    specialists: bool = True


COUNTRIES: dict[str, Country] = {
    country.code: country
    for country in (
        Country(
            "GB",
            "United Kingdom",
            (Coding("READ2"), Coding("SNOMED", dt.date(2018, 4, 1))),
            (Coding("MULTILEX"), Coding("DMD", dt.date(2017, 4, 1))),
            "registered",
            deprivation=True,
            specialists=False,
        ),
        Country(
            "FR",
            "France",
            (Coding("CIM10"), Coding("LOCALFR", beside=True)),
            (Coding("CIP7"), Coding("CIP13", dt.date(2012, 1, 1))),
            "events",
            dispensing=True,
        ),
        Country(
            "ES",
            "Spain",
            (Coding("ICD9CM"), Coding("ICD10ES", dt.date(2016, 1, 1)), Coding("CIAP2", beside=True)),
            (Coding("CN"),),
            "registered",
        ),
        Country("IT", "Italy", (Coding("ICD9CM"),), (Coding("AIC"),), "registered"),
        Country(
            "DE",
            "Germany",
            (Coding("ICD10GM"),),
            (Coding("PZN", digits=7), Coding("PZN", dt.date(2013, 1, 1), digits=8)),
            "events",
            certainty=True,
        ),
        Country(
            "BE",
            "Belgium",
            (
                Coding("ICPC2"),
                Coding("ICD10", dt.date(2012, 1, 1)),
                Coding("IBUI", dt.date(2012, 1, 1), beside=True),
            ),
            (Coding("CNK"),),
            "events",
        ),
        Country("RO", "Romania", (Coding("ICD10"),), (Coding("CIMRO"),), "registered"),
    )
}

VOCABULARIES: dict[str, tuple[str, ...]] = {
    "READ2": ("Read",),
    "SNOMED": ("SNOMED",),
    "CIM10": ("CIM10", "ICD10"),
    "ICD10GM": ("ICD10GM", "ICD10"),
    "ICD10ES": ("ICD10CM", "ICD10"),
    "ICD10": ("ICD10",),
    "ICD9CM": ("ICD9CM",),
    "CIAP2": ("ICPC2",),
    "ICPC2": ("ICPC2",),
    "LOCALFR": ("THINLIKE_LOCALFR",),
    "IBUI": ("THINLIKE_IBUI",),
    "FACTOR": ("THINLIKE_FACTOR",),
}
"""Vocabularies to look a delivered code up in, best first.

LOCALFR and IBUI are thesauri that no OMOP vocabulary knows: reviewed maps speak of their codes, else the
delivered list of diagnoses does (`lookup_diag_ref.icd10`). FACTOR is the generator's wide mode: its codes are
local concepts, in every country.
"""

DRUG_VOCABULARIES: dict[str, str | None] = {
    "DMD": "dm+d",
    "MULTILEX": "Gemscript",
    "CIP13": "BDPM",
    "CIP7": "BDPM",
    "PZN": "GRR",
    "CNK": "GGR",
    "CN": None,
    "AIC": None,
    "CIMRO": None,
}
"""OMOP vocabulary to look a delivered product up in; None where no vocabulary knows the system."""

DRUG_FAMILIES: dict[str, str] = {"CIP13": "CIP", "CIP7": "CIP"}
"""Product code systems that name the same products, under one name; every other is a family by itself."""
