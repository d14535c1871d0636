"""The words in which rules are told, and the raw and CDM names that they stand for."""

import re
from datetime import date

from tests.spec.ascii_table import Row, rows_of
from thin_assets.domain.countries import COUNTRIES, Coding
from thin_assets.domain.identity import stable_id

DELIVERED = {
    "practice": "practice",
    "staff": "staff",
    "patient": "patient",
    "consultation": "consult",
    "diagnosis": "medical",
    "prescription": "therapy",
    "dispensing": "dispense",
    "test": "ahd",
    "area": "pvi",
    "note": "text",
    "product": "lookup_drug_ref",
    "dosage": "lookup_dosage_ref",
    "thesaurus": "lookup_diag_ref",
    "entity": "lookup_ahd_ref",
    "unreadable": "rejected",
}
"""What a rule calls a delivered table, and its raw name."""

PLAIN: dict[str, Row] = {
    "practice": {
        "prac_type": "GP",
        "compdate": "2000-01-01",
        "collectdate": "2024-03-31",
    },
    "patient": {"patflag": "A", "birth_year": "1950", "sex": "1", "regdate": "2005-01-01", "regstat": "02"},
    "diagnosis": {"medcode": "I10", "medflag": "R", "datatype": "01"},
    "prescription": {"drugcode": "0100", "therflag": "Y"},
    "dispensing": {"boxes": "1"},
    "test": {"ahdflag": "Y"},
    "area": {"flags": "XXXXXXXXXXX3"},
}
"""What a row holds where a rule says nothing: an unremarkable patient, practice or entry."""

_WORDS = {
    "practice": {"kind": "prac_type", "collected": "collectdate", "software": "visiondate"},
    "patient": {
        "born": "birth_year",
        "month": "birth_month",
        "joined": "regdate",
        "left": "xferdate",
        "died": "deathdate",
        "status": "regstat",
        "flag": "patflag",
    },
    "staff": {"role": "roleid"},
    "consultation": {"kind": "constype"},
    "diagnosis": {
        "system": "code_system",
        "code": "medcode",
        "kind": "datatype",
        "flag": "medflag",
        "until": "enddate",
    },
    "prescription": {
        "date": "prscdate",
        "system": "drug_code_system",
        "code": "drugcode",
        "quantity": "prscqty",
        "a day": "dosgval",
        "days": "prscdays",
        "dosage": "doscode",
        "kind": "prsctype",
        "issue": "seqnoiss",
        "of": "maxnoiss",
        "flag": "therflag",
    },
    "dispensing": {"date": "dispdate", "code": "cip13", "prescription": "therapy_key"},
    "test": {
        "entity": "ahdcode",
        "operator": "data1",
        "value": "data2",
        "unit code": "data3",
        "qualifier": "data4",
        "low": "data5",
        "high": "data6",
        "unit": "unit_text",
        "local": "local_code",
        "flag": "ahdflag",
    },
    "dosage": {"a day": "dosgval"},
    "entity": {"entity": "ahdcode"},
    "unreadable": {"table": "source_table"},
}
_EVERYWHERE = {noun: f"{noun}_key" for noun in ("practice", "patient", "staff", "event")} | {
    "consultation": "consult_key",
    "date": "eventdate",
}

_PARTIAL = re.compile(r"\d{4}(-\d{2})?")
_DATES = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def raw_name(table: str, word: str) -> str:
    """Raw column of a word at the head of a given table; a raw column's own name is a word too."""
    return _WORDS.get(table, {}).get(word) or _EVERYWHERE.get(word, word)


def key(rule: str, noun: str, word: str) -> int:
    """The key that stands for a word of a rule: the same word of another rule is somebody else."""
    return stable_id(rule, noun, word)


def plain(table: str, country: str) -> Row:
    """Cells of an unremarkable row: codes are those of the country's present systems."""
    systems = {
        "diagnosis": {"system": _present(COUNTRIES[country].diagnoses)},
        "prescription": {"system": _present(COUNTRIES[country].drugs)},
        "unreadable": {"country": country, "snapshot": "2024-03-01"},
    }
    return PLAIN.get(table, {}) | systems.get(table, {})


def _present(codings: tuple[Coding, ...]) -> str:
    return [coding.system for coding in codings if not coding.beside][-1]


def whole_date(text: str | None, column: str) -> tuple[str | None, bool]:
    """A date with the parts it lacks, as the raw room completes it, and whether it lacks any.

    >>> whole_date("2019", "eventdate"), whole_date("2019-05-02", "eventdate")
    (('2019-01-01', True), ('2019-05-02', False))
    """
    if text is None or not column.endswith("date") or not _PARTIAL.fullmatch(text):
        return text, False
    return f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01", True


def days_told(texts: list[str]) -> set[date]:
    """Every day that some tables name: a visit is one of them."""
    cells = [cell for text in texts for row in rows_of(text) for cell in row.values() if cell]
    return {date.fromisoformat(cell) for cell in cells if _DATES.fullmatch(cell) and len(cell) == 10}
