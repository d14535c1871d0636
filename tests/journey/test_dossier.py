"""The dossier of a real build, from the command line: whole, twice the same, without small counts."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from thin_assets.cohorts.definition import load_definitions
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.dossier import NO_PATIENTS
from thin_assets.evidence.dossier_quality import STRUCTURAL
from thin_assets.evidence.dossier_words import REASONS
from thin_assets.resources.lake import Lake
from thin_assets.vocabulary.reviewed_maps import COLUMNS

pytestmark = pytest.mark.journey
GB = ("--country", "GB", "--snapshot", MONTH)


@pytest.fixture(scope="module")
def folder(seven_countries: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dossier") / "out"
    thin_assets(seven_countries, "dossier", *GB, "--out", str(out))
    return out


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def build_of(home: Path, country: str = "GB") -> Path:
    return Lake(home=str(home)).current_build(Snapshot.named(country, MONTH))


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_written_again_it_is_the_same_to_the_byte(seven_countries: Path, folder: Path) -> None:
    before = contents(folder)
    thin_assets(seven_countries, "dossier", *GB, "--out", str(folder))
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_the_checksums_hold(folder: Path) -> None:
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        told, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told


def test_the_entry_names_build_persons_and_vocabulary(seven_countries: Path, folder: Path) -> None:
    build = build_of(seven_countries)
    told = json.loads((build / "build.json").read_text(encoding="utf-8"))
    text = (folder / "index.html").read_text(encoding="utf-8")
    for words in (
        told["build"],
        told["identity"]["vocabulary"],
        f"{told['tables']['person']['rows']:,}",
        "2024-04-01",
    ):
        assert words in text


def test_source_and_cdm_add_up(seven_countries: Path, folder: Path) -> None:
    """Shown rows and what is kept back are what was delivered; hidden are two or more, of ten rows."""
    delivered = Lake(home=str(seven_countries)).reported("landing", Snapshot.named("GB", MONTH))["tables"]
    tables = {row["source_table"]: row for row in rows(folder, "accounts/tables.csv")}
    for name, row in tables.items():
        fates = [
            one["source_rows"] for one in rows(folder, "accounts/fates.csv") if one["source_table"] == name
        ]
        shown = sum(int(count) for count in fates if count)
        hidden = fates.count("")
        if row["delivered"]:
            rest = int(row["delivered"]) - shown
            assert int(row["delivered"]) == delivered[name]
            assert (rest == 0 and hidden == 0) or (rest >= 10 and hidden >= 2), name


def test_no_count_of_few_is_in_any_table(folder: Path) -> None:
    for name in ("fates", "tables", "routing"):
        for row in rows(folder, f"accounts/{name}.csv"):
            if not NO_PATIENTS.intersection(row.values()):
                assert not {str(few) for few in range(1, 10)}.intersection(row.values()), (name, row)
    for name in ("mapping_coverage", "mapping_codes", "mapping_classes", "mapping_columns"):
        found = pl.read_csv(folder / f"mapping/{name}.csv", infer_schema_length=None)
        counted = [column for column in ("records", "persons", "mapped_records") if column in found.columns]
        few = [pl.col(column).is_between(1, 9) for column in counted]
        assert found.filter(pl.any_horizontal(few)).height == 0, name


def test_checks_are_in_the_dashboards_form_without_small_counts(folder: Path) -> None:
    told = json.loads((folder / "data-quality/results.json").read_text(encoding="utf-8"))
    assert set(told) == {"startTimestamp", "endTimestamp", "CheckResults", "Metadata", "Overview"}
    assert told["startTimestamp"] == ["2024-04-01T00:00:00+00:00"]
    results = [
        one
        for one in told["CheckResults"]
        if one["checkName"] not in STRUCTURAL and one["cdmTableName"].lower() not in NO_PATIENTS
    ]
    assert len(results) > 500
    numbers = [one.get(name) for one in results for name in ("numViolatedRows", "numDenominatorRows")]
    assert not set(range(1, 10)).intersection(numbers)
    kept_back = [one for one in results if "counts of 1 to 9 are kept back" in one.get("notesValue", "")]
    assert kept_back
    assert all("pctViolatedRows" not in one for one in kept_back)


def test_every_reason_of_a_real_build_has_words(seven_countries: Path) -> None:
    for country in COUNTRIES:
        account = pl.read_parquet(build_of(seven_countries, country) / "reconciliation" / "data.parquet")
        assert set(account["reason"].drop_nulls()) <= set(REASONS), country


def test_a_unit_that_is_somebodys_value_is_not_shown(seven_countries: Path, folder: Path) -> None:
    """Columns slip in deliveries: a number in the column of units is a result, and one person's."""
    codes = Lake(home=str(seven_countries)).read("evidence", "mapping_codes", Snapshot.named("GB", MONTH))
    slipped = codes.filter(
        ~pl.col("is_mapped"), pl.col("source_description").is_null(), pl.col("persons") < 10
    )
    assert slipped.height > 0
    shown = (folder / "mapping/mapping_codes.csv").read_text(encoding="utf-8")
    page = (folder / "mapping.html").read_text(encoding="utf-8")
    for code in slipped["source_code"]:
        assert f",{code}," not in shown
        assert f"<code>{code}</code>" not in page


def test_what_is_not_built_has_no_dossier(seven_countries: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = thin_assets(
        *(seven_countries, "dossier", "--country", "GB", "--snapshot", "2023-06", "--out", str(out)),
        check=False,
    )
    assert done.returncode == 43
    assert "NothingSealed" in done.stderr
    assert not out.exists()


def test_parts_of_different_builds_make_no_dossier(seven_countries: Path, tmp_path: Path) -> None:
    """The mapping was counted of one build, and another is current: the folder would speak of both."""
    home = tmp_path / "home"
    lake, snapshot = Lake(home=str(home)), Snapshot.named("GB", MONTH)
    for part in ("lake/cdm/country=GB", f"lake/reports/country=GB/snapshot={snapshot.month}"):
        shutil.copytree(seven_countries / part, home / part)
    lake.report("evidence", snapshot, {"build": "another"})
    done = thin_assets(home, "dossier", *GB, "--out", str(tmp_path / "out"), check=False)
    assert done.returncode == 43
    assert "evidence is not made of build" in done.stderr


def test_an_unknown_cohort_is_answered_with_those_that_are(seven_countries: Path, tmp_path: Path) -> None:
    done = thin_assets(
        *(seven_countries, "dossier", *GB, "--cohort", "gout", "--out", str(tmp_path / "out")), check=False
    )
    assert done.returncode == 40
    assert [name for name in load_definitions() if name not in done.stderr] == []


def test_the_mapping_page_is_that_of_dagster(seven_countries: Path, tmp_path: Path) -> None:
    out = tmp_path / "mapping.html"
    thin_assets(seven_countries, "mapping", *GB, "--out", str(out))
    made = Lake(home=str(seven_countries)).folder("evidence", "mapping_page", Snapshot.named("GB", MONTH))
    assert out.read_bytes() == (made / "index.html").read_bytes()


def test_a_template_becomes_a_review_when_it_is_filled_in(seven_countries: Path, tmp_path: Path) -> None:
    review = tmp_path / "review.csv"
    thin_assets(seven_countries, "maps", "template", *GB, "--out", str(review))
    lines = rows(tmp_path, "review.csv")
    assert lines
    assert list(lines[0]) == list(COLUMNS)
    refused = thin_assets(seven_countries, "maps", "check", str(review), check=False)
    assert refused.returncode == 46
    assert "target_concept_id is empty" in refused.stderr
    diagnosis = next(line for line in lines if line["source_vocabulary_id"] == "Read")
    diagnosis |= {"target_concept_id": "317009", "reviewer_role": "general practitioner"}
    diagnosis |= {"review_date": "2024-04-02", "reason": "for the test"}
    with review.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        writer.writerow(diagnosis)
    assert "1 maps can be added" in thin_assets(seven_countries, "maps", "check", str(review)).stdout
