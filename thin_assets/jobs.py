"""Jobs say the intention: receive a delivery, rebuild the CDM, publish again."""

from collections.abc import Collection

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

from thin_assets.domain.rooms import AFTER_THE_SEAL, ROOMS
from thin_assets.instance.pods import pod
from thin_assets.partitions import GRID, SNAPSHOT


def partitioned_assets(graph: BaseAssetGraph) -> list[dg.AssetKey]:
    """Keys of everything that is built once per country and snapshot, in a stable order."""
    return sorted(key for key in graph.materializable_asset_keys if graph.get(key).partitions_def == GRID)


def assets_of(graph: BaseAssetGraph, rooms: Collection[str]) -> list[dg.AssetKey]:
    """Keys of what some rooms build once per country and snapshot, in a stable order."""
    return [key for key in partitioned_assets(graph) if key.path[0] in rooms]


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

CALENDAR = dg.AssetSelection.assets(["landing", "calendar"])
"""What every country owes by today: looked at once a day, for all months."""

MONTH_RELEASE = dg.AssetSelection.assets(["published", "month_release"])
"""The release of a month: made once, when its countries are there or its deadline has passed."""

TOGETHER = CATALOGUE | ACROSS | CALENDAR | MONTH_RELEASE

receive_delivery = dg.define_asset_job(
    "receive_delivery",
    selection=dg.AssetSelection.groups(*ROOMS) - TOGETHER,
    partitions_def=GRID,
    description="A delivery walks from landing to the published tables of its partition.",
)

unpack_delivery = dg.define_asset_job(
    "unpack_delivery",
    selection=dg.AssetSelection.groups("landing", "raw") - TOGETHER,
    partitions_def=GRID,
    description="Look at a delivery and type its rows, no further: whether it can be built, in seconds.",
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
    tags=pod("small"),
    description="Draw the cards and the catalogue of what is published by now.",
)

release_month = dg.define_asset_job(
    "release_month",
    selection=MONTH_RELEASE,
    partitions_def=SNAPSHOT,
    tags=pod("small"),
    description="Release every product under the name of a month, and say which countries are missing.",
)

look_at_calendar = dg.define_asset_job(
    "look_at_calendar",
    selection=CALENDAR,
    tags=pod("small"),
    description="Say which deliveries are missing, and which builds are late, country by country.",
)

pool_countries = dg.define_asset_job(
    "pool_countries",
    selection=ACROSS,
    partitions_def=SNAPSHOT,
    tags=pod("month"),
    description="Bring together what the countries of a month found, as many as are built by now.",
)

JOBS = [
    *(receive_delivery, unpack_delivery, rebuild_omop, publish_release),
    *(load_vocabulary, draw_catalogue, pool_countries, look_at_calendar, release_month),
]
