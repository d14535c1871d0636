"""A population as a MEDS dataset: its event streams up to the day before the index, labels, and splits.

MEDS counts the prediction time itself as known, so it is one microsecond before the index day begins. Nothing
later than the last index of a subject is in the files at all, nor anything that was not known by then.
"""

import datetime as dt
import json
from pathlib import Path

import duckdb
import meds
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from flexible_schema import SchemaValidationError

from thin_assets.errors import BrokenRules
from thin_assets.features.events import EVENT_TABLES
from thin_assets.features.known import DAY_BITS, KNOWN_FROM, LATE, WORDS

_CODE = "coalesce({0}.vocabulary_id || '/' || {0}.concept_code, 'OMOP/' || {0}.concept_id)"
"""How MEDS is told a concept: its vocabulary and code."""

_VALUES = {"measurement": "value_as_number", "observation": "value_as_number"}


def write_meds(
    folder: Path,
    con: duckdb.DuckDBPyConnection,
    labels: pl.DataFrame,
    splits: pl.DataFrame,
    *,
    late: pl.DataFrame,
    outcome: tuple[int, ...],
    lag: int,
    told: dict[str, str],
) -> dict[str, int]:
    """Write `data/<split>/0.parquet`, `labels/<split>.parquet` and the metadata; returns counts.

    folder     an empty folder
    con        holds CDM and vocabulary in schema `cdm`
    labels     of a population, with its splits
    late       records and when they were first seen
    outcome    concepts: no event of them, or below them
    lag        last days before the index that are left out
    told       dataset_name and dataset_version
    Raises BrokenRules where a subject lies in two splits, or the files break the schema of MEDS.
    """
    subjects = _subjects(labels, splits, lag)
    _place(con, subjects, late, outcome)
    events = con.execute(_events_query()).to_arrow_table()
    data = pl.from_arrow(_valid(meds.DataSchema, events))
    counts = {"subjects": subjects.height, "events": data.height}
    for split in sorted(subjects["split"].unique()):
        mine = subjects.filter(pl.col("split") == split)
        _write(folder / "data" / split / "0.parquet", meds.DataSchema, _of(data, mine))
        rows = _labels(labels, mine, lag)
        _write(folder / "labels" / f"{split}.parquet", meds.LabelSchema, rows)
    _write(
        folder / meds.subject_splits_filepath,
        meds.SubjectSplitSchema,
        subjects.select(pl.col("person_id").alias("subject_id"), "split"),
    )
    _write(folder / meds.code_metadata_filepath, meds.CodeMetadataSchema, con.execute(_CODES).pl())
    metadata = told | {"etl_name": "thin-assets", "meds_version": meds.__version__}
    metadata |= {"code_modifier_columns": ["unit"]}
    meds.DatasetMetadataSchema.validate(metadata)
    text = json.dumps(metadata, indent=2, sort_keys=True) + "\n"
    (folder / meds.dataset_metadata_filepath).write_text(text, encoding="utf-8")
    return counts


def _subjects(labels: pl.DataFrame, splits: pl.DataFrame, lag: int) -> pl.DataFrame:
    """One row per person: split, and the first day of which nothing is known any more."""
    rows = labels.select("row_id", "person_id", "index_date").join(
        splits.select("row_id", "split"), on="row_id"
    )
    found = rows.group_by("person_id").agg(
        pl.col("split").min(),
        pl.col("split").n_unique().alias("splits"),
        (pl.col("index_date").max() - pl.duration(days=lag)).cast(pl.Date).alias("until"),
        pl.col("index_date").max().dt.truncate("1mo").alias("known_as_of"),
    )
    if torn := found.filter(pl.col("splits") > 1).height:
        raise BrokenRules(
            f"{torn} subjects lie in several splits, and MEDS allows one",
            where="MEDS export",
            remedy="match controls within practices, or export the features as csr or arrow",
        )
    return found.drop("splits").sort("person_id")


def _place(
    con: duckdb.DuckDBPyConnection, subjects: pl.DataFrame, late: pl.DataFrame, outcome: tuple[int, ...]
) -> None:
    for name, frame in {"meds_subject": subjects, "meds_late": late.select(list(LATE))}.items():
        con.register("given", frame.to_arrow())
        con.execute(f"create or replace temp table {name} as select * from given")
        con.unregister("given")
    con.execute(
        "create or replace temp table meds_without as"
        " select descendant_concept_id as concept_id from cdm.concept_ancestor"
        " where ancestor_concept_id in (select unnest($1)) union select unnest($1)",
        [list(outcome)],
    )


def _events_query() -> str:
    """Birth, sex and every dated record, a code each: vocabulary and code of its concept."""
    parts = [_events_of(table) for table in EVENT_TABLES]
    birth = f"""
        select person_id, make_date(year_of_birth, 1, 1)::timestamp, '{meds.birth_code}', null::float, null
        from cdm.person join meds_subject using (person_id)
        union all
        select person_id, null::timestamp, {_CODE.format("concept")}, null::float, null
        from cdm.person join meds_subject using (person_id)
        join cdm.concept on gender_concept_id = concept_id
    """
    rows = " union all ".join([birth, *parts])
    return f"""
        select subject_id, time, code, numeric_value, unit
        from ({rows}) as events (subject_id, time, code, numeric_value, unit)
        order by subject_id, time nulls first, code, numeric_value, unit
    """


def _events_of(table: str) -> str:
    date, _, concept = WORDS[table]
    value = _VALUES.get(table)
    unit = "unit.concept_code" if value else "null"
    unit_join = "left join cdm.concept as unit on unit_concept_id = unit.concept_id" if value else ""
    key = f"xor({table}_id, {concept}::bigint << {DAY_BITS})"
    return f"""
        select person_id, {date}::timestamp, {_CODE.format("known")},
            {f"{value}::float" if value else "null::float"}, {unit}
        from cdm.{table}
        join meds_subject using (person_id)
        join cdm.concept as known on {concept} = known.concept_id
        {unit_join}
        left join meds_late as late on late.cdm_table = '{table}' and late.record_key = {key}
        where {concept} <> 0 and {date} < until and coalesce({KNOWN_FROM} <= known_as_of, true)
            and {concept} not in (select concept_id from meds_without)
    """


_CODES = f"""
    select {_CODE.format("concept")} as code, min(concept_name) as description,
        null::varchar[] as parent_codes
    from cdm.concept
    where concept_id <> 0
    group by code
    order by code
"""


def _of(data: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
    return data.join(subjects, left_on="subject_id", right_on="person_id", how="semi", maintain_order="left")


def _labels(labels: pl.DataFrame, subjects: pl.DataFrame, lag: int) -> pl.DataFrame:
    mine = labels.join(subjects, on="person_id", how="semi")
    moment = (
        pl.col("index_date").cast(pl.Datetime("us")) - pl.duration(days=lag) - dt.timedelta(microseconds=1)
    )
    return mine.select(
        pl.col("person_id").alias("subject_id"),
        moment.alias("prediction_time"),
        pl.col("is_case").alias("boolean_value"),
    ).sort("subject_id", "prediction_time", "boolean_value")


def _write(path: Path, schema: type, rows: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(_valid(schema, rows.to_arrow()), path)


def _valid(schema: type, rows: pa.Table) -> pa.Table:
    """Rows as the schema of MEDS has them; what is wrong is told by column, never by value."""
    try:
        return schema.align(rows)
    except SchemaValidationError as error:
        raise BrokenRules(
            f"{schema.__name__} is not kept", where="MEDS export", remedy="report it with this message"
        ) from error
