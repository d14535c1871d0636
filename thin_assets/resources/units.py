"""What homes share: which files of a home belong together, and the object that names them."""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot

DELTA_LOG = "_delta_log"


@dataclass(frozen=True)
class Unit:
    """Files that others see together: all of them as one index names them, or as they were before.

    index       key of the object that names them, replaced last
    folders     patterns of folders below the home
    pointer     file of the home that says what is current; its words stand in the index, not among the files
    merges      others may change other files of it meanwhile; what is deleted here is deleted for them
    drawn       names of files that are drawn from the others: the last that was drawn stands
    """

    name: str
    index: str
    folders: tuple[str, ...]
    pointer: str | None = None
    merges: bool = False
    drawn: tuple[str, ...] = ()

    def files(self, home: Path) -> Iterator[tuple[str, Path]]:
        """Files of the home by their path below it; what begins with a dot is being written, or a lock.

        Delta tables are not among them: they are written where they are shared (`tables.py`).
        """
        for folder in sorted({path for pattern in self.folders for path in home.glob(pattern)}):
            for root, folders, names in os.walk(folder):
                is_table = DELTA_LOG in folders
                folders[:] = [] if is_table else sorted(one for one in folders if one[0] != ".")
                for file in () if is_table else sorted(names):
                    path = Path(root, file)
                    name = path.relative_to(home).as_posix()
                    if file[0] != "." and name != self.pointer:
                        yield name, path


def object_key(name: str, sha256: str) -> str:
    """Key of the object of a file: its path, where that is never given to other bytes; else with its digest.

    >>> object_key("lake/cohorts/cohort/country=GB/snapshot=2024-03-01/data.parquet", "c0ffee" + "0" * 58)
    'lake/cohorts/cohort/country=GB/snapshot=2024-03-01/data.c0ffee0000000000.parquet'
    >>> object_key("lake/cdm/country=GB/snapshot=2024-03-01/build=1/person/data.parquet", "c0ffee" + "0" * 58)
    'lake/cdm/country=GB/snapshot=2024-03-01/build=1/person/data.parquet'
    """
    if name.startswith("lake/cdm/") and "/build=" in name:
        return name
    folder, _, file = name.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    return f"{folder}/{stem}.{sha256[:16]}{dot}{suffix}"


def partition(snapshot: Snapshot) -> Unit:
    """All rooms of one country and month, but for candidates, which nobody judged."""
    of = snapshot.partition_folder
    rooms = tuple(f"lake/{room}/*/{of}" for room in _ROOMS)
    sealed = f"lake/cdm/{of}"
    pointer = f"{sealed}/current.json"
    return Unit(snapshot.key, pointer, (*rooms, sealed, f"lake/reports/{of}"), pointer=pointer)


_ROOMS = ("raw", "text", "validated", "evidence", "cohorts", "features", "studies")


def month(day: dt.date) -> Unit:
    """What brings the countries of a month together."""
    of = f"snapshot={day.isoformat()}"
    folders = tuple(f"lake/{room}/*/{of}" for room in _ROOMS)
    return Unit(f"all countries of {day:%Y-%m}", f"lake/months/{of}.json", folders)


def vocabulary() -> Unit:
    """Every vocabulary that was loaded, and which is in use."""
    pointer = "lake/vocabulary/current.json"
    return Unit("vocabulary", pointer, ("lake/vocabulary/version=*",), pointer=pointer, merges=True)


def register() -> Unit:
    """Who opted out, by country."""
    return Unit("register of opt-outs", "restricted/opted_out.json", ("restricted/opted_out",), merges=True)


def ledger(product: str, country: str) -> Unit:
    """What was told of each cell of an aggregate, in every month of a country."""
    folder = f"lake/published/{product}_ledger/country={country}"
    return Unit(f"ledger of {product} in {country}", f"{folder}/ledger.json", (f"{folder}/snapshot=*",))


def product(zone: str, name: str) -> Unit:
    """What lies beside the tables of a product: contracts, facts, releases, pages; and products of files."""
    folder = f"{zone}/{name}"
    return Unit(name, f"{folder}/product.json", (folder,), merges=True, drawn=("card.html", "croissant.json"))
