"""OpenLineage events of a run: its start, and at its end its rooms, each a run of its own within it."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.facet_v2 import (
    error_message_run,
    nominal_time_run,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
    tags_run,
)

from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.operations.lineage.gather import RoomRun

NAMESPACE = "thin-assets"
PRODUCER = "https://pypi.org/project/thin-assets"
"""What made the events, as the standard wants it: an address that says which program."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What is known of a dataset from its file.

    columns    name and type, in order
    """

    columns: Mapping[str, str]
    rows: int
    bytes: int


Look = Callable[[Key], Table | None]
"""The file of an asset, where it has one that can be read without a key."""


@dataclass(frozen=True)
class RunOfJob:
    """A Dagster run.

    state    START, COMPLETE, FAIL or ABORT
    at       seconds since 1970
    """

    run: str
    job: str
    snapshot: Snapshot | None
    state: str
    at: float


def events(of: RunOfJob, rooms: list[RoomRun], look: Look) -> Iterator[RunEvent]:
    """Two events for each room, its start and its end, then the one of the run."""
    for room in rooms:
        run, job = _run_of_room(of, room), Job(NAMESPACE, f"{job_name(of)}.{room.room}")
        yield _event(RunState.START, room.began, run, job)
        yield _event(
            RunState[room.state],
            room.ended,
            run,
            job,
            [InputDataset(NAMESPACE, _name(key), facets=_schema(look(key))) for key in sorted(room.read)],
            [_output(key, rows, look(key)) for key, rows in sorted(room.written.items())],
        )
    yield _event(RunState[of.state], of.at, Run(of.run, _facets(of)), Job(NAMESPACE, job_name(of)))


def job_name(of: RunOfJob) -> str:
    """Dagster's own name for a selection of assets says nothing to others."""
    return "assets" if of.job.startswith("__") else of.job


def _event(
    state: RunState,
    at: float,
    run: Run,
    job: Job,
    inputs: list[InputDataset] | None = None,
    outputs: list[OutputDataset] | None = None,
) -> RunEvent:
    when = dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds")
    return RunEvent(
        eventType=state,
        eventTime=when,
        run=run,
        job=job,
        inputs=inputs or [],
        outputs=outputs or [],
        producer=PRODUCER,
    )


def _run_of_room(of: RunOfJob, room: RoomRun) -> Run:
    inside = parent_run.ParentRunFacet(
        run=parent_run.Run(of.run), job=parent_run.Job(NAMESPACE, job_name(of))
    )
    facets = _facets(of) | {"parent": inside}
    if room.error is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(room.error, "PYTHON")
    return Run(str(uuid.uuid5(uuid.UUID(of.run), room.room)), facets)


def _facets(of: RunOfJob) -> dict:
    """The month that a run is of, and the partition."""
    if of.snapshot is None:
        return {}
    first, last = (f"{day}T00:00:00Z" for day in (of.snapshot.month, next_month(of.snapshot.month)))
    told = {"partition": of.snapshot.key, "country": of.snapshot.country, "snapshot": of.snapshot.folder}
    tags = [tags_run.TagsRunFacetFields(name, value, "DAGSTER") for name, value in told.items()]
    return {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(first, last),
        "tags": tags_run.TagsRunFacet(tags),
    }


def _output(key: Key, rows: int | None, table: Table | None) -> OutputDataset:
    counted = rows if rows is not None else table and table.rows
    size = table and table.bytes
    told = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(counted, size)
    statistics = {} if counted is None and size is None else {"outputStatistics": told}
    return OutputDataset(NAMESPACE, _name(key), facets=_schema(table), outputFacets=statistics)


def _schema(table: Table | None) -> dict:
    if table is None:
        return {}
    fields = [schema_dataset.SchemaDatasetFacetFields(name, kind) for name, kind in table.columns.items()]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields)}


def _name(key: Key) -> str:
    return "/".join(key)
