"""The seven countries: what differs between them is data, here and nowhere else.

`python -m thin_assets.cdm.generate` writes the dbt seeds `countries.csv`, `code_systems.csv` and
`drug_code_systems.csv` from here.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Coding:
    """A code system in use from a day on (null: since ever) until the next one of the same country starts."""

    system: str
    since: dt.date | None = None


@dataclass(frozen=True)
class Country:
    """How one country's practices record.

    diagnoses       code systems in order of time; a cut-over date starts the later one
    drugs           product code system of prescriptions
    observation     `registered`: patients sign on to a list and are observed between joining and leaving it;
                    `events`: free choice of doctor, observed from the first to the last event (548-day split)
    dispensing      True where pharmacies deliver what was dispensed
    """

    code: str
    name: str
    diagnoses: tuple[Coding, ...]
    drugs: str
    observation: str
    dispensing: bool = False
    deprivation: bool = False
    certainty: bool = False


COUNTRIES: dict[str, Country] = {
    country.code: country
    for country in (
        Country(
            "GB",
            "United Kingdom",
            (Coding("READ2"), Coding("SNOMED", dt.date(2018, 4, 1))),
            "DMD",
            "registered",
            deprivation=True,
        ),
        Country("FR", "France", (Coding("CIM10"),), "CIP13", "events", dispensing=True),
        Country(
            "ES",
            "Spain",
            (Coding("ICD9CM"), Coding("ICD10ES", dt.date(2016, 1, 1))),
            "CN",
            "registered",
        ),
        Country("IT", "Italy", (Coding("ICD9CM"),), "AIC", "registered"),
        Country("DE", "Germany", (Coding("ICD10GM"),), "PZN", "events", certainty=True),
        Country("BE", "Belgium", (Coding("ICPC2"), Coding("ICD10", dt.date(2012, 1, 1))), "CNK", "events"),
        Country("RO", "Romania", (Coding("ICD10"),), "CIMRO", "registered"),
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
}
"""OMOP vocabularies to look a delivered code up in, best first."""

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
