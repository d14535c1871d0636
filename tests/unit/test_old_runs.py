"""Old runs are forgotten with all they left, but for those that built what stands now."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import thin_assets
from thin_assets.instance.config import open_instance
from thin_assets.instance.history import forget, old_runs
from thin_assets.settings import Settings

MONTHS = dg.StaticPartitionsDefinition(["2024-01", "2024-02"])
LATER = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


@dg.asset(partitions_def=MONTHS)
def monthly(context: dg.AssetExecutionContext) -> None:
    print("printed")


@dg.asset
def once() -> None:
    pass


@dg.asset
def broken() -> None:
    raise ValueError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


def build(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, partition: str | None = None) -> str:
    done = dg.materialize([asset], instance=instance, partition_key=partition, raise_on_error=False)
    return done.run_id


def test_what_was_built_again_and_what_failed_may_go(instance: dg.DagsterInstance) -> None:
    first, _, failed = build(instance, monthly, "2024-01"), build(instance, once), build(instance, broken)
    second, other = build(instance, monthly, "2024-01"), build(instance, monthly, "2024-02")
    old = old_runs(instance, LATER)
    assert set(old.forgettable) == {first, failed}
    assert {second, other} < set(old.standing)


def test_what_is_young_or_not_finished_stays(instance: dg.DagsterInstance) -> None:
    build(instance, broken)
    assert old_runs(instance, dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).forgettable == ()
    instance.create_run_for_job(dg.define_asset_job("later", [once]).resolve(asset_graph=_graph()))
    assert len(old_runs(instance, LATER).forgettable) == 1


def _graph() -> object:
    return dg.Definitions(assets=[once]).resolve_asset_graph()


def test_nothing_of_a_forgotten_run_is_left(instance: dg.DagsterInstance, settings: Settings) -> None:
    first, _ = build(instance, monthly, "2024-01"), build(instance, monthly, "2024-01")
    assert list(settings.dagster_home.rglob(f"*{first}*"))
    assert list(forget(instance, (first,))) == [first]
    assert instance.get_run_by_id(first) is None
    left = [path for path in settings.dagster_home.rglob("*") if first in str(path) and path.is_file()]
    assert left == []


def test_what_stands_is_still_known_to_dagster(instance: dg.DagsterInstance) -> None:
    for _ in range(3):
        build(instance, monthly, "2024-01")
    build(instance, monthly, "2024-02")
    list(forget(instance, old_runs(instance, LATER).forgettable))
    assert instance.get_materialized_partitions(dg.AssetKey("monthly")) == {"2024-01", "2024-02"}
    assert old_runs(instance, LATER).forgettable == ()


def test_the_command_counts_first_and_forgets_only_when_told(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    """Runs of today are younger than a day: nothing is forgotten of them either way."""
    build(instance, broken)
    assert "0 runs older than 400 days would be" in thin_assets(settings.home, "forget-runs").stderr
    done = thin_assets(settings.home, "forget-runs", "--older-than", "1", "--apply")
    assert "forgotten 0 runs older than 1 days" in done.stderr
    assert len(instance.get_runs()) == 1


def test_the_job_of_the_schedule_forgets_what_the_settings_say(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from thin_assets.schedules.old_runs import forget_old_runs

    monkeypatch.setattr(Settings, "load", classmethod(lambda cls, home=None: _older(settings)))
    failed = build(instance, broken)
    assert forget_old_runs.execute_in_process(instance=instance).success
    assert instance.get_run_by_id(failed) is None


def _older(settings: Settings) -> Settings:
    """Settings that find everything old, as if a year had gone by."""
    return settings.model_copy(update={"keep_runs_days": -1})
