"""An Athena bundle becomes ten Parquet files: typed, sorted, joined by the project's own and reviewed maps.

Files are found whatever the case of their names; others beside them, such as CONCEPT_CPT4.csv, are ignored.
The work is done in the engine: a full download has some hundred million rows.
"""

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from thin_assets.errors import MissingVocabulary
from thin_assets.resources.sums import sum_of
from thin_assets.vocabulary.contract import BUNDLE_TABLES, MAPS, REVIEWED, TABLES, VocabularyReport
from thin_assets.vocabulary.reviewed_maps import ReviewedMap, accepted_maps

DATE_FORMATS = ["%Y%m%d", "%Y-%m-%d", "%d/%m/%Y", "%Y%d%m"]
"""How downloads of different years write a date; the last is an accident (20993112), seen in 2024."""

REMEDY = (
    "download a bundle from Athena and point THIN_VOCABULARY at its folder; "
    "see docs/how-to/load-a-vocabulary.md"
)


def load_bundle(
    bundle: Path,
    maps: list[Path],
    out: Path,
    con: duckdb.DuckDBPyConnection,
    *,
    reviewed: Sequence[Path] = (),
    today: dt.date = dt.date.max,
) -> VocabularyReport:
    """Write `<table>.parquet` for every vocabulary table into a folder; the same input gives the same bytes.

    bundle     folder of an Athena download
    maps       comma-delimited files in the shape of source_to_concept_map, merged in any order
    out        folder to write to; made when absent
    reviewed   files of reviewed maps; they win over `maps` code by code, and are kept beside the tables
    today      a review dated later is refused
    raises     MissingVocabulary when files or columns are absent, or a file cannot be read; MapRefused
    """
    found = bundle_files(bundle)
    out.mkdir(parents=True, exist_ok=True)
    with _readable(bundle):
        for table in BUNDLE_TABLES:
            stage(con, table, found[table])
        _stage_maps(con, maps)
        _supersede(con, accepted_maps(reviewed, con, today=today))
        _add_own_vocabularies(con)
        rows = {table: _write(con, table, out / f"{table}.parquet") for table in TABLES}
        without_target = _maps_without_target(con)
    _keep(reviewed, out / REVIEWED)
    version = version_of(bundle, maps, reviewed)
    return VocabularyReport(version, release_of(bundle), rows, without_target)


def bundle_files(bundle: Path) -> dict[str, Path]:
    """The file of each table of a bundle. Raises MissingVocabulary naming those that are absent."""
    named = {path.name.lower(): path for path in sorted(bundle.glob("*"))} if bundle.is_dir() else {}
    missing = [f"{table.upper()}.csv" for table in BUNDLE_TABLES if f"{table}.csv" not in named]
    if missing:
        raise MissingVocabulary(
            f"{len(missing)} of {len(BUNDLE_TABLES)} files absent ({', '.join(missing)})",
            where=str(bundle),
            remedy=REMEDY,
        )
    return {table: named[f"{table}.csv"] for table in BUNDLE_TABLES}


def version_of(bundle: Path, maps: list[Path], reviewed: Sequence[Path] = ()) -> str:
    """Id of what would be loaded: its release and a hash of every byte, fit for a folder name."""
    digest = hashlib.sha256()
    files = [*bundle_files(bundle).items(), *((path.name, path) for path in sorted(maps))]
    files += sorted((f"{REVIEWED}/{path.name}", path) for path in reviewed)
    for name, path in files:
        digest.update(f"{name}:{sum_of(path)}\n".encode())
    release = re.sub(r"[^a-z0-9.]+", "-", release_of(bundle).lower()).strip("-")
    return f"{release}-{digest.hexdigest()[:8]}"


def release_of(bundle: Path) -> str:
    """The release of a bundle: the version of the vocabulary called None."""
    with bundle_files(bundle)["vocabulary"].open(encoding="utf-8") as handle:
        rows = [line.rstrip("\r\n").split("\t") for line in handle]
    header = [name.lower() for name in rows[0]]
    versions = [row[header.index("vocabulary_version")] for row in rows[1:] if row[0] == "None"]
    return versions[0] if versions else "unknown"


def stage(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """A typed view over one file of a bundle. Raises MissingVocabulary when columns are absent."""
    columns = _header(path)
    absent = [column for column in TABLES[table] if column not in columns]
    if absent:
        raise MissingVocabulary(f"columns absent ({', '.join(absent)})", where=str(path), remedy=REMEDY)
    typed = ", ".join(_typed(column, kind) for column, kind in TABLES[table].items())
    con.execute(f"create or replace view {table} as select {typed} from {_read_tabs(path, columns)}")


@contextmanager
def _readable(bundle: Path) -> Iterator[None]:
    """A value of another type, or a line with too many tabs, is the bundle's fault and is said so."""
    try:
        yield
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        what = (
            f"a file is not tab-delimited, unquoted and of the expected types: {str(error).splitlines()[0]}"
        )
        raise MissingVocabulary(what, where=str(bundle), remedy=REMEDY) from error


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig") as handle:
        return [name.strip().lower() for name in handle.readline().rstrip("\r\n").split("\t")]


def _read_tabs(path: Path, columns: list[str]) -> str:
    names = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    options = (
        "delim = '\t', quote = '', escape = '', header = true, auto_detect = false, max_line_size = 10000000"
    )
    return f"read_csv('{_quoted(path)}', columns = {{{names}}}, {options})"


def _typed(column: str, kind: str) -> str:
    if kind == "DATE":
        return f"strptime({column}, {DATE_FORMATS})::date as {column}"
    if kind == "VARCHAR":
        return column
    return f"{column}::{kind} as {column}"


def _stage_maps(con: duckdb.DuckDBPyConnection, maps: list[Path]) -> None:
    """Merge the project's maps; the source concept is looked up, because it depends on the bundle."""
    shape = TABLES[MAPS]
    con.execute(f"create or replace temp table own_maps ({', '.join(f'{c} {k}' for c, k in shape.items())})")
    if maps:
        typed = ", ".join(_typed(column, kind) for column, kind in shape.items())
        names = ", ".join(f"'{column}': 'VARCHAR'" for column in shape)
        paths = ", ".join(f"'{_quoted(path)}'" for path in sorted(maps))
        rows = f"read_csv([{paths}], columns = {{{names}}}, delim = ',', quote = '\"', header = true)"
        con.execute(f"insert into own_maps select distinct {typed} from {rows}")
    con.execute(
        f"""
        create or replace view {MAPS} as
        select own.* replace (coalesce(source.concept_id, own.source_concept_id) as source_concept_id)
        from own_maps as own
        left join concept as source
            on own.source_vocabulary_id = source.vocabulary_id and own.source_code = source.concept_code
        """
    )


def _supersede(con: duckdb.DuckDBPyConnection, reviewed: Sequence[ReviewedMap]) -> None:
    """Put reviewed maps in the place of ours: what they replace stays, marked as updated (`U`)."""
    if not reviewed:
        return
    rows = [
        (one.source_code, one.source_vocabulary_id, one.source_code_description or None)
        + (one.target_concept_id, one.valid_start_date, one.valid_end_date, one.review_date)
        for one in reviewed
    ]
    con.execute(
        """
        create or replace temp table reviewed_map (
            source_code varchar, source_vocabulary_id varchar, source_code_description varchar,
            target_concept_id integer, valid_start_date date, valid_end_date date, review_date date
        )
        """
    )
    con.executemany("insert into reviewed_map values (?, ?, ?, ?, ?, ?, ?)", rows)
    same_code = "own.source_vocabulary_id = new.source_vocabulary_id and own.source_code = new.source_code"
    con.execute(
        f"""
        delete from own_maps as own using reviewed_map as new
        where {same_code} and own.target_concept_id = new.target_concept_id;
        update own_maps as own
        set invalid_reason = 'U', valid_end_date = greatest(own.valid_start_date, new.review_date)
        from (select source_vocabulary_id, source_code, max(review_date) as review_date
              from reviewed_map group by all) as new
        where {same_code};
        insert into own_maps by name
        select
            new.* exclude (review_date),
            0 as source_concept_id,
            target.vocabulary_id as target_vocabulary_id
        from reviewed_map as new
        inner join concept as target on new.target_concept_id = target.concept_id
        """
    )


def _keep(reviewed: Sequence[Path], folder: Path) -> None:
    """Role, date and reason of a review have no column in the CDM: its file stays beside the tables."""
    for path in reviewed:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / path.name)


def _add_own_vocabularies(con: duckdb.DuckDBPyConnection) -> None:
    """Every vocabulary that the maps speak of has a row, so that nothing refers to nowhere."""
    con.execute(
        """
        create or replace temp table listed_vocabularies as
        select * from vocabulary
        union all
        select distinct source_vocabulary_id, 'Codes of deliveries: ' || source_vocabulary_id, null, null, 0
        from own_maps
        where source_vocabulary_id not in (select vocabulary_id from vocabulary)
        """
    )
    con.execute("create or replace view vocabulary as select * from listed_vocabularies")


def _write(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    options = "format parquet, compression zstd"
    con.execute(f"copy (select * from {table} order by all) to '{_quoted(path)}' ({options})")
    return con.execute(f"select count(*) from read_parquet('{_quoted(path)}')").fetchone()[0]


def _maps_without_target(con: duckdb.DuckDBPyConnection) -> int:
    query = "select count(*) from own_maps anti join (from concept where standard_concept = 'S') as known"
    return con.execute(f"{query} on own_maps.target_concept_id = known.concept_id").fetchone()[0]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
