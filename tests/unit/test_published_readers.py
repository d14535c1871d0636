"""Readers: the same rows in every form, now and as they were."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from tests.products import HAND, LUNG, features, publish
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingPublished, SettingsError
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.publication import publish_table
from thin_assets.published.writing.publish import publish_partition

GB, FR = "GB|2024-03-01", "FR|2024-03-01"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path, FR, 4)
    publish(tmp_path, GB, 3)
    return tmp_path


def test_polars_pandas_and_duckdb_give_the_same_rows(home: Path) -> None:
    wanted = {"country": "GB", "snapshot": "2024-03", "home": home}
    frame, pandas, relation = (
        read_published(LUNG.name, as_=form, **wanted) for form in ("polars", "pandas", "duckdb")
    )
    keys = ["row_id", "covariate_id"]
    assert frame.height == 3
    assert pandas[keys].to_numpy().tolist() == frame.select(keys).to_numpy().tolist()
    assert relation.order("row_id").pl().select(frame.columns).equals(frame.sort("row_id"))


def test_a_duckdb_relation_can_be_asked_on_and_keeps_the_version_it_was_opened_at(home: Path) -> None:
    relation = read_published(LUNG.name, as_="duckdb", home=home)
    publish(home, GB, 9, build="b2")
    counted = relation.aggregate("country, count(*) as n").order("country").fetchall()
    assert counted == [("FR", 4), ("GB", 3)]


def test_the_matrix_has_an_entry_a_row_and_a_covariate_a_column(tmp_path: Path) -> None:
    rows = pl.concat(
        [features(3, value=2.5), features(2, value=7.0, covariate_id=1002), features(1, covariate_id=77)]
    )
    publish_table(
        rows.sample(fraction=1, shuffle=True, seed=3), Shelf(tmp_path, LUNG), Snapshot.of(GB), "b1", HAND
    )
    found = read_published(LUNG.name, as_="csr", home=tmp_path)
    assert (found.row_ids, found.covariate_ids) == ([1, 2, 3], [77, 1002, 443388101])
    assert found.matrix.toarray().tolist() == [[1, 7, 2.5], [0, 7, 2.5], [0, 0, 2.5]]


def test_two_months_do_not_become_one_matrix(home: Path) -> None:
    """An entry has the same id in both, and its values would be added up."""
    publish(home, "GB|2024-02-01", 3)
    with pytest.raises(SettingsError, match="one snapshot"):
        read_published(LUNG.name, as_="csr", home=home)
    assert read_published(LUNG.name, as_="csr", country="GB", snapshot="2024-03", home=home).matrix.nnz == 3


def test_nobody_is_a_matrix_without_a_row(tmp_path: Path) -> None:
    publish(tmp_path, "RO|2024-03-01", 0)
    assert read_published(LUNG.name, as_="csr", home=tmp_path).matrix.shape == (0, 0)


def test_an_earlier_version_is_read_by_its_number(home: Path) -> None:
    before = publish(home, GB, 3).version
    publish(home, GB, 9, build="b2")
    for form in ("polars", "duckdb"):
        rows = read_published(LUNG.name, version=before, as_=form, home=home)
        assert len(rows) == 7
    assert read_published(LUNG.name, version=f"v1@{before}", home=home).height == 7


def test_the_table_of_an_earlier_major_version_stays_readable(home: Path) -> None:
    newer = LUNG.model_copy(update={"version": "2.0.0"})
    publish_partition(features(1), newer, Shelf(home, newer).table, Snapshot.of(GB), "b2")
    assert read_published(LUNG.name, home=home).height == 1
    assert read_published(LUNG.name, version="v1", home=home).height == 7


@pytest.mark.parametrize(
    ("version", "told"),
    [(77, "go from 0 to 2"), ("v7", "there are v1"), ("v1@77", "go from 0 to 2"), ("vv", "write 12")],
)
def test_a_version_that_is_not_there_is_an_error_that_says_which_are(
    home: Path, version: int | str, told: str
) -> None:
    with pytest.raises(NothingPublished, match=told):
        read_published(LUNG.name, version=version, home=home)


def test_a_version_before_a_country_was_published_holds_no_such_partition(home: Path) -> None:
    with pytest.raises(NothingPublished, match="country=GB"):
        read_published(LUNG.name, version=1, country="GB", home=home)


def test_a_version_whose_files_were_vacuumed_is_an_error_and_the_current_one_is_read(home: Path) -> None:
    publish(home, GB, 9, build="b2")
    table = DeltaTable(str(Shelf(home, LUNG).table))
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    with pytest.raises(NothingPublished, match="1 files of version 2 are gone"):
        read_published(LUNG.name, version=2, home=home)
    assert read_published(LUNG.name, home=home).height == 13
