"""Count what goes against the checks on the fields of a table: one aggregate over one scan, persons and
visits joined to it, keys looked up; uniqueness in a scan of the key alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from thin_assets.cdm.spec import TABLES
from thin_assets.resources.backends import Connection
from thin_assets.validated.catalogue import Check
from thin_assets.validated.field_rules import ALL, Calendar, Rule, column, rule
from thin_assets.validated.outcome import Counted, Outcomes

PERSONS = "judged_persons"
"""Table of the connection with one row per person: person_id, birth, birth_guessed, death, sex."""


def read(path: Path) -> str:
    """A Parquet file as a relation; the folders above it are not columns."""
    return f"read_parquet('{path}', hive_partitioning = false)"


def keep_persons(files: Mapping[str, Path], con: Connection) -> int:
    """Put what checks ask of a person beside the connection; returns how many persons there are.

    A birth without month and day counts from the first of January, and as `birth_guessed` from the first of
    June: two kinds of check of the dashboard read it differently.
    """
    con.execute(f"""
        create or replace temp table {PERSONS} as
        with died as (
            select person_id, min(death_date) as death from {read(files["death"])} group by person_id
        ),
        born as (
            select
                person_id,
                min(gender_concept_id) as sex,
                min(coalesce(birth_datetime::date, try_cast(
                    printf('%04d-%02d-%02d', year_of_birth, coalesce(month_of_birth, 1),
                        coalesce(day_of_birth, 1)) as date))) as birth,
                min(coalesce(birth_datetime::date, try_cast(
                    printf('%04d-06-01', year_of_birth) as date))) as birth_guessed
            from {read(files["person"])} where person_id is not null group by person_id
        )
        select person_id, sex, birth, birth_guessed, death, true as person_known
        from born left join died using (person_id)
    """)
    return con.execute(f"select count(*) from {PERSONS}").fetchone()[0]


def count_repeated(path: Path, key: str, con: Connection) -> int:
    """Rows whose key another row has too; every one of them is counted."""
    name = column(key)
    query = f"select count(*) as n from {read(path)} where {name} is not null group by {name} having n > 1"
    return con.execute(f"select coalesce(sum(n), 0)::bigint from ({query})").fetchone()[0]


def count_fields(
    name: str,
    checks: list[Check],
    files: Mapping[str, Path],
    con: Connection,
    calendar: Calendar,
    *,
    visits_repeat: bool = False,
) -> Outcomes:
    """Count the checks of one table that are conditions on rows.

    files           Parquet files by table, those of the vocabulary among them
    visits_repeat   two visits share a key: they are joined as one, so that no row becomes two
    """
    rules = {check: found for check in checks if (found := rule(check, calendar))}
    if not rules:
        return {}
    conditions = list(dict.fromkeys(sql for one in rules.values() for sql in _both(one)))
    counts = ", ".join(f"count(*) filter (where {sql})" for sql in conditions)
    rows = f"select * {_looked_up(rules, files)} from {read(files[name])}"
    joins = " ".join(_joins(name, conditions, files, visits_repeat))
    found = con.execute(f"select {counts} from ({rows}) as record {joins}").fetchone()
    by_condition = dict(zip(conditions, found, strict=True))
    return {
        check: Counted(*(by_condition[sql] for sql in reversed(_both(one)))) for check, one in rules.items()
    }


def _both(one: Rule) -> tuple[str, str]:
    """Judged and violated; a row goes against a check only where the check speaks of it."""
    return one.judged, one.violated if one.judged == ALL else f"{one.judged} and {one.violated}"


def _looked_up(rules: Mapping[Check, Rule], files: Mapping[str, Path]) -> str:
    """A column `<key>_known` for each key that is neither the person's nor the visit's."""
    return "".join(
        f", {column(check.field)} in (select {key} from {read(files[check.against])} where {key} is not null)"
        f" as {column(check.field + '_known')}"
        for check in rules
        if check.name == "isForeignKey" and check.field not in ("person_id", "visit_occurrence_id")
        for key in [TABLES[check.table].field(check.field).fk_field]
    )


def _joins(name: str, conditions: list[str], files: Mapping[str, Path], visits_repeat: bool) -> Iterator[str]:
    asked = " ".join(conditions)
    if any(word in asked for word in ("person_known", "birth", "death")) and _has(name, "person_id"):
        yield f"left join {PERSONS} using (person_id)"
    if any(word in asked for word in ("visit_known", "visit_start ", "visit_end ")):
        yield f"left join ({_visits(files['visit_occurrence'], visits_repeat)}) using (visit_occurrence_id)"


def _visits(path: Path, repeat: bool) -> str:
    columns = "visit_start_date as visit_start, visit_end_date as visit_end"
    if repeat:
        columns = "min(visit_start_date) as visit_start, max(visit_end_date) as visit_end"
    grouped = " where visit_occurrence_id is not null group by visit_occurrence_id" if repeat else ""
    return f"select visit_occurrence_id, {columns}, true as visit_known from {read(path)}{grouped}"


def _has(name: str, field: str) -> bool:
    return field in TABLES[name].columns
