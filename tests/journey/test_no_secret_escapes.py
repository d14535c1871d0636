"""Nothing that the provider calls a patient or a practice leaves the raw room."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from tests.journey.conftest import MONTH

pytestmark = pytest.mark.journey


def delivered_keys(home: Path, country: str) -> tuple[set[str], set[str]]:
    """Practice ids, and patient keys as `practice|patient`, of one delivery."""
    file = next((home / "deliveries" / country / MONTH / "patient").glob("*.csv.gz"))
    patients = pl.read_csv(
        file, separator="|", infer_schema=False, ignore_errors=True, truncate_ragged_lines=True
    )
    pairs = patients.select(pl.concat_str("pracid", "patid", separator="|")).to_series().drop_nulls()
    return set(patients.get_column("pracid").drop_nulls()), set(pairs)


def text_columns(folder: Path) -> Iterator[tuple[Path, pl.Series]]:
    for path in sorted(folder.rglob("*.parquet")):
        frame = pl.read_parquet(path)
        yield from (
            (path, frame.get_column(name)) for name, kind in frame.schema.items() if kind == pl.String
        )


@pytest.mark.parametrize("country", ["GB", "FR"])
def test_no_table_after_landing_holds_a_practice_or_a_patient_as_delivered(
    seven_countries: Path, country: str
) -> None:
    practices, patients = delivered_keys(seven_countries, country)
    joined = {key.replace("|", "") for key in patients} | {
        f"{country.lower()}{key.replace('|', '')}" for key in patients
    }
    secret = pl.Series(sorted(practices | patients | joined))
    folders = [seven_countries / "lake", seven_countries / "project"]
    leaks = [
        f"{path.relative_to(seven_countries)}:{column.name}"
        for folder in folders
        for path, column in text_columns(folder)
        if f"country={country}" in str(path) and column.is_in(secret).any()
    ]
    assert leaks == []


def test_the_planted_marker_is_in_no_log_no_metadata_and_no_lake_folder(seven_countries: Path) -> None:
    """The marker is a delivered patient key; every file but delivery and truth is searched byte by byte."""
    markers = {json.loads(path.read_text())["marker"] for path in (seven_countries / "truth").rglob("*.json")}
    spellings = {text for marker in markers for text in (marker, marker.replace("|", ""))}
    pattern = re.compile("|".join(re.escape(text) for text in sorted(spellings)).encode())
    searched = [
        path
        for top in ("lake", "project", "published", "audit", "dagster", "spill")
        for path in (seven_countries / top).rglob("*")
        if path.is_file()
    ]
    assert len(searched) > 100
    assert [str(path) for path in searched if pattern.search(path.read_bytes())] == []


def test_the_event_log_of_dagster_holds_no_marker(seven_countries: Path) -> None:
    markers = [json.loads(path.read_text())["marker"] for path in (seven_countries / "truth").rglob("*.json")]
    databases = list((seven_countries / "dagster").rglob("*.db"))
    assert databases
    for database in databases:
        with closing(sqlite3.connect(database)) as con:
            dump = "\n".join(con.iterdump())
        assert not [marker for marker in markers if marker in dump]


def keys_of(home: Path) -> list[Path]:
    return [path for path in (home / "secrets").rglob("*.key") if path.is_file()]


def holding(home: Path, secrets: list[bytes]) -> list[str]:
    """Files of a home, the keys themselves aside, that hold one of the secrets, as text or as bytes."""
    spellings = [spelling for one in secrets for spelling in (one, bytes.fromhex(one.decode()))]
    files = [path for path in home.rglob("*") if path.is_file() and "secrets" not in path.parts]
    assert len(files) > 100
    return [str(path) for path in files if any(one in path.read_bytes() for one in spellings)]


def test_no_key_is_in_any_file_but_its_own(seven_countries: Path) -> None:
    """Neither that of the pseudonyms nor that of a project: in no table, no log and no event."""
    keys = keys_of(seven_countries)
    assert {path.name for path in keys} >= {"pseudonym.key", "lung_cancer.key"}
    assert holding(seven_countries, [path.read_bytes().strip() for path in keys]) == []


def test_keys_are_readable_by_their_owner_only(seven_countries: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in keys_of(seven_countries)} == {0o600}
