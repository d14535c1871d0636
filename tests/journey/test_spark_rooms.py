"""On a real Spark cluster the rooms after the transformation write what DuckDB writes, byte for byte."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.conftest import thin_assets
from tests.servers.spark import Cluster, spark_cluster
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.config import QUIET
from thin_assets.resources.lake import Lake
from thin_assets.resources.spark import SparkSettings, spark_session, stop_spark
from thin_assets.resources.spark_connection import SparkConnection
from thin_assets.resources.sums import sum_of
from thin_assets.resources.warehouse import Warehouse, connect
from thin_assets.settings import Settings
from thin_assets.studies.scan.again import count_doses, count_years, keep_records
from thin_assets.studies.scan.counting import count_patterns, count_persons
from thin_assets.studies.scan.covariates import covariates_of
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.names import names_of

pytestmark = pytest.mark.journey

MONTH = "2024-03"
COUNTRIES = ("GB", "FR")
ENRICHED = ("lung_cancer", "alzheimer", "copd")
ROOMS = ("validated/data_quality", "cohorts", "features")
"""What is built on Spark: every asset of these but pages, which tell of the other countries built by then."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two countries, from deliveries to features on DuckDB."""
    home = tmp_path_factory.mktemp("duckdb") / "home"
    told = ("--snapshot", MONTH)
    for country in COUNTRIES:
        some = ("--patients", "150", "--seed", "5", *(f"--enrich={one}" for one in ENRICHED))
        thin_assets(home, "generate", "--country", country, *told, *some)
    thin_assets(home, "doctor", "--fix")
    for country in COUNTRIES:
        thin_assets(home, "run", "--country", country, *told, "--until", "features")
    return home


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with spark_cluster() as running:
        yield running
        stop_spark()


@pytest.fixture(scope="module")
def on_spark(home: Path, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home, in which the rooms were built once more, on Spark."""
    copy = tmp_path_factory.mktemp("spark") / "home"
    shutil.copytree(home, copy, symlinks=True)
    definitions = build_definitions(settings_of(copy, cluster))
    job = definitions.resolve_implicit_global_asset_job_def()
    keys = [key for key in definitions.resolve_asset_graph().materializable_asset_keys if is_built(key)]
    for country in COUNTRIES:
        for path in (path for room in ROOMS for path in files_of(copy, country, room).values()):
            path.unlink()  # so that nothing can be taken for what Spark wrote
        with dg.DagsterInstance.ephemeral() as instance:
            job.execute_in_process(
                instance=instance,
                partition_key=Snapshot.named(country, MONTH).key,
                asset_selection=[dg.AssetKey(["validated", "cdm"]), *keys],
                run_config=QUIET,
            )
    return copy


def is_built(key: dg.AssetKey) -> bool:
    is_asked = f"{key.to_user_string()}/".startswith(tuple(f"{room}/" for room in ROOMS))
    return is_asked and not is_page(key.path[-1])


def is_page(name: str) -> bool:
    return name.endswith("_page")


def settings_of(home: Path, cluster: Cluster) -> Settings:
    """A home that computes every country on the cluster."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in cluster.environment.items():
            environment.setenv(name, value)
        environment.setenv("THIN_ENGINE", "spark")
        return Settings.load(home)


def files_of(home: Path, country: str, room: str) -> dict[str, Path]:
    """All files of a country in a room but pages, by where they lie in the lake."""
    folder = Snapshot.named(country, MONTH).partition_folder
    found = (home / "lake").glob(f"{room}/{folder}/*" if "/" in room else f"{room}/*/{folder}/*")
    files = {path.relative_to(home / "lake").as_posix(): path for path in found if path.is_file()}
    return {place: path for place, path in sorted(files.items()) if not is_page(place.split("/")[1])}


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("room", ROOMS)
def test_spark_writes_the_bytes_that_duckdb_writes(
    home: Path, on_spark: Path, country: str, room: str
) -> None:
    """Values, types, order of rows and of columns, and what stands beside them: names, counts, provenance."""
    ours, theirs = (
        {place: sum_of(path) for place, path in files_of(one, country, room).items()}
        for one in (home, on_spark)
    )
    assert theirs == ours


@pytest.mark.parametrize(
    ("room", "fewest"), [("validated/data_quality", 1), ("cohorts", 80), ("features", 30)]
)
@pytest.mark.parametrize("country", COUNTRIES)
def test_there_is_something_to_compare(home: Path, country: str, room: str, fewest: int) -> None:
    """Tables of the room that have rows."""
    rows = {
        place: pq.read_metadata(path).num_rows
        for place, path in files_of(home, country, room).items()
        if place.endswith("/data.parquet")
    }
    assert sum(count > 0 for count in rows.values()) >= fewest, rows


@pytest.mark.parametrize(
    ("room", "name"),
    [("cohorts", "lung_cancer"), ("cohorts", "lung_cancer_matched"), ("features", "lung_cancer")],
)
def test_what_the_others_rest_on_has_rows(home: Path, room: str, name: str) -> None:
    rows = [Lake(home=str(home)).read(room, name, Snapshot.named(one, MONTH)).height for one in COUNTRIES]
    assert min(rows) > 0


def test_the_cluster_did_it(on_spark: Path, cluster: Cluster) -> None:
    """Both workers had an executor of the application."""
    told = (cluster.folder / "master.Master0.log").read_text()
    assert "Registered app thin-assets" in told
    assert len({line.split(" on worker ")[1] for line in told.splitlines() if " on worker " in line}) == 2


def scanned(settings: Settings, country: str) -> dict[str, pl.DataFrame]:
    """All that the association scan counts, for one cancer; of every exposure also what it asks of few."""
    lake, snapshot = Lake(home=str(settings.home)), Snapshot.named(country, MONTH)
    build, scan = lake.current_build(snapshot), declared().scans[0]
    told, members = declared().of(scan), lake.read("cohorts", f"{scan.cohort}_matched", snapshot)
    with Warehouse.of(settings).open_cdm(build, lake.vocabulary_of(build), country=country) as con:
        patterns = count_patterns(members, con, told, scan.left_out)
        names = names_of(patterns.rows["exposure_id"], con, told)
        keep_records(con, told, names["exposure_id"])
        known = covariates_of(con, told)
        beside = {
            f"{name} {column}": part
            for name, parts in known.columns.items()
            for column, part in enumerate(parts.T)
        }
        return {
            "patterns": patterns.rows,
            "names": names,
            "persons": count_persons(con, told),
            "years": count_years(con, told),
            "doses": count_doses(con, told),
            "covariates": pl.DataFrame({"place": known.place, "set": known.set_no, **beside}),
        }


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_scan_counts_the_same_on_spark(home: Path, cluster: Cluster, country: str) -> None:
    ours, theirs = (scanned(one, country) for one in (Settings.load(home), settings_of(home, cluster)))
    for name, rows in ours.items():
        assert theirs[name].schema == rows.schema, name
        assert theirs[name].equals(rows), name
    assert min(rows.height for rows in ours.values()) > 0


@pytest.fixture(scope="module")
def spark(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> SparkConnection:
    told = cluster.environment
    settings = SparkSettings(
        master=told["THIN_SPARK_MASTER"],
        memory=told["THIN_SPARK_MEMORY"],
        options=Path(told["THIN_SPARK_OPTIONS"]),
        scratch=tmp_path_factory.mktemp("scratch"),
    )
    return SparkConnection(spark_session(settings))


ROWS = pl.DataFrame(
    {
        "person": [1, 1, 2, 2, 3, None],
        "day": [
            dt.date(2024, 2, 29),
            None,
            dt.date(1900, 1, 1),
            dt.date(2023, 12, 31),
            dt.date(2024, 3, 1),
            None,
        ],
        "value": [0.5, -0.5, 2.5, -1.5, None, 1e15 + 0.5],
        "word": ["b", "B", "é", "Z", None, "zz"],
    }
)

ALIKE = {
    "hashes": "select md5(person::varchar || '|' || word) as a from rows order by a",
    "dates": "select day + 1 as a, day - 60 as b, date_diff('day', day, date '2024-03-31') as c,"
    " date_trunc('month', day)::date as d, least(day, null::date) as e from rows order by day, value",
    "halves": "select round(value * 3)::bigint as a, round(value)::bigint as b from rows order by a, b",
    "nulls last, up and down": "select word, day from rows order by word desc, day",
    "nulls last in a window": "select person, (row_number() over (partition by person order by"
    " day))::integer as a from rows order by person, a",
    "text by its bytes": "select word from rows where word < 'a' or word > 'z' order by word",
    "whole division": "select person // 2 as a, person % 2 as b from rows order by a, b",
    "the latest of a day": "select person, first(value order by day, person desc)"
    " filter (where value is not null) as a from rows group by person order by person",
    "a product beyond 64 bits": "select (sum(person) filter (where person > 0)"
    " * sum(person * 4000000000000000000))::double as a from rows where person < 2",
    "bits": "select xor(person, person << 20) as a from rows order by a",
    "what is not there": "select word, (person not in (select 2)) is true as a, exists (from rows as b"
    " where b.word = rows.word and b.person = 3) as b from rows order by word",
    "words together": "select string_agg(word, '; ' order by word) as a, any_value(day) as b from rows where"
    " person = 1 group by person",
}
"""Questions in which engines are known to differ, by what they are about."""


@pytest.mark.parametrize("question", ALIKE.values(), ids=ALIKE.keys())
def test_the_engines_answer_alike(spark: SparkConnection, question: str) -> None:
    with connect() as duckdb:
        answers = []
        for engine in (duckdb, spark):
            engine.register("rows", ROWS)
            answers.append(engine.execute(question).pl())
    assert answers[0].rows() == answers[1].rows()
    assert answers[0].schema == answers[1].schema


def test_a_table_is_kept_filled_added_to_and_forgotten(spark: SparkConnection) -> None:
    spark.execute("create schema if not exists work; create table work.a as select 1 as b")
    spark.execute("create or replace table work.a as select b + 1 as b from work.a")
    spark.execute("create temp table c (b integer); insert into c select b from work.a")
    assert spark.execute("select b from c").fetchone() == (2,)
    spark.execute("drop schema work cascade; drop table c")
    left = {row["tableName"] for row in spark.session.sql("show tables").collect()}
    assert not {"work__a", "c"} & left
