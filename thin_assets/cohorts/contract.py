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


class MatchedMember(pa.DataFrameModel):
    """One row per matched set and person, the case first; sorted by index date, set and position."""

    set_id: pl.Int64 = pa.Field(
        description="one case and its controls; the same in every snapshot with the entry"
    )
    cohort_definition_id: pl.Int32
    person_id: pl.Int64 = pa.Field(description="person of the CDM; a control may be in several sets")
    index_date: dt.date = pa.Field(description="of the case; its controls were at risk on that day")
    is_case: bool = pa.Field(description="False: a control, who may become a case later")
    position: pl.Int32 = pa.Field(ge=0, description="0: the case; then the controls as they were drawn")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["set_id", "person_id"]


class CohortCount(pa.DataFrameModel):
    """One row per cohort, year of first entry, sex and ten years of age; a person counts once in a cohort."""

    cohort_definition_id: pl.Int32
    year: pl.Int32 = pa.Field(description="calendar year of the first entry")
    sex: str = pa.Field(isin=["female", "male", "other"])
    age_band: str = pa.Field(description="ten years of age at entry, or `90+`")
    persons: pl.Int64 = pa.Field(ge=1, description="exact; a combination without persons has no row")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "year", "sex", "age_band"]


class CohortOverlap(pa.DataFrameModel):
    """One row per ordered pair of cohorts that share a person."""

    cohort_definition_id: pl.Int32
    other_cohort_definition_id: pl.Int32
    persons: pl.Int64 = pa.Field(ge=1, description="persons of the first cohort")
    persons_in_both: pl.Int64 = pa.Field(ge=1)
    other_before: pl.Int64 = pa.Field(ge=0, description="of them, who entered the other cohort before")
    other_same_day: pl.Int64 = pa.Field(ge=0, description="of them, who entered both on one day")
    other_after: pl.Int64 = pa.Field(ge=0, description="of them, who entered the other cohort after")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "other_cohort_definition_id"]


class CohortChange(pa.DataFrameModel):
    """One row per cohort: its persons beside those of the month before; null where it was not built then."""

    cohort_definition_id: pl.Int32 = pa.Field(unique=True)
    cohort: str = pa.Field(description="name of the definition")
    persons: pl.Int64 = pa.Field(ge=0)
    persons_before: pl.Int64 = pa.Field(ge=0, nullable=True)
    gained: pl.Int64 = pa.Field(ge=0, nullable=True, description="persons who are new")
    lost: pl.Int64 = pa.Field(ge=0, nullable=True, description="persons who are no longer in the cohort")
    moved: pl.Int64 = pa.Field(ge=0, nullable=True, description="persons whose index date is another one")
    is_redefined: bool = pa.Field(nullable=True, description="the expression says something else than then")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True

    @pa.dataframe_check
    def reconciles(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        """Before, plus gained, less lost, is now."""
        expected = pl.col("persons_before") + pl.col("gained") - pl.col("lost")
        return data.lazyframe.select((pl.col("persons") == expected).fill_null(True))
