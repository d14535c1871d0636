"""Jobs say the intention: receive a delivery, rebuild the CDM, publish again."""

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

from thin_assets.domain.rooms import AFTER_THE_SEAL, ROOMS
from thin_assets.partitions import GRID, SNAPSHOT


def partitioned_assets(graph: BaseAssetGraph) -> list[dg.AssetKey]:
    """Keys of everything that is built once per country and snapshot, in a stable order."""
    return sorted(key for key in graph.materializable_asset_keys if graph.get(key).partitions_def == GRID)


CATALOGUE = dg.AssetSelection.assets(["published", "catalogue"])
"""The one asset of a room that no partition has: built after many, not with each."""

ACROSS = dg.AssetSelection.assets(
    *(["studies", name] for name in ("association_scan_across", "association_scan_page")),
    *(["studies", name] for name in ("risk_validation", "risk_report")),
    *(
        ["studies", name]
        for name in ("prescribing_across", "prescribing_revisions", "prescribing_across_page")
    ),
)
"""What brings the countries of a month together: built when they are there, not with each."""

TOGETHER = CATALOGUE | ACROSS

receive_delivery = dg.define_asset_job(
    "receive_delivery",
    selection=dg.AssetSelection.groups(*ROOMS) - TOGETHER,
    partitions_def=GRID,
    description="A delivery walks from landing to the published tables of its partition.",
)

rebuild_omop = dg.define_asset_job(
    "rebuild_omop",
    selection=dg.AssetSelection.groups("text", "omop", "validated", *AFTER_THE_SEAL) - TOGETHER,
    partitions_def=GRID,
    description="Transform again from raw: after a change of mapping rules, dictionaries or vocabulary.",
)

publish_release = dg.define_asset_job(
    "publish_release",
    selection=dg.AssetSelection.groups(*AFTER_THE_SEAL) - TOGETHER,
    partitions_def=GRID,
    description="Derive and publish again from the sealed build: after a change of cohorts or features.",
)

load_vocabulary = dg.define_asset_job(
    "load_vocabulary",
    selection=dg.AssetSelection.groups("vocabulary"),
    description="Load the vocabulary bundle that the settings name.",
)

draw_catalogue = dg.define_asset_job(
    "draw_catalogue",
    selection=CATALOGUE,
    description="Draw the cards and the catalogue of what is published by now.",
)

pool_countries = dg.define_asset_job(
    "pool_countries",
    selection=ACROSS,
    partitions_def=SNAPSHOT,
    description="Bring together what the countries of a month found, as many as are built by now.",
)

JOBS = [receive_delivery, rebuild_omop, publish_release, load_vocabulary, draw_catalogue, pool_countries]
