"""The release of a month: once, when all are there or its day has come; who is missing is said."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from tests.cdm import write_cdm
from tests.deliveries import deliver
from tests.products import HAND, LUNG, REPORT, publish, publish_page
from tests.unit.test_published_commands import audited, run
from thin_assets.cli import release_month as command
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingPublished, ReleaseRefused
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.published import month_assets
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.month_assets import month_of, month_release_asset
from thin_assets.published.record.audit import Hand
from thin_assets.published.record.months import Month, release_month
from thin_assets.published.record.releases import open_book
from thin_assets.resources.calendar import Calendar
from thin_assets.resources.lake import Lake
from thin_assets.resources.standing import standing
from thin_assets.sensors.months import due_releases, newest_months
from thin_assets.validated.seal import seal

FEBRUARY, MARCH = dt.date(2024, 2, 1), dt.date(2024, 3, 1)
BEFORE, ON_THE_DAY = dt.date(2024, 4, 19), dt.date(2024, 4, 20)
ALL = Month(MARCH, ("GB", "FR"), (), ON_THE_DAY)


def shelves(home: Path) -> list[Shelf]:
    return [Shelf(home, LUNG), Shelf(home, REPORT)]


def notes(home: Path) -> list[str]:
    return [one.notes for one in open_book(Shelf(home, LUNG).releases).releases]


def test_a_month_waits_for_every_country_until_its_day() -> None:
    waiting = replace(ALL, waiting=("FR",))
    assert [month.is_due(day) for month in (ALL, waiting) for day in (BEFORE, ON_THE_DAY)] == [
        *(True, True),
        *(False, True),
    ]
    with pytest.raises(ReleaseRefused, match="FR"):
        waiting.require_due(BEFORE)


def test_every_product_of_the_month_is_released_once(tmp_path: Path) -> None:
    publish(tmp_path, "GB|2024-03-01", 3)
    publish_page(tmp_path, "GB|2024-03-01", "<p>report</p>")
    first = release_month(shelves(tmp_path), ALL, HAND)
    again = release_month(shelves(tmp_path), ALL, HAND)
    assert (set(first), again) == ({LUNG.name, REPORT.name}, {})
    assert [one["event"] for one in audited(tmp_path)].count("released") == 2


def test_a_product_of_which_nothing_of_the_month_is_published_is_left_alone(tmp_path: Path) -> None:
    publish(tmp_path, "GB|2024-02-01", 3)
    assert release_month(shelves(tmp_path), ALL, HAND) == {}


def test_a_release_that_was_interrupted_is_finished(tmp_path: Path) -> None:
    """The first product was released when the process was killed."""
    publish(tmp_path, "GB|2024-03-01", 3)
    publish_page(tmp_path, "GB|2024-03-01", "<p>report</p>")
    release_month(shelves(tmp_path)[:1], ALL, HAND)
    assert set(release_month(shelves(tmp_path), ALL, HAND)) == {REPORT.name}


def test_the_changelog_says_who_is_there_who_is_missing_and_whose_correction_is_not_in(
    tmp_path: Path,
) -> None:
    publish(tmp_path, "GB|2024-03-01", 3)
    publish(tmp_path, "FR|2024-03-01", 3)
    month = Month(MARCH, ("GB", "FR", "RO"), ("FR", "RO"), ON_THE_DAY)
    release_month(shelves(tmp_path), month, HAND)
    assert notes(tmp_path) == ["March 2024 of GB, FR; missing: RO; a delivery is not in yet: FR"]


def test_who_was_late_or_corrected_is_named_in_the_next_release(tmp_path: Path) -> None:
    publish(tmp_path, "GB|2024-02-01", 3)
    february = Month(FEBRUARY, ("GB", "FR"), ("FR",), dt.date(2024, 3, 20))
    release_month(shelves(tmp_path), february, HAND)
    publish(tmp_path, "GB|2024-02-01", 4, build="b2")
    publish(tmp_path, "FR|2024-02-01", 3)
    publish(tmp_path, "GB|2024-03-01", 3)
    release_month(shelves(tmp_path), replace(ALL, expected=("GB",)), HAND)
    assert notes(tmp_path) == [
        "February 2024 of GB; missing: FR",
        "March 2024 of GB; since 2024-02 also FR 2024-02 (late), GB 2024-02 (corrected)",
    ]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A home with one product, that waits for two countries."""
    (tmp_path / "due.csv").write_text("country,delivered_by,sealed_by\nGB,8,12\nFR,10,14\n")
    monkeypatch.setattr(month_assets, "products", lambda _: {LUNG.name: LUNG})
    return Lake(home=str(tmp_path))


def calendar(lake: Lake) -> Calendar:
    return Calendar(due=str(Path(lake.home) / "due.csv"), release_day=20)


def build(lake: Lake, country: str, month: str = "2024-03", *, published: bool = True) -> None:
    """A delivery that was sealed and, where asked, published."""
    snapshot, home = Snapshot.named(country, month), Path(lake.home)
    deliver(lake.deliveries, snapshot=snapshot)
    identity = complete_deliveries(lake.deliveries)[snapshot]
    lake.report("landing", snapshot, {"delivery": identity})
    candidate = write_cdm(home / "candidate", person="person_id\n1")
    sealed = seal(candidate, lake.sealed(snapshot), {"delivery": identity})
    if published:
        done = publish(home, snapshot.key, 3, build=sealed.id)
        told = {"rows": done.rows, "version": done.version}
        lake.report_of_build("published", snapshot, sealed.id, {LUNG.name: told})


def asked(lake: Lake, today: dt.date) -> list[str]:
    found = due_releases(lake, calendar(lake), today)
    return [] if isinstance(found, dg.SkipReason) else [request.partition_key for request in found]


def test_the_sensor_waits_for_a_country_that_is_sealed_and_not_published(lake: Lake) -> None:
    build(lake, "GB")
    build(lake, "FR", published=False)
    assert standing(lake, Snapshot.named("FR", "2024-03")).published == frozenset()
    assert (asked(lake, BEFORE), asked(lake, ON_THE_DAY)) == ([], ["2024-03-01"])


def test_the_sensor_asks_as_soon_as_all_are_published_and_not_again_once_it_is_released(lake: Lake) -> None:
    build(lake, "GB")
    build(lake, "FR")
    assert asked(lake, dt.date(2024, 4, 2)) == ["2024-03-01"]
    month = month_of(lake, calendar(lake), MARCH)
    release_month([Shelf(Path(lake.home), LUNG)], month, HAND)
    assert asked(lake, dt.date(2024, 4, 2)) == []


def test_a_correction_that_is_not_built_yet_is_waited_for(lake: Lake) -> None:
    build(lake, "GB")
    build(lake, "FR")
    deliver(
        lake.deliveries,
        {"medical": [{"patid": "P001", "medcode": "73211009"}]},
        Snapshot.named("GB", "2024-03"),
    )
    assert (asked(lake, BEFORE), asked(lake, ON_THE_DAY)) == ([], ["2024-03-01"])


def test_a_delivery_that_was_put_away_after_it_was_published_is_not_waited_for(lake: Lake) -> None:
    build(lake, "GB")
    build(lake, "FR")
    lake.delivery(Snapshot.named("GB", "2024-03")).rename(Path(lake.home) / "archive")
    assert asked(lake, BEFORE) == ["2024-03-01"]


def test_after_the_deadline_nothing_is_released_where_nothing_is_published(lake: Lake) -> None:
    assert asked(lake, ON_THE_DAY) == []


def test_a_history_is_not_released_month_by_month(lake: Lake) -> None:
    for month in ("2023-06", "2023-07"):
        build(lake, "GB", month)
    assert asked(lake, ON_THE_DAY) == []
    assert newest_months(dt.date(2024, 1, 5)) == [dt.date(2023, 11, 1), dt.date(2023, 12, 1)]


def materialise(lake: Lake) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [month_release_asset(Path(lake.home) / "studies")],
        partition_key=MARCH.isoformat(),
        resources={"lake": lake, "calendar": calendar(lake)},
        raise_on_error=False,
    )


def test_the_asset_releases_what_is_due_and_tells_who_is_missing(lake: Lake) -> None:
    """Long after the deadline: the clock is today's."""
    build(lake, "GB")
    (event,) = materialise(lake).asset_materializations_for_node("published__month_release")
    assert (event.metadata["products released"].value, event.metadata["not done"].value) == (1, "FR")
    assert "missing: FR" in event.metadata["notes"].value
    assert "2024-03" in Shelf(Path(lake.home), LUNG).card.read_text(encoding="utf-8")


def test_the_command_names_a_second_release_of_a_month_and_refuses_to_make_one_twice(lake: Lake) -> None:
    build(lake, "GB")
    home = Path(lake.home)
    made = run(home, "release-month", "--snapshot", "2024-03")
    assert (made.exit_code, "missing: FR" in made.stdout) == (0, True)
    build(lake, "FR")
    assert isinstance(run(home, "release-month", "--snapshot", "2024-03").exception, NothingPublished)
    second = run(home, "release-month", "--snapshot", "2024-03", "--name", "2024-03.1")
    assert "released lung_cancer_features 2024-03.1: March 2024 of GB, FR" in second.stdout


def test_the_command_waits_like_the_sensor_unless_it_is_told_not_to(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(lake, "GB")
    eve = Hand("a tester", dt.datetime(2024, 4, 19, 12, tzinfo=dt.UTC))
    monkeypatch.setattr(command, "hand_at_work", lambda: eve)
    refused = run(Path(lake.home), "release-month", "--snapshot", "2024-03")
    assert isinstance(refused.exception, ReleaseRefused)
    assert "2024-04-20" in str(refused.exception)
    assert run(Path(lake.home), "release-month", "--snapshot", "2024-03", "--now").exit_code == 0
