"""The two results tables of the CDM: members of all cohorts together, and what each cohort asks for."""

import datetime as dt
import json

import polars as pl
import pytest

from thin_assets.cdm.spec import TABLES
from thin_assets.cohorts.definition import Definition, load_definitions
from thin_assets.cohorts.tables import cohort_definition_table, cohort_table
from thin_assets.errors import BrokenRules

CUTOFF = dt.date(2024, 3, 31)


def members(cohort: int, *spans: tuple[int, str, str]) -> pl.DataFrame:
    """Members of a cohort: person, first and last day."""
    rows = [(cohort, person, dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for person, a, b in spans]
    names = ("cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date")
    types = (pl.Int32, pl.Int64, pl.Date, pl.Date)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def test_members_of_all_definitions_stand_in_one_table() -> None:
    """Sorted by definition, person and start, whatever the order in which cohorts were built."""
    late, early = members(9, (1, "2020-01-01", "2020-01-31")), members(4, (2, "2021-01-01", "2021-12-31"))
    found = cohort_table([late, early], "GB|2024-03-01")
    assert found.rows() == [*early.rows(), *late.rows()]
    assert found.columns == TABLES["cohort"].columns


def test_a_person_may_come_back_after_leaving_and_may_be_in_two_cohorts() -> None:
    """Time in one cohort ends before it begins again; another cohort does not matter."""
    again = members(4, (1, "2020-01-01", "2020-01-31"), (1, "2020-02-01", "2020-03-01"))
    other = members(9, (1, "2020-01-15", "2020-02-15"))
    assert cohort_table([again, other], "GB|2024-03-01").height == 3


def test_a_person_is_never_twice_in_one_cohort_at_once() -> None:
    """Not even when the overlap is with a span before the last one."""
    spans = [
        (1, "2020-01-01", "2020-12-31"),
        (1, "2020-02-01", "2020-02-02"),
        (1, "2020-06-01", "2021-01-01"),
    ]
    with pytest.raises(BrokenRules, match="2 rows of a cohort"):
        cohort_table([members(4, *spans)], "GB|2024-03-01")


def test_a_definition_is_kept_as_exported_with_its_fingerprint() -> None:
    """The syntax column holds the expression itself, and the description the hash of what it says."""
    definitions = list(load_definitions().values())
    table = cohort_definition_table(definitions, CUTOFF)
    assert table.columns == TABLES["cohort_definition"].columns
    kept = {row["cohort_definition_name"]: row for row in table.to_dicts()}
    for definition in definitions:
        row = kept[definition.name]
        assert Definition(definition.name, row["cohort_definition_syntax"]).sha256 == definition.sha256
        assert definition.sha256 in row["cohort_definition_description"]
        assert "PrimaryCriteria" in json.loads(row["cohort_definition_syntax"])
    assert table.get_column("cohort_initiation_date").unique().to_list() == [CUTOFF]
