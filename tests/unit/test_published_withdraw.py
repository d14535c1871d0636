"""A person who withdraws is in no version that can be read, and in no file below the product's folder."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from tests.people import FEATURES, KEY, entries_of, features_protected, people
from tests.products import HAND
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import Recalled, RunFailed
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.persons import withdraw as room
from thin_assets.published.persons.identity import PERSON, Pseudonyms
from thin_assets.published.persons.withdraw import search, withdraw
from thin_assets.published.reading.read import read_published
from thin_assets.published.record.audit import audit_file
from thin_assets.published.record.recalls import recall_version
from thin_assets.published.record.releases import open_book, release
from thin_assets.published.writing.publication import publish_table
from thin_assets.resources.files import read_json

GB, FR = Snapshot.of("GB|2024-03-01"), Snapshot.of("FR|2024-03-01")
CROWD = people(60)
LAKE_IDS = CROWD["person_id"][:2]
PERSONS = Pseudonyms(KEY, FEATURES.project).of(PERSON, LAKE_IDS)


def publish(home: Path, snapshot: Snapshot, rows: pl.DataFrame, build: str = "b1") -> Shelf:
    shelf = Shelf(home, FEATURES)
    publish_table(features_protected(rows).rows, shelf, snapshot, build, HAND)
    return shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A release, an unnamed version after it, and a current one: the persons are in all, FR has others."""
    publish(tmp_path, GB, CROWD)
    shelf = publish(tmp_path, FR, people(40, seed=5).with_columns(pl.col("person_id") + 900_000))
    release(shelf, "spring", "first", HAND)
    publish(tmp_path, GB, CROWD[:50], build="b2")
    publish(tmp_path, GB, CROWD[:55], build="b3")
    return shelf


def rows(shelf: Shelf, **wanted: object) -> pl.DataFrame:
    return read_published(FEATURES.name, home=shelf.home, **wanted)


def of_persons(table: pl.DataFrame) -> int:
    return table.filter(pl.col("person_id").is_in(PERSONS.implode())).height


def test_the_persons_are_gone_from_release_and_current_and_from_every_file(shelf: Shelf) -> None:
    assert of_persons(rows(shelf)) and of_persons(rows(shelf, release="spring"))
    assert search(shelf.folder, PERSONS)[1] == 3  # one file for each time that GB was published
    done = withdraw(shelf, PERSONS, HAND)
    assert of_persons(rows(shelf)) == of_persons(rows(shelf, release="spring")) == 0
    assert (done.found, search(shelf.folder, PERSONS)[1]) == (0, 0)
    assert done.searched > 5 and done.removed_files >= 3


def test_the_report_counts_their_rows_before_and_after_by_version(shelf: Shelf) -> None:
    before = {
        name: of_persons(rows(shelf, **wanted))
        for name, wanted in {"spring": {"release": "spring"}, "current": {}}.items()
    }
    done = withdraw(shelf, PERSONS, HAND)
    assert {one.names[0]: one.rows_before for one in done.versions} == before
    assert {one.rows_after for one in done.versions} == {0}


def test_everybody_else_stays_as_they_were(shelf: Shelf) -> None:
    kept = ~pl.col("person_id").is_in(PERSONS.implode())
    before = {
        name: rows(shelf, **wanted).filter(kept)
        for name, wanted in {"spring": {"release": "spring"}, "current": {}}.items()
    }
    withdraw(shelf, PERSONS, HAND)
    key = ["country", "row_id", "covariate_id"]
    assert rows(shelf).sort(key).equals(before["current"].sort(key))
    assert rows(shelf, release="spring").sort(key).equals(before["spring"].sort(key))
    assert rows(shelf, country="FR").height == before["current"].filter(country="FR").height > 0


def test_a_version_that_is_gone_says_so(shelf: Shelf) -> None:
    withdraw(shelf, PERSONS, HAND)
    with pytest.raises(Recalled, match="removed when somebody withdrew") as raised:
        rows(shelf, version=1)
    assert "release" in raised.value.remedy
    assert rows(shelf, version=DeltaTable(str(shelf.table)).version()).height == rows(shelf).height


def test_a_release_can_still_be_read_after_the_next_publication(shelf: Shelf) -> None:
    withdraw(shelf, PERSONS, HAND)
    spring = rows(shelf, release="spring").height
    publish(shelf.home, GB, CROWD[2:], build="b4")
    assert rows(shelf, country="GB")["build"].unique().to_list() == ["b4"]
    assert rows(shelf, release="spring").height == spring
    assert rows(shelf, release="spring", country="GB")["build"].unique().to_list() == ["b1"]


def test_withdrawing_again_changes_nothing_that_is_read(shelf: Shelf) -> None:
    withdraw(shelf, PERSONS, HAND)
    before, spring = rows(shelf), rows(shelf, release="spring")
    again = withdraw(shelf, PERSONS, HAND)
    assert {one.rows_before for one in again.versions} == {0}
    assert rows(shelf).equals(before) and rows(shelf, release="spring").equals(spring)


def test_who_is_in_no_product_leaves_every_named_version_as_it_is(shelf: Shelf) -> None:
    before = open_book(shelf.releases)
    nobody = pl.Series([1, 2], dtype=pl.Int64)
    done = withdraw(shelf, nobody, HAND)
    assert open_book(shelf.releases) == before
    assert [one.before for one in done.versions] == [one.after for one in done.versions]


def test_an_interrupted_withdrawal_hides_nothing_stops_publishing_and_is_finished(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when the table was set back to the release, the current version is still what readers see."""
    current = rows(shelf)
    with monkeypatch.context() as patched:
        patched.setattr(room, "_clean_current", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            withdraw(shelf, PERSONS, HAND)
    assert rows(shelf).equals(current)
    with pytest.raises(RunFailed, match="interrupted"):
        publish(shelf.home, GB, CROWD, build="b5")
    done = withdraw(shelf, PERSONS, HAND)
    assert done.found == 0
    assert rows(shelf, country="GB")["build"].unique().to_list() == ["b3"]
    assert rows(shelf, release="spring", country="GB")["build"].unique().to_list() == ["b1"]
    publish(shelf.home, GB, CROWD[2:], build="b5")


def test_a_recalled_version_is_removed_with_the_rest(shelf: Shelf) -> None:
    recall_version(shelf, 4, "a fault of the mapping", HAND)
    withdraw(shelf, PERSONS, HAND)
    assert search(shelf.folder, PERSONS)[1] == 0
    assert rows(shelf, country="GB")["build"].unique().to_list() == ["b2"]


def test_the_log_of_the_table_holds_no_value_of_a_person(shelf: Shelf) -> None:
    """Smallest and largest values of a file would name persons, in a log that is never rewritten."""
    logs = b"".join(path.read_bytes() for path in (shelf.table / "_delta_log").glob("*.json"))
    entries = set(features_protected(CROWD).rows["person_id"])
    assert not any(str(one).encode() in logs for one in entries)


def test_facts_and_record_tell_of_it_without_telling_how_many(shelf: Shelf) -> None:
    done = withdraw(shelf, PERSONS, HAND)
    facts = read_json(shelf.facts(GB))
    assert facts["rows"] == rows(shelf, country="GB").height
    assert facts["version"] == done.versions[-1].after
    line = audit_file(shelf.home).read_text().splitlines()[-1]
    assert '"withdrawn"' in line and not any(str(one) in line for one in (*PERSONS, *LAKE_IDS))


def test_search_finds_a_person_in_parquet_and_in_text(tmp_path: Path) -> None:
    """The proof can fail: a file that holds a person is found, wherever the number stands."""
    entries_of(CROWD).rows.write_parquet(tmp_path / "a.parquet")
    (tmp_path / "b.json").write_text(f'{{"min": {PERSONS[0]}}}')
    (tmp_path / "c.json").write_text("{}")
    assert search(tmp_path, PERSONS) == (3, 2)
