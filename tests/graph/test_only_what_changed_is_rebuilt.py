"""What changed is built again with all that follows, in the partitions concerned, and nothing else is.

The real assets and their real conditions; what they hold is told to Dagster without building it.
"""

from collections.abc import Mapping

import dagster as dg
import pytest

from thin_assets import automation
from thin_assets.definitions import build_assets, build_definitions, build_resources
from thin_assets.jobs import partitioned_assets
from thin_assets.settings import Settings

MARCH = {code: f"{code}|2024-03-01" for code in ("GB", "FR")}
PATIENT, SEALED = dg.AssetKey(["raw", "patient"]), dg.AssetKey(["validated", "cdm"])
COHORT = dg.AssetKey(["cohorts", "lung_cancer"])

Asked = dict[str, set[str]]
"""Partitions asked for, by asset."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)


@pytest.fixture(scope="module")
def keys(definitions: dg.Definitions) -> list[dg.AssetKey]:
    return partitioned_assets(definitions.resolve_asset_graph())


class Watch:
    """Two partitions that stand, and a sensor that looks at them again and again."""

    def __init__(self, definitions: dg.Definitions, keys: list[dg.AssetKey]) -> None:
        self.definitions, self.keys, self.cursor = definitions, keys, None
        self.instance = dg.DagsterInstance.ephemeral()
        graph = definitions.resolve_asset_graph()
        self.vocabulary = [key for key in graph.get_all_asset_keys() if key.path[0] == "vocabulary"]
        self.version = 0
        self.load()
        for partition in MARCH.values():
            for key in keys:
                self.built(key, partition)
        self.look()

    def change(self) -> None:
        """What is built from now on has another data version."""
        self.version += 1

    def built(self, key: dg.AssetKey, partition: str | None) -> None:
        tags = {"dagster/data_version": f"v{self.version}"}
        self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition, tags=tags))

    def load(self) -> None:
        for key in self.vocabulary:
            self.built(key, None)

    def look(self, definitions: dg.Definitions | None = None) -> Asked:
        found = dg.evaluate_automation_conditions(
            definitions or self.definitions,
            self.instance,
            asset_selection=dg.AssetSelection.keys(*self.keys),
            cursor=self.cursor,
        )
        self.cursor = found.cursor
        asked = {key.to_user_string(): found.get_requested_partitions(key) for key in self.keys}
        return {name: partitions for name, partitions in asked.items() if partitions}


@pytest.fixture(scope="module")
def one_watch(definitions: dg.Definitions, keys: list[dg.AssetKey]) -> Watch:
    return Watch(definitions, keys)


@pytest.fixture
def watch(one_watch: Watch) -> Watch:
    """Settled: whatever an earlier test asked for is handled, and another change is told from it."""
    one_watch.look()
    return one_watch


def rooms(asked: Mapping[str, set[str]]) -> set[str]:
    return {name.split("/")[0] for name in asked}


AFTER_THE_SEAL = {"evidence", "cohorts", "features", "studies", "published"}


def test_other_data_asks_for_what_follows_in_that_partition_and_the_same_again_for_nothing(
    watch: Watch,
) -> None:
    watch.change()
    watch.built(PATIENT, MARCH["GB"])
    asked = watch.look()
    assert rooms(asked) == {"omop", "validated", *AFTER_THE_SEAL}
    assert set().union(*asked.values()) == {MARCH["GB"]}
    assert watch.look() == {}
    watch.built(PATIENT, MARCH["GB"])
    assert watch.look() == {}


def test_another_build_asks_for_what_is_derived_from_it_and_not_for_the_transformation(watch: Watch) -> None:
    watch.change()
    watch.built(SEALED, MARCH["FR"])
    asked = watch.look()
    assert rooms(asked) == AFTER_THE_SEAL
    assert set().union(*asked.values()) == {MARCH["FR"]}


def test_a_cohort_that_changed_asks_for_what_reads_it_and_not_for_other_cohorts(watch: Watch) -> None:
    watch.change()
    watch.built(COHORT, MARCH["GB"])
    asked = watch.look()
    assert {"cohorts/cohort", "cohorts/lung_cancer_matched"} <= set(asked)
    assert {"cohorts/breast_cancer", "evidence/profile", "validated/cdm"} & set(asked) == set()


def test_another_vocabulary_asks_for_the_transformation_of_what_stands_and_the_same_again_for_nothing(
    watch: Watch,
) -> None:
    """Not for raw; nor for a partition that was never transformed."""
    for key in watch.keys:
        if key.path[0] == "raw":
            watch.built(key, "ES|2024-03-01")
    watch.look()
    watch.change()
    watch.load()
    asked = watch.look()
    assert rooms(asked) == {"omop", "validated", *AFTER_THE_SEAL}
    assert set().union(*asked.values()) == set(MARCH.values())
    watch.load()
    assert watch.look() == {}


def changed(settings: Settings, monkeypatch: pytest.MonkeyPatch, module: str) -> dg.Definitions:
    """The definitions after a change of the code that a door stands on."""
    real = automation.code_version

    def version(modules: list[str], *told: str) -> str:
        return real(modules, *told, *(["changed"] if module in modules else []))

    with monkeypatch.context() as patch:
        patch.setattr(automation, "code_version", version)
        assets = automation.versioned(build_assets(settings))
        return dg.Definitions(assets, resources=build_resources(settings))


def test_other_code_of_a_room_asks_for_the_room_and_what_follows_where_it_stands(
    watch: Watch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = watch.look(changed(settings, monkeypatch, "thin_assets.validated.assets"))
    assert rooms(asked) == {"validated", *AFTER_THE_SEAL}
    assert set().union(*asked.values()) == set(MARCH.values())


def test_other_code_of_a_late_room_leaves_the_earlier_ones_alone(
    watch: Watch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = watch.look(changed(settings, monkeypatch, "thin_assets.studies.scan_assets"))
    assert "studies/association_scan" in asked
    assert rooms(asked) == {"studies", "published"}
    assert "studies/cohort_counts" not in asked


def test_a_new_delivery_is_asked_for_by_its_own_sensor_alone(watch: Watch) -> None:
    """Else each delivery would be built twice: by the sensor, and because it is new."""
    watch.change()
    watch.built(dg.AssetKey(["landing", "delivery"]), MARCH["GB"])
    assert watch.look() == {}
