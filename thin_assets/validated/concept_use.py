"""Which concepts a table uses: its rows are grouped once, and every check on concepts sums from the groups.

Used concepts are few where rows are many. Rows are grouped by all concept columns of the table, by the source
values beside them and, where a check asks, by the sex of the person. The groups stay in the engine; what
leaves them is counts by concept, never a source value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from thin_assets.cdm.spec import TABLES
from thin_assets.resources.backends import Connection
from thin_assets.validated.catalogue import CONCEPT, MEASUREMENT, Check, catalogue
from thin_assets.validated.count_fields import PERSONS, read
from thin_assets.validated.field_rules import column
from thin_assets.validated.outcome import Counted, Outcomes
from thin_assets.validated.population import Population

COMPLETENESS = frozenset(("standardConceptRecordCompleteness", "sourceConceptRecordCompleteness"))
SOURCE_VALUES = "sourceValueCompleteness"
BY_SEX = frozenset(("plausibleGender", "plausibleGenderUseDescendants"))
VALUES = frozenset(("plausibleValueLow", "plausibleValueHigh"))

_BOUNDS = "judged_bounds"
_BOUNDS_SCHEMA = {
    "measurement_concept_id": pl.Int32,
    "unit_concept_id": pl.Int32,
    "low": pl.Float64,
    "high": pl.Float64,
}
_VALUES_COUNTED = """count(value_as_number) as n_values,
    count(*) filter (where value_as_number < low) as n_low,
    count(*) filter (where value_as_number > high) as n_high"""


@dataclass(frozen=True)
class Usage:
    """What one table uses.

    concepts    rows by concept, by column; a null is no concept
    by_sex      rows by (concept, sex of the person), of the column that the checks of sex ask for
    by_unit     rows by (measurement, unit or None)
    by_value    by (measurement, unit): rows with a value, those with one too low, those with one too high
    """

    rows: int
    concepts: dict[str, dict[int, int]] = field(default_factory=dict)
    by_sex: dict[tuple[int, int | None], int] = field(default_factory=dict)
    by_unit: dict[tuple[int, int | None], int] = field(default_factory=dict)
    by_value: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)


def count_use(
    name: str, checks: list[Check], path: Path, population: Population, con: Connection
) -> tuple[Usage, Outcomes]:
    """The usage of one table, and the outcome of its checks on completeness; one scan.

    checks    those of the table on its concepts and source values
    """
    fields = [one.name for one in TABLES[name].fields if one.fk_table == "concept"]
    keys = [key for key in dict.fromkeys((*fields, *_source_values(checks))) if population.filled[key]]
    if not keys:
        return Usage(population.rows), {}
    sexed = next((check.field for check in checks if check.name in BY_SEX and check.field in keys), None)
    measured = name == MEASUREMENT[0] and {"unit_concept_id", MEASUREMENT[1]} <= set(keys)
    _group(con, name, path, keys, sexed is not None, measured)
    outcomes = {**_completeness(con, checks, keys), **_mapped_values(con, checks, keys)}
    usage = Usage(
        population.rows,
        {key: {row[0]: row[1] for row in _sums(con, key)} for key in fields if key in keys},
        {row[:2]: row[2] for row in _sums(con, sexed, "sex")} if sexed else {},
        {row[:2]: row[2] for row in _sums(con, *_unit_keys(keys))} if name == MEASUREMENT[0] else {},
        {row[:2]: row[3:] for row in _sums(con, *_unit_keys(keys), values=True)} if measured else {},
    )
    con.execute("drop table judged_use")
    return usage, outcomes


def _source_values(checks: list[Check]) -> Iterator[str]:
    """Columns of source values that a check counts or looks at."""
    for check in checks:
        if check.name == SOURCE_VALUES:
            yield check.field
        elif check.name in COMPLETENESS and check.against:
            yield check.against


def _group(con: Connection, name: str, path: Path, keys: list[str], sexed: bool, measured: bool) -> None:
    selected, joins = ", ".join(map(column, keys)), ""
    if sexed:
        selected, joins = f"{selected}, sex", f" left join {PERSONS} using (person_id)"
    counted = "count(*) as n"
    if measured:
        _keep_bounds(con)
        counted += f", {_VALUES_COUNTED}"
        joins += f" left join {_BOUNDS} using (measurement_concept_id, unit_concept_id)"
    con.execute(
        f"create or replace temp table judged_use as select {selected}, {counted} from {read(path)}{joins}"
        " group by all"
    )


def _keep_bounds(con: Connection) -> None:
    """Lowest and highest plausible value of each measurement in each unit, as a table to join."""
    bounds: dict[tuple[int, int], dict[str, float]] = {}
    for check in catalogue():
        if check.kind.level == CONCEPT and check.name in VALUES:
            of_unit = bounds.setdefault((check.concept_id, check.unit_concept_id), {})
            of_unit[check.name] = float(check.against)
    rows = [(*key, of["plausibleValueLow"], of["plausibleValueHigh"]) for key, of in bounds.items()]
    con.register(_BOUNDS, pl.DataFrame(rows, schema=_BOUNDS_SCHEMA, orient="row"))


def _sums(con: Connection, *keys: str, values: bool = False) -> list[tuple[int, ...]]:
    """Rows by these columns where the first is a concept; with `values`, also those of the values."""
    more = ", sum(n_values)::bigint, sum(n_low)::bigint, sum(n_high)::bigint" if values else ""
    by = ", ".join(keys)
    return con.execute(
        f"select {by}, sum(n)::bigint{more} from judged_use where {keys[0]} is not null group by {by}"
    ).fetchall()


def _unit_keys(keys: list[str]) -> tuple[str, str]:
    return MEASUREMENT[1], "unit_concept_id" if "unit_concept_id" in keys else "null::integer"


def _completeness(con: Connection, checks: list[Check], keys: list[str]) -> Outcomes:
    """Records with concept 0, or without a concept although the source says something."""
    asked = [check for check in checks if check.name in COMPLETENESS and check.field in keys]
    counts = []
    for check in asked:
        concept = column(check.field)
        said = f"{column(check.against)} is not null" if check.against in keys else "false"
        counts.append(f"sum(n) filter (where {concept} = 0 or ({concept} is null and {said}))")
        counts.append(f"sum(n) filter (where {concept} is not null or {said})")
    return _fetched(con, asked, counts)


def _mapped_values(con: Connection, checks: list[Check], keys: list[str]) -> Outcomes:
    """Distinct source values, a missing one among them, and those of which some record has concept 0."""
    asked = [
        check for check in checks if check.name == SOURCE_VALUES and {check.field, check.against} <= {*keys}
    ]
    counts = []
    for check in asked:
        value, unmapped = column(check.field), f"{column(check.against)} = 0"
        for condition in (unmapped, "true"):
            counts.append(
                f"count(distinct {value}) filter (where {condition})"
                f" + coalesce(max(1) filter (where {value} is null and {condition}), 0)"
            )
    return _fetched(con, asked, counts)


def _fetched(con: Connection, asked: list[Check], counts: list[str]) -> Outcomes:
    """Violated and judged of each check, two counts for each."""
    if not asked:
        return {}
    found = con.execute(
        f"select {', '.join(f'({count})::bigint' for count in counts)} from judged_use"
    ).fetchone()
    pairs = zip(found[::2], found[1::2], strict=True)
    return {
        check: Counted(violated or 0, judged or 0)
        for check, (violated, judged) in zip(asked, pairs, strict=True)
    }
