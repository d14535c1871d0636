"""The house as Dagster sees it: it loads, every room is there, no edge goes back."""

import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

from thin_assets.definitions import build_definitions
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS
from thin_assets.jobs import partitioned_assets
from thin_assets.partitions import GRID, SNAPSHOT
from thin_assets.settings import Settings

OF_A_MONTH = {
    *("studies/association_scan_across", "studies/association_scan_page"),
    *("studies/risk_validation", "studies/risk_report"),
    "published/month_release",
    *("studies/prescribing_across", "studies/prescribing_revisions", "studies/prescribing_across_page"),
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> BaseAssetGraph:
    return definitions.resolve_asset_graph()


def test_everything_can_be_loaded(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_room_has_assets_and_every_asset_lives_in_the_room_its_key_names(
    graph: BaseAssetGraph,
) -> None:
    groups = {key: graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert {key for key, group in groups.items() if key.path[0] != group} == set()
    assert set(groups.values()) == {*ROOMS, "vocabulary", "operations"}


def test_no_edge_goes_back_to_an_earlier_room(graph: BaseAssetGraph) -> None:
    rank = {room: position for position, room in enumerate(("vocabulary", *ROOMS, "operations"))}
    backwards = [
        (parent.to_user_string(), key.to_user_string())
        for key in graph.get_all_asset_keys()
        for parent in graph.get(key).parent_keys
        if rank[parent.path[0]] > rank[key.path[0]]
    ]
    assert backwards == []


def test_what_is_built_of_a_delivery_is_partitioned_by_country_and_month(graph: BaseAssetGraph) -> None:
    unpartitioned = {key for key in graph.get_all_asset_keys() if graph.get(key).partitions_def != GRID}
    others = {key.to_user_string() for key in unpartitioned if key.path[0] != "vocabulary"}
    assert others == {
        *("published/catalogue", "landing/calendar", "operations/runs", "operations/page"),
        *OF_A_MONTH,
    }


def test_what_brings_countries_together_is_partitioned_by_month(graph: BaseAssetGraph) -> None:
    of_a_month = {key for key in graph.get_all_asset_keys() if graph.get(key).partitions_def == SNAPSHOT}
    assert {key.to_user_string() for key in of_a_month} == OF_A_MONTH


def test_a_month_across_countries_stands_on_the_same_month_of_each(graph: BaseAssetGraph) -> None:
    mapping = graph.get_partition_mapping(
        dg.AssetKey(["studies", "association_scan_across"]), dg.AssetKey(["studies", "association_scan"])
    )
    found = mapping.get_upstream_mapped_partitions_result_for_partitions(
        SNAPSHOT.subset_with_partition_keys(["2024-03-01"]), SNAPSHOT, GRID
    )
    keys = set(found.partitions_subset.get_partition_keys())
    assert keys == {f"{code}|2024-03-01" for code in COUNTRIES}


def test_one_delivery_does_not_build_what_needs_all_countries(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    built = {key.to_user_string() for key in partitioned_assets(graph)}
    assert "studies/association_scan" in built
    assert built & OF_A_MONTH == set()


def test_every_asset_says_what_it_is_and_what_kind_it_has(graph: BaseAssetGraph) -> None:
    silent = [key.to_user_string() for key in graph.get_all_asset_keys() if not graph.get(key).description]
    kindless = [key.to_user_string() for key in graph.get_all_asset_keys() if not graph.get(key).kinds]
    assert (silent, kindless) == ([], [])


def test_every_asset_that_is_built_has_an_owner(graph: BaseAssetGraph) -> None:
    orphans = [key.to_user_string() for key in graph.materializable_asset_keys if not graph.get(key).owners]
    assert orphans == []


def test_the_jobs_say_the_intention(definitions: dg.Definitions) -> None:
    jobs = {job.name for job in definitions.resolve_all_job_defs()} - {"__ASSET_JOB"}
    assert jobs == {
        "receive_delivery",
        "unpack_delivery",
        "rebuild_omop",
        "publish_release",
        "load_vocabulary",
        "draw_catalogue",
        "pool_countries",
        "look_at_calendar",
        "release_month",
        "forget_old_runs",
    }


def test_a_partition_is_named_country_first() -> None:
    assert "GB|2024-03-01" in GRID.get_partition_keys()


def test_loading_the_definitions_takes_under_five_seconds_after_imports() -> None:
    """Measured in a process of its own, with the imports done before the clock starts."""
    code = (
        "import time; from thin_assets.definitions import build_definitions\n"
        "from thin_assets.settings import Settings\n"
        "start = time.process_time(); build_definitions(Settings()).resolve_asset_graph()\n"
        "print(time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout.splitlines()[-1]) < 5


def test_loading_the_definitions_imports_nothing_that_only_computing_needs() -> None:
    """Every process of Dagster loads them; seconds of imports are paid by each."""
    heavy = ("scipy.stats", "scipy.optimize", "sklearn", "lightgbm", "statsmodels", "spacy", "highspy")
    code = f"import sys, thin_assets.definitions; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
