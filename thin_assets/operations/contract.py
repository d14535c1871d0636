"""What `operations/runs` holds: a row for each room of each run that has ended."""

import pandera.polars as pa
import polars as pl


class RoomOfRun(pa.DataFrameModel):
    """Grain: one row per run and room. Nothing in it is about a patient."""

    run: str = pa.Field(description="id of the Dagster run")
    job: str = pa.Field(description="its job")
    partition: str = pa.Field(nullable=True, description="`GB|2024-03-01`; null where a run has none")
    room: str = pa.Field(description="room that the steps belong to")
    started: pl.Datetime("us", "UTC") = pa.Field(description="when the run started")
    outcome: str = pa.Field(isin=["built", "failed", "stopped"], description="stopped: in mid-step")
    steps: int = pa.Field(ge=0, description="steps of the room that the run came to")
    rows_in: int = pa.Field(ge=0, nullable=True, description="rows delivered; null where a room counts none")
    rows_out: int = pa.Field(ge=0, nullable=True, description="rows written; null where none are counted")
    rejected: int = pa.Field(ge=0, nullable=True, description="rows rejected; null where none are counted")
    seconds: float = pa.Field(ge=0, description="of its steps together, on the wall")
    cpu_seconds: float = pa.Field(ge=0, nullable=True, description="children included; null: not measured")
    peak_bytes: int = pa.Field(ge=0, nullable=True, description="most memory of the run's process")
    child_peak_bytes: int = pa.Field(ge=0, nullable=True, description="most memory of one child, such as dbt")
    written_bytes: int = pa.Field(ge=0, nullable=True, description="handed to the system to write")
    failed_step: str = pa.Field(nullable=True, description="step that failed")
    error: str = pa.Field(nullable=True, description="class of its error, never what it says")
    exit_code: int = pa.Field(nullable=True, description="of an error of ours; docs/reference/errors.md")

    class Config:
        strict = True
        unique = ["run", "room"]
