"""Tolerances that differ from the default: a file per country, and one for deliveries that are OMOP already.

A line says what is tolerated, of which check, and why. A changed threshold without a reason is refused, so is
one of a check that does not exist.
"""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import LAYOUT_OMOP
from thin_assets.errors import SettingsError
from thin_assets.validated.catalogue import Check, catalogue, read_rows

FOLDER = "thresholds"
OMOP = "omop-cdm"


class Threshold(NamedTuple):
    """What a check bears, in percent, and why it is not the default; no reason: it is."""

    percent: float
    reason: str | None = None


def threshold(check: Check, country: str, layout: str) -> Threshold:
    """The tolerance of a check in a delivery. Raises SettingsError for a file that cannot stand."""
    changed = changed_thresholds(source(country, layout)).get(check)
    return changed or Threshold(check.threshold)


def source(country: str, layout: str) -> str:
    """Name of the file that speaks of a delivery: the country's, or that of the OMOP layouts."""
    return OMOP if layout.startswith(LAYOUT_OMOP.rpartition("-")[0]) else country


def sources() -> list[str]:
    """Every name that a file of thresholds may have."""
    return [*COUNTRIES, OMOP]


@cache
def changed_thresholds(name: str) -> dict[Check, Threshold]:
    """The changed thresholds of one file; none where there is no file. Raises SettingsError."""
    file = f"{FOLDER}/{name}.csv"
    if not files("thin_assets.validated").joinpath(file).is_file():
        return {}
    return read_thresholds(read_rows(file), where=f"thin_assets/validated/{file}")


def read_thresholds(rows: list[dict[str, str]], *, where: str) -> dict[Check, Threshold]:
    """Thresholds from rows of check, table, field, concept, threshold and reason. Raises SettingsError.

    concept    a concept id, or concept:unit for a value in a unit; empty at the levels above
    """
    known = {_row_key(check): check for check in catalogue()}
    found: dict[Check, Threshold] = {}
    for line, row in enumerate(rows, start=2):
        key = (row["check"], row["table"], row["field"], row["concept"])
        if fault := _fault(row, key in known, known.get(key) in found):
            raise SettingsError(
                f"line {line}: {fault}", where=where, remedy="see docs/how-to/change-a-threshold.md"
            )
        found[known[key]] = Threshold(float(row["threshold"]), row["reason"].strip())
    return found


def _row_key(check: Check) -> tuple[str, str, str, str]:
    unit = "" if check.unit_concept_id is None else f":{check.unit_concept_id}"
    return (
        check.name,
        check.table,
        check.field,
        "" if check.concept_id is None else f"{check.concept_id}{unit}",
    )


def _fault(row: dict[str, str], is_known: bool, is_double: bool) -> str | None:
    if not is_known:
        return f"there is no check {row['check']} on {row['table']}.{row['field']} {row['concept']}".rstrip()
    if not (row["reason"] or "").strip():
        return f"{row['check']} on {row['table']}.{row['field']} is changed without a reason"
    if is_double:
        return f"{row['check']} on {row['table']}.{row['field']} is changed twice"
    try:
        is_percent = 0 <= float(row["threshold"]) <= 100
    except ValueError:
        is_percent = False
    return None if is_percent else f"{row['threshold']!r} is no percentage"
