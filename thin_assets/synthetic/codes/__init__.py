"""The small clinical dictionary that the generator draws from, and what each of its codes means.

diagnoses.csv   notions of the medical table with their codes in each system; `concept_id` is the standard
                concept, `a;b` where one code stands for two, 0 where nobody has mapped the code
editions.csv    how a national edition spells a code of the international one, and its concept if finer
drugs.csv       products by ATC code with the standard drug concepts they map to, a usual pack and dose, and
                what a delivery tells of them (`known_by`, see products.py); devices have no ATC class
tests.csv       additional health data: entity, LOINC and local codes, concepts, units, distributions; blood
                pressure and weight carry two values, separated by `;` in the order of their concepts
factors.py      codes of wide mode, of which there are as many as one likes
lookups.csv     small look-up lists of a delivery: consultation types, roles, specialties, routes, units

Codes are public knowledge about real code systems, checked against a vocabulary where one was at hand.
Read v2, ICD-9-CM and ICPC-2 codes are examples and were not checked against a release of those systems.
Codes that contain LOC are local on purpose: no vocabulary knows them.
"""

import csv
import hashlib
from functools import cache
from importlib.resources import files

from thin_assets.synthetic.codes import factors

ICD10_FAMILY = ("CIM10", "ICD10", "ICD10ES", "ICD10GM")
DIAGNOSIS_COLUMNS = {
    "READ2": "read2",
    "SNOMED": "snomed",
    "ICD9CM": "icd9cm",
    "ICPC2": "icpc2",
    "CIAP2": "icpc2",
} | dict.fromkeys(ICD10_FAMILY, "icd10")
"""The column of diagnoses.csv that holds the codes of a code system."""

OVERRIDES = {"SNOMED": "snomed_concept_id", "ICD10ES": "icd10es_concept_id"}
"""Code systems whose own map differs from the notion's for some codes, and the column that says so."""

LOCAL_THESAURI = {"LOCALFR": "D", "IBUI": "1"}
"""Code systems whose codes mean the ICD-10 code of the delivered list, and how their codes begin."""

TEST_COLUMNS = {"THINLIKE_AHD": "ahdcode", "LOINC": "loinc", "THINLIKE_LOCAL_TEST": "local_code"}
SINGLE_MAPS = {"THINLIKE_PVI": {"townsend": "4276268"}}
"""Maps of a single delivered thing: the Townsend fifth is a finding about how people live."""


@cache
def read(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one dictionary file: `diagnoses`, `editions`, `drugs`, `tests` or `lookups`."""
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def concepts(text: str) -> tuple[int, ...]:
    """The standard concepts of a dictionary cell; none for an empty cell and for 0, which means unmapped.

    >>> concepts("201340;433516"), concepts("0")
    ((201340, 433516), ())
    """
    return tuple(sorted(int(part) for part in text.split(";") if part not in ("", "0")))


def targets(code_system: str, code: str) -> tuple[int, ...]:
    """Standard concepts that a delivered code maps to, ascending; none for an unmapped or unknown code.

    code_system   READ2, SNOMED, CIM10, ICD10, ICD10ES, ICD10GM, ICD9CM, ICPC2, CIAP2, LOCALFR, IBUI, FACTOR;
                  ATC; LOINC, THINLIKE_AHD, _LOCAL_TEST, _CONSTYPE, _PVI, _ROLE, _SPECIALTY, _ROUTE, _UNIT
    code          as the dictionary or as a delivery spells it; upper and lower case differ
    raises        KeyError for a code system that the dictionary does not know
    >>> targets("ICD10", "K29"), targets("READ2", "h33..00"), targets("CIM10", "I209")
    ((201340, 433516), (), (321318,))
    """
    if code_system == factors.CODE_SYSTEM:
        return factors.targets(code)
    return _by_spelling(code_system).get(code, ())


def codes(code_system: str) -> tuple[str, ...]:
    """Every code of a code system in the dictionary, in the order of the files; of FACTOR it holds none."""
    return tuple(_by_code(code_system))


def spelled(code_system: str, code: str) -> str:
    """A code as deliveries spell it: French records know no dot, national editions are finer.

    >>> spelled("CIM10", "E66.9"), spelled("ICD10GM", "U07.1"), spelled("ICD10", "I10")
    ('E669', 'U07.1!', 'I10')
    """
    if code_system == "CIM10":
        return code.replace(".", "")
    return _editions().get((code_system, code), {"spelled": code})["spelled"]


def local_code(code_system: str, notion: str) -> str:
    """The code of a notion in a local thesaurus.

    >>> local_code("IBUI", "asthma")[0], len(local_code("LOCALFR", "asthma"))
    ('1', 8)
    """
    number = int.from_bytes(hashlib.sha256(f"{code_system}/{notion}".encode()).digest()[:8], "big")
    return f"{LOCAL_THESAURI[code_system]}{number % 10**7:07d}"


@cache
def _editions() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["system"], row["code"]): row for row in read("editions")}


@cache
def _by_spelling(code_system: str) -> dict[str, tuple[int, ...]]:
    """Targets of every code, under its own and under its delivered spelling."""
    known = dict(_by_code(code_system))
    for code, found in _by_code(code_system).items():
        finer = _editions().get((code_system, code), {}).get("concept_id", "")
        known[spelled(code_system, code)] = concepts(finer) or found
    return known


@cache
def _by_code(code_system: str) -> dict[str, tuple[int, ...]]:
    if code_system in DIAGNOSIS_COLUMNS:
        return _of_diagnoses(code_system)
    if code_system == factors.CODE_SYSTEM:
        return {}
    if code_system in LOCAL_THESAURI:
        return {
            local_code(code_system, row["notion"]): targets("ICD10", row["icd10"])
            for row in read("diagnoses")
            if is_icd10(row["icd10"])
        }
    if code_system == "ATC":
        return {row["atc"]: concepts(row["ingredient_concept_id"]) for row in read("drugs") if row["atc"]}
    if code_system in TEST_COLUMNS:
        column = TEST_COLUMNS[code_system]
        return {row[column]: concepts(row["concept_id"]) for row in read("tests") if row[column]}
    return _of_lookups(code_system)


def is_icd10(code: str | None) -> bool:
    """Whether a cell holds a real ICD-10 code, not a local one in its place."""
    return bool(code) and "LOC" not in code


def _of_diagnoses(code_system: str) -> dict[str, tuple[int, ...]]:
    column, override = DIAGNOSIS_COLUMNS[code_system], OVERRIDES.get(code_system, "concept_id")
    return {
        row[column]: concepts(row[override] or row["concept_id"]) for row in read("diagnoses") if row[column]
    }


def _of_lookups(code_system: str) -> dict[str, tuple[int, ...]]:
    """Units are known by their code and by their text; the other look-ups by their code alone."""
    if code_system in SINGLE_MAPS:
        return {code: concepts(concept) for code, concept in SINGLE_MAPS[code_system].items()}
    known = {f"THINLIKE_{row['lookup'].upper()}" for row in read("lookups")}
    if code_system not in known:
        raise KeyError(code_system)
    rows = [row for row in read("lookups") if f"THINLIKE_{row['lookup'].upper()}" == code_system]
    found = {row["code"]: concepts(row["concept_id"]) for row in rows}
    if code_system == "THINLIKE_UNIT":
        found |= {row["description"]: concepts(row["concept_id"]) for row in rows}
    return found
