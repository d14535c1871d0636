"""What stands beside a published partition: facts that are counted, and no value of a person in the log."""

import json
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from tests.products import HAND, LUNG, REPORT, features, publish, publish_page
from thin_assets import published_files
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingPublished, NothingSealed, Recalled
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.reading.find_files import list_files
from thin_assets.published.record.audit import entries
from thin_assets.published.record.recalls import recall_version
from thin_assets.published.writing.publication import publish_files, publish_table

GB = Snapshot.of("GB|2024-03-01")


def facts(home: Path, product: object = LUNG, snapshot: Snapshot = GB) -> dict:
    return json.loads(Shelf(home, product).facts(snapshot).read_text(encoding="utf-8"))


def test_facts_say_build_version_rows_entries_absent_values_and_what_was_kept_back(tmp_path: Path) -> None:
    rows = features(4).with_columns(n=pl.when(pl.col("row_id") > 1).then(pl.col("n")))
    shelf = Shelf(tmp_path, LUNG)
    done = publish_table(
        rows, shelf, GB, "b1", HAND, suppressed={"rare features": 2}, more={"attrition": [{"persons": 40}]}
    )
    told = facts(tmp_path)
    assert told.pop("nulls") == dict.fromkeys(LUNG.schema, 0) | {"n": 1}
    assert told == {
        "build": "b1",
        "contract": LUNG.version,
        "version": done.version,
        "rows": 4,
        "entries": 4,
        "published_at": done.published_at.isoformat(timespec="milliseconds"),
        "suppressed": {"rare features": 2},
        "attrition": [{"persons": 40}],
    }
    assert told == {
        key: value
        for key, value in json.loads(shelf.facts_of(GB, done.version).read_text(encoding="utf-8")).items()
        if key != "nulls"
    }


def test_the_time_of_a_publication_is_that_of_its_commit(tmp_path: Path) -> None:
    publish(tmp_path, "FR|2024-03-01", 3)
    done = publish(tmp_path, GB.key, 3)
    last = DeltaTable(str(Shelf(tmp_path, LUNG).table)).history(1)[0]
    assert done.published_at.timestamp() == last["timestamp"] / 1000


def test_the_log_holds_no_value_of_a_column(tmp_path: Path) -> None:
    """Delta Lake would keep the smallest and largest of every file: an age, a weight, an id of one person."""
    told = 8_462_531.25
    for entries_ in (3, 2):
        rows = features(entries_, value=told)
        publish_table(rows, Shelf(tmp_path, LUNG), GB, "b1", HAND)
    table = DeltaTable(str(Shelf(tmp_path, LUNG).table))
    table.create_checkpoint()
    log = Path(table.table_uri.removeprefix("file://")) / "_delta_log"
    commits = [json.loads(line) for path in log.glob("*.json") for line in path.open(encoding="utf-8")]
    stats = [json.loads(commit["add"]["stats"]) for commit in commits if "add" in commit]
    assert len(stats) == 2
    assert all(one["minValues"] == one["maxValues"] == {} for one in stats)
    (checkpoint,) = log.glob("*.checkpoint.parquet")
    kept = pl.read_parquet(checkpoint)["add"].drop_nulls().struct.field("stats").drop_nulls().to_list()
    assert kept and all(json.loads(one)["maxValues"] == {} for one in kept)
    assert "8462531" not in "".join(path.read_text(encoding="utf-8") for path in log.glob("*.json"))


def test_a_page_is_published_as_files_that_never_change_and_a_pointer(tmp_path: Path) -> None:
    first = publish_page(tmp_path, GB.key, "<p>first</p>")
    second = publish_page(tmp_path, GB.key, "<p>second</p>", build="b2")
    folder = published_files("cohort_report", country="GB", snapshot="2024-03", home=tmp_path)
    assert folder.name == second.version != first.version
    assert (folder / "index.html").read_text(encoding="utf-8") == "<p>second</p>"
    earlier = published_files(
        "cohort_report", country="gb", snapshot="2024-03", version=first.version, home=tmp_path
    )
    assert (earlier / "index.html").read_text(encoding="utf-8") == "<p>first</p>"
    assert list_files("cohort_report", tmp_path) == {GB: folder}
    assert facts(tmp_path, REPORT)["build"] == "b2"
    assert [line["event"] for line in entries(tmp_path)] == ["begun", "published"] * 2


def test_the_same_page_again_is_the_same_version(tmp_path: Path) -> None:
    first, again = (publish_page(tmp_path, GB.key, "<p>same</p>", build=build) for build in ("b1", "b2"))
    assert first.version == again.version
    assert facts(tmp_path, REPORT)["build"] == "b2"


def test_a_folder_is_published_with_its_folders_and_named_by_names_and_bytes(tmp_path: Path) -> None:
    """A model is many files: one that moves makes another version, one that is being written does not."""
    source, shelf = tmp_path / "model", Shelf(tmp_path, REPORT)
    (source / "weights").mkdir(parents=True)
    (source / "weights" / "a.bin").write_bytes(b"1")
    (source / ".being-written").write_bytes(b"2")
    first = publish_files(source, shelf, GB, "b1", HAND)
    kept = shelf.table / "country=GB" / "snapshot=2024-03-01" / first.version
    assert [path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()] == [
        "weights/a.bin"
    ]
    (source / ".being-written").unlink()
    assert publish_files(source, shelf, GB, "b1", HAND).version == first.version
    (source / "weights" / "a.bin").rename(source / "weights" / "b.bin")
    assert publish_files(source, shelf, GB, "b1", HAND).version != first.version


def test_a_report_of_another_month_is_an_error_that_names_it(tmp_path: Path) -> None:
    publish_page(tmp_path, GB.key, "<p>a page</p>")
    with pytest.raises(NothingPublished, match="GB|2024-02-01"):
        published_files("cohort_report", country="GB", snapshot="2024-02", home=tmp_path)
    with pytest.raises(NothingPublished, match="no published files"):
        published_files("other_report", country="GB", snapshot="2024-03", home=tmp_path)


def test_a_folder_without_a_file_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(NothingSealed):
        publish_files(tmp_path / "none", Shelf(tmp_path, REPORT), GB, "b1", HAND)
    assert [line["event"] for line in entries(tmp_path)] == ["begun", "refused"]


def test_a_page_that_was_recalled_is_not_read_and_not_published_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, REPORT)
    first = publish_page(tmp_path, GB.key, "<p>first</p>")
    second = publish_page(tmp_path, GB.key, "<p>second</p>", build="b2")
    done = recall_version(shelf, second.version, "wrong denominator", HAND)
    assert (done.put_back, done.withdrawn) == ((GB,), ())
    wanted = {"country": "GB", "snapshot": "2024-03", "home": tmp_path}
    assert published_files("cohort_report", **wanted).name == first.version
    assert facts(tmp_path, REPORT)["build"] == "b1"
    with pytest.raises(Recalled, match="wrong denominator"):
        published_files("cohort_report", version=second.version, **wanted)
    with pytest.raises(Recalled, match="wrong denominator"):
        publish_page(tmp_path, GB.key, "<p>second</p>", build="b3")


def test_the_only_page_that_was_recalled_is_gone(tmp_path: Path) -> None:
    only = publish_page(tmp_path, GB.key, "<p>only</p>")
    done = recall_version(Shelf(tmp_path, REPORT), only.version, "wrong month", HAND)
    assert done.withdrawn == (GB,)
    assert not Shelf(tmp_path, REPORT).facts(GB).exists()
    with pytest.raises(NothingPublished):
        published_files("cohort_report", country="GB", snapshot="2024-03", home=tmp_path)
