"""What a country owes by a day: days are data, and what was never begun is not asked for."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.due import (
    Missing,
    day_after,
    default_text,
    month_just_ended,
    newest_due,
    overdue,
    read_due,
)
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.landing.calendar import as_report, draw_calendar
from thin_assets.landing.calendar_assets import calendar
from thin_assets.resources.calendar import Calendar
from thin_assets.resources.lake import Lake

HEADER = "country,delivered_by,sealed_by\n"


def snapshots(country: str, *months: str) -> set[Snapshot]:
    return {Snapshot.named(country, month) for month in months}


def months_of(found: list[Missing]) -> list[str]:
    return [f"{one.month:%Y-%m}" for one in found]


def test_the_days_of_the_project_name_every_country_and_a_build_is_due_after_its_delivery() -> None:
    due = read_due(default_text())
    assert set(due) == set(COUNTRIES)
    assert [code for code, days in due.items() if days.sealed_by <= days.delivered_by] == []


@pytest.mark.parametrize(
    "text", ["country,day\nGB,8", HEADER + "XX,8,9", HEADER + "GB,0,9", HEADER + "GB,8", HEADER + "GB,8,32"]
)
def test_a_line_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="due"):
        read_due(text, "home/due.csv")


@pytest.mark.parametrize(
    ("today", "newest"), [("2024-04-08", "2024-02"), ("2024-04-09", "2024-03"), ("2024-01-09", "2023-12")]
)
def test_a_month_is_overdue_from_the_day_after_its_day(today: str, newest: str) -> None:
    assert f"{newest_due(8, dt.date.fromisoformat(today)):%Y-%m}" == newest


def test_the_thirty_first_of_a_shorter_month_is_its_last_day() -> None:
    assert day_after(dt.date(2024, 3, 1), 31) == dt.date(2024, 4, 30)


def test_the_month_just_ended_is_the_one_before() -> None:
    assert month_just_ended(dt.date(2024, 4, 8)) == dt.date(2024, 3, 1)
    assert month_just_ended(dt.date(2024, 1, 8)) == dt.date(2023, 12, 1)


def test_gaps_are_overdue_and_months_before_the_first_delivery_are_not() -> None:
    there = snapshots("GB", "2024-01", "2024-03") | snapshots("FR", "2023-06")
    assert months_of(overdue("GB", 8, there, dt.date(2024, 5, 20))) == ["2024-02", "2024-04"]


def test_a_country_that_never_delivered_owes_the_newest_month_only() -> None:
    assert months_of(overdue("RO", 12, set(), dt.date(2024, 5, 20))) == ["2024-04"]


TODAY = dt.date(2024, 5, 20)


def test_the_report_tells_newest_months_and_days_late() -> None:
    due = read_due(HEADER + "GB,8,12")
    (line,) = draw_calendar(due, snapshots("GB", "2024-03"), snapshots("GB", "2024-03"), TODAY)
    (told,) = as_report([line], TODAY)["countries"]
    assert told["delivered"] == {
        "newest": "2024-03",
        "missing": [{"month": "2024-04", "due": "2024-05-08", "days_late": 12}],
    }
    assert told["sealed"]["missing"][0] == {"month": "2024-04", "due": "2024-05-12", "days_late": 8}
    assert line.sealed.sentence("sealed", TODAY) == (
        "newest sealed month 2024-03; 2024-04 was due 2024-05-12, 8 days ago"
    )


def test_what_is_sealed_was_delivered_though_its_delivery_was_put_away() -> None:
    due = read_due(HEADER + "GB,8,12")
    (line,) = draw_calendar(due, set(), snapshots("GB", "2024-04"), TODAY)
    assert (line.delivered.missing, line.sealed.missing) == ((), ())


@pytest.fixture
def looked_at(tmp_path: Path) -> dg.ExecuteInProcessResult:
    """The calendar of a home that waits for one country, of which nothing is there."""
    days = tmp_path / "due.csv"
    days.write_text(HEADER + "GB,8,12\n")
    resources = {"lake": Lake(home=str(tmp_path)), "calendar": Calendar(due=str(days), release_day=20)}
    return dg.materialize([calendar], resources=resources)


def test_a_country_that_owes_a_month_fails_its_checks_as_a_warning(
    looked_at: dg.ExecuteInProcessResult,
) -> None:
    checks = {one.check_name: one for one in looked_at.get_asset_check_evaluations()}
    assert set(checks) == {
        f"{code.lower()}_{what}" for code in COUNTRIES for what in ("has_delivered", "is_sealed")
    }
    assert {name for name, one in checks.items() if not one.passed} == {"gb_has_delivered", "gb_is_sealed"}
    late = checks["gb_is_sealed"]
    assert late.severity == dg.AssetCheckSeverity.WARN
    assert {"month", "due", "days late"} <= set(late.metadata)


def test_the_report_lies_where_alerts_read_it(looked_at: dg.ExecuteInProcessResult, tmp_path: Path) -> None:
    report = Lake(home=str(tmp_path)).reported_of_all("calendar")
    (told,) = report["countries"]
    assert (told["country"], len(told["delivered"]["missing"])) == ("GB", 1)
    assert "GB" in looked_at.asset_materializations_for_node("calendar")[0].metadata["calendar"].value
