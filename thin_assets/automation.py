"""What follows other assets by itself, where an automation sensor is turned on."""

import inspect
from collections.abc import Iterable

import dagster as dg

from thin_assets.code_versions import code_version
from thin_assets.partitions import GRID

_CONDITION = dg.AutomationCondition

ONCE_OTHERS_ARE_DONE = (
    _CONDITION.any_deps_updated().since_last_handled()
    & ~_CONDITION.any_deps_in_progress()
    & ~_CONDITION.in_progress()
)
"""Something that an asset stands on was built since, and nothing of it is on its way: once for a backfill."""

VOCABULARY = dg.AssetSelection.groups("vocabulary")

_BY_ITS_PARTITION = _CONDITION.any_deps_match(
    _CONDITION.data_version_changed() | _CONDITION.will_be_requested()
).ignore(VOCABULARY)
_FOR_ALL_PARTITIONS = _CONDITION.code_version_changed() | _CONDITION.any_deps_match(
    _CONDITION.data_version_changed()
).allow(VOCABULARY)

WHERE_SOMETHING_CHANGED = (
    (_BY_ITS_PARTITION | (_FOR_ALL_PARTITIONS & ~_CONDITION.missing())).since_last_handled()
    & ~_CONDITION.any_deps_in_progress()
    & ~_CONDITION.in_progress()
).with_label("where code, data or vocabulary changed")
"""What an asset of a partition stands on has another data version, or it has another code version itself.

A new version of the code or of the vocabulary concerns every partition, and so asks for those that stand; no
partition is built for the first time by it. What follows an asset that is asked for goes with it, in one run.
"""

ASKED_BY_ITS_SENSOR = dg.AssetKey(["landing", "inspection"])
"""The door: deliveries ask for it, and nothing else does."""


Assets = dg.AssetsDefinition | dg.SourceAsset


def versioned(assets: Iterable[Assets]) -> list[Assets]:
    """The same assets, each with the version of its code, and rebuilt where something changed.

    With a code version, and data versions of what it read, Dagster gives whatever a run writes the same data
    version as another run that had the same: what follows is then left alone.
    """
    return [_versioned(one) if isinstance(one, dg.AssetsDefinition) else one for one in assets]


def _versioned(step: dg.AssetsDefinition) -> dg.AssetsDefinition:
    if not step.is_materializable:
        return step
    module = inspect.getmodule(step.op.compute_fn.decorated_fn).__name__
    return step.map_asset_specs(lambda spec: _with_version(spec, module))


def _with_version(spec: dg.AssetSpec, module: str) -> dg.AssetSpec:
    version = code_version([module], spec.code_version or "")
    follows = spec.partitions_def == GRID and spec.key != ASKED_BY_ITS_SENSOR
    if follows and spec.automation_condition is None:
        return spec.replace_attributes(code_version=version, automation_condition=WHERE_SOMETHING_CHANGED)
    return spec.replace_attributes(code_version=version)
