"""What the study finds beside the estimates of the engine; exact counts, for the lake only."""

from typing import ClassVar

import pandera.polars as pa
import polars as pl

OUTCOME = pa.Field(description="cohort: broad, narrow or strict")


class Comorbidity(pa.DataFrameModel):
    """One row per cohort and condition: recorded before the tremor, and expected by year, sex and age."""

    outcome: str = OUTCOME
    condition: str = pa.Field(description="key of `comorbidities.csv`; a record of it or of what lies below")
    members: pl.Int64 = pa.Field(ge=0, description="persons in the cohort")
    outcome_count: pl.Int64 = pa.Field(ge=0, description="of them, with the condition before the index date")
    expected: float = pa.Field(
        ge=0, description="as many would be, were they like everybody of their year, sex and ten years of age"
    )
    ratio: float = pa.Field(nullable=True, ge=0, description="observed over expected; null: nobody expected")
    ratio_95ci_lower: float = pa.Field(nullable=True, ge=0, description="lower end (Garwood)")
    ratio_95ci_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique: ClassVar = ["outcome", "condition"]


class FirstLine(pa.DataFrameModel):
    """One row per cohort and treatment; persons who stay in observation for a year after the index."""

    outcome: str = OUTCOME
    treatment: str = pa.Field(
        description="drug given first, on the index date or within 365 days; `treated_before`: any of them "
        "before; `several_on_one_day`; `none_within_a_year`"
    )
    members: pl.Int64 = pa.Field(ge=0, description="persons who stay in observation for a year")
    outcome_count: pl.Int64 = pa.Field(ge=0, description="of them, with this treatment")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique: ClassVar = ["outcome", "treatment"]
