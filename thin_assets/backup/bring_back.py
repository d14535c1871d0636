"""Restore a home from a backup: into a folder beside it first, shown as a whole when all of it is right."""

import os
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable

from thin_assets.backup.instance import DUMP, fail_unfinished, kept_in, load_dump, require_empty_database
from thin_assets.backup.keys import bring_keys
from thin_assets.backup.store import Backup, Entry, Store, damaged
from thin_assets.domain.zones import ZONES
from thin_assets.errors import BackupRefused
from thin_assets.published.record import audit
from thin_assets.published.writing.commits import data_files
from thin_assets.resources.files import remove_tree
from thin_assets.settings import Settings


@dataclass(frozen=True)
class Restored:
    """What was brought back.

    lines     of the audit record, each of which follows the one before
    tables    published Delta tables, every file of whose newest version is there
    failed    runs that were at work when the backup was taken
    """

    backup: Backup
    keys: int
    lines: int
    tables: int
    failed: int


def restore(settings: Settings, store: Store, name: str | None = None, keys: Path | None = None) -> Restored:
    """Bring a backup back to a home that is not there, or is an empty folder.

    name    of the backup; None: the newest
    keys    file that `--with-keys` wrote; None: keys are put back by hand
    Raises BackupRefused when there is a home, or anything is not what was written: no home is shown then.
    """
    backup = store.read(name)
    _require_room(settings, backup)
    unfinished = settings.home.with_name(f".{settings.home.name}.restoring")
    remove_tree(unfinished)
    _bring(store, backup, _newest_register(store, backup), unfinished)
    count = bring_keys(keys, unfinished) if keys is not None else 0
    lines, tables = audit.verify(unfinished), _whole_tables(store, unfinished)
    _show(settings, unfinished)
    return Restored(backup, count, lines, tables, _settle_runs(settings, backup))


def _require_room(settings: Settings, backup: Backup) -> None:
    home = settings.home
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupRefused(
            "there is a home already", where=str(home), remedy="move it aside, or name another with --home"
        )
    if backup.kept_in != kept_in(settings):
        raise BackupRefused(
            f"the instance of this backup is kept in {backup.kept_in}",
            where=backup.name,
            remedy="set THIN_INSTANCE_POSTGRES_URL to an empty database, or unset it for sqlite",
        )
    if backup.kept_in == "postgres":
        require_empty_database(settings)


def _newest_register(store: Store, backup: Backup) -> dict[str, Entry]:
    """The register of those who opted out, from the newest backup: nobody comes back by an older one."""
    newest = store.read().files if backup.name != store.names()[-1] else backup.files
    return {path: entry for path, entry in newest.items() if path.startswith("restricted/")}


def _bring(store: Store, backup: Backup, register: dict[str, Entry], target: Path) -> None:
    target.mkdir(parents=True, mode=0o700)
    for path, entry in ({**backup.files, **register}).items():
        (target / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        store.bring(entry, target / path)
    for folder, mode in sorted(backup.folders.items(), reverse=True):
        (target / folder).chmod(mode)


def _whole_tables(store: Store, home: Path) -> int:
    """How many Delta tables are published, each with every file that its newest version needs."""
    logs = [log for zone in ZONES for log in sorted((home / zone).glob("*/v*/_delta_log"))]
    for log in logs:
        names = data_files(DeltaTable(str(log.parent)))
        gone = [name for name in names if not (log.parent / name).is_file()]
        if gone:
            raise damaged(store.folder, f"{len(gone)} files of {log.parent.relative_to(home)}")
    return len(logs)


def _show(settings: Settings, unfinished: Path) -> None:
    """The database first: it is loaded as a whole or not at all, and only a whole home is shown."""
    dump = unfinished / DUMP
    if dump.is_file():
        load_dump(settings, dump)
        dump.unlink()
    os.sync()
    unfinished.rename(settings.home)


def _settle_runs(settings: Settings, backup: Backup) -> int:
    from thin_assets.instance.config import open_instance

    if not any(path.startswith("dagster/") for path in backup.files):
        return 0
    with open_instance(settings) as instance:
        return fail_unfinished(instance, backup.began)
