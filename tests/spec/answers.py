"""What a build answers to a rule: rows of its own patients, in the words in which the rule was told.

A concept is shown by its name, no standard concept as 0, a null as an empty cell. An id is shown as whom
it stands for: the id is derived in Python from what the rule gave, so every answer also shows that SQL
derives the same.
"""

import csv
from functools import cache
from pathlib import Path

from tests.spec.ascii_table import columns_of, drawn, rows_of
from tests.spec.builds import Build
from tests.spec.raw_rows import noun_of
from tests.spec.story import Story
from tests.spec.vocabulary import CONCEPTS
from tests.spec.words import DELIVERED, days_told, key
from thin_assets.cdm import spec
from thin_assets.domain.identity import derived_id, stable_id
from thin_assets.raw.contract import REASONS

ACCOUNTS = {
    "fate": """
        select source_table, patient_key, event_key, fate, reason from int_events_judged
        union all
        select 'patient', patient_key, null, fate, reason from int_patients_judged
    """,
    "unreadable": f"""
        select source_table, reason, source_rows as rows from reconciliation where reason in {REASONS}
    """,
    "mention": "select note.person_id, note_nlp.* from note_nlp inner join note using (note_id)",
    "code level": """
        select distinct screened.event_key, screened.patient_key, code.mapping_level as level
        from int_diagnoses_screened as screened inner join int_codes_mapped as code using (code_system, code)
    """,
    "product level": """
        select distinct screened.event_key, screened.patient_key, product.mapping_level as level
        from int_prescriptions_screened as screened inner join int_products_mapped as product
            on screened.drug_code_system = product.drug_code_system and screened.drug_code = product.drug_code
            and screened.atc is not distinct from product.atc
    """,
    "days": """
        select person_id, event_key, exposed_days as days, days_level as level from int_prescriptions_timed
    """,
}
"""What no CDM table shows: what became of a delivered row, and how a decision was reached."""

_WORDS = {
    "table": "source_table",
    "patient": "person_id",
    "staff": "provider_id",
    "consultation": "visit_detail_id",
    "visit": "visit_occurrence_id",
    "practice": "care_site_id",
    "region": "location_id",
    "value": "value_as_number",
    "answer": "value_as_concept_id",
    "text": "value_as_string",
    "code": "source_value",
    "code concept": "source_concept_id",
    "unit text": "unit_source_value",
}
"""Words at the head of an expected table; a word also finds `<table>_<word>`, `..._date` and
`..._concept_id`.
"""

_DEMO = Path(__file__).parents[2] / "thin_assets" / "vocabulary" / "demo" / "CONCEPT.csv"


class Told(Story):
    """A story held to a build: what it expects is compared as it is told."""

    def __init__(self, country: str, rule: str, build: Build) -> None:
        super().__init__(country, rule)
        self._build = build

    def expect(self, table: str, text: str) -> None:
        """Compare, rows in any order; a failure shows both tables."""
        words = columns_of(text) or ["patient"]
        expected = sorted(tuple(cell or "" for cell in row.values()) for row in rows_of(text))
        found = sorted(self._answer(table, words))
        assert found == expected, (
            f"{table} of {self.country} is\n\n{drawn(words, found)}\n\n"
            f"and the rule expects\n\n{drawn(words, expected)}\n"
        )

    def _answer(self, table: str, words: list[str]) -> list[tuple[str, ...]]:
        source = f"({ACCOUNTS[table]})" if table in ACCOUNTS else table
        columns = [column_of(table, word, self._build.columns(source)) for word in words]
        owner = next((c for c in _owners(table) if c in self._build.columns(source)), None)
        ours = self._whom(table)
        quoted = [f'"{column}"' for column in columns]
        own = f" where {owner}::varchar in (select unnest(?))" if owner else ""
        rows = self._build.query(
            f"select {', '.join(quoted)} from {source}{own}", [list(ours)] if owner else []
        )
        return [
            tuple(_shown(column, value, ours) for column, value in zip(columns, row, strict=True))
            for row in rows
        ]

    def _whom(self, table: str) -> dict[str, str]:
        """Words of the rule by the keys and ids that stand for them, as texts."""
        keys, days = self._keys(), days_told(list(self.tables.values()))
        found = {number: word for (_, word), number in keys.items()}
        for (noun, word), number in keys.items():
            if noun == "patient":
                found |= {derived_id(number, day=day): f"{word} {day}" for day in days}
            elif noun in DELIVERED and table in spec.TABLES:
                found |= {derived_id(number, concept): word for concept in concept_names()}
        regions = {row.get("region") for name in ("practice", "patient") for row in self.rows(name)}
        found |= {stable_id(self.country, "location", region): region for region in regions if region}
        return {str(number): word for number, word in found.items()}

    def _keys(self) -> dict[tuple[str, str], int]:
        """Key of every word that names a patient, practice, member of staff, consultation or event."""
        named = {("patient", name) for name in self.patients()} | {("practice", self.practice)}
        for table in self.tables:
            for number, row in enumerate(self.rows(table)):
                cells = {"event": f"row {number}"} | row
                nouns = {"event": noun_of(table, "event_key")} | {
                    n: n for n in ("patient", "practice", "staff")
                }
                nouns |= {"consultation": "consultation", "prescription": "prescription"}
                named |= {(nouns[word], cell) for word, cell in cells.items() if word in nouns and cell}
        return {(noun, word): key(self.rule, noun, word) for noun, word in named}


def column_of(table: str, word: str, columns: list[str]) -> str:
    """The column that a word at the head of an expected table means."""
    if word == "event":
        return "event_key" if "event_key" in columns else spec.table(table).primary_key
    name = _WORDS.get(word, word).replace(" ", "_")
    stems = ["", f"{table}_", f"{table.split('_')[0]}_"]
    tried = [
        f"{stem}{name}{suffix}" for suffix in ("", "_date", "_concept_id", "_id", "_key") for stem in stems
    ]
    found = next((column for column in tried if column in columns), None)
    if found is None and word == "patient":
        return "patient_key"
    assert found, f"{table} has no column for {word!r}"
    return found


def _owners(table: str) -> list[str]:
    key_of_table = spec.table(table).primary_key if table in ("provider", "care_site", "location") else None
    return ["person_id", "patient_key", *([key_of_table] if key_of_table else [])]


def _shown(column: str, value: object, whom: dict[str, str]) -> str:
    if value is None:
        return ""
    if column.endswith("source_concept_id"):
        return concept_codes().get(value, str(value))
    if column.endswith("concept_id"):
        return concept_names().get(value, str(value))
    if column == "source_table":
        return next(word for word, raw in DELIVERED.items() if raw == value)
    if column.endswith(("_id", "_key")):
        return whom.get(str(value), str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


@cache
def concept_names() -> dict[int, str]:
    """Name by concept, of the vocabulary of the rules and of the concepts that rules name themselves; 0 is
    0.
    """
    own = {int(row["id"]): row["name"] for row in rows_of(CONCEPTS)}
    return {int(row["concept_id"]): row["concept_name"] for row in _demo()} | own | {0: "0"}


@cache
def concept_codes() -> dict[int, str]:
    """Vocabulary and code by concept; 0 is 0."""
    return {int(row["id"]): f"{row['vocabulary']} {row['code']}" for row in rows_of(CONCEPTS)} | {0: "0"}


def _demo() -> list[dict[str, str]]:
    with _DEMO.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
