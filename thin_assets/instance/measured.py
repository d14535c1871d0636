"""How a run executes its steps: one after the other in its process, asleep while a pool is full.

Belongs here: what Dagster's own in-process executor lacks. Does not belong here: how a run gets its process.
"""

import time
from collections.abc import Iterator

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.executor.in_process import InProcessExecutor

from thin_assets.operations.measure import cpu_seconds, highest_peak

CPU_SECONDS, PEAK_MB = "thin/cpu_seconds", "thin/peak_mb"
"""Tags of a run that ended: what its process and those it started took, and the most memory of one."""


def wait_asleep() -> None:
    """Let every run of this process sleep while it waits for a slot; for the beginning of a process.

    Dagster 1.13 means to, but takes the least of zero and the seconds until it should ask again: a run that
    waits in its own process asks without a pause, and keeps one core busy.
    """
    InstanceConcurrencyContext.interval_to_next_pending_claim_check = _sleep_until_next_claim


def _sleep_until_next_claim(self: InstanceConcurrencyContext) -> float:
    """Sleep here, where a run that is cancelled wakes up; nothing is left for the caller to sleep."""
    due = min(self._pending_timeouts.values(), default=0.0)
    with dg.raise_execution_interrupts():
        time.sleep(max(0.0, due - time.time()))
    return 0.0


class MeasuredExecutor(InProcessExecutor):
    """Dagster's in-process executor, which tells in tags of the run what it took."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[DagsterEvent]:
        """Execute every step; a run that failed or was cancelled has its cost as well."""
        before = cpu_seconds()
        try:
            yield from super().execute(plan_context, execution_plan)
        finally:
            told = {CPU_SECONDS: f"{cpu_seconds() - before:.1f}", PEAK_MB: str(highest_peak() // 10**6)}
            plan_context.instance.add_run_tags(plan_context.run_id, told)
