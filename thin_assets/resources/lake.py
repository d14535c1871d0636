"""The lake: where every table of every partition lies, and the pointer to the build that readers may see."""

import datetime as dt
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DamagedFile, MissingVocabulary, NothingSealed
from thin_assets.resources.alone import outlast_writers
from thin_assets.resources.files import read_json, remove_tree, replacing, write_json
from thin_assets.resources.sums import keep_sum, mark_unfinished, require_whole, sum_file, sum_of

if TYPE_CHECKING:
    import polars as pl


def build_id(build: Path) -> str:
    """Id of a sealed build, from its folder: a room reports the build it read, not a later one."""
    return build.name.partition("=")[2]


def partitions_in(folder: Path) -> Iterator[tuple[Snapshot, Path]]:
    """Partitions with a folder directly in a folder of the lake, and that folder; of no other country."""
    for path in sorted(folder.glob("country=*/snapshot=*")):
        if path.parent.name.partition("=")[2] in COUNTRIES:
            yield Snapshot.of_folder(path), path


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Where to write a table, which stands in its place with its checksum after the block."""
    with replacing(path) as temporary:
        yield temporary
        digest = sum_of(temporary)
        mark_unfinished([path])
    keep_sum(path, digest)


def _write(path: Path, frame: "pl.DataFrame") -> Path:
    with _replaced(path) as temporary:
        frame.write_parquet(temporary, compression="zstd", statistics=False)
    return path


def _write_parts(path: Path, parts: "Iterator[pl.DataFrame]") -> Path:
    import pyarrow.parquet as pq

    first = next(parts).to_arrow()
    with (
        _replaced(path) as temporary,
        pq.ParquetWriter(temporary, first.schema, compression="zstd", write_statistics=False) as writer,
    ):
        writer.write_table(first)
        for part in parts:
            writer.write_table(part.to_arrow())
    return path


def _again(room: str, table: str, snapshot: Snapshot) -> str:
    run = f"thin-assets run --country {snapshot.country} --snapshot {snapshot.folder}"
    return f"build the partition again: {run}; or materialise alone what writes {room}/{table}"


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

    def require_raw(self, snapshot: Snapshot) -> None:
        """Every raw table of a partition is as it was written. Raises DamagedFile, naming one that is not."""
        found = (self.root / "raw").glob(f"*/{snapshot.partition_folder}/{sum_file(Path('data.parquet'))}")
        for path in sorted(found):
            self.whole("raw", path.parents[2].name, snapshot)

    def write(self, room: str, table: str, snapshot: Snapshot, frame: "pl.DataFrame") -> Path:
        """Write one table of one partition, atomically; the same rows give the same bytes."""
        return _write(self.file(room, table, snapshot), frame)

    def write_parts(self, room: str, table: str, snapshot: Snapshot, parts: "Iterator[pl.DataFrame]") -> Path:
        """The same of a table that is larger than memory: its parts, one or more, of the same columns."""
        return _write_parts(self.file(room, table, snapshot), parts)

    def read(self, room: str, table: str, snapshot: Snapshot) -> "pl.DataFrame":
        """Read one small table of one partition back; raises as `whole` does."""
        import polars as pl

        path = self.whole(room, table, snapshot)
        try:
            return pl.read_parquet(path, hive_partitioning=False)
        except pl.exceptions.PolarsError:
            raise DamagedFile(
                "the table cannot be read as Parquet",
                where=self._place(room, table, snapshot),
                remedy=_again(room, table, snapshot),
            ) from None  # what the engine says may quote a value

    def whole(self, room: str, table: str, snapshot: Snapshot) -> Path:
        """The Parquet file of a table that was built, and is as it was written.

        Raises NothingSealed when it was not built; DamagedFile when it was cut, changed, or left half done.
        """
        path = self.whole_if_built(room, table, snapshot)
        if not path.is_file():
            raise NothingSealed(
                f"{room}/{table} is not built", where=snapshot.key, remedy=f"materialise {room}/{table} first"
            )
        return path

    def whole_if_built(self, room: str, table: str, snapshot: Snapshot) -> Path:
        """The same of a table that not every delivery has: where there is none, nothing lies there."""
        path = self.file(room, table, snapshot)
        where, remedy = self._place(room, table, snapshot), _again(room, table, snapshot)
        outlast_writers(Path(self.home), snapshot.key, lambda: require_whole(path, where, remedy))
        return path

    def _place(self, room: str, table: str, snapshot: Snapshot) -> str:
        """How an error names a table: below the home, never a path of the machine."""
        return self.file(room, table, snapshot).relative_to(self.home).as_posix()

    def begin(self, room: str, snapshot: Snapshot, *tables: str) -> None:
        """Say that tables which belong together are replaced: until each is written, none can be read."""
        mark_unfinished(self.file(room, table, snapshot) for table in tables)

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

    def sealed_snapshots(self) -> list[Snapshot]:
        """Partitions that have a sealed build by now."""
        found = partitions_in(self.root / "cdm")
        return sorted(snapshot for snapshot, folder in found if (folder / "current.json").is_file())

    def build_before(self, snapshot: Snapshot) -> Path | None:
        """The sealed build that readers saw before the current one; None before there were two."""
        pointer = read_json(self.sealed(snapshot) / "current.json") or {}
        return self.build_folder(snapshot, pointer["before"]) if pointer.get("before") else None

    def identity_of(self, build: Path) -> dict[str, str] | None:
        """What a sealed build was made from; None where it is no longer there."""
        told = read_json(build / "build.json")
        return None if told is None else told["identity"]

    def sealed_build(self, snapshot: Snapshot, name: str) -> Path:
        """Folder of the sealed build of that id. Raises NothingSealed when it is not there."""
        folder = self.build_folder(snapshot, name)
        if self.identity_of(folder) is None:
            known = ", ".join(build_id(one) for one in sorted(self.sealed(snapshot).glob("build=*")))
            raise NothingSealed(
                f"there is no build {name}", where=snapshot.key, remedy=f"builds there: {known or 'none'}"
            )
        return folder

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
        """The build that waits for judgement, and what it was made from. Raises NothingSealed.

        One that was sealed already, though its run may not have lived to point to it, is found where it is.
        """
        pointer = read_json(self.candidates(snapshot) / "candidate.json")
        if pointer is None:
            raise NothingSealed(
                "no candidate build", where=snapshot.key, remedy="materialise the omop group first"
            )
        candidate = self.candidates(snapshot) / pointer["candidate"]
        if candidate.is_dir():
            return candidate, pointer["identity"]
        for description in sorted(self.sealed(snapshot).glob("build=*/build.json")):
            if pointer["identity"].items() <= read_json(description)["identity"].items():
                return description.parent, pointer["identity"]
        raise NothingSealed(
            "the candidate build is gone",
            where=snapshot.key,
            remedy="materialise the omop group again, then validated",
        )

    def report(self, room: str, snapshot: Snapshot, counts: dict) -> None:
        """Keep a room's counts of one partition (never a value from a row)."""
        write_json(self.root / "reports" / snapshot.partition_folder / f"{room}.json", counts)

    def report_of_build(self, room: str, snapshot: Snapshot, build: str, counts: dict) -> None:
        """Add to a room's counts of one build; what was counted of another build is forgotten."""
        before = self.reported(room, snapshot) or {}
        kept = before if before.get("build") == build else {}
        self.report(room, snapshot, kept | {"build": build} | counts)

    def report_of_all(self, name: str, told: dict) -> None:
        """Keep what is told of all partitions together, under a name."""
        write_json(self.root / "reports" / f"{name}.json", told)

    def reported_of_all(self, name: str) -> dict | None:
        """What was told of all partitions together; None before that."""
        return read_json(self.root / "reports" / f"{name}.json")

    def reported(self, room: str, snapshot: Snapshot) -> dict | None:
        """A room's counts of one partition, or None before the room was built."""
        return read_json(self.root / "reports" / snapshot.partition_folder / f"{room}.json")
