"""A partition with its text bundle, built twice: raw is closed without the key, and the build is the same."""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingSecret
from thin_assets.evidence.mapping_assets import MAPPING
from thin_assets.instance.config import QUIET, open_instance
from thin_assets.resources.dbt import PROJECT_DIR
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_tables import is_encrypted
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

PARTITION = Snapshot.named("GB", MONTH)
PLACE = ("--country", "GB", "--snapshot", MONTH)
OTHER = "0f1e2d3c4b5a6978" * 4
"""A key that nothing was written with."""


class Twice(NamedTuple):
    """The same delivery in two homes, and what the commands of the second said."""

    plain: Path
    closed: Path
    said: str

    @property
    def key(self) -> str:
        """The key of the second, as its file holds it."""
        return (self.closed / "secrets" / "parquet.key").read_text(encoding="ascii").strip()


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    """The environment stays as it is for the second home."""
    plain, closed = (tmp_path_factory.mktemp(name) for name in ("plain", "closed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIN_SECRET", "one secret for both, so that persons have the same numbers")
        thin_assets(plain, "generate", *PLACE, "--patients", "60", "--text")
        for folder in ("deliveries", "texts"):
            shutil.copytree(plain / folder, closed / folder)
        _built(patch, plain)
        patch.setenv("THIN_ENCRYPT", "raw")
        said = _built(patch, closed)
        yield Twice(plain, closed, said)


def _built(patch: pytest.MonkeyPatch, home: Path) -> str:
    patch.setenv("THIN_TEXT_BUNDLES", str(home / "texts"))
    thin_assets(home, "doctor", "--fix")
    done = thin_assets(home, "run", *PLACE, "--until", "evidence")
    return done.stdout + done.stderr


def raw_files(home: Path) -> list[Path]:
    """Every file below the raw room, by whichever name."""
    return sorted((home / "lake" / "raw").rglob("*.parquet"))


def test_every_raw_table_is_encrypted_and_nothing_plain_lies_beside_it(homes: Twice) -> None:
    names = [
        [path.relative_to(home / "lake" / "raw") for path in raw_files(home)]
        for home in (homes.plain, homes.closed)
    ]
    assert names[0] == names[1]
    assert len(names[0]) == 19
    assert not any(map(is_encrypted, raw_files(homes.plain)))
    assert all(map(is_encrypted, raw_files(homes.closed)))


def test_no_engine_reads_raw_without_the_key(homes: Twice) -> None:
    for file in raw_files(homes.closed):
        with pytest.raises(pl.exceptions.ComputeError, match="ncrypt"):
            pl.read_parquet(file)
        with pytest.raises((OSError, pa.ArrowInvalid), match="encrypt"):
            pq.read_table(file)
        with pytest.raises(duckdb.InvalidInputException, match="encrypted"):
            duckdb.sql(f"from read_parquet('{file}')").fetchall()


def words_of(home: Path) -> set[bytes]:
    """Longer values and names of columns of every raw table of a home that is plain."""
    found = set()
    for file in raw_files(home):
        table = pl.read_parquet(file, hive_partitioning=False)
        columns = table.select(pl.col(pl.String)).get_columns()
        found |= {value for column in columns for value in column.unique().drop_nulls() if len(value) >= 12}
        found |= {column for column in table.columns if len(column) >= 8}
    return {word.encode() for word in found}


def test_no_word_of_a_row_and_no_name_of_a_column_is_in_the_bytes(homes: Twice) -> None:
    words = words_of(homes.plain)
    seen = {}
    for home in (homes.plain, homes.closed):
        held = b"\n".join(path.read_bytes() for path in raw_files(home))
        seen[home] = {word for word in words if word in held}
    assert len(seen[homes.plain]) > 50
    assert seen[homes.closed] == set()


def test_the_sealed_build_has_the_same_name_and_the_same_bytes(homes: Twice) -> None:
    plain, closed = (Lake(home=str(home)).current_build(PARTITION) for home in (homes.plain, homes.closed))
    assert closed.name == plain.name
    files = sorted(path.relative_to(plain) for path in plain.rglob("*.parquet"))
    assert files == sorted(path.relative_to(closed) for path in closed.rglob("*.parquet"))
    assert len(files) == 30
    assert [str(file) for file in files if (plain / file).read_bytes() != (closed / file).read_bytes()] == []
    assert pl.read_parquet(closed / "note" / "data.parquet").height > 0


def test_evidence_finds_the_words_of_the_encrypted_lists(homes: Twice) -> None:
    plain, closed = (
        {name: Lake(home=str(home)).read("evidence", name, PARTITION) for name in MAPPING}
        for home in (homes.plain, homes.closed)
    )
    assert closed["mapping_codes"].get_column("source_description").drop_nulls().len() > 0
    assert [name for name in MAPPING if not plain[name].equals(closed[name])] == []


def template(homes: Twice) -> subprocess.CompletedProcess:
    out = homes.closed / "review.csv"
    return thin_assets(homes.closed, "maps", "template", *PLACE, "--out", str(out), check=False)


def test_what_reads_raw_later_needs_the_key_and_says_so(
    homes: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert template(homes).returncode == 0
    monkeypatch.setenv("THIN_PARQUET_KEY", OTHER)
    refused = template(homes)
    assert refused.returncode == 42
    told = refused.stdout + refused.stderr
    assert "not the one" in told
    assert "Traceback" not in told
    assert not any(one in told.encode() for one in (*spellings(OTHER), *spellings(homes.key)))


def test_a_build_with_another_key_stops_and_leaves_the_sealed_one(
    homes: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Lake(home=str(homes.closed)).current_build(PARTITION)
    monkeypatch.setenv("THIN_PARQUET_KEY", OTHER)
    settings = Settings.load(homes.closed)
    job = build_definitions(settings).resolve_job_def("rebuild_omop")
    with open_instance(settings) as instance, pytest.raises(MissingSecret, match="not the one"):
        job.execute_in_process(instance=instance, partition_key=PARTITION.key, run_config=QUIET)
    assert Lake(home=str(homes.closed)).current_build(PARTITION) == before


def spellings(key: str) -> tuple[bytes, ...]:
    """A key as its file holds it, as bytes, and as a statement of the engine spells it."""
    return key.encode(), bytes.fromhex(key), base64.b64encode(bytes.fromhex(key))


def test_no_key_is_in_any_file_but_its_own(homes: Twice) -> None:
    """The home, with the events of the builds that went wrong, and dbt's own folder are searched."""
    searched = [path for top in (homes.closed, PROJECT_DIR) for path in top.rglob("*") if path.is_file()]
    assert any(path.is_relative_to(homes.closed / "dagster") for path in searched)
    assert any(path.name == "manifest.json" for path in searched)
    sought = [*spellings(homes.key), *spellings(OTHER)]
    holding = [path for path in searched if any(one in path.read_bytes() for one in sought)]
    assert holding == [homes.closed / "secrets" / "parquet.key"]
    assert holding[0].stat().st_mode & 0o777 == 0o600
    assert not any(one in homes.said.encode() for one in sought)
