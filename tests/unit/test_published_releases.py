"""Releases name a version for good; recalls take back what a version brought, and nothing else."""

import multiprocessing
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.products import HAND, LUNG, REPORT, publish, publish_page
from thin_assets import published_files, read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingPublished, Recalled, ReleaseRefused
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.recalls import recall_release, recall_version
from thin_assets.published.record.releases import Part, open_book, release
from thin_assets.resources.files import read_json

GB, FR = Snapshot.of("GB|2024-03-01"), Snapshot.of("FR|2024-03-01")


def height(home: Path, **wanted: object) -> int:
    return read_published(LUNG.name, home=home, **wanted).height


def test_a_release_is_read_by_its_name_whatever_was_published_since(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    last = publish(tmp_path, FR.key, 4)
    made = release(Shelf(tmp_path, LUNG), "2024Q1", "the first", HAND)
    publish(tmp_path, GB.key, 5, build="b2")
    assert made.partitions == {FR.key: Part("b1", last.version, 4), GB.key: Part("b1", last.version - 1, 3)}
    assert (made.version, made.contract, made.who) == (last.version, LUNG.version, "a tester")
    assert (height(tmp_path), height(tmp_path, release="2024Q1")) == (9, 7)
    assert height(tmp_path, release="2024Q1", country="GB") == 3


def test_a_name_is_given_once(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    release(Shelf(tmp_path, LUNG), "2024Q1", "the first", HAND)
    with pytest.raises(ReleaseRefused, match="given once"):
        release(Shelf(tmp_path, LUNG), "2024Q1", "the second", HAND)
    assert [one.notes for one in open_book(Shelf(tmp_path, LUNG).releases).releases] == ["the first"]


def test_nothing_published_cannot_be_released_and_no_release_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished):
        release(Shelf(tmp_path, LUNG), "2024Q1", "nothing", HAND)
    publish(tmp_path, GB.key, 3)
    with pytest.raises(ReleaseRefused, match="none so far"):
        height(tmp_path, release="2024Q1")


def _release(home: str, name: str) -> None:
    release(Shelf(Path(home), LUNG), name, "at once", HAND)


def test_releases_made_at_once_are_all_there(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    names = [f"r{number}" for number in range(12)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_release, [(str(tmp_path), name) for name in names])
    found = [one.name for one in open_book(Shelf(tmp_path, LUNG).releases).releases]
    assert sorted(found) == sorted(names)


def test_a_recalled_version_gives_its_reason_and_what_stood_before_is_current_again(tmp_path: Path) -> None:
    good = publish(tmp_path, GB.key, 3)
    bad = publish(tmp_path, GB.key, 5, build="b2")
    done = recall_version(Shelf(tmp_path, LUNG), bad.version, "wrong unit of weight", HAND)
    assert (done.put_back, done.withdrawn) == ((GB,), ())
    assert height(tmp_path) == 3
    assert height(tmp_path, version=good.version) == 3
    with pytest.raises(Recalled, match="wrong unit of weight"):
        height(tmp_path, version=bad.version)
    told = read_json(Shelf(tmp_path, LUNG).facts(GB))
    assert (told["build"], told["rows"], told["version"]) == ("b1", 3, bad.version + 1)


def test_a_recall_leaves_what_other_countries_published_since(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    bad = publish(tmp_path, GB.key, 5, build="b2")
    later = publish(tmp_path, FR.key, 4)
    recall_version(Shelf(tmp_path, LUNG), bad.version, "wrong unit", HAND)
    assert (height(tmp_path, country="GB"), height(tmp_path, country="FR")) == (3, 4)
    with pytest.raises(Recalled):  # it holds the recalled rows too
        height(tmp_path, version=later.version)
    assert height(tmp_path, version=later.version, country="FR") == 4


def test_a_recall_of_what_was_replaced_since_changes_nothing_that_is_current(tmp_path: Path) -> None:
    bad = publish(tmp_path, GB.key, 5)
    last = publish(tmp_path, GB.key, 3, build="b2")
    done = recall_version(Shelf(tmp_path, LUNG), bad.version, "wrong unit", HAND)
    assert done.put_back == done.withdrawn == ()
    assert height(tmp_path) == height(tmp_path, version=last.version) == 3
    with pytest.raises(Recalled):
        height(tmp_path, version=bad.version)


def test_a_partition_that_was_never_published_before_is_withdrawn(tmp_path: Path) -> None:
    publish(tmp_path, FR.key, 4)
    bad = publish(tmp_path, GB.key, 5)
    done = recall_version(Shelf(tmp_path, LUNG), bad.version, "no consent", HAND)
    assert done.withdrawn == (GB,)
    assert height(tmp_path) == 4
    with pytest.raises(NothingPublished, match="country=GB"):
        height(tmp_path, country="GB")
    assert not Shelf(tmp_path, LUNG).facts(GB).exists()
    publish(tmp_path, GB.key, 2, build="b2")
    assert height(tmp_path, country="GB") == 2


def test_rows_that_were_put_back_can_be_recalled_too(tmp_path: Path) -> None:
    """They are the rows of the version that brought them, under another number."""
    first = publish(tmp_path, GB.key, 2)
    second = publish(tmp_path, GB.key, 3, build="b2")
    third = publish(tmp_path, GB.key, 5, build="b3")
    shelf = Shelf(tmp_path, LUNG)
    recall_version(shelf, third.version, "wrong unit", HAND)
    assert height(tmp_path) == 3
    recall_version(shelf, second.version, "wrong unit as well", HAND)
    assert height(tmp_path) == 2
    assert height(tmp_path, version=first.version) == 2
    for version in (second.version, third.version, third.version + 1):
        with pytest.raises(Recalled):
            height(tmp_path, version=version)


def test_rows_that_were_vacuumed_are_not_put_back(tmp_path: Path) -> None:
    """The version before is gone, as after an opt-out: the one before it stands again, or none."""
    shelf = Shelf(tmp_path, LUNG)
    publish(tmp_path, GB.key, 2)
    publish(tmp_path, FR.key, 4)
    second = publish(tmp_path, GB.key, 3, build="b2")
    third = publish(tmp_path, GB.key, 5, build="b3")
    table = DeltaTable(str(shelf.table))
    (gone,) = set(DeltaTable(str(shelf.table), version=second.version).file_uris()) - set(table.file_uris())
    Path(gone.removeprefix("file://")).unlink()
    recall_version(shelf, third.version, "wrong unit", HAND)
    assert (height(tmp_path, country="GB"), height(tmp_path, country="FR")) == (2, 4)


def test_a_table_that_was_set_back_stands_by_the_commits_of_that_version(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, LUNG)
    first = publish(tmp_path, GB.key, 3)
    bad = publish(tmp_path, GB.key, 5, build="b2")
    publish(tmp_path, FR.key, 4)
    DeltaTable(str(shelf.table)).restore(first.version)
    recall_version(shelf, bad.version, "wrong unit", HAND)
    assert height(tmp_path) == 3  # it does not hold what was recalled
    with pytest.raises(NothingPublished):
        height(tmp_path, country="FR")


def test_a_recalled_release_takes_back_what_came_since_the_release_before(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, LUNG)
    publish(tmp_path, GB.key, 3)
    release(shelf, "2024Q1", "the first", HAND)
    publish(tmp_path, GB.key, 5, build="b2")
    publish(tmp_path, FR.key, 4, build="b2")
    release(shelf, "2024Q2", "the second", HAND)
    done = recall_release(shelf, "2024Q2", "a mapping was wrong", HAND)
    assert (done.put_back, done.withdrawn) == ((GB,), (FR,))
    assert (height(tmp_path), height(tmp_path, release="2024Q1")) == (3, 3)
    with pytest.raises(Recalled, match="a mapping was wrong"):
        height(tmp_path, release="2024Q2")
    book = open_book(shelf.releases)
    assert [book.is_recalled(one) for one in book.releases] == [False, True]


def test_a_recall_that_is_asked_for_again_writes_nothing_twice(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3)
    bad = publish(tmp_path, GB.key, 5, build="b2")
    shelf = Shelf(tmp_path, LUNG)
    first = recall_version(shelf, bad.version, "wrong unit", HAND)
    again = recall_version(shelf, bad.version, "wrong unit", HAND)
    assert (first.put_back, again.put_back) == ((GB,), ())
    assert len(open_book(shelf.releases).recalls) == 1
    assert height(tmp_path) == 3


def test_a_recall_that_was_killed_before_anything_was_put_back_keeps_readers_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, GB.key, 3)
    bad = publish(tmp_path, GB.key, 5, build="b2")
    shelf = Shelf(tmp_path, LUNG)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("thin_assets.published.record.recalls._put_back", killed)
        recall_version(shelf, bad.version, "wrong unit", HAND)
    with pytest.raises(Recalled):
        height(tmp_path)
    recall_version(shelf, bad.version, "wrong unit", HAND)
    assert height(tmp_path) == 3


@pytest.mark.parametrize("version", [0, 77, "no-version"])
def test_a_version_that_brought_nothing_cannot_be_recalled(tmp_path: Path, version: int | str) -> None:
    publish(tmp_path, GB.key, 3)
    with pytest.raises(ReleaseRefused, match="the last versions are 1"):
        recall_version(Shelf(tmp_path, LUNG), version, "a slip", HAND)
    assert height(tmp_path) == 3


def test_what_is_recalled_is_not_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = publish(tmp_path, GB.key, 5)
    monkeypatch.setattr("thin_assets.published.record.recalls._put_back", lambda *_: None)
    recall_version(Shelf(tmp_path, LUNG), bad.version, "wrong unit", HAND)
    with pytest.raises(Recalled):
        release(Shelf(tmp_path, LUNG), "2024Q1", "the first", HAND)


def test_a_release_of_a_report_names_the_files_of_each_partition(tmp_path: Path) -> None:
    first = publish_page(tmp_path, GB.key, "<p>first</p>")
    shelf = Shelf(tmp_path, REPORT)
    made = release(shelf, "2024Q1", "the first", HAND)
    publish_page(tmp_path, GB.key, "<p>second</p>", build="b2")
    assert (made.version, made.partitions) == (None, {GB.key: Part("b1", first.version, 1)})
    wanted = {"country": "GB", "snapshot": "2024-03", "home": tmp_path}
    assert published_files("cohort_report", release="2024Q1", **wanted).name == first.version
    recall_release(shelf, "2024Q1", "a typing error", HAND)
    with pytest.raises(Recalled, match="a typing error"):
        published_files("cohort_report", release="2024Q1", **wanted)
    assert (published_files("cohort_report", **wanted) / "index.html").read_text() == "<p>second</p>"
