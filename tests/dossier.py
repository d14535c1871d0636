"""A small dossier from values: accounts, checks, a mapping and a cohort that people can read."""

import datetime as dt
from pathlib import Path

import polars as pl

from tests.mapping_account import cdm_with
from tests.spec.ascii_table import rows_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.dossier import Build
from thin_assets.evidence.dossier_accounts import Accounts, shown_accounts
from thin_assets.evidence.dossier_cohort import ExampleCohort
from thin_assets.evidence.dossier_files import Papers, dossier_files
from thin_assets.evidence.dossier_index import Parts
from thin_assets.evidence.dossier_quality import shown_quality
from thin_assets.evidence.mapping import build_mapping_report
from thin_assets.evidence.mapping_drift import compare
from thin_assets.evidence.mapping_page import Made, Scene
from thin_assets.evidence.mapping_shown import shown_report
from thin_assets.resources.dbt_docs import Model

FATES = """
    source_table | fate      | reason              | source_rows | target_rows
    -------------+-----------+---------------------+-------------+------------
    patient      | loaded    |                     | 1000        | 1000
    patient      | rejected  | unknown_sex         | 30          | 0
    patient      | rejected  | no_observation_time | 20          | 0
    medical      | loaded    |                     | 5000        | 5100
    medical      | collapsed |                     | 40          | 0
    medical      | rejected  | missing_date        | 25          | 0
    practice     | loaded    |                     | 3           | 3
"""
ROUTING = """
    source_table | cdm_table            | rows
    -------------+----------------------+-----
    patient      | person               | 1000
    medical      | condition_occurrence | 5000
    medical      | observation          | 100
    practice     | care_site            | 3
"""
MAPPING = """
    system | code  | domain    | target | records | persons
    -------+-------+-----------+--------+---------+--------
    READ2  | H33.. | Condition | 1      | 4000    | 700
    READ2  | G2XX. | Condition | 0      | 600     | 90
    READ2  | 21.8  | Condition | 0      | 400     | 4
"""
CHECKS = """
    check_name | level | cdm_table | cdm_field | violated_rows | denominator_rows | status
    -----------+-------+-----------+-----------+---------------+------------------+-------
    isRequired | FIELD | condition_occurrence | person_id | 0 | 5000 | passed
    plausibleAfterBirth | FIELD | condition_occurrence | condition_start_date | 60 | 5000 | failed
    measureValueCompleteness | FIELD | condition_occurrence | stop_reason | 5000 | 5000 | passed
    cdmField | FIELD | condition_occurrence | person_id | 0 | 1 | passed
    isRequired | FIELD | cost | cost_id | | | not_applicable
"""
ATTRITION = [("entry events", 200), ("observed", 195), ("adults", 120), ("in the cohort", 120)]
SNAPSHOT = Snapshot.named("GB", "2024-03")


def built(routing: pl.DataFrame) -> dict[str, int]:
    """Rows by CDM table: what was sent there, and one table that was derived."""
    return dict(routing.group_by("cdm_table").agg(pl.col("rows").sum()).sort("cdm_table").iter_rows()) | {
        "condition_era": 900,
        "cost": 0,
    }


def accounts(fates: str = FATES, routing: str = ROUTING) -> Accounts:
    """Accounts as they may be shown, from tables that people can read; the sums are made to fit."""
    sent = _typed(routing, "rows")
    return shown_accounts(_typed(fates, "source_rows", "target_rows"), sent, built(sent))


def checks(text: str = CHECKS) -> pl.DataFrame:
    """Results of checks with the columns that a test does not name."""
    return _typed(text, "violated_rows", "denominator_rows").with_columns(
        category=pl.lit("Conformance"),
        subcategory=pl.lit(""),
        concept_id=pl.lit(None, pl.Int32),
        unit_concept_id=pl.lit(None, pl.Int32),
        violated_percent=100 * pl.col("violated_rows") / pl.col("denominator_rows"),
        threshold_percent=pl.lit(0.0),
        threshold_reason=pl.lit(None, pl.String),
        severity=pl.lit("warning"),
        not_applicable_reason=pl.lit(None, pl.String),
    )


def cohort(steps: list[tuple[str, int]] = ATTRITION) -> ExampleCohort:
    """A cohort with these steps."""
    attrition = pl.DataFrame(steps, schema={"rule": pl.String, "persons": pl.Int64}, orient="row")
    return ExampleCohort("example", "An example", "0" * 64, "# An example\n\n### Entry\n", "{}\n", attrition)


def mapping(folder: Path, text: str = MAPPING) -> tuple[Scene, pl.DataFrame]:
    """What a mapping page draws from, and the codes with all their numbers."""
    con = cdm_with(folder / "mapping.parquet", text)
    report = build_mapping_report(con, {}, where="test")
    drift = compare(con, None, same_vocabulary=False, where="test")
    shown = shown_report(report.coverage, report.codes, report.classes, report.columns)
    return Scene(Made(SNAPSHOT, "b1", "v1"), None, shown, drift), report.codes


def parts(folder: Path) -> Parts:
    """Everything that a dossier shows."""
    cdm_source = {
        "cdm_source_name": "A source",
        "cdm_version": "v5.4",
        "source_release_date": dt.date(2024, 3, 31),
        "cdm_release_date": dt.date(2024, 4, 1),
    }
    identity = {"delivery": "d1", "vocabulary": "v1", "layout": "thin-v1", "code": "c1"}
    build = Build(SNAPSHOT, "b1", identity, cdm_source, is_our_code=True)
    return Parts(build, accounts(), shown_quality(checks()), mapping(folder)[0], cohort())


def papers() -> Papers:
    """What lies in the folder as it is."""
    step = Model("person", "omop", "one row per person", "Persons.", ("int_persons",))
    return Papers(
        dashboard={"CheckResults": []},
        vocabularies=pl.DataFrame({"vocabulary_id": ["Read"]}),
        own_maps=pl.DataFrame({"source_code": ["H33.."]}),
        steps=[step],
        mapping_rules="# Rules\n\nBefore.\n\n## Persons\n\nOf [death](#death).\n\n## Death\n\nLast.\n",
        source_page="# The source\n\n## A person\n\nSee [a page](../how-to/x.md).\n",
    )


def files(folder: Path) -> dict[str, bytes]:
    """A whole dossier by path."""
    return dossier_files(parts(folder), papers())


def _typed(text: str, *numbers: str) -> pl.DataFrame:
    rows = [{name: cell or None for name, cell in row.items()} for row in rows_of(text)]
    return pl.DataFrame(rows).with_columns(pl.col(name).cast(pl.Int64) for name in numbers)
