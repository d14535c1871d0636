"""Published tables: one commit per partition, none undoes another, and everybody can read them."""

import datetime as dt
import multiprocessing
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from tests.products import LUNG, features
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingPublished, SettingsError
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.reading.read import load_delta_extension, read_published
from thin_assets.published.writing import publish as room
from thin_assets.published.writing.publish import Publication, publish_partition


def put(home: Path, key: str, entries: int, build: str = "b1") -> Publication:
    path = Shelf(home, LUNG).table
    return publish_partition(features(entries), LUNG, path, Snapshot.of(key), build)


def get(home: Path, **wanted: object) -> pl.DataFrame:
    return read_published(LUNG.name, home=home, **wanted)


def sizes(home: Path) -> dict[tuple[str, dt.date], int]:
    found = get(home).group_by("country", "snapshot").len()
    return {(country, month): count for country, month, count in found.iter_rows()}


def test_what_was_published_is_read_by_name_country_and_month(tmp_path: Path) -> None:
    put(tmp_path, "GB|2024-02-01", 2)
    put(tmp_path, "GB|2024-03-01", 3)
    put(tmp_path, "FR|2024-03-01", 4)
    assert get(tmp_path).height == 9
    assert get(tmp_path, country="GB").height == 5
    assert get(tmp_path, country="gb", snapshot="2024-03").height == 3
    assert get(tmp_path, snapshot=dt.date(2024, 3, 1)).height == 7
    assert get(tmp_path).schema == pl.Schema(LUNG.schema)


def test_publishing_again_replaces_the_partition_and_nothing_else_in_one_commit(tmp_path: Path) -> None:
    put(tmp_path, "FR|2024-03-01", 4)
    first = put(tmp_path, "GB|2024-03-01", 3)
    again = put(tmp_path, "GB|2024-03-01", 2, build="b2")
    assert again.version == first.version + 1
    assert sizes(tmp_path) == {("FR", dt.date(2024, 3, 1)): 4, ("GB", dt.date(2024, 3, 1)): 2}
    assert get(tmp_path, country="GB")["build"].unique().to_list() == ["b2"]


def test_an_earlier_version_stays_readable(tmp_path: Path) -> None:
    first = put(tmp_path, "GB|2024-03-01", 3)
    put(tmp_path, "GB|2024-03-01", 2)
    earlier = pl.read_delta(str(Shelf(tmp_path, LUNG).table), version=first.version)
    assert earlier.height == 3


def test_a_partition_without_a_row_is_published_and_says_so(tmp_path: Path) -> None:
    """Nobody in the cohort is an answer; a partition that was never built is not."""
    published = put(tmp_path, "RO|2024-03-01", 0)
    assert (published.rows, published.entries) == (0, 0)
    assert get(tmp_path, country="RO").height == 0
    with pytest.raises(NothingPublished, match="country=IT"):
        get(tmp_path, country="IT")
    with pytest.raises(NothingPublished, match="snapshot=2024-02-01"):
        get(tmp_path, country="RO", snapshot="2024-02")


def test_a_partition_may_become_empty(tmp_path: Path) -> None:
    put(tmp_path, "GB|2024-03-01", 3)
    put(tmp_path, "GB|2024-03-01", 0)
    assert get(tmp_path, country="GB", snapshot="2024-03").height == 0


def test_a_table_that_is_not_there_is_an_error_that_says_what_is(tmp_path: Path) -> None:
    put(tmp_path, "GB|2024-03-01", 1)
    with pytest.raises(NothingPublished, match="published are: lung_cancer_features"):
        read_published("lung_cancer_labels", home=tmp_path)
    with pytest.raises(NothingPublished, match="home="):
        read_published("lung_cancer_features", home=tmp_path / "elsewhere")


@pytest.mark.parametrize("wanted", [{"country": "XX"}, {"snapshot": "March"}])
def test_a_country_or_month_that_cannot_be_is_an_error(tmp_path: Path, wanted: dict) -> None:
    put(tmp_path, "GB|2024-03-01", 1)
    with pytest.raises(SettingsError):
        get(tmp_path, **wanted)


def test_polars_and_duckdb_read_the_table_without_this_project(tmp_path: Path) -> None:
    put(tmp_path, "GB|2024-03-01", 3)
    put(tmp_path, "FR|2024-03-01", 4)
    path = Shelf(tmp_path, LUNG).table
    by_polars = pl.read_delta(str(path)).group_by("country").len().sort("country").rows()
    con = duckdb.connect(config={"autoinstall_known_extensions": False})
    load_delta_extension(con)
    by_duckdb = con.sql(
        f"select country, count(*) from delta_scan('{path}') group by all order by all"
    ).fetchall()
    assert by_polars == by_duckdb == [("FR", 4), ("GB", 3)]


def test_the_recipe_of_two_lines_loads_the_extension_from_what_pip_installed() -> None:
    from importlib.resources import files

    con = duckdb.connect(config={"autoinstall_known_extensions": False})
    folder = files("duckdb_extension_delta").joinpath("extensions", f"v{duckdb.__version__}")
    con.load_extension(str(folder / "delta.duckdb_extension"))
    assert con.sql("select loaded from duckdb_extensions() where extension_name = 'delta'").fetchall() == [
        (True,)
    ]


def _publish_at(path: str, country: str, start: float) -> int:
    time.sleep(max(0.0, start - time.time()))
    snapshot = Snapshot.of(f"{country}|2024-03-01")
    return publish_partition(features(5), LUNG, Path(path), snapshot, "b1").rows


def test_seven_countries_published_at_once_into_a_table_that_is_not_there_yet(tmp_path: Path) -> None:
    """Real processes, all at the same moment: the creation of the table is a race too."""
    path = Shelf(tmp_path, LUNG).table
    with multiprocessing.get_context("spawn").Pool(len(COUNTRIES)) as pool:
        start = time.time() + 6
        rows = pool.starmap(_publish_at, [(str(path), country, start) for country in COUNTRIES], chunksize=1)
    assert rows == [5] * len(COUNTRIES)
    assert {country for country, _ in sizes(tmp_path)} == set(COUNTRIES)
    assert set(sizes(tmp_path).values()) == {5}


def test_a_conflict_is_tried_again_a_limited_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []
    monkeypatch.setattr(room.time, "sleep", attempts.append)

    def conflict(*_: object, **__: object) -> None:
        raise CommitFailedError("someone was faster")

    monkeypatch.setattr(room, "write_deltalake", conflict)
    with pytest.raises(CommitFailedError):
        put(tmp_path, "GB|2024-03-01", 1)
    assert len(attempts) == room.ATTEMPTS - 1


def test_a_conflict_that_passes_is_not_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, conflicts = room.write_deltalake, iter(["first", "second"])
    monkeypatch.setattr(room.time, "sleep", lambda _: None)

    def sometimes(*arguments: object, **options: object) -> None:
        if next(conflicts, None):
            raise CommitFailedError("someone was faster")
        real(*arguments, **options)

    monkeypatch.setattr(room, "write_deltalake", sometimes)
    assert put(tmp_path, "GB|2024-03-01", 3).rows == 3
    assert get(tmp_path).height == 3


def test_every_commit_names_its_partition_and_build(tmp_path: Path) -> None:
    put(tmp_path, "GB|2024-03-01", 3, build="0123456789abcdef")
    last = DeltaTable(str(Shelf(tmp_path, LUNG).table)).history(1)[0]
    assert (last["country"], last["snapshot"], last["build"], last["rows"]) == (
        "GB",
        "2024-03-01",
        "0123456789abcdef",
        "3",
    )
