"""From a list of two patients to a build, a register and published versions without them."""

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH, deliver
from tests.people import ENTRIES, people
from tests.products import HAND
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.persons.identity import PERSON, Pseudonyms
from thin_assets.published.persons.protect import protect_entries
from thin_assets.published.persons.withdraw import search
from thin_assets.published.record.releases import release
from thin_assets.published.writing.publication import publish_table
from thin_assets.raw.contract import Key
from thin_assets.raw.pseudonymise import Pseudonymiser
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

ITALY = Snapshot.named("IT", MONTH)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("withdrawal") / "home"
    deliver(home, "IT", patients="120")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "run", "--country", "IT", "--snapshot", MONTH)
    return home


def persons_of(home: Path) -> set[int]:
    path = Lake(home=str(home)).current_build(ITALY) / "person" / "data.parquet"
    return set(pl.read_parquet(path)["person_id"])


def patients(home: Path) -> dict[int, tuple[str, str]]:
    """Delivered ids of every patient by the number that they become."""
    file = next((home / "deliveries" / "IT" / MONTH / "patient").glob("*.csv.gz"))
    options = {"separator": "|", "infer_schema": False, "ignore_errors": True, "truncate_ragged_lines": True}
    rows = pl.read_csv(file, encoding="utf8-lossy", **options).select("pracid", "patid").drop_nulls().unique()
    delivered = pa.table({name: pa.array(rows[name].to_list(), pa.string()) for name in rows.columns})
    secret = Pseudonymiser(Settings.load(home).pseudonym_key(), "IT")
    numbers = secret.keys(Key("patient_key", "patient", ("pracid", "patid")), delivered).to_pylist()
    return dict(zip(numbers, rows.iter_rows(), strict=True))


def publish_all(home: Path, persons: list[int]) -> Shelf:
    """Everybody of the build as an entry of the project: the real cohort of so few patients is empty."""
    shelf, key = Shelf(home, ENTRIES), Settings.load(home).project_key(ENTRIES.project)
    rows = people(len(persons)).with_columns(person_id=pl.Series(persons, dtype=pl.Int64))
    rows = rows.with_columns(
        age=pl.lit(60, pl.Int32), sex=pl.lit("female"), index_date=pl.lit(rows["index_date"][0])
    )
    done = protect_entries(rows, ENTRIES, ENTRIES.protection, Pseudonyms(key, ENTRIES.project))
    publish_table(done.rows, shelf, ITALY, "b1", HAND)
    return shelf


@pytest.fixture(scope="module")
def leaving(built: Path) -> list[int]:
    """Two persons of the build, who opt out."""
    return sorted(persons_of(built) & set(patients(built)))[:2]


@pytest.fixture(scope="module")
def withdrawn(built: Path, leaving: list[int]) -> Path:
    """The home after they were published, released, named in a list, withdrawn, and built without."""
    release(publish_all(built, sorted(persons_of(built))), "spring", "first", HAND)
    known, list_of_two = patients(built), built.parent / "ids.csv"
    lines = ["pracid,patid", *(",".join(known[one]) for one in leaving), "a0001,"]
    list_of_two.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = thin_assets(built, "opt-out", "--country", "IT", "--file", str(list_of_two)).stdout
    assert "2 persons, 2 of them new" in said and "1 lines refused: empty" in said
    assert not any(known[one][1] in said.split() for one in leaving)
    thin_assets(built, "run", "--country", "IT", "--snapshot", MONTH)
    return built


def pseudonyms(home: Path, persons: list[int]) -> pl.Series:
    key = Settings.load(home).project_key(ENTRIES.project)
    return Pseudonyms(key, ENTRIES.project).of(PERSON, pl.Series(persons))


def test_they_are_in_no_released_version_and_in_no_file(withdrawn: Path, leaving: list[int]) -> None:
    gone = pseudonyms(withdrawn, leaving)
    spring = read_published(ENTRIES.name, home=withdrawn, release="spring")
    assert spring.height > 20 and not set(spring["person_id"]) & set(gone)
    assert search(withdrawn / "project", gone)[1] == 0


def test_the_next_build_is_without_them_and_every_row_is_accounted_for(
    withdrawn: Path, leaving: list[int]
) -> None:
    lake = Lake(home=str(withdrawn))
    assert not persons_of(withdrawn) & set(leaving)
    report = lake.reported("validated", ITALY)
    assert {one["missing"] for one in report["equations"]} == {0}
    of_patients = next(one for one in report["equations"] if one["source_table"] == "patient")
    assert of_patients["rejected"]["opted_out"] >= 2
    assert lake.reported("raw", ITALY)["tables"]["consult"]["rejected"]["opted_out"] > 0


def test_no_table_of_raw_or_of_the_build_holds_them(withdrawn: Path, leaving: list[int]) -> None:
    lake = Lake(home=str(withdrawn))
    folders = [*(lake.root / "raw").glob("*/country=IT"), lake.current_build(ITALY)]
    files = [path for folder in folders for path in folder.rglob("*.parquet")]
    assert len(files) > 30
    for path in files:
        rows = pl.read_parquet(path, hive_partitioning=False)
        for name in {"patient_key", "person_id"} & set(rows.columns):
            assert not set(rows[name]) & set(leaving), path.name


def test_report_and_record_say_how_many_and_never_who(withdrawn: Path, leaving: list[int]) -> None:
    (report,) = (withdrawn / "restricted" / "opted_out").glob("IT-*.json")
    told = json.loads(report.read_text())
    assert told["asked"] == told["new"] == 2 and told["refused"] == {"empty": 1}
    by_name = {one["product"]: one for one in told["products"]}
    assert sum(part["rows_before"] for part in by_name[ENTRIES.name]["versions"]) >= 2
    assert {part["rows_after"] for one in told["products"] for part in one["versions"]} == {0}
    known = patients(withdrawn)
    secrets = [
        *map(str, leaving),
        *map(str, pseudonyms(withdrawn, leaving)),
        *(known[one][1] for one in leaving),
    ]
    texts = [report, *(withdrawn / "audit").glob("*"), *(withdrawn / "project").rglob("*.json")]
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert not any(f'"{secret}"' in text or len(secret) > 4 and secret in text for secret in secrets), (
            path
        )


def test_the_register_is_for_its_owner_only(withdrawn: Path) -> None:
    for path in (withdrawn / "restricted").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.name.endswith(".lock"), path


def test_an_empty_list_finishes_what_was_begun(withdrawn: Path) -> None:
    """What an operator does after an interruption; here nothing was, and nothing changes."""
    before = read_published(ENTRIES.name, home=withdrawn, release="spring")
    (withdrawn.parent / "none.csv").write_text("pracid,patid\n", encoding="utf-8")
    said = thin_assets(withdrawn, "opt-out", "--country", "IT", "--file", str(withdrawn.parent / "none.csv"))
    assert "0 persons, 0 of them new" in said.stdout
    assert read_published(ENTRIES.name, home=withdrawn, release="spring").equals(before)
