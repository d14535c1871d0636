"""What of a run is worth an alert: that it failed, and which checks did."""

import re
from collections.abc import Iterable, Iterator

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster_shared.error import SerializableErrorInfo

from thin_assets.operations.alerts.alert import DRIFT, FAILURE, FRESHNESS, QUALITY, Alert
from thin_assets.operations.room_handler import innermost
from thin_assets.operations.room_lines import error_of_ours

_SAID = re.compile(r"(?:[\w.]+: )?(?P<what>.*) \[(?P<where>[^\]]*)\]; (?P<remedy>.*)", re.DOTALL)
"""As `ThinError` puts it."""

OUR_FAULT = "this is a fault of ours, not of the data: read the trace in the run, and report it"
UNSAID = (
    "its process ended without saying why (killed, out of memory, machine gone): nothing is half visible; "
    "run the partition again"
)
CALENDAR = "landing/calendar"
_PSI = "changed_unseen"

REMEDIES = {
    QUALITY: "docs/explanation/data-quality.md says what each check asks; the run shows counts",
    DRIFT: "look at the page of the table; docs/how-to/add-a-feature.md#a-change-that-blocks",
    FRESHNESS: "ask the provider, or build the month; docs/how-to/watch-the-platform.md",
}
_DAYS = ("month", "due", "days late")
"""What a check of the calendar says beside its result; no check of data has these words."""


def failure_of(run: dg.DagsterRun, entries: Iterable[dg.EventLogEntry]) -> Alert:
    """The alert of a run that failed.

    entries    its events; the first step that failed is told of
    """
    partition = run.tags.get(PARTITION_NAME_TAG) or run.job_name
    for entry in entries:
        event = entry.dagster_event
        if event is not None and event.event_type == dg.DagsterEventType.STEP_FAILURE:
            what, where, remedy = _said_by(event.step_failure_data.error)
            step = f"{partition}, {event.step_key}"
            where = f"{step} ({where})" if where else step
            return Alert(FAILURE, what, where, remedy, run.run_id, f"{FAILURE}:{run.run_id}")
    return Alert(FAILURE, "the run failed", partition, UNSAID, run.run_id, f"{FAILURE}:{run.run_id}")


def _said_by(error: SerializableErrorInfo | None) -> tuple[str, str, str]:
    """What, where and remedy, of an error of ours; only the class of any other, for it may quote a row."""
    if error is None:
        return "a step failed", "", OUR_FAULT
    first = innermost(error)
    name = first.cls_name or "error"
    said = _SAID.fullmatch(first.message.strip()) if error_of_ours(name) else None
    if said is None:
        return name, "", OUR_FAULT
    return f"{name}: {said['what']}", said["where"], said["remedy"]


def failed_checks(run: dg.DagsterRun, entries: Iterable[dg.EventLogEntry]) -> Iterator[Alert]:
    """An alert for each asset of which checks failed in a run; of the calendar one for each check.

    Checks are told by name: what they say and count may be about few patients.
    """
    partition = run.tags.get(PARTITION_NAME_TAG)
    found: dict[str, list[dg.AssetCheckEvaluation]] = {}
    for entry in entries:
        event = entry.dagster_event
        if event is not None and event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            result = event.asset_check_evaluation_data
            if not result.passed:
                found.setdefault(result.asset_key.to_user_string(), []).append(result)
    for asset, results in found.items():
        where = f"{partition}, {asset}" if partition else asset
        if asset == CALENDAR:
            yield from (_late(one, run.run_id) for one in results)
        else:
            yield from _of_asset(asset, where, results, run.run_id)


def _of_asset(asset: str, where: str, results: list, run: str) -> Iterator[Alert]:
    drifted = [one for one in results if _PSI in one.check_name]
    others = [one for one in results if _PSI not in one.check_name]
    for kind, of_kind in ((DRIFT, drifted), (QUALITY, others)):
        if of_kind:
            errors_first = sorted(of_kind, key=lambda one: (one.severity.value, one.check_name))
            named = ", ".join(f"{one.check_name} ({one.severity.value.lower()})" for one in errors_first)
            yield Alert(kind, named, where, REMEDIES[kind], run, f"{kind}:{run}:{asset}")


def _late(result: dg.AssetCheckEvaluation, run: str) -> Alert:
    """Told once for each month, however often the calendar is looked at."""
    told = {name: str(result.metadata[name].value) for name in _DAYS if name in result.metadata}
    days = ", ".join(f"{name} {value}" for name, value in told.items())
    country, _, what = result.check_name.partition("_")
    not_yet = what.replace("has_", "has not ").replace("is_", "is not ").replace("_", " ")
    return Alert(
        FRESHNESS,
        f"{country.upper()} {not_yet}" + (f": {days}" if days else ""),
        f"{country.upper()}, {CALENDAR}",
        REMEDIES[FRESHNESS],
        run,
        f"{FRESHNESS}:{result.check_name}:{told.get('month', '')}",
    )
