"""Page of a dossier: the data-quality checks, what failed, what is tolerated beyond the default and why."""

import polars as pl

from thin_assets.evidence.dossier import HIDDEN, Build, dossier_page, kept, link
from thin_assets.evidence.dossier_quality import Tally, tallies
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import Section, bullets, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, flag, table

RESULTS = "data-quality/results.json"


def draw_checks(build: Build, shown: pl.DataFrame) -> str:
    """The page as HTML; `shown` as `shown_quality` gives it."""
    lead = together(
        paragraph(
            "The checks are those of OHDSI's DataQualityDashboard, by the same names, and some of our own. "
            "All results as the Dashboard writes them: ",
            link("results.json", RESULTS),
            "; its viewer reads the file.",
        ),
    )
    sections = [_overview(shown), _failed(shown), _thresholds(shown), _method()]
    return dossier_page(build, "Data quality", lead, sections)


def _overview(shown: pl.DataFrame) -> Section:
    heads = columns("category", "#executed", "#passed", "#failed", "#not applicable", "#passed of executed")
    rows = [
        (
            *(one.name, f"{one.executed:,}", f"{one.passed:,}", f"{one.failed:,}", f"{one.not_applicable:,}"),
            percent_passed(one),
        )
        for one in tallies(shown)
    ]
    return Section("overview", "How the checks ended", table(heads, rows, "Checks by category"))


def percent_passed(one: Tally) -> str:
    """Cut, not rounded up: what failed is not a hundred percent."""
    return NOTHING if one.percent is None else f"{int(one.percent * 10) / 10:.1f} %"


def _failed(shown: pl.DataFrame) -> Section:
    heads = columns("check", "on", "#rows violating", "#of", "#percent", "#tolerated %", "what it does")
    rows = [
        (
            *(row["check_name"], _where(row), kept(row["violated_rows"]), kept(row["denominator_rows"])),
            *(_percent(row["violated_percent"]), f"{row['threshold_percent']:g}", _severity(row)),
        )
        for row in shown.filter(status="failed").sort("severity", maintain_order=True).rows(named=True)
    ]
    told = paragraph("A check of severity error stops the seal: no build that fails one is ever current.")
    found = table(heads, rows, "Checks that failed") if rows else paragraph("None.")
    return Section("failed", "What failed", together(told, found))


def _severity(row: dict) -> Html:
    is_error = row["severity"] == "error"
    return flag("stops the seal" if is_error else "is shown", kind="bad" if is_error else "watch")


def _thresholds(shown: pl.DataFrame) -> Section:
    changed = shown.filter(pl.col("threshold_reason").is_not_null()).rows(named=True)
    rows = [
        (row["check_name"], _where(row), f"{row['threshold_percent']:g}", row["threshold_reason"])
        for row in changed
    ]
    heads = columns("check", "on", "#tolerated %", "why")
    found = table(heads, rows, "Thresholds that differ") if rows else paragraph("None is changed.")
    return Section("thresholds", "Thresholds that differ from the default", found)


def _where(row: dict) -> str:
    column = f".{row['cdm_field']}" if row["cdm_field"] else ""
    concept = "" if row["concept_id"] is None else f" = {row['concept_id']}"
    return f"{row['cdm_table']}{column}{concept}"


def _percent(value: float | None) -> str:
    return "kept back" if value is None else f"{value:.2f}"


def _method() -> Section:
    points = [
        "Executed checks passed or failed. What had nothing to judge is not applicable, and did not pass: "
        "the share is of the executed, where the Dashboard's headline counts them as passed.",
        "In the file, times are the day of the build's release: a dossier has no clock.",
        tag("span", HIDDEN, " Numbers of different checks are not held against each other."),
    ]
    return Section("method", "How to read this", bullets(points))
