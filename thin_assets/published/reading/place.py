"""Where a reader looks: in a home, or in a store, of which what lies beside the tables is fetched first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from thin_assets.domain.zones import ZONES
from thin_assets.errors import SettingsError
from thin_assets.resources.shared import WorkingCopy, working_copy
from thin_assets.resources.shared_products import pull_product
from thin_assets.resources.store import SCHEME, open_store, options_file, using


@contextmanager
def place_of(name: str, home: Path | str) -> Iterator[Path]:
    """A folder that holds releases, recalls and the logs of one product, as they are now.

    home    folder of the platform, or `s3://bucket/prefix`: a store, of which nothing stays here
    """
    if str(home).startswith(SCHEME):
        store = open_store(str(home).rstrip("/"), options_file())
        with TemporaryDirectory(prefix="thin-") as folder, using(store):
            pull_zones(WorkingCopy(Path(folder), store), name)
            yield Path(folder)
        return
    copy = working_copy(Path(home))
    if copy is not None:
        pull_zones(copy, name)
    yield Path(home)


def folder_only(home: Path | str) -> Path:
    """A home for whoever needs files on this machine. Raises SettingsError for the address of a store."""
    if str(home).startswith(SCHEME):
        raise SettingsError(
            "files of a store are read in a folder of this machine",
            where=str(home),
            remedy="set THIN_STORE to that address, and name a folder as home: it is fetched there",
        )
    return Path(home)


def pull_zones(copy: WorkingCopy, name: str) -> None:
    """What there is of a product, in whichever zone."""
    for zone in ZONES:
        pull_product(copy, zone, name)
