"""Where an incremental build may start, and why it may not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from thin_assets.omop import carried
from thin_assets.resources.sums import sum_of

IDENTITY = {"delivery": "d2", "vocabulary": "v1", "code": "c1", "layout": "thin-v1"}


def sealed(folder: Path, **identity: str) -> Path:
    """A build of the month before: one table, and what was kept beside it."""
    build = folder / "build=0123456789abcdef"
    for name in ("person/data.parquet", "carried/int_person_digests.parquet"):
        (build / name).parent.mkdir(parents=True)
        duckdb.sql("select 1 as person_id").write_parquet(str(build / name))
    duckdb.sql("select 1 as person_id").write_parquet(str(build / "carried/int_persons_carried.parquet"))
    carried.describe(build)
    told = {
        "identity": {**IDENTITY, "delivery": "d1", "key": "k1"} | identity,
        "tables": {"person": {"sha256": sum_of(build / "person" / "data.parquet")}},
    }
    (build / "build.json").write_text(json.dumps(told))
    return build


def test_a_build_starts_from_the_month_before(tmp_path: Path):
    """Made by the same code and engine with the same vocabulary; another delivery is what it is for."""
    build = sealed(tmp_path)
    assert carried.start_from(build, IDENTITY) == carried.Start(build)


def test_without_a_month_before_everybody_is_built():
    """As in the first month, or after one that was refused."""
    assert carried.start_from(None, IDENTITY).build is None


@pytest.mark.parametrize("name", ["vocabulary", "code", "layout"])
def test_another_vocabulary_code_or_layout_starts_anew(tmp_path: Path, name: str):
    """What the rows of all persons depend on."""
    start = carried.start_from(sealed(tmp_path, **{name: "other"}), IDENTITY)
    assert start == carried.Start(None, f"another {name} than the month before")


@pytest.mark.parametrize("one", ["before", "now"])
def test_free_text_starts_anew(tmp_path: Path, one: str):
    """Notes are not compared: neither a build with them nor one after it carries rows."""
    text = {"text": "t1", "lexicon": "l1"}
    build = sealed(tmp_path, **(text if one == "before" else {}))
    start = carried.start_from(build, IDENTITY | (text if one == "now" else {}))
    assert start == carried.Start(None, "free text was taken in")


def _without_description(build: Path) -> None:
    (build / "carried" / "carried.json").unlink()


def _of_another_engine(build: Path) -> None:
    file = build / "carried" / "carried.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"engine": "0.0.1"}))


def _with_another_table(build: Path) -> None:
    duckdb.sql("select 2 as person_id").write_parquet(str(build / "person" / "data.parquet"))


def _with_other_hashes(build: Path) -> None:
    duckdb.sql("select 2 as person_id").write_parquet(str(build / "carried" / "int_person_digests.parquet"))


def _without_hashes(build: Path) -> None:
    (build / "carried" / "int_person_digests.parquet").unlink()


@pytest.mark.parametrize(
    ("befalls", "reason"),
    [
        (_without_description, "the build of the month before kept nothing to compare with"),
        (_of_another_engine, "another engine than the month before"),
        (_with_another_table, "the build of the month before is damaged"),
        (_with_other_hashes, "the build of the month before is damaged"),
        (_without_hashes, "the build of the month before is damaged"),
    ],
)
def test_a_build_that_cannot_be_trusted_starts_anew(
    tmp_path: Path, befalls: Callable[[Path], None], reason: str
):
    """A damaged one is not an error here: the month does not need it."""
    build = sealed(tmp_path)
    befalls(build)
    assert carried.start_from(build, IDENTITY) == carried.Start(None, reason)


def test_dbt_is_told_where_to_keep_and_where_to_start(tmp_path: Path):
    """Both in the environment; the second is empty where everybody is built."""
    build = tmp_path / "build=1"
    told = [
        carried.values_of(tmp_path / "candidate", start)
        for start in (carried.Start(build), carried.Start(None))
    ]
    assert [one["THIN_CARRY_TO"] for one in told] == [str(tmp_path / "candidate" / "carried")] * 2
    assert [one["THIN_CARRY_FROM"] for one in told] == [str(build), ""]
    assert set(told[0]) == set(carried.NOTHING)


def test_on_spark_nothing_is_kept_and_nobody_is_carried(tmp_path: Path):
    """Whatever the month before left: dbt is told nothing of it, and the report says why."""
    build = sealed(tmp_path)
    assert carried.values_of(tmp_path / "candidate", carried.ON_SPARK) == carried.NOTHING
    shutil.rmtree(build / carried.FOLDER)
    told = {"persons": 1, "carried": 0, "why_not": "Spark builds every person"}
    assert carried.told_of(build, carried.ON_SPARK) == told


def test_counts_of_persons_are_told_and_the_reason_where_none_was_carried(tmp_path: Path):
    """For the report of the room, and for Dagster's metadata."""
    build = sealed(tmp_path)
    assert carried.told_of(build, carried.Start(build)) == {
        "persons": 1,
        "carried": 1,
        "from": "0123456789abcdef",
    }
    assert carried.told_of(build, carried.Start(None, "none"))["why_not"] == "none"
