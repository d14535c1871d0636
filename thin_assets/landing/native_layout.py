"""A plain folder of the United Kingdom's own files becomes a delivery: files as they are, manifest added."""

import re
from collections.abc import Iterator
from pathlib import Path

from thin_assets.domain.native import LAYOUT_2022, LAYOUT_FIXED, NativeTable, native_tables
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingFiles, WrongLayout
from thin_assets.landing.contract import place
from thin_assets.landing.lay_down import Found, lay_down

UNUSED = frozenset(
    ("ahdlookups", "pack", "packsize", "atcterms", "bnfcode", "nhsspeciality", "patient_demography")
)
"""Look-up files of the provider that nothing here reads; they are left where they are."""

_OF_A_PRACTICE = re.compile(r"(?P<stem>\w+)\.(?P<practice>[a-z][0-9]{4})")


def delivery_from_practice_files(source: Path, snapshot: Snapshot, deliveries: Path) -> Path:
    """Lay down practice files (`patient.a6641`, `ThinPrac`), or those of 2022 (`patient.csv`), as a delivery.

    Returns the delivery's folder. Raises MissingFiles when there is nothing to deliver, WrongLayout for a
    file that belongs to no table of its layout.
    """
    layout = layout_of(source)
    found = list(_files(source, layout))
    if not found:
        raise MissingFiles(
            f"no practice file for {place(snapshot)}",
            where=str(source),
            remedy="name files by table: patient.a6641 or patient.csv",
        )
    return lay_down(found, layout, snapshot, deliveries)


def layout_of(source: Path) -> str:
    """Which of the two layouts a folder holds: that of 2022 has files called `.csv`."""
    has_csv = any(path.name.lower().endswith((".csv", ".csv.gz")) for path in source.iterdir())
    return LAYOUT_2022 if has_csv else LAYOUT_FIXED


def _files(source: Path, layout: str) -> Iterator[Found]:
    tables = {table.file.lower(): table for table in native_tables(layout).values()}
    for path in sorted(source.iterdir()):
        stem = path.name.lower().split(".")[0]
        if stem in UNUSED:
            continue
        if stem not in tables or not _is_named_well(path.name, tables[stem], layout):
            raise WrongLayout(
                f"no table of {layout} has a file called {path.name}",
                where=str(source),
                remedy="rename the file after its table, or take it away",
            )
        table = tables[stem]
        columns = table.names if layout == LAYOUT_FIXED else None
        yield Found(table.name, path, f"{table.name}/{path.name}", columns, delimiter="|")


def _is_named_well(name: str, table: NativeTable, layout: str) -> bool:
    if layout == LAYOUT_2022:
        return name.lower().endswith((".csv", ".csv.gz"))
    return bool(_OF_A_PRACTICE.fullmatch(name)) == table.is_of_a_practice
