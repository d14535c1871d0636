"""A data set that nobody here wrote, in OMOP layout, goes through every room, its faults reported."""

import json
from itertools import takewhile
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import ROOT, thin_assets
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.validated.judgement import Result, summarise
from thin_assets.validated.results import results_of
from thin_assets.validated.thresholds import changed_thresholds, source

pytestmark = pytest.mark.journey

PARTITION = Snapshot.named("GB", "2024-03")
GOLDEN = ROOT / "docs" / "explanation" / "third-party-quality.md"
"""The page that lists every check that fails, by how many records, and why."""


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("omop") / "home"
    thin_assets(home, "demo-omop")
    return home


def test_it_has_a_dossier_although_its_cdm_source_is_empty(adopted: Path, tmp_path: Path) -> None:
    out = tmp_path / "dossier"
    thin_assets(adopted, "dossier", "--country", "GB", "--snapshot", "2024-03", "--out", str(out))
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "CDM_SOURCE is empty, extract until 2024-03-31" in text
    assert "1,130" in text
    assert "OMOP CDM already" in (out / "etl.html").read_text(encoding="utf-8")


def test_every_room_is_built(adopted: Path) -> None:
    (row,) = json.loads(thin_assets(adopted, "status", "--json").stdout)
    assert set(row["rooms"].values()) == {"built"}
    assert row["persons"] == 1130


def test_all_rows_arrive_or_are_counted(adopted: Path) -> None:
    report = Lake(home=str(adopted)).reported("validated", PARTITION)
    assert {row["missing"] for row in report["equations"]} == {0}
    assert report["delivered"] > 300_000


def test_a_source_key_of_a_person_is_a_pseudonym_after_raw(adopted: Path) -> None:
    person = Lake(home=str(adopted)).current_build(PARTITION) / "person" / "data.parquet"
    values = pl.read_parquet(person).get_column("person_source_value").drop_nulls()
    assert values.str.contains(r"^[0-9a-f]{32}$").all()


def test_the_product_is_readable_even_where_the_cohort_is_small(adopted: Path) -> None:
    """Of fewer than ten persons no row leaves the lake; the partition is there all the same."""
    table = read_published("lung_cancer_features", country="GB", home=adopted)
    cohort = Lake(home=str(adopted)).read("cohorts", "lung_cancer", PARTITION)
    assert cohort.height < 10 and table.height == 0


def judged(home: Path) -> list[Result]:
    return results_of(Lake(home=str(home)).read("validated", "data_quality", PARTITION))


def told(number: int) -> list[list[str]]:
    """The cells of every row of a table of the page, the first or the second; the heading left out."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    rules = [place for place, line in enumerate(lines) if line.startswith("| ---")]
    rows = takewhile(lambda line: line.startswith("|"), lines[rules[number] + 1 :])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


def test_every_check_that_fails_is_told_with_its_reason_and_none_else(adopted: Path) -> None:
    """Line by line, in numbers: what the page does not list must pass."""
    failed = [
        [one.check_name, one.where, str(one.violated_rows), str(one.denominator_rows)]
        for one in judged(adopted)
        if one.status == "failed"
    ]
    assert [cells[:4] for cells in told(1)] == failed
    assert [cells for cells in told(1) if not cells[-1]] == []


def test_the_page_counts_as_the_judgement_does(adopted: Path) -> None:
    counts = summarise(judged(adopted))
    ended = (counts.checks, counts.executed, counts.passed, counts.failed, counts.not_applicable)
    assert told(0) == [[*(f"{n:,}" for n in ended), f"{counts.percent_passed} %"]]


def test_no_failure_is_silenced(adopted: Path) -> None:
    """Every tolerance is the default, no failure stops the seal, and the command line shows all of them."""
    layout = Lake(home=str(adopted)).reported("landing", PARTITION)["layout"]
    assert changed_thresholds(source("GB", layout)) == {}
    results = judged(adopted)
    assert {one.threshold_reason for one in results} == {None}
    failed = [one for one in results if one.status == "failed"]
    assert {one.severity for one in failed} == {"warning"}
    shown = thin_assets(adopted, "quality", "--country", "GB", "--snapshot", "2024-03").stdout
    assert [one.where for one in failed if one.where not in shown or one.check_name not in shown] == []
