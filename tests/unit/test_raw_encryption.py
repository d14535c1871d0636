"""Encrypted raw tables: the same rows in the same order, and nothing for whoever has no key."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet.encryption import create_decryption_properties
from typer.testing import CliRunner

from tests.deliveries import MARCH, deliver
from tests.unpacking import SECRET, raw_files
from thin_assets.cli import app
from thin_assets.cli.setup import projects
from thin_assets.errors import MissingSecret, SettingsError, TooManyRejectedRows
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.raw.pending import PendingTables
from thin_assets.raw.room import unpack_delivery
from thin_assets.resources.encryption import EncryptedWriter, connect_to_write
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_key import raw_key
from thin_assets.resources.raw_tables import add_key, is_encrypted, read_raw
from thin_assets.resources.warehouse import connect
from thin_assets.settings import Settings

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SCHEMA = pa.schema([("number", pa.int64()), ("word", pa.string()), ("day", pa.date32()), ("x", pa.float64())])


def batch(first: int, rows: int) -> pa.Table:
    numbers = range(first, first + rows)
    columns = [list(numbers), [f"planted {number}" for number in numbers], [19000] * rows, [0.5] * rows]
    return pa.table([pa.array(each, kind.type) for each, kind in zip(columns, SCHEMA, strict=True)], SCHEMA)


def written(file: Path, *batches: pa.Table, key: bytes = KEY) -> Path:
    with PendingTables(key) as pending:
        pending.open(file, SCHEMA)
        for rows in batches:
            pending.add(file, rows)
        pending.show()
    return file


def read(file: Path, what: str = "*", key: bytes = KEY) -> pa.Table:
    with connect() as con:
        add_key(con, key)
        return con.execute(f"select {what} from {read_raw(file)}").to_arrow_table()


@pytest.fixture
def no_variable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No key and no setting in the environment."""
    for name in ("THIN_PARQUET_KEY", "THIN_ENCRYPT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_batches_become_one_table_in_their_order(tmp_path: Path) -> None:
    file = written(tmp_path / "data.parquet", *(batch(first, 700) for first in range(0, 7000, 700)))
    assert {path.name for path in tmp_path.iterdir()} == {"data.parquet", ".data.parquet.sha256"}
    assert read(file).equals(batch(0, 7000))


def test_rows_are_found_by_any_condition(tmp_path: Path) -> None:
    """What pyarrow encrypts the engine cannot filter: hence it is the engine that writes."""
    file = written(tmp_path / "data.parquet", batch(0, 200_000), batch(200_000, 200_000))
    with connect() as con:
        add_key(con, KEY)
        con.execute(f"create view raw as from {read_raw(file)}")
        for query, found in (
            ("word = 'planted 399999'", 1),
            ("number < 150000", 150_000),
            ("number % 1000 = 7", 400),
        ):
            assert con.cursor().execute(f"select count(*) from raw where {query}").fetchone() == (found,)


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    empty = read(written(tmp_path / "data.parquet"))
    assert (empty.num_rows, empty.column_names) == (0, SCHEMA.names)


def _refusals(file: Path) -> list[tuple[type[Exception], Callable[[], object]]]:
    return [
        (pl.exceptions.ComputeError, lambda: pl.read_parquet(file)),
        (OSError, lambda: pq.read_table(file)),
        (OSError, lambda: pq.read_metadata(file)),
        (duckdb.InvalidInputException, lambda: duckdb.connect().execute(f"from '{file}'")),
        (duckdb.InvalidInputException, lambda: duckdb.connect().execute(f"from parquet_schema('{file}')")),
        (duckdb.InvalidInputException, lambda: read(file, key=OTHER)),
    ]


def test_without_the_key_neither_rows_nor_columns_are_read(tmp_path: Path) -> None:
    file = written(tmp_path / "data.parquet", batch(0, 1000))
    for error, reads in _refusals(file):
        with pytest.raises(error):
            reads()
    held = file.read_bytes()
    assert not any(word in held for word in (b"planted", b"number", b"word", KEY))


def test_other_readers_refuse_with_the_key_as_well(tmp_path: Path) -> None:
    """The docs say so: who makes this test fail with a newer reader has good news for them."""
    file = written(tmp_path / "data.parquet", batch(0, 10))
    with pytest.raises(pl.exceptions.ComputeError, match="unique file identifier"):
        pl.read_parquet(file, decryption=pl.ParquetDecryptionProperties(footer_key=KEY))
    with pytest.raises(OSError, match="decryption"):
        pq.read_table(file, decryption_properties=create_decryption_properties(footer_key=KEY))


def test_what_is_written_on_the_way_is_encrypted_as_well_and_goes_with_an_error(tmp_path: Path) -> None:
    file = tmp_path / "data.parquet"
    with pytest.raises(ZeroDivisionError), PendingTables(KEY) as pending:
        pending.open(file, SCHEMA)
        pending.add(file, batch(0, 10))
        parts = list(tmp_path.iterdir())
        assert parts
        assert all(map(is_encrypted, parts))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_the_engine_that_writes_keeps_nothing_on_disk() -> None:
    with connect_to_write(KEY) as con:
        assert con.execute("select current_setting('temp_directory')").fetchone() == ("",)


def test_a_writer_without_a_key_is_the_plain_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with PendingTables() as pending:
            pending.open(tmp_path / name, SCHEMA)
            pending.add(tmp_path / name, batch(0, 10))
            pending.show()
    assert pl.read_parquet(tmp_path / "one").height == 10
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_every_raw_table_of_a_delivery_is_encrypted_with_the_same_types_and_rows(tmp_path: Path) -> None:
    delivery = deliver(tmp_path / "deliveries", {"consult": [{"patid": "P001"}, {"eventdate": "never"}]})
    inspection = inspect_delivery(delivery, MARCH)
    with connect() as con:
        for name, key in (("plain", None), ("closed", KEY)):
            unpack_delivery(inspection, MARCH, SECRET, raw_files(tmp_path / name), 1.0, con, key=key)
        add_key(con, KEY)
        tables = sorted(path.parent.name for path in (tmp_path / "plain").glob("raw/*/data.parquet"))
        assert len(tables) == 19
        for table in tables:
            plain, closed = (raw_files(tmp_path / name)(table) for name in ("plain", "closed"))
            assert is_encrypted(closed)
            answers = [
                con.execute(f"from {read_raw(file)}").to_arrow_table().combine_chunks()
                for file in (plain, closed)
            ]
            assert answers[0].equals(answers[1]), table


def test_rejected_rows_are_encrypted_where_a_delivery_is_refused(tmp_path: Path) -> None:
    delivery = deliver(tmp_path / "deliveries", {"consult": [{"eventdate": "never"}]})
    inspection, files = inspect_delivery(delivery, MARCH), raw_files(tmp_path)
    with connect() as con, pytest.raises(TooManyRejectedRows):
        unpack_delivery(inspection, MARCH, SECRET, files, 0.0, con, key=KEY)
    assert is_encrypted(files("rejected"))
    assert read(files("rejected"), "reason")["reason"].to_pylist() == ["not_a_date"]


def test_raw_is_plain_unless_the_setting_says_otherwise(
    tmp_path: Path, no_variable: pytest.MonkeyPatch
) -> None:
    intake = Intake(home=str(tmp_path), max_rejected_share=0.05)
    no_variable.setenv("THIN_PARQUET_KEY", KEY.hex())
    assert intake.parquet_key() is None
    no_variable.setenv("THIN_ENCRYPT", "raw")
    assert intake.parquet_key() == KEY


def test_an_unknown_room_is_not_encrypted_but_refused(no_variable: pytest.MonkeyPatch) -> None:
    no_variable.setenv("THIN_ENCRYPT", "everything")
    with pytest.raises(SettingsError, match="THIN_ENCRYPT"):
        Settings.load()


@pytest.mark.parametrize("text", ["", "too short", "0f" * 31 + "0", "xy" * 32])
def test_a_key_that_is_none_is_refused_without_being_shown(
    text: str, tmp_path: Path, no_variable: pytest.MonkeyPatch
) -> None:
    no_variable.setenv("THIN_PARQUET_KEY", text)
    with pytest.raises(MissingSecret, match="64 hexadecimal digits") as raised:
        Settings(home=tmp_path).parquet_key()
    assert not text or text not in str(raised.value)


def test_plain_tables_need_no_key(tmp_path: Path, no_variable: pytest.MonkeyPatch) -> None:
    pq.write_table(batch(0, 3), tmp_path / "plain.parquet")
    assert raw_key(tmp_path, [tmp_path / "plain.parquet", tmp_path / "absent.parquet"]) is None


def test_an_encrypted_table_is_read_with_its_key_whatever_the_setting(
    tmp_path: Path, no_variable: pytest.MonkeyPatch
) -> None:
    """Who turns encryption off again can read what was written before."""
    tables = [written(tmp_path / "data.parquet", batch(0, 3)), tmp_path / "absent.parquet"]
    with pytest.raises(MissingSecret, match="no key"):
        raw_key(tmp_path, tables)
    no_variable.setenv("THIN_PARQUET_KEY", KEY.hex())
    assert raw_key(tmp_path, tables) == KEY


def test_a_wrong_key_is_told_with_the_file_and_without_a_value(
    tmp_path: Path, no_variable: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "data.parquet", batch(0, 3))
    no_variable.setenv("THIN_PARQUET_KEY", OTHER.hex())
    with pytest.raises(MissingSecret, match="not the one that this raw table was written with") as raised:
        raw_key(tmp_path, [file])
    told = str(raised.value) + str(raised.value.__cause__)
    assert str(file) in told
    assert not any(word in told for word in (KEY.hex(), OTHER.hex(), "planted"))


def test_the_lake_lists_the_raw_tables_of_one_partition(tmp_path: Path) -> None:
    lake = Lake(home=str(tmp_path))
    for table in ("patient", "consult"):
        written(lake.file("raw", table, MARCH))
    assert lake.raw_tables(MARCH) == {
        table: lake.file("raw", table, MARCH) for table in ("consult", "patient")
    }
    assert lake.raw_tables(MARCH.previous) == {}


def test_doctor_writes_a_private_key_where_the_setting_asks_for_one(
    tmp_path: Path, no_variable: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "home" / "secrets" / "parquet.key"
    home = ["--home", str(tmp_path / "home"), "doctor"]
    CliRunner().invoke(app, [*home, "--fix"])
    assert not key.exists()
    no_variable.setenv("THIN_ENCRYPT", "raw")
    assert "no   a key for raw, where it is encrypted" in CliRunner().invoke(app, home).stdout
    assert "ok   a key for raw, where it is encrypted" in CliRunner().invoke(app, [*home, "--fix"]).stdout
    assert key.stat().st_mode & 0o777 == 0o600
    first = key.read_bytes()
    CliRunner().invoke(app, [*home, "--fix"])
    assert key.read_bytes() == first


def test_a_run_is_refused_before_anything_is_written_where_the_key_is_absent(
    tmp_path: Path, no_variable: pytest.MonkeyPatch
) -> None:
    no_variable.setenv("THIN_SECRET", "a secret of the tests")
    for project in projects(Settings(home=tmp_path)):
        no_variable.setenv(f"THIN_PROJECT_KEY_{project.upper()}", "0" * 32)
    no_variable.setenv("THIN_ENCRYPT", "raw")
    shown = CliRunner().invoke(
        app, ["--home", str(tmp_path), "run", "--country", "GB", "--snapshot", "2024-03"]
    )
    assert isinstance(shown.exception, MissingSecret)
    assert "encrypt raw" in str(shown.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_is_closed_once_for_all(tmp_path: Path) -> None:
    with connect_to_write(KEY) as con:
        writer = EncryptedWriter(tmp_path / "data.parquet", SCHEMA, con)
        writer.write_table(batch(0, 5))
        writer.close()
        writer.discard()
    assert read(tmp_path / "data.parquet").num_rows == 5
