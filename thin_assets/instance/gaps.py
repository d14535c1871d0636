"""What is not built yet: partitions that a backfill, or the night, still has to do.

Belongs here: what Dagster recorded, held against what lies in the lake. Does not belong here: building it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    get_input_data_version_tag,
)
from dagster._core.events import DagsterEventType
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.features.known_assets import compared_with_what_stands
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.omop.vocabulary import delivered_version
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake

Tags = Mapping[str, str]

_BUILT = DagsterEventType.ASSET_MATERIALIZATION


def unbuilt(
    instance: dg.DagsterInstance,
    graph: BaseAssetGraph,
    lake: Lake,
    assets: Collection[dg.AssetKey],
    snapshots: Iterable[Snapshot],
) -> list[Snapshot]:
    """Snapshots in which not all assets are built from the current delivery, with the current code.

    Built is an asset whose last record tells the code version that it has now and the data versions that its
    parents have now; and delivery, vocabulary and the month before are still those it was made from. A
    snapshot that was never delivered is not built.
    """
    rooms = {asset.path[0] for asset in assets}
    arrived = complete_deliveries(lake.deliveries)
    snapshots = list(snapshots)
    current = {one.key for one in snapshots if _from_what_stands(lake, one, arrived.get(one), rooms)}
    built = _whole(instance, graph, assets, current) if current else set()
    return [one for one in snapshots if one.key not in built]


def at_work(instance: dg.DagsterInstance) -> set[str]:
    """Partition keys with a run that waits or is going on."""
    runs = instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES))
    return {run.tags[PARTITION_NAME_TAG] for run in runs if PARTITION_NAME_TAG in run.tags}


def _whole(
    instance: dg.DagsterInstance, graph: BaseAssetGraph, assets: Collection[dg.AssetKey], keys: set[str]
) -> set[str]:
    """Partition keys in which every asset is recorded, of the code and of the parents that there are now."""
    ids = {asset: _last_ids(instance, asset, keys) for asset in assets}
    keys = keys.intersection(*ids.values())
    parents = {asset: _parents(graph, asset) for asset in assets}
    for parent in {one for several in parents.values() for one in several} - ids.keys():
        ids[parent] = _last_ids(instance, parent, keys)
    told = {
        asset: _records(instance, asset, [last[key] for key in keys & last.keys()])
        for asset, last in ids.items()
    }
    return {
        key
        for key in keys
        if all(
            _is_of(told[asset][key], graph.get(asset).code_version)
            and all(_has_read(told[asset][key], one, told[one].get(key)) for one in parents[asset])
            for asset in assets
        )
    }


def _last_ids(instance: dg.DagsterInstance, asset: dg.AssetKey, keys: set[str]) -> Mapping[str, int]:
    """The last record of an asset in each partition that has one."""
    return instance.event_log_storage.get_latest_storage_id_by_partition(asset, _BUILT, keys)


def _parents(graph: BaseAssetGraph, asset: dg.AssetKey) -> set[dg.AssetKey]:
    """What an asset reads of the same partition and another step builds."""
    node = graph.get(asset)
    return {
        parent
        for parent in node.parent_keys - node.execution_set_asset_keys
        if parent in graph.materializable_asset_keys and graph.get(parent).partitions_def == GRID
    }


def _records(instance: dg.DagsterInstance, asset: dg.AssetKey, ids: list[int]) -> dict[str, Tags]:
    """Tags of some records of an asset by partition: its versions, and those that it read."""
    if not ids:
        return {}
    wanted = dg.AssetRecordsFilter(asset_key=asset, storage_ids=ids)
    records = instance.fetch_materializations(wanted, limit=len(ids)).records
    return {record.partition_key: record.asset_materialization.tags or {} for record in records}


def _is_of(tags: Tags, code: str | None) -> bool:
    """Whether an asset was made by this version of its code; without a version, a record has its run's id."""
    return code is None or tags.get(CODE_VERSION_TAG) == code


def _has_read(tags: Tags, parent: dg.AssetKey, stands: Tags | None) -> bool:
    """Whether an asset was made from the version of a parent that stands; Dagster keeps the hash of that."""
    read = tags.get(get_input_data_version_tag(parent))
    version = (stands or {}).get(DATA_VERSION_TAG, "")
    return read in {None, hashlib.sha256(version.encode()).hexdigest()}


def _from_what_stands(lake: Lake, snapshot: Snapshot, delivery: str | None, rooms: set[str]) -> bool:
    """Whether the delivery, the vocabulary and the month before are those that a snapshot was made from."""
    landed = lake.reported("landing", snapshot)
    if delivery is None or landed is None or landed["delivery"] != delivery:
        return False
    if "omop" in rooms and not _has_vocabulary_in_use(lake, snapshot, landed["files"]):
        return False
    return "features" not in rooms or _is_compared(lake, snapshot)


def _has_vocabulary_in_use(lake: Lake, snapshot: Snapshot, files: list[dict]) -> bool:
    in_use, built = lake.vocabulary_version(), lake.reported("omop", snapshot)
    return built is not None and built["vocabulary"] == (delivered_version(files, in_use) or in_use)


def _is_compared(lake: Lake, snapshot: Snapshot) -> bool:
    try:
        return compared_with_what_stands(lake, snapshot)
    except NothingSealed:
        return False
