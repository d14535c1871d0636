"""A month is pooled again when a country's scan of it is new: that month, once, and after all of them."""

from pathlib import Path

import dagster as dg
import pytest

from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.studies.scan_across_assets import association_scan_across, association_scan_page

SCAN = dg.AssetKey(["studies", "association_scan"])
MARCH = "2024-03-01"


@dg.asset(key=SCAN, partitions_def=GRID)
def scan() -> None:
    """Stands for the scan of a country."""


@pytest.fixture
def definitions(tmp_path: Path) -> dg.Definitions:
    return dg.Definitions(
        [scan, association_scan_across, association_scan_page], resources={"lake": Lake(home=str(tmp_path))}
    )


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


class Sensor:
    """Looks at the conditions again and again."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self.definitions, self.instance, self.cursor = definitions, instance, None
        self.look()

    def look(self) -> dict[str, list[str]]:
        """Months asked for, by asset."""
        found = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = found.cursor
        asked = {
            asset.key: sorted(found.get_requested_partitions(asset.key))
            for asset in (association_scan_across, association_scan_page)
        }
        return {key.path[-1]: months for key, months in asked.items() if months}

    def built(self, key: dg.AssetKey, partition: str) -> None:
        self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))


@pytest.fixture
def sensor(definitions: dg.Definitions, instance: dg.DagsterInstance) -> Sensor:
    return Sensor(definitions, instance)


BOTH = {"association_scan_across": [MARCH], "association_scan_page": [MARCH]}


def test_a_new_scan_of_a_country_asks_for_its_month_and_the_page_of_it(sensor: Sensor) -> None:
    sensor.built(SCAN, f"GB|{MARCH}")
    assert sensor.look() == BOTH


def test_it_asks_once(sensor: Sensor) -> None:
    sensor.built(SCAN, f"GB|{MARCH}")
    sensor.look()
    for asset in (association_scan_across, association_scan_page):
        sensor.built(asset.key, MARCH)
    assert [sensor.look().get("association_scan_across") for _ in range(2)] == [None, None]


def test_several_countries_ask_for_one_month_and_the_next_scan_asks_again(sensor: Sensor) -> None:
    for country in ("GB", "FR", "IT"):
        sensor.built(SCAN, f"{country}|{MARCH}")
    assert sensor.look() == BOTH
    sensor.built(association_scan_across.key, MARCH)
    sensor.look()
    sensor.built(SCAN, f"DE|{MARCH}")
    assert sensor.look()["association_scan_across"] == [MARCH]


def test_two_months_are_two_requests(sensor: Sensor) -> None:
    sensor.built(SCAN, f"GB|{MARCH}")
    sensor.built(SCAN, "FR|2024-02-01")
    assert sensor.look()["association_scan_across"] == ["2024-02-01", MARCH]


def test_a_month_waits_while_a_country_of_it_is_on_its_way(
    sensor: Sensor, instance: dg.DagsterInstance, definitions: dg.Definitions
) -> None:
    """A backfill of seven countries is pooled once, and another month does not wait for it."""
    job = definitions.resolve_implicit_global_asset_job_def()
    run = instance.create_run_for_job(
        job,
        asset_selection=frozenset({SCAN}),
        tags={"dagster/partition": f"FR|{MARCH}"},
        status=dg.DagsterRunStatus.STARTED,
    )
    plan_event(instance, run, f"FR|{MARCH}")
    sensor.built(SCAN, f"GB|{MARCH}")
    sensor.built(SCAN, "GB|2024-02-01")
    assert sensor.look()["association_scan_across"] == ["2024-02-01"]
    sensor.built(SCAN, f"FR|{MARCH}")
    instance.report_run_canceled(run)
    assert sensor.look()["association_scan_across"] == [MARCH]


def plan_event(instance: dg.DagsterInstance, run: dg.DagsterRun, partition: str) -> None:
    """What Dagster writes of an asset when a run that builds it begins."""
    from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent

    event = DagsterEvent.build_asset_materialization_planned_event(
        run.job_name, SCAN.to_python_identifier(), AssetMaterializationPlannedData(SCAN, partition=partition)
    )
    instance.report_dagster_event(event, run.run_id)
