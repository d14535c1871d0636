"""A bad delivery stops at the door and harms nothing; after the repair the same command succeeds."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH, deliver
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ChecksumMismatch, NothingPublished, TooManyRejectedRows
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey

ITALY = Snapshot.named("IT", MONTH)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one small partition that was built and published."""
    home = tmp_path_factory.mktemp("repairs") / "home"
    deliver(home, "IT", patients="120")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "run", "--country", "IT", "--snapshot", MONTH)
    return home


@pytest.fixture
def delivery(built: Path) -> Iterator[Path]:
    """The delivery of the partition, put back as it was after the test."""
    folder = built / "deliveries" / "IT" / MONTH
    copy = built / "copy"
    shutil.copytree(folder, copy)
    yield folder
    shutil.rmtree(folder)
    copy.rename(folder)


def run(home: Path) -> tuple[int, str]:
    done = thin_assets(home, "run", "--country", "IT", "--snapshot", MONTH, check=False)
    return done.returncode, done.stderr


def state(home: Path) -> tuple[str, int]:
    """What readers see: the current build, and how many commits the product has."""
    pointer = json.loads((Lake(home=str(home)).sealed(ITALY) / "current.json").read_text())
    commits = list((home / "project" / "lung_cancer_features" / "v1" / "_delta_log").glob("*.json"))
    return pointer["build"], len(commits)


def medical(folder: Path) -> Path:
    return next((folder / "medical").glob("*.csv.gz"))


def test_a_changed_file_is_refused_by_name_and_the_published_table_stays(built: Path, delivery: Path) -> None:
    before = state(built)
    medical(delivery).write_bytes(gzip.compress(b"nothing"))
    code, said = run(built)
    assert code == ChecksumMismatch.exit_code
    assert "medical" in said and "remedy" in said
    assert state(built) == before


def test_after_the_repair_the_same_command_succeeds_with_the_same_build(built: Path) -> None:
    before, _ = state(built)
    code, _ = run(built)
    assert code == 0
    assert state(built)[0] == before


def test_a_third_of_garbage_stops_the_partition_and_names_the_line(built: Path, delivery: Path) -> None:
    before = state(built)
    spoil(delivery)
    code, said = run(built)
    assert code == TooManyRejectedRows.exit_code
    assert "medical" in said and "line" in said
    assert state(built) == before


def spoil(folder: Path) -> None:
    """Every third line of medical becomes garbage, and the manifest is made to agree."""
    import hashlib

    path = medical(folder)
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    lines[2:-1:3] = [b"garbage"] * len(lines[2:-1:3])
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text())
    for file in told["files"]:
        if folder / file["path"] == path:
            file["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told))


def test_an_incomplete_delivery_builds_nothing(built: Path, command) -> None:
    done = command(built, "run", "--country", "RO", "--snapshot", MONTH, check=False)
    assert done.returncode == 28
    assert not (built / "lake" / "cdm" / "country=RO").exists()


def test_a_month_delivered_twice_becomes_a_second_build_and_the_first_stays(built: Path) -> None:
    first, _ = state(built)
    deliver(built, "IT", patients="140")
    stale = json.loads(thin_assets(built, "status", "--json").stdout)[0]["rooms"]
    assert stale["raw"] == "old"
    assert run(built)[0] == 0
    second, _ = state(built)
    assert second != first
    assert (Lake(home=str(built)).sealed(ITALY) / f"build={first}" / "person" / "data.parquet").is_file()


def test_reading_what_was_never_published_says_what_to_do(built: Path) -> None:
    from thin_assets import read_published

    with pytest.raises(NothingPublished, match="thin-assets"):
        read_published("lung_cancer_features", country="DE", home=built)
