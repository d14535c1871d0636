"""Every check there is: made from the standard, and from the tables beside this file where it is silent.

    kinds.csv             the kinds of check, as OHDSI's DataQualityDashboard names and files them, and ours
    remedies.csv          what to do where one fails, in words; kinds share them
    checks.csv            checks on tables and fields that the field table of the CDM does not decide
    plausible_*.csv       checks on single concepts: sex, units, values by unit

Nothing here looks at data. `against` is what a value is held against: a column, a number, a day, a domain.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from thin_assets.cdm.spec import TABLES, clinical_tables

TABLE, FIELD, CONCEPT = "TABLE", "FIELD", "CONCEPT"
STRUCTURE = frozenset(("cdmTable", "onlyCdmFields", "cdmField", "cdmDatatype"))
"""Kinds that ask for the shape of a build and read no row."""

MEASUREMENT = ("measurement", "measurement_concept_id")
GENDER_THRESHOLD, DESCENDANTS_THRESHOLD, UNIT_THRESHOLD, VALUE_THRESHOLD = 5.0, 2.0, 5.0, 5.0
"""Tolerances of the checks on concepts, in percent, as the dashboard ships them."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of check.

    level      TABLE, FIELD or CONCEPT; a name may stand at two levels
    category, subcategory, context    where the framework of Kahn et al. (2016) files it
    origin     OHDSI: of the dashboard; ours: added here
    remedy     what to do where a check of the kind fails
    """

    name: str
    level: str
    category: str
    subcategory: str
    context: str
    origin: str
    description: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Check:
    """One check on one table, field or concept; `threshold` is the percentage of violations it bears."""

    kind: Kind
    table: str
    field: str = ""
    concept_id: int | None = None
    unit_concept_id: int | None = None
    against: str = ""
    threshold: float = 0.0

    @property
    def name(self) -> str:
        """Name of its kind."""
        return self.kind.name


@cache
def kinds() -> dict[tuple[str, str], Kind]:
    """Every kind by level and name, in the order in which they are shown."""
    remedies = {row["remedy"]: row["text"] for row in read_rows("remedies.csv")}
    rows = [row | {"remedy": remedies[row["remedy"]]} for row in read_rows("kinds.csv")]
    return {(row["level"], row["name"]): Kind(**row) for row in rows}


@cache
def catalogue() -> tuple[Check, ...]:
    """Every check of the 27 tables of records, with the default tolerances; kind by kind."""
    order = list(kinds().values())
    return tuple(sorted(_all(), key=lambda check: order.index(check.kind)))


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of this folder."""
    text = files("thin_assets.validated").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _all() -> Iterator[Check]:
    yield from _of_the_standard()
    for row in read_rows("checks.csv"):
        level = FIELD if row["field"] else TABLE
        yield Check(
            kinds()[level, row["check"]],
            row["table"],
            row["field"],
            against=row["against"],
            threshold=float(row["threshold"]),
        )
    yield from _of_sex()
    yield from _of_units_and_values()


def _of_the_standard() -> Iterator[Check]:
    """What the CDM's own lists of tables and fields decide."""
    for table in clinical_tables():
        yield Check(kinds()[TABLE, "cdmTable"], table.name)
        yield Check(kinds()[TABLE, "onlyCdmFields"], table.name)
        for field in table.fields:
            for name, against in (
                ("cdmField", ""),
                ("cdmDatatype", field.duckdb_type),
                ("isRequired", "") if field.required else ("", ""),
                ("isPrimaryKey", "") if field.primary_key else ("", ""),
                ("isForeignKey", field.fk_table) if field.fk_table else ("", ""),
                ("fkDomain", ",".join(field.fk_domain)) if field.fk_domain else ("", ""),
                ("fkClass", field.fk_class) if field.fk_class else ("", ""),
            ):
                if name:
                    yield Check(kinds()[FIELD, name], table.name, field.name, against=against)
            may_lack = 0.0 if field.required else 100.0
            complete = kinds()[FIELD, "measureValueCompleteness"]
            yield Check(complete, table.name, field.name, threshold=may_lack)


def _of_sex() -> Iterator[Check]:
    for row in read_rows("plausible_gender.csv"):
        name, threshold = ("plausibleGender", GENDER_THRESHOLD)
        if row["descendants"] == "yes":
            name, threshold = ("plausibleGenderUseDescendants", DESCENDANTS_THRESHOLD)
        field = next(name for name in TABLES[row["table"]].columns if name.endswith("_concept_id"))
        yield Check(
            kinds()[CONCEPT, name],
            row["table"],
            field,
            concept_id=int(row["concept_id"]),
            against=row["gender"],
            threshold=threshold,
        )


def _of_units_and_values() -> Iterator[Check]:
    units: dict[int, list[str]] = {}
    for row in read_rows("plausible_values.csv"):
        concept, unit = int(row["concept_id"]), row["unit_concept_id"]
        units.setdefault(concept, []).append(unit)
        if unit:
            for name, bound in (("plausibleValueLow", row["low"]), ("plausibleValueHigh", row["high"])):
                kind = kinds()[CONCEPT, name]
                yield Check(kind, *MEASUREMENT, concept, int(unit), bound, VALUE_THRESHOLD)
    for concept, allowed in units.items():
        against = ",".join(unit for unit in allowed if unit)
        kind = kinds()[CONCEPT, "plausibleUnitConceptIds"]
        yield Check(kind, *MEASUREMENT, concept, against=against, threshold=UNIT_THRESHOLD)
