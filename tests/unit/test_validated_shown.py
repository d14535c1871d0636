"""How a judgement is shown: as a table, as checks of a partition in Dagster, by the command line, as JSON."""

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner

from tests.cdm import write_cdm, write_vocabulary
from tests.unit.test_validated_judge import CALENDAR, CONCEPTS
from thin_assets.cli.main import app
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.files import write_json
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import connect
from thin_assets.validated.assets import validated
from thin_assets.validated.catalogue import catalogue, kinds
from thin_assets.validated.checks import ACCOUNTS, ERRORS, QUALITY, SEALED, check_results
from thin_assets.validated.contract import RESULT
from thin_assets.validated.dqd_json import dashboard
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import Judgement, summarise
from thin_assets.validated.reconcile import Arrival, Equation, Reconciliation
from thin_assets.validated.results import results_frame, results_of

MARCH = Snapshot.named("GB", "2024-03")
RUNNER = CliRunner(env={"COLUMNS": "160", "NO_COLOR": "1"})
BALANCED = Reconciliation((Equation("medical", 5, 4, 0, {"future_date": 1}, 0),), ())
NOT_ARRIVED = Reconciliation((), (Arrival("person", 2, 3),))
UNBALANCED = Reconciliation((Equation("medical", 6, 4, 0, {"future_date": 1}, 0),), ())


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """A person twice under one key (an error), and a visit that ends before it starts (a warning)."""
    folder = tmp_path_factory.mktemp("judged")
    build = write_cdm(
        folder / "build",
        person="person_id | person_source_value\n4711 | MARKER\n4711 | MARKER",
        visit_occurrence="person_id | visit_start_date | visit_end_date\n4711 | 2020-01-02 | 2020-01-01",
    )
    vocabulary = write_vocabulary(folder / "vocabulary", CONCEPTS)
    return judge_build(build, vocabulary, connect(), calendar=CALENDAR, country="GB")


def test_the_table_has_a_row_per_check_and_comes_back_as_it_went(judgement: Judgement) -> None:
    frame = results_frame(judgement.results)
    assert frame.height == len(catalogue())
    assert frame.columns == list(RESULT)
    assert results_of(frame) == list(judgement.results)


def test_the_table_says_why_what_was_not_executed_was_not(judgement: Judgement) -> None:
    frame = results_frame(judgement.results)
    idle = pl.col("status") == "not_applicable"
    assert frame.filter(idle)["not_applicable_reason"].null_count() == 0
    assert frame.filter(idle)["violated_rows"].is_null().all()
    executed = frame.filter(~idle)
    assert executed["denominator_rows"].min() > 0
    assert (executed["violated_rows"] <= executed["denominator_rows"]).all()
    over = executed["violated_rows"] / executed["denominator_rows"] * 100 > executed["threshold_percent"]
    assert ((executed["status"] == "failed") == over).all()


def test_every_check_in_dagster_belongs_to_a_partition_and_two_stop_what_follows() -> None:
    specs = list(validated.check_specs)
    assert {spec.partitions_def for spec in specs} == {GRID}
    assert {(spec.asset_key, spec.name) for spec in specs if spec.blocking} == {
        (SEALED, ERRORS),
        (SEALED, ACCOUNTS),
    }
    assert len([spec for spec in specs if spec.asset_key == QUALITY]) == len(kinds())


def test_the_checks_turn_red_for_errors_and_yellow_for_warnings(judgement: Judgement) -> None:
    shown = {one.check_name: one for one in check_results(judgement, BALANCED)}
    assert set(shown) == {spec.name for spec in validated.check_specs}
    assert (shown[ERRORS].passed, shown[ACCOUNTS].passed) == (False, True)
    red, yellow = shown["field_isPrimaryKey"], shown["field_plausibleStartBeforeEnd"]
    assert (red.passed, red.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert (yellow.passed, yellow.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert shown["field_isForeignKey"].passed
    counts = {name: shown["field_isPrimaryKey"].metadata[name].value for name in ("executed", "failed")}
    assert counts == {"executed": 2, "failed": 1}


@pytest.mark.parametrize(
    ("accounts", "name", "missing"),
    [(UNBALANCED, "accounts", 1), (NOT_ARRIVED, "rows sent and rows that arrived", -1)],
)
def test_an_account_that_does_not_add_up_turns_its_check_red_and_says_by_how_much(
    judgement: Judgement, accounts: Reconciliation, name: str, missing: int
) -> None:
    shown = {one.check_name: one for one in check_results(judgement, accounts)}
    assert not shown[ACCOUNTS].passed
    (row,) = shown[ACCOUNTS].metadata[name].records
    assert row.data["missing"] == missing


def test_nothing_that_is_shown_holds_a_value_of_a_row(judgement: Judgement) -> None:
    shown = [str(one.metadata) for one in check_results(judgement, BALANCED)]
    told = [*shown, json.dumps(dashboard(judgement.results, {}, "2024-04-03"))]
    told.append(results_frame(judgement.results).write_csv())
    assert [text for text in told if "MARKER" in text or "4711" in text] == []


@pytest.fixture
def home(tmp_path: Path, judgement: Judgement) -> Path:
    """A home in which the candidate of March was refused."""
    lake = Lake(home=str(tmp_path))
    lake.write("validated", "data_quality", MARCH, results_frame(judgement.results))
    lake.report("validated", MARCH, {"failed": True})
    candidate = lake.candidates(MARCH) / "candidate=1"
    write_cdm(candidate, cdm_source="cdm_source_name | cdm_source_abbreviation\nTHIN GB | THIN")
    write_json(lake.candidates(MARCH) / "candidate.json", {"candidate": candidate.name, "identity": {}})
    return tmp_path


def quality(home: Path, *options: str) -> str:
    asked = ("quality", "--country", "GB", "--snapshot", "2024-03", *options)
    shown = RUNNER.invoke(app, ["--home", str(home), *asked])
    assert shown.exit_code == 0, shown.output
    return shown.stdout


def test_the_command_line_shows_all_four_counts_and_every_failed_check(
    home: Path, judgement: Judgement
) -> None:
    shown = quality(home)
    summary = summarise(judgement.results)
    (total,) = [line.split() for line in shown.splitlines() if line.strip().startswith("all")]
    assert total == [
        "all",
        *(f"{n:,}" for n in (summary.executed, summary.passed, summary.failed, summary.not_applicable)),
        f"{summary.percent_passed:.2f}",
    ]
    assert "the candidate was refused" in shown
    assert "error isPrimaryKey" in shown
    missing = [one for one in judgement.failed() if one.where not in shown or one.check_name not in shown]
    assert missing == []


def test_a_sealed_partition_is_called_so(home: Path) -> None:
    Lake(home=str(home)).report("validated", MARCH, {"failed": False})
    assert "judged and sealed" in quality(home)


def test_the_file_for_the_dashboard_counts_as_we_do(home: Path, judgement: Judgement) -> None:
    """What is not applicable is counted apart, and each check says itself how it ended."""
    quality(home, "--json", str(home / "dqd.json"))
    written = json.loads((home / "dqd.json").read_text())
    summary = summarise(judgement.results)
    results = written["CheckResults"]
    assert len(results) == summary.checks
    assert sum(one["passed"] for one in results) == summary.passed
    assert sum(one["failed"] for one in results) == summary.failed
    assert sum(one["notApplicable"] for one in results) == summary.not_applicable
    assert written["Overview"]["countOverallFailed"] == [summary.failed]
    assert written["Metadata"][0]["cdmSourceName"] == "THIN GB"
    assert len({one["checkId"] for one in results}) == summary.checks
