"""Validated in Dagster: a candidate is judged and reconciled; when nothing forbids it, it is sealed."""

import datetime as dt
import hashlib
from collections.abc import Iterator

import dagster as dg

from thin_assets.domain.pools import MEMORY
from thin_assets.domain.snapshot import Snapshot
from thin_assets.omop.contract import candidate_tables
from thin_assets.partitions import GRID
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse
from thin_assets.validated.checks import QUALITY, SEALED, check_results, check_specs, failed_table
from thin_assets.validated.contract import DATA_QUALITY
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import Judgement, summarise
from thin_assets.validated.reconcile import reconcile
from thin_assets.validated.results import results_frame
from thin_assets.validated.seal import seal

_CDM = """The sealed CDM of a partition: judged by every check, reconciled, immutable, and what readers see.

Grain   one build per content; its id is a hash of what it was made from and of what it holds.

Rule    an error leaves the last sealed build current, and stops what follows in this partition."""

_DATA_QUALITY = """The result of every data-quality check on the candidate that was judged last, in counts.

Grain   one row per check.

Rule    written whether the build was sealed or refused; what is not applicable did not pass."""


def _spec(key: dg.AssetKey, description: str, kinds: set[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        group_name="validated",
        partitions_def=GRID,
        deps=[["omop", name] for name in candidate_tables()],
        owners=["team:data-quality"],
        kinds=kinds,
        description=description,
    )


@dg.multi_asset(
    name="validated",
    specs=[
        _spec(SEALED, _CDM, {"pandera", "duckdb"}),
        _spec(QUALITY, _DATA_QUALITY, {"duckdb", "parquet"}),
    ],
    check_specs=check_specs(),
    pool=MEMORY,
)
def validated(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse, intake: Intake
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Judge, reconcile, keep the results, and seal: one step, so that the seal speaks of what was judged."""
    snapshot = Snapshot.of(context.partition_key)
    candidate, identity = lake.candidate(snapshot)
    vocabulary = lake.vocabulary(identity["vocabulary"])
    landed = lake.reported("landing", snapshot)
    with warehouse.open_engine(snapshot.country) as con:
        judgement = judge_build(
            candidate,
            vocabulary,
            con,
            calendar=Calendar(snapshot.cutoff, _day(landed["generated_at"])),
            country=snapshot.country,
            layout=identity["layout"],
        )
        accounts = reconcile(candidate, landed["tables"], con)
    counts = judgement.as_counts() | accounts.as_counts()
    failed = bool(judgement.errors() or accounts.broken())
    lake.write("validated", DATA_QUALITY, snapshot, results_frame(judgement.results))
    lake.report("validated", snapshot, {"delivery": identity["delivery"], "failed": failed, **counts})
    yield dg.MaterializeResult(asset_key=QUALITY, metadata=_quality_metadata(judgement))
    yield from check_results(judgement, accounts)
    judgement.require(snapshot.key)
    accounts.require(snapshot.key)
    fingerprint = hashlib.sha256(intake.pseudonym_key()).hexdigest()[:16]
    build = seal(candidate, lake.sealed(snapshot), identity | {"key": fingerprint})
    context.log.info("validated: build %s, %d rows, new: %s", build.id, build.rows, build.is_new)
    yield dg.MaterializeResult(
        asset_key=SEALED,
        metadata={
            "dagster/row_count": build.rows,
            "build": build.id,
            "mapped %": judgement.mapped_percent or 0.0,
            "warnings": len(judgement.warnings()),
            "tables": dg.MetadataValue.json({name: table["rows"] for name, table in build.tables.items()}),
        },
        data_version=dg.DataVersion(build.id),
    )


def _day(moment: str) -> dt.date:
    return dt.datetime.fromisoformat(moment).date()


def _quality_metadata(judgement: Judgement) -> dict[str, dg.MetadataValue | int | float]:
    summary = summarise(judgement.results)
    return {
        "dagster/row_count": summary.checks,
        "executed": summary.executed,
        "passed": summary.passed,
        "failed": summary.failed,
        "not applicable": summary.not_applicable,
        "passed % of executed": summary.percent_passed or 0.0,
        "checks that failed": failed_table(judgement.failed()),
    }


ASSETS = [validated]
