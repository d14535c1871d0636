"""A home copied while it is at work: whole, each content once, and brought back when all of it is right."""

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import thin_assets
from thin_assets.backup import take
from thin_assets.backup.bring_back import restore
from thin_assets.backup.home import Part, part_of, parts
from thin_assets.backup.keys import write_keys
from thin_assets.backup.locks import nobody_tells
from thin_assets.backup.store import Store
from thin_assets.backup.take import take_backup
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import AuditBroken, BackupRefused, DamagedFile
from thin_assets.published.record import audit
from thin_assets.resources.files import locked, write_json
from thin_assets.resources.sums import keep_sum, mark_unfinished, require_whole
from thin_assets.settings import Settings

GB = Snapshot.named("GB", "2024-03")
OF_GB = "country=GB/snapshot=2024-03-01"
WHO = audit.Hand("somebody", dt.datetime(2024, 4, 1, tzinfo=dt.UTC))


def put(home: Path, path: str, text: str = "content") -> Path:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with something of every part; not built by Dagster."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o711)
    put(home, "deliveries/GB/2024-03/patient/1.csv.gz", "patients")
    put(home, "deliveries/GB/2024-03/_COMPLETE", "")
    put(home, f"lake/raw/patient/{OF_GB}/data.parquet", "raw patients")
    put(home, f"lake/cdm/{OF_GB}/build=aa/person/data.parquet", "persons of aa")
    keep_sum(home / f"lake/raw/patient/{OF_GB}/data.parquet")
    write_json(home / f"lake/cdm/{OF_GB}/current.json", {"build": "aa"})
    put(home, f"lake/omop/{OF_GB}/candidate=1/person/data.parquet", "not judged")
    write_json(home / f"lake/reports/{OF_GB}/raw.json", {"delivered": 8})
    put(home, "lake/studies/across/snapshot=2024-03-01/data.parquet", "all countries")
    put(home, "lake/vocabulary/version=1/concept.parquet", "concepts")
    put(home, f"lake/published/counts_ledger/{OF_GB}/data.parquet", "what was told")
    put(home, "restricted/opted_out/GB.txt", "17\n")
    put(home, "secrets/pseudonym.key", "hush" * 16)
    put(home, "spill/duckdb.tmp")
    pl.DataFrame({"country": ["GB"], "n": [12]}).write_delta(
        home / "published/counts/v1", delta_write_options={"partition_by": ["country"]}
    )
    audit.record(home, WHO, audit.Event("published", "counts", "", "1.0.0"))
    return Settings(home=home)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backups")


def test_a_table_keeps_its_checksum(settings: Settings, store: Store) -> None:
    """Without it a table that a run left half done would be believed."""
    table = settings.home / f"lake/raw/patient/{OF_GB}/data.parquet"
    mark_unfinished([table])
    take_backup(settings, store)
    lose(settings)
    restore(settings, store)
    with pytest.raises(DamagedFile):
        require_whole(table, "raw/patient", "run again")


def contents(home: Path) -> dict[str, bytes]:
    """What is in a home, but for locks, and for what is made again."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.name[0] != "." and part_of(path.relative_to(home))
    }


def lose(settings: Settings) -> None:
    shutil.rmtree(settings.home)


def test_what_comes_back_is_what_was_there(settings: Settings, store: Store) -> None:
    before = contents(settings.home)
    (settings.home / "published").chmod(0o755)
    take_backup(settings, store)
    lose(settings)
    done = restore(settings, store)
    assert contents(settings.home) == before
    assert (done.lines, done.tables) == (1, 1)
    assert (settings.home / "published").stat().st_mode & 0o777 == 0o755
    assert settings.home.stat().st_mode & 0o777 == 0o711
    assert pl.read_delta(str(settings.home / "published/counts/v1")).rows() == [("GB", 12)]


@pytest.mark.parametrize(
    "absent", ["secrets/pseudonym.key", "spill/duckdb.tmp", f"lake/omop/{OF_GB}/candidate=1"]
)
def test_keys_and_what_is_made_again_are_not_in_it(settings: Settings, store: Store, absent: str) -> None:
    take_backup(settings, store)
    assert not any(b"hush" in path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    lose(settings)
    restore(settings, store)
    assert not (settings.home / absent).exists()


def test_a_backup_is_for_its_owner_only(settings: Settings, store: Store) -> None:
    take_backup(settings, store)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in store.folder.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


def test_a_second_backup_copies_what_changed_and_reads_no_more(settings: Settings, store: Store) -> None:
    first = take_backup(settings, store)
    put(settings.home, f"lake/cdm/{OF_GB}/build=bb/person/data.parquet", "persons of bb")
    write_json(settings.home / f"lake/cdm/{OF_GB}/current.json", {"build": "bb"})
    again = Store(store.folder)
    second = take_backup(settings, again)
    assert (again.added.objects, again.added.unread) == (2, len(first.files) - 1)
    assert len(second.files) == len(first.files) + 1


def test_every_backup_can_be_gone_back_to(settings: Settings, store: Store) -> None:
    first = take_backup(settings, store)
    write_json(settings.home / f"lake/reports/{OF_GB}/raw.json", {"delivered": 9})
    take_backup(settings, store)
    for name, delivered in ((first.name, "8"), (None, "9")):
        lose(settings)
        restore(settings, store, name)
        assert delivered in (settings.home / f"lake/reports/{OF_GB}/raw.json").read_text()


def test_nobody_who_opted_out_comes_back_by_an_older_backup(settings: Settings, store: Store) -> None:
    first = take_backup(settings, store)
    put(settings.home, "restricted/opted_out/GB.txt", "17\n18\n")
    take_backup(settings, store)
    lose(settings)
    restore(settings, store, first.name)
    assert settings.register("GB").read_text() == "17\n18\n"


def test_what_only_old_backups_hold_is_forgotten_with_them(settings: Settings, store: Store) -> None:
    take_backup(settings, store)
    put(settings.home, f"lake/raw/patient/{OF_GB}/data.parquet", "without somebody")
    last = take_backup(settings, store)
    assert store.keep_newest(1) == 1
    assert store.names() == [last.name]
    assert not [
        path for path in store.folder.rglob("*") if path.is_file() and b"raw patients" in path.read_bytes()
    ]
    assert store.verify()[0] == 1


def test_restore_refuses_a_home_that_is_there(settings: Settings, store: Store) -> None:
    take_backup(settings, store)
    before = contents(settings.home)
    with pytest.raises(BackupRefused, match="there is a home already"):
        restore(settings, store)
    assert contents(settings.home) == before


def _change(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"X" * path.stat().st_size)


@pytest.mark.parametrize("harm", [_change, Path.unlink])
def test_a_content_that_is_not_what_was_written_is_noticed_and_no_home_is_shown(
    settings: Settings, store: Store, harm: Callable[[Path], None]
) -> None:
    done = take_backup(settings, store)
    harm(store.object(done.files[f"lake/cdm/{OF_GB}/build=aa/person/data.parquet"].sha256))
    with pytest.raises(BackupRefused, match="1 of .* contents"):
        store.verify()
    lose(settings)
    with pytest.raises(BackupRefused, match="not what was written"):
        restore(settings, store)
    assert not settings.home.exists()


def test_a_list_that_was_changed_is_noticed(settings: Settings, store: Store) -> None:
    name = take_backup(settings, store).name
    _change(store.folder / "backups" / f"{name}.json")
    with pytest.raises(BackupRefused, match="the list"):
        store.read(name)


def test_an_audit_record_with_a_gap_is_not_brought_back(settings: Settings, store: Store) -> None:
    audit.record(settings.home, WHO, audit.Event("published", "counts", "", "1.0.0"))
    file = audit.audit_file(settings.home)
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
    take_backup(settings, store)
    lose(settings)
    with pytest.raises(AuditBroken):
        restore(settings, store)
    assert not settings.home.exists()


def test_a_content_that_a_power_cut_left_shorter_is_copied_again(settings: Settings, store: Store) -> None:
    done = take_backup(settings, store)
    content = store.object(done.files[f"lake/raw/patient/{OF_GB}/data.parquet"].sha256)
    content.write_bytes(b"")
    take_backup(settings, Store(store.folder))
    assert content.read_bytes() == b"raw patients"


def test_tables_of_a_partition_are_copied_as_they_stood_together(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run writes tables of a partition anew while they are copied: never one of before, one of after."""
    raw = [f"lake/raw/{name}/{OF_GB}/data.parquet" for name in ("medical", "patient")]
    for path in raw:
        put(settings.home, path, "before")
    copy, meddled = Store.copy, []

    def copy_while_a_run_writes(self: Store, source: Path, before: object = None) -> object:
        done = copy(self, source, before)
        if "lake/raw" in str(source) and not meddled:
            meddled.append(source)
            for path in raw:
                put(settings.home, path, "after, longer")
        return done

    monkeypatch.setattr(Store, "copy", copy_while_a_run_writes)
    done = take_backup(settings, store)
    assert {store.object(done.files[path].sha256).read_text() for path in raw} == {"after, longer"}
    assert done.moving == ()


def test_a_partition_that_never_stands_still_is_as_in_the_backup_before(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, looks = f"lake/raw/patient/{OF_GB}/data.parquet", iter(range(100))
    take_backup(settings, store)
    look = take._look

    def look_while_a_run_writes(home: Path, part: Part) -> dict:
        if part.kind == "working" and part.country:
            put(home, path, f"half a run, {next(looks)}")
        return look(home, part)

    monkeypatch.setattr(take, "_look", look_while_a_run_writes)
    done = take_backup(settings, store)
    assert done.moving == ("GB 2024-03",)
    assert store.object(done.files[path].sha256).read_text() == "raw patients"
    assert f"lake/cdm/{OF_GB}/current.json" in done.files


def test_a_build_that_is_published_while_others_are_copied_is_in_it(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealed after its partition was copied, published before what is told is: without it nobody could tell
    what the published rows were made of. The pointer stays as it was, as the reports do."""
    look, path = take._look, f"lake/cdm/{OF_GB}/build=bb/person/data.parquet"

    def look_before_a_run_seals(home: Path, part: Part) -> dict:
        if part.kind == "working" and not part.country:
            put(home, path, "persons of bb")
            write_json(home / f"lake/cdm/{OF_GB}/current.json", {"build": "bb"})
        return look(home, part)

    monkeypatch.setattr(take, "_look", look_before_a_run_seals)
    done = take_backup(settings, store)
    assert store.object(done.files[path].sha256).read_text() == "persons of bb"
    pointer = store.object(done.files[f"lake/cdm/{OF_GB}/current.json"].sha256)
    assert '"aa"' in pointer.read_text()


def test_a_publication_under_way_is_waited_for(settings: Settings) -> None:
    """Publishers share the lock of a table; a backup wants it alone, and the record of events as well."""
    table = settings.home / "published/counts/v1"
    with nobody_tells(settings.home):
        for path in (table, audit.audit_file(settings.home), table.with_name("releases.json")):
            lock = path.with_name(f".{path.name}.lock")
            assert _is_taken(lock), lock
    assert not _is_taken(table.with_name(".v1.lock"))


def _is_taken(lock: Path) -> bool:
    """Whether another process would have to wait."""
    import fcntl

    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_database_in_use_is_copied_whole(settings: Settings, store: Store) -> None:
    """What is in SQLite's write-ahead log only is in the backup too; what is not committed is not."""
    path = settings.dagster_home / "history" / "runs.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("create table runs (id)")
        writer.execute("insert into runs values (1)")
        writer.commit()
        writer.execute("insert into runs values (2)")
        done = take_backup(settings, store)
    with closing(sqlite3.connect(store.object(done.files["dagster/history/runs.db"].sha256))) as copy:
        assert copy.execute("select id from runs").fetchall() == [(1,)]


def test_keys_are_written_to_a_file_of_their_own_and_brought_back(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.tar"
    os.umask(0o022)
    assert write_keys(settings, keys, store.folder) == 1
    assert keys.stat().st_mode & 0o777 == 0o600
    take_backup(settings, store)
    lose(settings)
    assert restore(settings, store, keys=keys).keys == 1
    assert settings.pseudonym_key() == b"hush" * 16
    assert settings.key_file.stat().st_mode & 0o777 == 0o600


def test_keys_are_not_written_beside_what_they_open(settings: Settings, store: Store) -> None:
    with pytest.raises(BackupRefused, match="apart"):
        write_keys(settings, store.folder / "keys.tar", store.folder)


def test_a_backup_inside_its_home_is_refused(settings: Settings) -> None:
    with pytest.raises(BackupRefused, match="apart from its home"):
        take_backup(settings, Store(settings.home / "backups"))


def test_every_file_of_a_home_belongs_to_a_part_and_partitions_find_theirs(settings: Settings) -> None:
    found = parts(settings.home)
    assert {part.kind for part in found} == {"delivery", "sealed", "working", "rest", "told"}
    for part, paths in found.items():
        if part.kind != "rest":
            assert part.files(settings.home) == sorted(paths)


def test_the_commands_say_what_was_done_and_what_is_missing(settings: Settings, store: Store) -> None:
    taken = thin_assets(settings.home, "backup", str(store.folder))
    assert "taken" in taken.stdout
    assert "keys are not in it" in taken.stdout
    assert "whole 1 backups" in thin_assets(settings.home, "backup", str(store.folder), "--verify").stdout
    assert store.names()[0] in thin_assets(settings.home, "restore", str(store.folder), "--list").stdout
    refused = thin_assets(settings.home, "restore", str(store.folder), check=False)
    assert (refused.returncode, "there is a home already" in refused.stderr) == (
        BackupRefused.exit_code,
        True,
    )


def test_locks_are_waited_for_and_not_taken_along(settings: Settings, store: Store) -> None:
    with locked(settings.home / "published/counts/v1", shared=True):
        pass
    assert not [path for path in take_backup(settings, store).files if "lock" in path]
