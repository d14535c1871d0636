"""Small homes for tests of operations: rooms of a few lines that run on a real Dagster instance."""

from pathlib import Path

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingFiles
from thin_assets.instance.config import open_instance
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

MARCH = Snapshot.named("GB", "2024-03")
PLANTED = "Marjorie Featherstonehaugh"
"""Name of a patient, in errors that quote one by mistake: it may be found nowhere."""


def lake_of(instance: dg.DagsterInstance) -> Lake:
    """The lake beside an instance."""
    return Lake(home=str(Path(instance.root_directory).parent))


@dg.asset(key=["raw", "patient"], partitions_def=GRID)
def raw_patient(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """A room that is built."""
    counts = {"delivery": "d", "delivered": 10, "accepted": 7, "rejected": 3}
    lake_of(context.instance).report("raw", Snapshot.of(context.partition_key), counts)
    return dg.MaterializeResult(metadata={"dagster/row_count": 7})


@dg.asset(key=["landing", "inspection"], partitions_def=GRID)
def refused() -> None:
    """A room that refuses, in words of ours."""
    raise MissingFiles("3 of 14 files absent", where="landing/GB|2024-03-01", remedy="ask the provider")


@dg.asset(key=["landing", "broken"], partitions_def=GRID)
def broken() -> None:
    """A room with a fault of ours, whose message quotes a patient."""
    raise ValueError(f"could not read {PLANTED}")


@dg.asset(
    key=["validated", "cdm"],
    partitions_def=GRID,
    check_specs=[dg.AssetCheckSpec("every_person_is_observed", asset=["validated", "cdm"])],
)
def judged() -> dg.MaterializeResult:
    """A room of which a check fails, with a warning."""
    failed = dg.AssetCheckResult(
        check_name="every_person_is_observed",
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"not {PLANTED}",
        metadata={"violations": 12, "remedy": "see docs/explanation/data-quality.md"},
    )
    return dg.MaterializeResult(check_results=[failed])


def run(settings: Settings, *assets: dg.AssetsDefinition, snapshot: Snapshot = MARCH) -> str:
    """One run of the assets for a partition, whatever comes of it; its id."""
    with open_instance(settings) as instance:
        done = dg.materialize(
            list(assets), instance=instance, partition_key=snapshot.key, raise_on_error=False
        )
    return done.run_id
