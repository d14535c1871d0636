"""Which steps share a pool, that nobody holds two slots, and which month the queue builds first."""

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.storage.tags import PARTITION_NAME_TAG, PRIORITY_TAG

from benchmarks.scale.walk import rooms
from thin_assets.definitions import build_definitions
from thin_assets.domain.pools import MEMORY, POOLS, PUBLISHER, TEXT
from thin_assets.instance.config import open_instance
from thin_assets.instance.queue import CURRENT, CurrentMonthFirst, pool_limits, priority_of
from thin_assets.partitions import SNAPSHOT
from thin_assets.settings import Settings

NOW, HISTORY = SNAPSHOT.get_last_partition_key(), ["2023-01-01", "2023-02-01", "2024-03-01"]

ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("tests"), "tests"), "of_a_partition"
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), max_concurrent_runs=4, pool_memory=3)


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)


@pytest.fixture(scope="module")
def pools(definitions: dg.Definitions) -> dict[str, set[str]]:
    """Rooms and tables of each pool."""
    graph: BaseAssetGraph = definitions.resolve_asset_graph()
    return {
        pool: {
            key.to_user_string() for key in graph.materializable_asset_keys if pool in graph.get(key).pools
        }
        for pool in POOLS
    }


def test_what_takes_the_memory_of_a_run_shares_a_pool(pools: dict[str, set[str]]) -> None:
    needed = {"omop/person", "omop/measurement", "validated/cdm", "studies/association_scan"}
    assert needed <= pools[MEMORY]
    assert {key for key in pools[MEMORY] if key.startswith("raw/")} == set()


def test_every_table_of_persons_is_published_through_one_pool(
    pools: dict[str, set[str]], definitions: dg.Definitions
) -> None:
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().materializable_asset_keys}
    published = {key for key in keys if key.startswith("published/")} - {"published/catalogue"}
    assert pools[PUBLISHER] == published


def test_free_text_has_a_pool_of_its_own(pools: dict[str, set[str]]) -> None:
    assert pools[TEXT] == {"text/mention"}


def test_the_simulated_month_has_the_pools_of_the_platform(pools: dict[str, set[str]]) -> None:
    """A room of which any table needs a slot needs one there (benchmarks/scale)."""
    real = {key.split("/")[0]: pool for pool, keys in pools.items() for key in keys}
    assert {room: told["pool"] for room, told in rooms().items() if "pool" in told} == real


def test_every_pool_has_a_limit_and_no_step_belongs_to_another(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    named = [graph.get(key).pools for key in graph.materializable_asset_keys]
    assert set().union(*named) == set(POOLS)


def test_no_step_holds_two_slots_so_nobody_waits_while_holding(definitions: dg.Definitions) -> None:
    """Steps follow one another in the process of a run: with one slot each there is no circle of waiting."""
    graph = definitions.resolve_asset_graph()
    assert {len(graph.get(key).pools) for key in graph.materializable_asset_keys} == {0, 1}


def test_the_instance_of_a_home_has_the_limits_of_the_settings(settings: Settings) -> None:
    with open_instance(settings) as instance:
        assert {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {
            MEMORY: 3,
            TEXT: 2,
            PUBLISHER: 2,
        }
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 4
    with open_instance(settings.model_copy(update={"pool_memory": 1})) as instance:
        assert instance.event_log_storage.get_concurrency_info(MEMORY).slot_count == 1


def test_a_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THIN_POOL_PUBLISHER", "5")
    assert pool_limits(Settings.load())[PUBLISHER] == 5


def test_the_current_month_goes_first_and_history_from_the_oldest_month_on() -> None:
    assert priority_of(f"GB|{NOW}") == CURRENT
    order = sorted([*HISTORY, NOW], key=priority_of, reverse=True)
    assert order == [NOW, *HISTORY]


def test_countries_of_a_month_are_equal_and_a_month_of_all_countries_is_its_month() -> None:
    assert priority_of("GB|2024-03-01") == priority_of("FR|2024-03-01") == priority_of("2024-03-01")


def test_what_belongs_to_no_month_waits_behind_the_current_one_alone() -> None:
    assert priority_of("") == priority_of("whatever") == 0
    assert priority_of(HISTORY[0]) < 0 < CURRENT


@dg.op
def nothing() -> None:
    """An op that does nothing."""


@dg.job
def of_a_partition() -> None:
    """A job whose runs are put into the queue and never executed."""
    nothing()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({PARTITION_NAME_TAG: f"GB|{NOW}"}, "1"),
        ({PARTITION_NAME_TAG: "GB|2023-01-01"}, "-1"),
        ({PARTITION_NAME_TAG: "GB|2023-01-01", PRIORITY_TAG: "7"}, "7"),
        ({}, None),
    ],
)
def test_whoever_asks_for_a_run_the_queue_gives_it_the_priority_of_its_month(
    tags: dict[str, str], expected: str | None, settings: Settings
) -> None:
    """Pages, command line, sensors and schedules: all put their runs into this queue."""
    with open_instance(settings) as instance:
        assert isinstance(instance.run_coordinator, CurrentMonthFirst)
        run = instance.create_run_for_job(of_a_partition, tags=tags, remote_job_origin=ORIGIN)
        queued = instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))
        assert queued.status is dg.DagsterRunStatus.QUEUED
        assert queued.tags.get(PRIORITY_TAG) == expected
