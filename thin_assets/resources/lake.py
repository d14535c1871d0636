"""The lake: where every table of every partition lies, and the pointer to the build that readers may see."""

import datetime as dt
import errno
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingVocabulary, NothingSealed
from thin_assets.resources.files import read_json, remove_tree, replacing, write_json

if TYPE_CHECKING:
    import polars as pl


def build_id(build: Path) -> str:
    """Id of a sealed build, from its folder: a room reports the build it read, not a later one."""
    return build.name.partition("=")[2]


def _write(path: Path, frame: "pl.DataFrame") -> Path:
    with replacing(path) as temporary:
        frame.write_parquet(temporary, compression="zstd", statistics=False)
    return path


class Lake(dg.ConfigurableResource):
    """Paths in `home`, and the few small files that point and report.

    `<room>/<table>/country=../snapshot=../data.parquet` for raw, evidence, cohorts, features, studies and
    validated; `<room>/<table>/snapshot=../` for what brings the countries of a month together;
    `omop/country=../snapshot=../candidate=<id>/<table>/data.parquet` before the seal;
    `cdm/country=../snapshot=../build=<id>/<table>/data.parquet` after it, named by `current.json`;
    `vocabulary/version=<version>/<table>.parquet`; a build is read with the version it was made with.
    """

    home: str

    @property
    def root(self) -> Path:
        """The lake folder."""
        return Path(self.home) / "lake"

    @property
    def deliveries(self) -> Path:
        """The landing zone: `<country>/<YYYY-MM>/`."""
        return Path(self.home) / "deliveries"

    def delivery(self, snapshot: Snapshot) -> Path:
        """Folder of a delivery as the provider laid it down."""
        return self.deliveries / snapshot.country / snapshot.folder

    def folder(self, room: str, table: str, snapshot: Snapshot) -> Path:
        """Folder of one table of one partition in a room."""
        return self.root / room / table / snapshot.partition_folder

    def file(self, room: str, table: str, snapshot: Snapshot) -> Path:
        """The Parquet file of one table of one partition in a room."""
        return self.folder(room, table, snapshot) / "data.parquet"

    def raw_tables(self, snapshot: Snapshot) -> dict[str, Path]:
        """The Parquet files of the raw tables of one partition, by name; those that are there."""
        found = (self.root / "raw").glob(f"*/{snapshot.partition_folder}/data.parquet")
        return {path.parents[2].name: path for path in sorted(found)}

    def write(self, room: str, table: str, snapshot: Snapshot, frame: "pl.DataFrame") -> Path:
        """Write one table of one partition, atomically; the same rows give the same bytes."""
        return _write(self.file(room, table, snapshot), frame)

    def read(self, room: str, table: str, snapshot: Snapshot) -> "pl.DataFrame":
        """Read one small table of one partition back. Raises NothingSealed when it was not built."""
        import polars as pl

        path = self.file(room, table, snapshot)
        if not path.is_file():
            raise NothingSealed(
                f"{room}/{table} is not built", where=snapshot.key, remedy=f"materialise {room}/{table} first"
            )
        return pl.read_parquet(path, hive_partitioning=False)

    def built(self, room: str, table: str, month: dt.date) -> list[Snapshot]:
        """The partitions of a month that have a table by now, by country."""
        there = (Snapshot(code, month) for code in COUNTRIES)
        return [one for one in there if self.file(room, table, one).is_file()]

    def month_folder(self, room: str, table: str, month: dt.date) -> Path:
        """Folder of one table of all countries of a month in a room."""
        return self.root / room / table / f"snapshot={month.isoformat()}"

    def write_month(self, room: str, table: str, month: dt.date, frame: "pl.DataFrame") -> Path:
        """Write one table of all countries of a month, as `write` does that of a partition."""
        return _write(self.month_folder(room, table, month) / "data.parquet", frame)

    def read_month(self, room: str, table: str, month: dt.date) -> "pl.DataFrame":
        """Read one table of all countries of a month back."""
        import polars as pl

        path = self.month_folder(room, table, month) / "data.parquet"
        return pl.read_parquet(path, hive_partitioning=False)

    def candidates(self, snapshot: Snapshot) -> Path:
        """Folder of the builds of a partition that are not judged yet."""
        return self.root / "omop" / snapshot.partition_folder

    def sealed(self, snapshot: Snapshot) -> Path:
        """Folder of the sealed builds of a partition."""
        return self.root / "cdm" / snapshot.partition_folder

    def current_build(self, snapshot: Snapshot) -> Path:
        """The sealed build that readers see. Raises NothingSealed."""
        pointer = read_json(self.sealed(snapshot) / "current.json")
        if pointer is None:
            raise NothingSealed(
                "no sealed build",
                where=snapshot.key,
                remedy=f"build it: thin-assets run --country {snapshot.country} --snapshot {snapshot.folder}",
            )
        return self.build_folder(snapshot, pointer["build"])

    def build_folder(self, snapshot: Snapshot, name: str) -> Path:
        """Folder of the sealed build of that id; `build_id` tells it from the folder."""
        return self.sealed(snapshot) / f"build={name}"

    @property
    def vocabulary_versions(self) -> Path:
        """Folder of all vocabularies that were ever loaded here."""
        return self.root / "vocabulary"

    def adopt_vocabulary(self, unfinished: Path, version: str) -> None:
        """Show a freshly written vocabulary: whole, under its version, and as the one in use."""
        self.keep_vocabulary(unfinished, version)
        write_json(self.vocabulary_versions / "current.json", {"version": version})

    def keep_vocabulary(self, unfinished: Path, version: str) -> None:
        """Show a freshly written vocabulary under its version; one of that version that is there stays."""
        target = self.vocabulary_versions / f"version={version}"
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            remove_tree(unfinished)

    def has_vocabulary(self, version: str) -> bool:
        """Whether that version was ever loaded here, and is still there."""
        return (self.vocabulary_versions / f"version={version}").is_dir()

    def vocabulary(self, version: str | None = None) -> Path:
        """Folder of the vocabulary in use, or of that version. Raises MissingVocabulary."""
        named = version or self.vocabulary_version()
        folder = self.vocabulary_versions / f"version={named}"
        if not self.has_vocabulary(named):
            raise MissingVocabulary(
                f"vocabulary {named} is no longer there",
                where=str(self.vocabulary_versions),
                remedy="load that bundle again (THIN_VOCABULARY, then `thin-assets doctor --fix`), "
                "or rebuild the partition with the vocabulary in use (job rebuild_omop)",
            )
        return folder

    def vocabulary_of(self, build: Path) -> Path:
        """Folder of the vocabulary that a sealed build was made with. Raises MissingVocabulary."""
        told = read_json(build / "build.json")
        if told is None:
            raise NothingSealed(
                "the build is no longer there", where=build.name, remedy="run the partition again"
            )
        return self.vocabulary(told["identity"]["vocabulary"])

    def vocabulary_version(self) -> str:
        """Version of the vocabulary in use. Raises MissingVocabulary."""
        pointer = read_json(self.vocabulary_versions / "current.json")
        if pointer is None:
            raise MissingVocabulary(
                "no vocabulary is loaded",
                where=str(self.vocabulary_versions),
                remedy="materialise the vocabulary group, or run `thin-assets doctor --fix`",
            )
        return pointer["version"]

    def name_candidate(self, snapshot: Snapshot, candidate: Path, identity: dict[str, str]) -> None:
        """Point to the build that waits for judgement, and say what it was made from; drop the one before."""
        pointer = self.candidates(snapshot) / "candidate.json"
        before = read_json(pointer) or {}
        write_json(pointer, {"candidate": candidate.name, "identity": identity})
        if before.get("candidate") not in {None, candidate.name}:
            remove_tree(self.candidates(snapshot) / before["candidate"])

    def candidate(self, snapshot: Snapshot) -> tuple[Path, dict[str, str]]:
        """The build that waits for judgement, and what it was made from. Raises NothingSealed."""
        pointer = read_json(self.candidates(snapshot) / "candidate.json")
        if pointer is None:
            raise NothingSealed(
                "no candidate build", where=snapshot.key, remedy="materialise the omop group first"
            )
        return self.candidates(snapshot) / pointer["candidate"], pointer["identity"]

    def report(self, room: str, snapshot: Snapshot, counts: dict) -> None:
        """Keep a room's counts of one partition (never a value from a row)."""
        write_json(self.root / "reports" / snapshot.partition_folder / f"{room}.json", counts)

    def report_of_build(self, room: str, snapshot: Snapshot, build: str, counts: dict) -> None:
        """Add to a room's counts of one build; what was counted of another build is forgotten."""
        before = self.reported(room, snapshot) or {}
        kept = before if before.get("build") == build else {}
        self.report(room, snapshot, kept | {"build": build} | counts)

    def reported(self, room: str, snapshot: Snapshot) -> dict | None:
        """A room's counts of one partition, or None before the room was built."""
        return read_json(self.root / "reports" / snapshot.partition_folder / f"{room}.json")
