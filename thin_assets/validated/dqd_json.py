"""The results of all checks in the shape in which OHDSI's DataQualityDashboard writes its own.

Its viewer and the tools of data partners read this file. Two things differ on purpose: in the overview,
passed means executed and passed, where the dashboard counts what was not applicable as passed; and there is
no query text, for checks share their scans.
"""

from collections.abc import Iterable, Mapping

from thin_assets.validated.catalogue import kinds
from thin_assets.validated.judgement import FAILED, NOT_APPLICABLE, PASSED, Result, summarise

CATEGORIES = ("Plausibility", "Conformance", "Completeness")


def dashboard(results: Iterable[Result], cdm_source: Mapping[str, object], judged_at: str) -> dict:
    """What DataQualityDashboard would write: CheckResults, Metadata, Overview.

    cdm_source    the row of that table, by column
    judged_at     when the checks were executed, as text
    Values stand alone in a list where R writes vectors; what is not known is left out.
    """
    results = list(results)
    return {
        "startTimestamp": [judged_at],
        "endTimestamp": [judged_at],
        "CheckResults": [_check(result) for result in results],
        "Metadata": [_present({_camel(name): _text(value) for name, value in cdm_source.items()})],
        "Overview": {name: [value] for name, value in _overview(results).items()},
    }


def _check(result: Result) -> dict:
    kind = kinds()[result.level, result.check_name]
    share = result.violated_percent
    return _present(
        {
            "numViolatedRows": result.violated_rows,
            "pctViolatedRows": None if share is None else round(share / 100, 6),
            "numDenominatorRows": result.denominator_rows,
            "checkName": result.check_name,
            "checkLevel": result.level,
            "checkDescription": kind.description,
            "cdmTableName": result.cdm_table.upper(),
            "cdmFieldName": result.cdm_field and result.cdm_field.upper(),
            "conceptId": _text(result.concept_id),
            "unitConceptId": _text(result.unit_concept_id),
            "category": result.category,
            "subcategory": result.subcategory or None,
            "context": kind.context,
            "checkId": _check_id(result),
            "failed": int(result.status == FAILED),
            "passed": int(result.status == PASSED),
            "isError": 0,
            "notApplicable": int(result.status == NOT_APPLICABLE),
            "notApplicableReason": result.not_applicable_reason,
            "thresholdValue": result.threshold_percent,
            "notesValue": result.threshold_reason,
        }
    )


def _check_id(result: Result) -> str:
    parts = (
        result.level,
        result.check_name,
        result.cdm_table,
        result.cdm_field,
        result.concept_id,
        result.unit_concept_id,
    )
    return "_".join(str(part) for part in parts if part is not None).lower()


def _overview(results: list[Result]) -> dict[str, float | int | None]:
    summary = summarise(results)
    percent = summary.percent_passed
    counts: dict[str, float | int | None] = {
        "countTotal": summary.checks,
        "countExecuted": summary.executed,
        "countPassed": summary.passed,
        "countErrorFailed": 0,
        "countThresholdFailed": summary.failed,
        "countOverallFailed": summary.failed,
        "countNotApplicable": summary.not_applicable,
        "percentPassed": percent,
        "percentFailed": None if percent is None else round(100 - percent, 2),
    }
    for category in CATEGORIES:
        of_category = summarise(result for result in results if result.category == category)
        counts[f"countTotal{category}"] = of_category.checks
        counts[f"countFailed{category}"] = of_category.failed
        counts[f"countPassed{category}"] = of_category.passed
    return counts


def _present(values: Mapping[str, object]) -> dict:
    return {name: value for name, value in values.items() if value is not None}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
