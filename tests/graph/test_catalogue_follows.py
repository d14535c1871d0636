"""The catalogue is drawn after publications: once when a backfill is done, not with every partition."""

import dagster as dg
import pytest

from thin_assets.partitions import GRID
from thin_assets.published.catalogue_assets import KEY, catalogue_asset
from thin_assets.published.declared.product import products

PRODUCT = dg.AssetKey(["published", next(iter(products()))])


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@dg.asset(key=PRODUCT, partitions_def=GRID)
def product() -> None:
    """Stands for a product; others are left out."""


CONDITION = catalogue_asset(None).automation_conditions_by_key[KEY]
DEFINITIONS = dg.Definitions(
    [
        product,
        dg.asset(
            key=KEY,
            deps=[PRODUCT],
            automation_condition=CONDITION,
        )(lambda: None),
    ]
)


def asked(instance: dg.DagsterInstance, cursor: object = None) -> tuple[int, object]:
    """Requests of one look at the conditions, and the cursor for the next."""
    found = dg.evaluate_automation_conditions(DEFINITIONS, instance, cursor=cursor)
    return found.total_requested, found.cursor


def test_one_publication_asks_for_one_catalogue(instance: dg.DagsterInstance) -> None:
    nothing, cursor = asked(instance)
    instance.report_runless_asset_event(dg.AssetMaterialization(PRODUCT, partition="GB|2024-03-01"))
    once, cursor = asked(instance, cursor)
    again, _ = asked(instance, cursor)
    assert (nothing, once, again) == (0, 1, 0)


def test_several_publications_ask_for_one_catalogue(instance: dg.DagsterInstance) -> None:
    _, cursor = asked(instance)
    for key in ("GB|2024-03-01", "FR|2024-03-01", "FR|2024-02-01"):
        instance.report_runless_asset_event(dg.AssetMaterialization(PRODUCT, partition=key))
    once, _ = asked(instance, cursor)
    assert once == 1
