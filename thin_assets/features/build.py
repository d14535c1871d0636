"""Build features: person range by person range, so that memory does not grow with the population.

Entries of one range after the other stand in the table that the query reads. Sealed tables are sorted by
person, so that a range is a small part of every table.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from thin_assets.errors import BrokenRules
from thin_assets.features.catalogue import Catalogue, catalogue
from thin_assets.features.contract import (
    FEATURES,
    features_contract,
    reference_contract,
    require_features,
    require_own_rows,
)
from thin_assets.features.entries import entries_of_cohort, place_entries
from thin_assets.features.known import late_tables
from thin_assets.features.queries import (
    BUILT,
    ENTRIES,
    LATE,
    REFERENCES,
    WITHOUT,
    covariates_query,
    long_query,
    outcome_query,
    reference_query,
    rollup_queries,
)
from thin_assets.features.reference import analysis_reference
from thin_assets.features.windows import COVARIATE
from thin_assets.resources.backends import Connection, footers_of, table_of

ENTRIES_AT_ONCE, AT_ONCE_ON_SPARK = 2_000, 100_000
"""Entries of one range: more need more memory, fewer more overhead; measured in benchmarks/features.py.

On Spark the memory is that of this process, which writes the rows of a range to the one file.
"""

NAMED = "feature_names"


@dataclass(frozen=True)
class FeatureSet:
    """The features of one population; columns as in `contract.py`.

    long          one row per entry and covariate, by person, index date and covariate
    covariates    what each covariate id stands for
    analyses      what each analysis does, all of them, used or not
    entries       one row per entry, with or without covariates
    """

    long: pl.DataFrame
    covariates: pl.DataFrame
    analyses: pl.DataFrame
    entries: pl.DataFrame


def build_features(
    members: pl.DataFrame, con: Connection, *, cdm_schema: str = "cdm", where: str = "features"
) -> FeatureSet:
    """Covariates of every member of a cohort, as known on the day before they entered it, in memory.

    members    a cohort as it leaves the cohorts room
    con        holds CDM and vocabulary in one schema
    where      how an error names the partition
    Raises BrokenRules when two covariates share an id, or the table breaks its contract.
    """
    work = FeatureWork(con, entries_of_cohort(members), cdm_schema=cdm_schema, where=where)
    long = pa.concat_tables([work.empty(), *work.ranges()])
    require_features(features_contract(), ibis.memtable(long), where)
    return FeatureSet(
        pl.from_arrow(long),
        work.covariates(),
        analysis_reference(catalogue()),
        work.entries(),
    )


_KINDS = ibis.schema(COVARIATE).to_pyarrow()


class FeatureWork:
    """Features of given entries; the connection holds the tables of the work while it lasts.

    entries    in the columns of `entries.SCHEMA`
    at_once    entries of one range; None: as the engine takes them best
    as_of      month of the snapshot in whose state of knowledge to build; None: the month of each index
    late       records that were not there from the beginning, as `known.late_records` gives them
    outcome    records of these concepts, or below them, make no covariate
    where      how an error names the partition
    """

    def __init__(
        self,
        con: Connection,
        entries: pl.DataFrame,
        *,
        told: Catalogue | None = None,
        cdm_schema: str = "cdm",
        as_of: dt.date | None = None,
        late: pl.DataFrame | None = None,
        outcome: tuple[int, ...] = (),
        at_once: int | None = None,
        where: str = "features",
    ) -> None:
        self._con, self._where = con, where
        self._at_once = at_once or entries_at_once(con)
        self._told, self._schema = told or catalogue(), cdm_schema
        self._footers = footers_of(con)
        self._count = entries.height
        place_entries(con, entries, cdm_schema, as_of)
        for name, query in rollup_queries(self._told, cdm_schema).items():
            self._keep(name, query)
        if outcome:
            self._keep(WITHOUT, outcome_query(outcome, cdm_schema))
        tables = () if late is None else late_tables(late)
        if tables:
            con.register("late_given", late.to_arrow())
            self._keep(LATE, "select * from late_given")
            con.unregister("late_given")
        self._sql = covariates_query(self._told, cdm_schema, tables, bool(outcome))
        con.execute(
            f"create or replace temp table {REFERENCES}"
            " (covariate_id bigint, concept_id integer, unit_concept_id integer)"
        )
        self._met = pa.array([], pa.int64())

    def covariate_ranges(self) -> Iterator[pa.Table]:
        """Covariates in the columns of `windows.COVARIATE`, person range by person range, in no order."""
        with _footers_kept(self._con):
            for start in range(0, self._count, self._at_once):
                self._range(start)
                # of numbers that the query names itself, an engine takes the narrowest kind that holds them
                rows = self._con.execute(self._sql).to_arrow_table().cast(_KINDS)
                self._meet(rows)
                self._con.register(BUILT, rows)
                yield rows
                self._con.unregister(BUILT)

    def ranges(self) -> Iterator[pa.Table]:
        """The long table, person range by person range, each sorted."""
        for _ in self.covariate_ranges():
            self._require_own_ids()
            part = self._con.execute(long_query()).to_arrow_table()
            require_own_rows(part, self._where)
            yield part

    def write(self, path: Path) -> int:
        """Write the long table, and hold what was written against the contract; returns its rows."""
        with pq.ParquetWriter(path, self.empty().schema, compression="zstd") as writer:
            for part in self.ranges():
                writer.write_table(part)
        written = self._footers.read_parquet(path, table_name="feature_written", hive_partitioning=False)
        require_features(features_contract(), written, self._where)
        return pq.read_metadata(path).num_rows

    def empty(self) -> pa.Table:
        """The long table of nobody."""
        return ibis.schema({name: kind for name, (kind, *_) in FEATURES.items()}).to_pyarrow().empty_table()

    def covariates(self) -> pl.DataFrame:
        """What each covariate id that was met stands for. Raises BrokenRules when names are shared."""
        self._keep(NAMED, reference_query(self._told, self._schema))
        reference = table_of(self._con, NAMED)
        rows, names = self._con.execute(
            f"select count(*), count(distinct covariate_name) from {NAMED}"
        ).fetchone()
        if rows != names:
            raise _shared(f"{rows} covariates share {names} names", self._where)
        require_features(reference_contract(), reference, self._where)
        return self._con.execute(f"select * from {NAMED} order by covariate_id").pl()

    def entries(self) -> pl.DataFrame:
        """Every entry with what the build knows of it, in the order of the long table."""
        return self._con.execute("select * exclude (place) from all_entries order by place").pl()

    def _meet(self, rows: pa.Table) -> None:
        """Remember what the ids of a range stand for.

        Only an id with a unit is short of a digit and can stand for two things: of the others, an id that is
        known is known to be the same, and the look at them is a hundredth of the work instead of a tenth.
        """
        ids = rows["covariate_id"]
        fresh = pc.unique(ids).filter(pc.invert(pc.is_in(pc.unique(ids), self._met)))
        told = pc.is_valid(rows["unit_concept_id"])
        if len(fresh):
            told = pc.or_(told, pc.is_in(ids, fresh))
            self._met = pa.concat_arrays([self._met, fresh])
        self._con.register("feature_met", rows.filter(told))
        self._con.execute(
            f"insert into {REFERENCES} select distinct covariate_id, concept_id, unit_concept_id"
            f" from feature_met except select * from {REFERENCES}"
        )
        self._con.unregister("feature_met")

    def _require_own_ids(self) -> None:
        """Two covariates under one id would be added up unseen."""
        rows, ids = self._con.execute(
            f"select count(*), count(distinct covariate_id) from {REFERENCES}"
        ).fetchone()
        if rows != ids:
            raise _shared(f"{rows} covariates share {ids} ids", self._where)

    def _range(self, start: int) -> None:
        """Let the query see the entries from one place on."""
        end = start + self._at_once
        self._keep(ENTRIES, f"select * from all_entries where place >= {start} and place < {end}")

    def _keep(self, name: str, query: str) -> None:
        self._con.execute(f"create or replace temp table {name} as {query}")


def entries_at_once(con: Connection) -> int:
    """How many entries an engine is asked for at once."""
    return ENTRIES_AT_ONCE if isinstance(con, duckdb.DuckDBPyConnection) else AT_ONCE_ON_SPARK


@contextmanager
def _footers_kept(con: Connection) -> Iterator[None]:
    """Ranges read the same files again and again, and their footers grow with the country.

    The threads are left as they are: on one, ranges cost a quarter less, and the engine may wait for ever
    (seen twice in DuckDB 1.5.5, each time asleep in Executor::WaitForTask).
    """
    if not isinstance(con, duckdb.DuckDBPyConnection):
        yield
        return
    before = con.execute("select current_setting('parquet_metadata_cache')").fetchone()[0]
    con.execute("set parquet_metadata_cache = true")
    try:
        yield
    finally:
        con.execute(f"set parquet_metadata_cache = {before}")


def _shared(what: str, where: str) -> BrokenRules:
    """Two covariates under one id or name would be added up, or mistaken for each other, unseen."""
    remedy = "give the analyses ids and names that cannot meet (features/catalogue.yaml)"
    return BrokenRules(what, where=where, remedy=remedy)
