"""What leaves cohorts: members with their time in the cohort, and how many each rule left."""

import datetime as dt

import pandera.polars as pa
import polars as pl


class CohortMember(pa.DataFrameModel):
    """One row per person and time in a cohort; sorted by person and start."""

    cohort_definition_id: pl.Int32 = pa.Field(ge=0, description="stable id of the definition, from its name")
    subject_id: pl.Int64 = pa.Field(description="person_id of the CDM")
    cohort_start_date: dt.date = pa.Field(description="index date: the first day in the cohort")
    cohort_end_date: dt.date = pa.Field(description="last day in the cohort, itself included")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "subject_id", "cohort_start_date"]

    @pa.dataframe_check
    def starts_before_it_ends(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        """Nobody leaves before entering."""
        return data.lazyframe.select(pl.col("cohort_start_date") <= pl.col("cohort_end_date"))


class CohortDefinition(pa.DataFrameModel):
    """One row per definition; the CDM's own columns."""

    cohort_definition_id: pl.Int32 = pa.Field(ge=0, unique=True, description="stable id, from the name")
    cohort_definition_name: str = pa.Field(description="name of the definition's file")
    cohort_definition_description: str = pa.Field(description="its title, and the SHA-256 of what it says")
    definition_type_concept_id: pl.Int32 = pa.Field(description="32882: an algorithm on the record")
    cohort_definition_syntax: str = pa.Field(description="the ATLAS expression as exported, JSON")
    subject_concept_id: pl.Int32 = pa.Field(description="56: the domain Person")
    cohort_initiation_date: dt.date = pa.Field(description="last day of the snapshot")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True

    @classmethod
    def columns(cls) -> dict[str, type[pl.DataType]]:
        """Polars type by column, in order, to build a frame with."""
        return {name: column.dtype.type for name, column in cls.to_schema().columns.items()}


class Attrition(pa.DataFrameModel):
    """One row per definition and step, in the order of the steps."""

    cohort_definition_id: pl.Int32
    step: pl.Int32 = pa.Field(ge=0, description="0: entry events; then observation, each rule, the cohort")
    rule: str = pa.Field(description="what the step asks for, in the words of the definition")
    persons: pl.Int64 = pa.Field(ge=0, description="persons left; never more than in the step before")
    events: pl.Int64 = pa.Field(ge=0, description="entry events left; in the last step, rows of the cohort")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "step"]


class FirstRecord(pa.DataFrameModel):
    """One row per definition and person who has what lets people in, whether or not they became members."""

    cohort_definition_id: pl.Int32
    person_id: pl.Int64
    first_date: dt.date = pa.Field(
        nullable=True, description="day of the earliest entry event of the whole record, observed then or not"
    )

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "person_id"]


class IndexEvent(pa.DataFrameModel):
    """One row per definition, table and concept recorded on the index date of somebody."""

    cohort_definition_id: pl.Int32
    cdm_table: str = pa.Field(description="table of the CDM that holds the record")
    concept_id: pl.Int32 = pa.Field(ge=0, description="0: not in the vocabulary, or no concept")
    concept_name: str = pa.Field(description="as the vocabulary of the build calls it")
    persons: pl.Int64 = pa.Field(ge=1, description="members; one with two such concepts counts in both")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "cdm_table", "concept_id"]
