"""The operations page: what stands, what is late, what failed, what it costs."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from tests.operations_facts import AT, BUILT, MONTHS, facts
from tests.operations_home import MARCH, raw_patient, refused, run
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.config import open_instance
from thin_assets.operations.assets import ASSETS, page_file
from thin_assets.operations.costs import costs_by_room
from thin_assets.operations.facts import Facts, gather
from thin_assets.operations.page import draw_page
from thin_assets.operations.page.grid import state_of
from thin_assets.operations.page.trends import minutes, of_partitions, rejected_percent
from thin_assets.operations.runs import read_runs, write_runs
from thin_assets.resources.files import write_json
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

ALL = facts()


def partition(country: str, month: dt.date) -> object:
    return next(one for one in ALL.partitions if one.snapshot == Snapshot(country, month))


@pytest.mark.parametrize(
    ("country", "month", "word"),
    [
        ("GB", MONTHS[-1], "built"),
        ("IT", MONTHS[-1], "failed"),
        ("FR", MONTHS[-3], "old"),
        ("RO", MONTHS[-1], "started"),
        ("BE", MONTHS[-1], "delivered"),
    ],
)
def test_the_state_of_a_partition_is_that_of_its_worst_room(country: str, month: dt.date, word: str) -> None:
    assert state_of(partition(country, month)) == word


def test_every_month_and_country_has_a_field_that_says_what_is_wrong() -> None:
    page = draw_page(ALL)
    assert len(re.findall(r'<td class="field ', page)) == len(MONTHS) * 7
    assert "IT 2024-06: failed (validated failed, evidence absent" in page
    assert page.count('class="field none"') == 2 + 6


def test_free_text_that_is_let_in_nowhere_is_no_room_to_miss() -> None:
    assert "landing, raw, omop" in draw_page(ALL)
    let_in = [replace(one, rooms=BUILT | {"text": "built"}) for one in ALL.partitions]
    assert "landing, raw, text, omop" in draw_page(replace(ALL, partitions=let_in))


def test_the_minutes_of_a_partition_are_those_of_its_last_whole_run() -> None:
    values = minutes(ALL)
    assert values["IT"][-1] is None
    assert values["GB"][-1] == pytest.approx(
        ALL.runs.filter(pl.col("partition") == Snapshot("GB", MONTHS[-1]).key)["seconds"].sum() / 60
    )


def test_the_share_of_rejected_rows_has_a_gap_where_nothing_was_delivered() -> None:
    values = of_partitions(ALL, rejected_percent)
    assert values["ES"][-2:] == [None, None]
    assert values["IT"][-1] > 25


def test_what_failed_names_error_and_exit_code_and_leads_to_the_run() -> None:
    page = draw_page(replace(ALL, ui_address="https://dagster.example.org/"))
    failed = ALL.runs.filter(pl.col("outcome") == "failed").row(0, named=True)
    assert f'href="https://dagster.example.org/runs/{failed["run"]}"' in page
    assert "<code>BrokenRules</code> exit 33" in page


def test_a_country_that_is_late_is_told_by_month_and_days() -> None:
    assert "2024-05 not delivered, 23 days late" in draw_page(ALL)


def test_the_page_loads_nothing_and_is_the_same_twice() -> None:
    page = draw_page(ALL)
    assert page == draw_page(facts())
    assert not re.search(r"<script|src=|url\(", page)


def test_an_empty_home_says_how_to_begin() -> None:
    empty = Facts(AT, [], ALL.runs.clear(), [], None, {}, None)
    page = draw_page(empty)
    assert "first-partition.md" in page
    assert (empty.months, costs_by_room(empty.runs).height) == ([], 0)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """A home in which one partition was read and then failed, and a calendar that misses Spain."""
    settings = Settings(home=tmp_path)
    run(settings, raw_patient, refused)
    lake = Lake(home=str(tmp_path))
    counts = {"delivery": "d", "failed": True, "checks": {"failed": 4}, "errors": 2, "rejected": 3}
    lake.report("validated", MARCH, counts | {"mapped_percent": 98.5})
    missing = [{"month": "2024-02", "due": "2024-03-10", "days_late": 5}]
    spain = {"country": "ES", "delivered": {"missing": missing}, "sealed": {"missing": []}}
    write_json(lake.root / "reports" / "calendar.json", {"day": "2024-03-15", "countries": [spain]})
    return settings


def test_facts_are_those_of_reports_runs_and_calendar(home: Settings) -> None:
    with open_instance(home) as instance:
        found = gather(home, write_runs(instance, home.home), AT)
    (one,) = found.partitions
    assert (one.snapshot, one.delivered, one.rejected, one.mapped, one.failed) == (MARCH, 10, 3, 98.5, 4)
    assert state_of(one) == "failed"
    assert [(late.country, late.missing) for late in found.late] == [
        ("GB", []),
        ("ES", [("2024-02", "delivered", 5)]),
    ]
    assert found.looked == "2024-03-15"
    assert {"raw", "landing"} == set(found.runs["room"])
    assert "2024-02 not delivered, 5 days late" in draw_page(found)


def test_a_country_behind_the_others_is_seen_without_a_calendar(home: Settings) -> None:
    lake = Lake(home=str(home.home))
    (lake.root / "reports" / "calendar.json").unlink()
    lake.report("landing", Snapshot.named("FR", "2024-01"), {"delivery": "e"})
    found = gather(home, read_runs(home.home), AT)
    assert [(late.country, late.behind) for late in found.late] == [("GB", 0), ("FR", 2)]
    page = draw_page(found)
    assert "2 months behind the newest" in page
    assert "No calendar yet" in page


def test_the_assets_write_the_table_and_the_page_and_lead_to_it(home: Settings) -> None:
    resources = {"lake": Lake(home=str(home.home))}
    with open_instance(home) as instance:
        done = dg.materialize(ASSETS, instance=instance, resources=resources)
    page = done.asset_materializations_for_node("operations")[1].metadata
    assert page["page"].value.endswith("/lake/operations/page/index.html")
    assert page["path"].value == str(page_file(home.home))
    assert "Operations" in page_file(home.home).read_text()
    assert read_runs(home.home).height == 2
