"""A real cluster of Spark builds what DuckDB builds, byte for byte: ids, order, types and layout included."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import thin_assets
from tests.servers.spark import spark_cluster
from thin_assets.domain.snapshot import Snapshot
from thin_assets.omop.contract import candidate_tables
from thin_assets.resources.lake import Lake

pytestmark = [pytest.mark.journey, pytest.mark.long]

COUNTRIES = {"GB": "registered patients, deprivation", "FR": "free choice of doctor, what was dispensed"}
MONTH = "2024-03"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def built_twice(home: Path) -> dict[str, dict[str, dict[str, str]]]:
    """By country and engine: what is told of each file of the candidate.

    Of Spark an incremental month is asked, which it does not offer.
    """
    for country in COUNTRIES:
        at = ["--country", country, "--snapshot", MONTH]
        thin_assets(home, "generate", *at, "--patients", "60", "--seed", "5")
    thin_assets(home, "doctor", "--fix")
    told = {country: {"duckdb": _built(home, country, "--until", "omop")} for country in COUNTRIES}
    with spark_cluster() as cluster, pytest.MonkeyPatch.context() as environment:
        environment.setenv("THIN_ENGINE", "default=duckdb,GB=spark,FR=spark")
        environment.setenv("THIN_INCREMENTAL", "true")
        for name, value in cluster.environment.items():
            environment.setenv(name, value)
        for country in COUNTRIES:
            told[country]["spark"] = _built(home, country, "--room", "omop")
        log = (cluster.folder / "master.Master0.log").read_text(encoding="utf-8")
        assert log.count("Registered app") == len(COUNTRIES), "built elsewhere than on the cluster"
    return told


def _built(home: Path, country: str, *rooms: str) -> dict[str, str]:
    """Rows and hash of each table of the candidate that a run leaves."""
    thin_assets(home, "run", "--country", country, "--snapshot", MONTH, *rooms)
    [candidate] = Lake(home=str(home)).candidates(Snapshot.named(country, MONTH)).glob("candidate=*")
    files = {table: candidate / table / "data.parquet" for table in candidate_tables()}
    return {
        table: f"{pq.read_metadata(file).num_rows} rows, {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for table, file in files.items()
    }


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_table_is_the_same_file_from_either_engine(country: str, built_twice) -> None:
    assert built_twice[country]["spark"] == built_twice[country]["duckdb"]
    rows = {table: int(told.split()[0]) for table, told in built_twice[country]["spark"].items()}
    full = {table for table, count in rows.items() if count}
    assert {"person", "drug_exposure", "measurement", "dose_era", "visit_occurrence", "mapping"} <= full


@pytest.mark.parametrize("country", COUNTRIES)
def test_spark_builds_every_person_though_an_incremental_month_was_asked_for(
    country: str, home: Path, built_twice
) -> None:
    """And says so; nothing is left that a later month could start from."""
    lake, snapshot = Lake(home=str(home)), Snapshot.named(country, MONTH)
    persons = int(built_twice[country]["spark"]["person"].split()[0])
    assert lake.reported("omop", snapshot)["incremental"] == {
        "persons": persons,
        "carried": 0,
        "why_not": "Spark builds every person",
    }
    assert list(lake.candidates(snapshot).glob("*/carried")) == []
