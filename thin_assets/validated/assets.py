"""Validated in Dagster: a candidate is judged and reconciled; when nothing forbids it, it is sealed."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.omop.contract import candidate_tables
from thin_assets.partitions import GRID
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import Judgement
from thin_assets.validated.reconcile import Reconciliation, reconcile
from thin_assets.validated.seal import seal

KEY = dg.AssetKey(["validated", "cdm"])
CONTRACT, ACCOUNTS = "every_rule_of_severity_error_holds", "every_delivered_row_is_accounted_for"


def _check(name: str, description: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=KEY, blocking=True, partitions_def=GRID, description=description)


@dg.asset(
    key=KEY,
    group_name="validated",
    partitions_def=GRID,
    deps=[["omop", name] for name in candidate_tables()],
    owners=["team:data-quality"],
    kinds={"pandera", "duckdb"},
    check_specs=[
        _check(CONTRACT, "Structure, keys, required columns and person links of every CDM table."),
        _check(ACCOUNTS, "delivered = loaded + collapsed + rejected - multi-map extra, for every table."),
    ],
)
def cdm(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse, intake: Intake
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """The sealed CDM of a partition: judged by every rule, reconciled, immutable, and what readers see.

    Grain   one build per content; its id is a hash of what it was made from and of what it holds.

    Rule    an error leaves the last sealed build current, and stops what follows in this partition.
    """
    snapshot = Snapshot.of(context.partition_key)
    candidate, identity = lake.candidate(snapshot)
    vocabulary = lake.vocabulary(identity["vocabulary"])
    delivered = lake.reported("landing", snapshot)["tables"]
    with warehouse.open() as con:
        judgement = judge_build(candidate, vocabulary, con, cutoff=snapshot.cutoff, layout=identity["layout"])
        accounts = reconcile(candidate, delivered, con)
    counts = judgement.as_counts() | accounts.as_counts()
    failed = bool(judgement.errors() or accounts.broken())
    lake.report("validated", snapshot, {"delivery": identity["delivery"], "failed": failed, **counts})
    yield from _check_results(judgement, accounts)
    judgement.require(snapshot.key)
    accounts.require(snapshot.key)
    fingerprint = hashlib.sha256(intake.pseudonym_key()).hexdigest()[:16]
    build = seal(candidate, lake.sealed(snapshot), identity | {"key": fingerprint})
    context.log.info("validated: build %s, %d rows, new: %s", build.id, build.rows, build.is_new)
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": build.rows,
            "build": build.id,
            "mapped %": judgement.mapped_percent or 0.0,
            "warnings": len(judgement.warnings()),
            "tables": dg.MetadataValue.json({name: table["rows"] for name, table in build.tables.items()}),
        },
        data_version=dg.DataVersion(build.id),
    )


def _check_results(judgement: Judgement, accounts: Reconciliation) -> Iterator[dg.AssetCheckResult]:
    yield dg.AssetCheckResult(
        check_name=CONTRACT,
        passed=not judgement.errors(),
        metadata={
            "rules judged": len(judgement.results),
            "errors": len(judgement.errors()),
            "warnings": len(judgement.warnings()),
            "rules that do not hold": _table([asdict(rule) for rule in judgement.broken()]),
        },
    )
    equations = accounts.as_counts()["equations"]
    yield dg.AssetCheckResult(
        check_name=ACCOUNTS,
        passed=not accounts.broken(),
        metadata={
            "accounts": _table([row | {"rejected": sum(row["rejected"].values())} for row in equations]),
            "rejected, by reason": dg.MetadataValue.json(
                {row["source_table"]: row["rejected"] for row in equations if row["rejected"]}
            ),
        },
    )


def _table(rows: list[dict]) -> dg.TableMetadataValue:
    """Counts as a table that people can read; one column of text where there is no row."""
    shown = rows or [{"rule": "none"}]
    kinds = {name: "int" if isinstance(value, int) else "string" for name, value in shown[0].items()}
    schema = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds.items()])
    return dg.MetadataValue.table([dg.TableRecord(row) for row in shown], schema=schema)


ASSETS = [cdm]
