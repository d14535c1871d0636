"""What is restricted is for its owner only; what is published is for those whom its zone is for."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import thin_assets
from tests.people import ENTRIES, entries_of, people
from tests.products import HAND, REPORT
from thin_assets.cli.main import app
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.persons.withdraw import withdraw
from thin_assets.published.record.releases import release
from thin_assets.published.writing.publication import publish_files, publish_table
from thin_assets.resources.files import replacing, replacing_folder, write_json
from thin_assets.resources.modes import is_private, keep_private

GB = Snapshot.of("GB|2024-03-01")


@pytest.fixture(autouse=True)
def private() -> Iterator[None]:
    """As at the beginning of every process of ours; the tests after have their own mask again."""
    before = os.umask(0o022)
    keep_private()
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def everything(folder: Path) -> list[Path]:
    return [folder, *folder.rglob("*")]


def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o711)
    folder.chmod(0o711)
    return folder


def test_a_process_of_ours_writes_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "rows.parquet").write_bytes(b"rows")
    with replacing(tmp_path / "lake" / "raw" / "data.parquet") as unfinished:
        unfinished.write_bytes(b"rows")
    assert {mode(path) for path in everything(tmp_path / "lake")} == {0o700, 0o600}
    assert all(map(is_private, everything(tmp_path / "lake")))


def test_a_file_is_as_open_as_its_folder(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    write_json(tmp_path / "open" / "deeper" / "told.json", {})
    with replacing_folder(tmp_path / "open" / "files") as unfinished:
        (unfinished / "more").mkdir()
        (unfinished / "more" / "page.html").write_text("a page")
    assert mode(tmp_path / "open" / "deeper" / "told.json") == 0o644
    assert mode(tmp_path / "open" / "files" / "more" / "page.html") == 0o644
    assert mode(tmp_path / "open" / "deeper") == mode(tmp_path / "open" / "files" / "more") == 0o755


@pytest.mark.parametrize(
    ("zone", "folders", "files"), [("project", 0o750, 0o640), ("published", 0o755, 0o644)]
)
def test_a_product_is_for_those_whom_its_zone_is_for(
    tmp_path: Path, zone: str, folders: int, files: int
) -> None:
    """What libraries write under our mask too: the Delta log, data files, a withdrawal."""
    product = ENTRIES if zone == "project" else ENTRIES.model_copy(update={"zone": "published"})
    shelf, rows = Shelf(home(tmp_path), product), entries_of(people(40)).rows
    publish_table(rows, shelf, GB, "b1", HAND)
    release(shelf, "spring", "first", HAND)
    publish_table(rows, shelf, GB, "b2", HAND)
    withdraw(shelf, rows["person_id"][:1], HAND)
    found = everything(shelf.home / zone)
    assert len(found) > 12
    assert {mode(path) for path in found if path.is_dir()} == {folders}
    shown = [path for path in found if path.is_file() and not path.name.endswith(".lock")]
    assert {mode(path) for path in shown} == {files}


def test_a_report_of_the_published_zone_is_for_everybody(tmp_path: Path) -> None:
    shelf = Shelf(home(tmp_path), REPORT.model_copy(update={"zone": "published", "project": None}))
    source = tmp_path / "source" / "more"
    source.mkdir(parents=True)
    (source / "index.html").write_text("a page")
    publish_files(source.parent, shelf, GB, "b1", HAND)
    (page,) = shelf.table.rglob("index.html")
    assert mode(page) == 0o644 and mode(page.parent) == 0o755


def test_doctor_finds_a_folder_that_others_may_look_into_and_mends_it(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    assert (
        "no   what is restricted" not in CliRunner().invoke(app, ["--home", str(tmp_path), "doctor"]).output
    )
    lake.chmod(0o755)
    said = CliRunner().invoke(app, ["--home", str(tmp_path), "doctor"]).output
    assert "no   what is restricted is for its owner only" in said and "chmod 700" in said
    thin_assets(tmp_path, "doctor", "--fix")
    assert all(map(is_private, [*everything(lake), *everything(tmp_path / "secrets"), tmp_path / "dagster"]))


def test_a_delivery_that_is_written_here_is_for_its_owner_only(tmp_path: Path) -> None:
    os.umask(0o022)  # of the one who starts the command; the command takes its own
    thin_assets(
        tmp_path, "generate", "--country", "IT", "--snapshot", "2024-03", "--patients", "20", "--seed", "3"
    )
    assert all(map(is_private, everything(tmp_path / "deliveries")))
