"""How the rooms of a run are executed: one after the other in its process, alone in its partition.

Where homes share a store, between a fetch of what the run reads and a put of what it wrote.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import dagster as dg
from dagster._core.definitions.executor_definition import IN_PROC_CONFIG
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.executor.init import InitExecutorContext
from dagster._core.storage.tags import PARTITION_NAME_TAG

from thin_assets.instance.alone import alone_in
from thin_assets.instance.measured import MeasuredExecutor
from thin_assets.resources.sharing import shared_run
from thin_assets.settings import Settings


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """The executor of all jobs of a home: Dagster's own, within what a run must have and must leave."""

    class OneOfAHome(MeasuredExecutor):
        def execute(
            self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
        ) -> Iterator[DagsterEvent]:
            with _alone(settings, plan_context), _shared(settings, plan_context):
                yield from super().execute(plan_context, execution_plan)

    @dg.executor(name="one_of_a_home", config_schema=IN_PROC_CONFIG)
    def one_of_a_home(context: InitExecutorContext) -> OneOfAHome:
        told = dg.in_process_executor.executor_creation_fn(context)
        return OneOfAHome(told.retries, told.step_dependency_config, told.marker_to_close)

    return one_of_a_home


def _alone(settings: Settings, plan: PlanOrchestrationContext) -> AbstractContextManager[None]:
    """No other run of the partition, where the run is of one. Raises PartitionBusy."""
    run = plan.dagster_run
    partition = run.tags.get(PARTITION_NAME_TAG)
    if partition is None:
        return nullcontext()
    return alone_in(settings, partition, f"run {run.run_id[:8]}", plan.log.info)


def _shared(settings: Settings, plan: PlanOrchestrationContext) -> AbstractContextManager[None]:
    """What others share, before and after; an error of the store fails the run."""
    run = plan.dagster_run
    keys = run.asset_selection or plan.job.get_definition().asset_layer.executable_asset_keys
    return shared_run(settings.home, run.tags.get(PARTITION_NAME_TAG), {key.path[0] for key in keys})
