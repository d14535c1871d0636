"""Delta tables of a home, where they are: in its folder, or in the store that homes share.

In a store a table is written by delta-rs itself: a commit is a new object of the log, which the store refuses
where another writer was first; delta-rs then looks whether the two touch each other, and tries again. The
home keeps a copy of the log alone, whose entries never change, for whoever asks what was committed.

Everywhere here `path` is the folder `<home>/<zone>/<product>/v1` that a table has, or would have, in a home.
"""

from pathlib import Path

from deltalake import DeltaTable

from thin_assets.resources.store import Store, shared_store
from thin_assets.resources.units import DELTA_LOG

Filters = list[tuple[str, str, str]] | None


def key_of(path: Path) -> str:
    """Key of the objects of a table."""
    return "/".join(path.parts[-3:])


def address_of(path: Path) -> tuple[str, dict[str, str] | None]:
    """Where a table is, and the options that clients need to get there."""
    store = shared_store()
    return (str(path), None) if store is None else (store.uri(key_of(path)), store.options or None)


def open_table(path: Path, version: int | None = None) -> DeltaTable:
    """A table at a version; None: as it is now. Raises DeltaError where there is none."""
    address, options = address_of(path)
    return DeltaTable(address, version=version, storage_options=options)


def is_table(path: Path) -> bool:
    """Whether a table is there by now."""
    follow(path)
    return any((path / DELTA_LOG).glob("*.json"))


def follow(path: Path) -> None:
    """Bring the home's copy of a table's log to what stands in the store."""
    store = shared_store()
    if store is None:
        return
    log = path / DELTA_LOG
    for key in store.listed(f"{key_of(path)}/{DELTA_LOG}"):
        name = key.rpartition("/")[2]
        if name.endswith(".json") and not (log / name).is_file():
            store.fetch(key, log / name)


def file_names(table: DeltaTable, filters: Filters = None) -> list[str]:
    """Parquet files of a table at the version that it was opened at, below the table."""
    root = table.table_uri.removeprefix("file://").rstrip("/") + "/"
    return [uri.removeprefix("file://").removeprefix(root) for uri in table.file_uris(filters)]


def missing_files(path: Path, names: list[str]) -> list[str]:
    """Those files of a table that are no longer there."""
    store = shared_store()
    if store is None:
        return [name for name in names if not (path / name).is_file()]
    there = store.listed(key_of(path))
    return [name for name in names if f"{key_of(path)}/{name}" not in there]


def read_file(path: Path, name: str) -> bytes:
    """The bytes of a file of a table."""
    store = shared_store()
    if store is None:
        return (path / name).read_bytes()
    return store.read(f"{key_of(path)}/{name}").content


def fetch_table(path: Path) -> None:
    """Bring all of a table into the home, every version of it: for a home that will share it no longer."""
    follow(path)
    store = shared_store()
    for key in store.listed(key_of(path)):
        file = path / key.removeprefix(f"{key_of(path)}/")
        if file.parent.name != DELTA_LOG and not file.is_file():
            store.fetch(key, file)


def put_table(path: Path, store: Store) -> bool:
    """Put a table that a home has written before it shared anything; False where the store has it.

    Entry by entry, after the files that they add: readers of the store see versions that there were.
    """
    log = path / DELTA_LOG
    entries = sorted(log.glob("*.json"))
    if not entries or store.listed(f"{key_of(path)}/{DELTA_LOG}"):
        return False
    for file in sorted(path.rglob("*.parquet")):
        if file.parent != log:
            store.put_new(f"{key_of(path)}/{file.relative_to(path).as_posix()}", file)
    for entry in entries:
        store.put_new(f"{key_of(path)}/{DELTA_LOG}/{entry.name}", entry)
    return True
