"""What changed asks for what stands on it: code, data or vocabulary of another version than before."""

import dagster as dg

from thin_assets.domain.rooms import ROOMS
from thin_assets.jobs import TOGETHER

rebuild_what_changed = dg.AutomationConditionSensorDefinition(
    name="rebuild_what_changed",
    target=dg.AssetSelection.groups(*ROOMS) - TOGETHER,
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=60,
    description="Builds again, in every partition that stands, what has another code version than before, or "
    "stands on other data or another vocabulary, and what follows from it; nothing else.",
)
