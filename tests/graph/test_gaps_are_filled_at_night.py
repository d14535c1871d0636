"""The schedule of the night: what was delivered lately and is not built, unless it is at work or hopeless."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import PARTITION_NAME_TAG

from tests.deliveries import deliver
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.schedules.fill_gaps import MOST_NIGHTS, fill_gaps
from thin_assets.settings import Settings

MARCH, JANUARY = Snapshot.named("GB", "2024-03"), Snapshot.named("FR", "2024-01")
LONG_AGO = Snapshot.named("ES", "2023-10")
NIGHT = dt.datetime(2024, 4, 9, 2, tzinfo=dt.UTC)


@pytest.fixture
def definitions(tmp_path: Path) -> dg.Definitions:
    for snapshot in (MARCH, JANUARY, LONG_AGO):
        deliver(tmp_path / "deliveries", snapshot=snapshot)
    return build_definitions(Settings(home=tmp_path))


def asked(
    definitions: dg.Definitions, instance: dg.DagsterInstance, night: dt.datetime = NIGHT
) -> dict[str, dg.RunRequest]:
    context = dg.build_schedule_context(
        instance=instance,
        resources=definitions.resources,
        repository_def=definitions.get_repository_def(),
        scheduled_execution_time=night,
    )
    with context:
        found = fill_gaps(context)
    return {} if isinstance(found, dg.SkipReason) else {one.partition_key: one for one in found}


def test_what_was_delivered_in_the_last_months_and_is_not_built_is_asked_for(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    assert set(asked(definitions, instance)) == {MARCH.key, JANUARY.key}


def test_how_far_back_is_a_setting(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THIN_FILL_GAPS_MONTHS", "1")
    assert set(asked(definitions, instance)) == {MARCH.key}
    monkeypatch.setenv("THIN_FILL_GAPS_MONTHS", "12")
    assert LONG_AGO.key in asked(definitions, instance)


def test_the_same_night_asks_under_the_same_run_key_and_the_next_night_under_another(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    first = asked(definitions, instance)[MARCH.key].run_key
    assert asked(definitions, instance)[MARCH.key].run_key == first
    assert asked(definitions, instance, NIGHT + dt.timedelta(days=1))[MARCH.key].run_key != first


@dg.op
def nothing() -> None:
    """An op that does nothing."""


@dg.job
def of_a_partition() -> None:
    """A job whose runs are never executed."""
    nothing()


def test_what_is_at_work_is_left_alone(definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(
        of_a_partition, tags={PARTITION_NAME_TAG: MARCH.key}, status=dg.DagsterRunStatus.STARTED
    )
    assert set(asked(definitions, instance)) == {JANUARY.key}


def test_what_failed_in_three_nights_is_left_to_people_until_it_is_delivered_again(
    definitions: dg.Definitions, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    for _ in range(MOST_NIGHTS):
        request = asked(definitions, instance)[MARCH.key]
        instance.create_run_for_job(
            of_a_partition,
            tags={**request.tags, PARTITION_NAME_TAG: MARCH.key},
            status=dg.DagsterRunStatus.FAILURE,
        )
    assert set(asked(definitions, instance)) == {JANUARY.key}
    deliver(tmp_path / "deliveries", {"medical": [{"patid": "P001", "medcode": "73211009"}]}, snapshot=MARCH)
    assert MARCH.key in asked(definitions, instance)
