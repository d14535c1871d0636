"""What Dagster shows of a judgement: two blocking checks on the seal, one check per kind on the results."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from thin_assets.partitions import GRID
from thin_assets.validated.catalogue import Kind, kinds
from thin_assets.validated.contract import CDM, DATA_QUALITY
from thin_assets.validated.judgement import ERROR, FAILED, Judgement, Result, summarise
from thin_assets.validated.reconcile import Reconciliation

SEALED = dg.AssetKey(["validated", CDM])
QUALITY = dg.AssetKey(["validated", DATA_QUALITY])
ERRORS, ACCOUNTS = "every_check_of_severity_error_passes", "every_delivered_row_is_accounted_for"
LOST_ROWS = (
    "A table does not add up: compare its line with `reconciliation` of the candidate, and mend the model"
    " that lets rows go without saying why. The last sealed build stays current."
)

_SHOWN = {
    "check": "check_name",
    "on": "where",
    "violated": "violated_rows",
    "of": "denominator_rows",
    "%": "violated_percent",
    "tolerated %": "threshold_percent",
    "severity": "severity",
}
"""Columns of the table of failed checks, and what of a result they show."""


def check_specs() -> list[dg.AssetCheckSpec]:
    """Every check of the room; those on the seal stop what follows."""
    of_kinds = [
        dg.AssetCheckSpec(check_name(kind), asset=QUALITY, partitions_def=GRID, description=kind.description)
        for kind in kinds().values()
    ]
    return [
        _blocking(ERRORS, "Structure, required values, keys, person links and type concepts of every table."),
        _blocking(ACCOUNTS, "delivered = loaded + collapsed + rejected - multi-map extra, for every table."),
        *of_kinds,
    ]


def check_name(kind: Kind) -> str:
    """Name of the check of a kind; the same kind may stand at two levels."""
    return f"{kind.level.lower()}_{kind.name}"


def _blocking(name: str, description: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=SEALED, blocking=True, partitions_def=GRID, description=description)


def check_results(judgement: Judgement, accounts: Reconciliation) -> Iterator[dg.AssetCheckResult]:
    """The result of every check of the room."""
    yield dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=ERRORS,
        passed=not judgement.errors(),
        metadata={
            "errors": len(judgement.errors()),
            "warnings": len(judgement.warnings()),
            "checks that failed": failed_table(judgement.errors()),
            **_to_do({kinds()[one.level, one.check_name].remedy for one in judgement.errors()}),
        },
    )
    counts = accounts.as_counts()
    equations = counts["equations"]
    yield dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=ACCOUNTS,
        passed=not accounts.broken(),
        metadata={
            "accounts": _table([row | {"rejected": sum(row["rejected"].values())} for row in equations]),
            "rows sent and rows that arrived": _table(counts["arrivals"]),
            "rejected, by reason": dg.MetadataValue.json(
                {row["source_table"]: row["rejected"] for row in equations if row["rejected"]}
            ),
            **_to_do({LOST_ROWS} if accounts.broken() else set()),
        },
    )
    for kind in kinds().values():
        of_kind = [one for one in judgement.results if (one.level, one.check_name) == (kind.level, kind.name)]
        yield _kind_result(kind, of_kind)


def _kind_result(kind: Kind, results: list[Result]) -> dg.AssetCheckResult:
    """The checks of one kind together: red where an error failed, yellow where only warnings did."""
    summary = summarise(results)
    failed = [result for result in results if result.status == FAILED]
    is_error = any(result.severity == ERROR for result in failed)
    return dg.AssetCheckResult(
        asset_key=QUALITY,
        check_name=check_name(kind),
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        metadata={
            **{name: value for name, value in asdict(summary).items() if value is not None},
            "checks that failed": failed_table(failed),
            **_to_do({kind.remedy} if failed else set()),
        },
    )


def _to_do(remedies: set[str]) -> dict[str, str]:
    """The next step, where something failed."""
    return {"what to do": " ".join(sorted(remedies))} if remedies else {}


def failed_table(failed: list[Result]) -> dg.TableMetadataValue:
    """Failed checks as a table: counts, never a row."""
    shown = [{name: _cell(getattr(result, told)) for name, told in _SHOWN.items()} for result in failed]
    return _table(shown)


def _cell(value: object) -> object:
    return "" if value is None else value


def _table(rows: list[dict]) -> dg.TableMetadataValue:
    """Counts as a table that people can read; one column of text where there is no row."""
    shown = rows or [{"check": "none"}]
    kinds_of = {name: "int" if isinstance(value, int) else "string" for name, value in shown[0].items()}
    schema = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds_of.items()])
    return dg.MetadataValue.table([dg.TableRecord(row) for row in shown], schema=schema)
