"""What follows other assets by itself, where the automation sensor is turned on."""

import dagster as dg

_CONDITION = dg.AutomationCondition

ONCE_OTHERS_ARE_DONE = (
    _CONDITION.any_deps_updated().since_last_handled()
    & ~_CONDITION.any_deps_in_progress()
    & ~_CONDITION.in_progress()
)
"""Something that an asset stands on was built since, and nothing of it is on its way: once for a backfill."""
