"""Disk use by room and country, from the sizes of files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from thin_assets.cli import app
from thin_assets.operations.disk import bytes_of, disk_use

RUNNER = CliRunner(env={"COLUMNS": "160", "NO_COLOR": "1"})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    sizes = {
        "deliveries/GB/2024-03/patient.csv.gz": 1_000_000,
        "deliveries/FR/2024-03/patient.csv.gz": 2_000_000,
        "lake/raw/patient/country=GB/snapshot=2024-03-01/data.parquet": 30,
        "lake/cdm/country=GB/snapshot=2024-03-01/build=b1/person/data.parquet": 400,
        "lake/validated/data_quality/country=GB/snapshot=2024-03-01/data.parquet": 50,
        "lake/studies/association_scan_across/snapshot=2024-03-01/data.parquet": 6,
        "lake/vocabulary/version=v1/concept.parquet": 7,
        "project/lung/v1/country=GB/part.parquet": 8,
        "published/catalogue/index.html": 9,
        "dagster/history/runs.db": 10,
        "truth/GB.json": 11,
        "stray.txt": 1,
    }
    for name, size in sizes.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return tmp_path


def test_every_folder_is_counted_once_with_its_room_and_country(home: Path) -> None:
    assert disk_use(home) == {
        "landing": {"GB": 1_000_000, "FR": 2_000_000},
        "raw": {"GB": 30},
        "validated": {"GB": 450},
        "studies": {"all": 6},
        "published": {"GB": 8, "all": 9},
        "vocabulary": {"all": 7},
        "runs": {"all": 10},
        "other": {"all": 11},
    }


def test_all_folders_together_are_the_size_of_the_home_but_for_stray_files(home: Path) -> None:
    together = sum(sum(countries.values()) for countries in disk_use(home).values())
    assert together == bytes_of(home) - 1


def test_a_home_that_is_not_there_uses_nothing(tmp_path: Path) -> None:
    assert disk_use(tmp_path / "none") == {}


def test_status_shows_it_as_a_table_and_as_json(home: Path) -> None:
    shown = RUNNER.invoke(app, ["--home", str(home), "status", "--disk"]).stdout
    assert "landing" in shown and "3.0" in shown
    told = RUNNER.invoke(app, ["--home", str(home), "status", "--disk", "--json"]).stdout
    assert json.loads(told)["landing"] == {"GB": 1_000_000, "FR": 2_000_000}
