"""Delivered = loaded + collapsed + rejected - multi-map extra; and what was sent to a CDM table is there."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.cdm import write_cdm
from thin_assets.errors import NotReconciled
from thin_assets.resources.warehouse import connect
from thin_assets.validated.reconcile import Reconciliation, reconcile

FATES = """
    ('medical', null, 'loaded', 3, 4), ('medical', null, 'collapsed', 2, 0),
    ('medical', 'future_date', 'rejected', 1, 0), ('medical', 'not_a_date', 'rejected', 1, 0),
    ('patient', null, 'loaded', 2, 2)
"""
ROUTES = "('medical', 'condition_occurrence', 3), ('medical', 'observation', 1), ('patient', 'person', 2)"
Reconcile = Callable[..., Reconciliation]


def write(con: duckdb.DuckDBPyConnection, file: Path, values: str, columns: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy (select * from (values {values}) as v({columns})) to '{file}' (format parquet)")


@pytest.fixture
def reconciled(tmp_path: Path) -> Reconcile:
    def run(delivered: dict[str, int], fates: str = FATES, routes: str = ROUTES) -> Reconciliation:
        build = write_cdm(
            tmp_path / "country=GB" / "candidate=1",
            person="person_id\n1\n2",
            condition_occurrence="person_id | condition_start_date\n" + "1 | 2020-01-01\n" * 3,
            observation="person_id | observation_date\n1 | 2020-01-01",
        )
        con = connect()
        columns = "source_table, reason, fate, source_rows, target_rows"
        write(con, build / "reconciliation" / "data.parquet", fates, columns)
        write(con, build / "routing" / "data.parquet", routes, "source_table, cdm_table, rows")
        return reconcile(build, delivered, con)

    return run


def test_an_account_that_adds_up(reconciled: Reconcile) -> None:
    """Three rows became four, two said again what others say, two were refused: seven were delivered."""
    found = reconciled({"medical": 7, "patient": 2})
    medical = found.equations[0]
    assert (medical.delivered, medical.loaded, medical.collapsed, medical.multi_map_extra) == (7, 4, 2, 1)
    assert medical.rejected == {"future_date": 1, "not_a_date": 1}
    assert found.broken() == []
    found.require("GB|2024-03-01")


@pytest.mark.parametrize(("delivered", "missing"), [(8, "medical +1"), (6, "medical -1")])
def test_a_row_too_many_or_too_few_is_named(reconciled: Reconcile, delivered: int, missing: str) -> None:
    with pytest.raises(NotReconciled, match=missing.replace("+", r"\+")):
        reconciled({"medical": delivered, "patient": 2}).require("GB|2024-03-01")


def test_a_table_of_which_nothing_is_told_is_missing_as_a_whole(reconciled: Reconcile) -> None:
    found = reconciled({"medical": 7, "patient": 2, "therapy": 5})
    assert [(one.source_table, one.missing) for one in found.broken()] == [("therapy", 5)]


def test_look_up_tables_become_no_rows_and_need_no_account(reconciled: Reconcile) -> None:
    assert reconciled({"medical": 7, "patient": 2, "lookup_unit_ref": 30}).broken() == []


def test_rows_that_were_sent_and_did_not_arrive_are_named(reconciled: Reconcile) -> None:
    found = reconciled({"medical": 7, "patient": 2}, routes=ROUTES.replace("'person', 2", "'person', 3"))
    with pytest.raises(NotReconciled, match=r"omop/person \+1"):
        found.require("GB|2024-03-01")


def test_rows_that_nobody_sent_are_named(reconciled: Reconcile) -> None:
    """A table that no route leads to must be empty."""
    found = reconciled(
        {"medical": 7, "patient": 2}, routes=ROUTES.replace("('medical', 'observation', 1), ", "")
    )
    assert [(one.cdm_table, one.missing) for one in found.broken()] == [("observation", -1)]


def test_the_report_holds_every_account(reconciled: Reconcile) -> None:
    counts = reconciled({"medical": 7, "patient": 2}).as_counts()
    assert (counts["delivered"], counts["rejected"]) == (9, 2)
    assert {row["source_table"]: row["missing"] for row in counts["equations"]} == {
        "medical": 0,
        "patient": 0,
    }
    assert {"cdm_table": "person", "routed": 2, "built": 2, "missing": 0} in counts["arrivals"]
