"""What a home holds, by how it is written to, for that says how it may be copied.

part        what is in it                                     how it is copied
instance    runs and events of Dagster, what runs printed     by the means of the database; first of all
delivery    one country and month, laid down by a provider    as it stands when nothing of it moved meanwhile
sealed      builds of a partition, which never change         the pointer, then all builds
working     other tables and reports of a partition, or of    as they stand when none moved meanwhile
            a month across countries
rest        vocabulary, maps, cohorts, studies, plans         file by file: each is replaced as a whole
told        what is published, ledgers of what was told,      last, under the locks of those who write it
            the register of opt-outs, the audit record
keys        `secrets/`                                        never; into a file of their own where asked for
no part     what spills, candidates that nobody judged,       not at all: they are made again
            locks and unfinished files
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from thin_assets.backup.store import relative_files
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.zones import ZONES

INSTANCE, KEYS = "dagster", "secrets"
_LEFT_OUT = {INSTANCE, KEYS, "spill", "locks"}
_TOLD = {*ZONES, "audit", "restricted"}
_PARTITION = re.compile(r"^lake/(.+/)?country=([A-Z]{2})/snapshot=(\d{4}-\d{2})-\d{2}/")
_MONTH = re.compile(r"^lake/(.+/)?snapshot=(\d{4}-\d{2})-\d{2}/")


@dataclass(frozen=True, order=True)
class Part:
    """A set of files that are copied together.

    kind       as in the list above
    country    of a delivery, sealed builds and working tables; empty for a month across countries
    month      2024-03
    """

    kind: str
    country: str = ""
    month: str = ""

    def __str__(self) -> str:
        return f"{self.country or 'all countries'} {self.month}"

    def folders(self, home: Path) -> list[Path]:
        """Folders of a part, as they are now; not of `rest`, which is what is left."""
        if self.kind == "told":
            return [home / "lake" / "published", *(home / top for top in sorted(_TOLD))]
        if self.kind == "delivery":
            return [home / "deliveries" / self.country / self.month]
        of = f"country={self.country}/" if self.country else ""
        depths = ("cdm",) if self.kind == "sealed" else ("*", "*/*", "*/*/*")
        found = {path for depth in depths for path in home.glob(f"lake/{depth}/{of}snapshot={self.month}-*")}
        return sorted(found)

    def files(self, home: Path) -> list[Path]:
        """Its files as they are now, relative to the home."""
        found = (
            (folder / name).relative_to(home)
            for folder in self.folders(home)
            for name in relative_files(folder)
        )
        return sorted(path for path in found if part_of(path) == self)


def part_of(path: PurePath) -> Part | None:
    """The part that a file belongs to, by its path in the home; None: it is not copied."""
    text, top = path.as_posix(), path.parts[0]
    if top in _LEFT_OUT or text.startswith("lake/omop/"):
        return None
    if top in _TOLD or text.startswith("lake/published/"):
        return Part("told")
    if top == "deliveries" and len(path.parts) > 3 and path.parts[1] in COUNTRIES:
        return Part("delivery", path.parts[1], path.parts[2])
    if found := _PARTITION.match(text):
        return Part("sealed" if text.startswith("lake/cdm/") else "working", found[2], found[3])
    if found := _MONTH.match(text):
        return Part("working", "", found[2])
    return Part("rest")


def parts(home: Path) -> dict[Part, list[Path]]:
    """Every part of a home with its files, relative to the home."""
    found: dict[Part, list[Path]] = {}
    for path in _copied(home):
        found.setdefault(part_of(path), []).append(path)
    return found


def _copied(home: Path) -> Iterator[Path]:
    for top in sorted(home.iterdir()):
        if top.name not in _LEFT_OUT and not top.name.startswith("."):
            files = relative_files(top) if top.is_dir() else [Path()]
            yield from (path for name in files if part_of(path := (top / name).relative_to(home)))
