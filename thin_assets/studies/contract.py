"""What leaves studies."""

import pandera.polars as pa
import polars as pl


class IncidenceCell(pa.DataFrameModel):
    """One row per cohort, sex and age with somebody at risk, and the totals, called `all`; exact.

    A cohort that nobody could enter has its total.
    """

    cohort_definition_id: pl.Int32
    cohort_name: str
    sex: str = pa.Field(isin=["all", "female", "male", "other"])
    age_band: str = pa.Field(description="ten years of age, `90+`, or `all`")
    persons: pl.Int64 = pa.Field(ge=0, description="persons at risk")
    person_years: float = pa.Field(ge=0, description="time at risk")
    cases: pl.Int64 = pa.Field(ge=0, description="persons who entered the cohort")
    persons_practices: pl.Int64 = pa.Field(ge=0, description="practices with somebody at risk")
    persons_of_largest: pl.Int64 = pa.Field(ge=0, description="persons at risk in the practice that has most")
    cases_practices: pl.Int64 = pa.Field(ge=0, description="practices with a case")
    cases_of_largest: pl.Int64 = pa.Field(ge=0, description="cases of the practice that has most")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "sex", "age_band"]


class EntryCell(pa.DataFrameModel):
    """One row per cohort and year, sex and age of somebody's first entry, and the totals; exact.

    A cohort that nobody entered has its total.
    """

    cohort_definition_id: pl.Int32
    cohort_name: str
    year: str = pa.Field(description="calendar year of the first entry, or `all`")
    sex: str = pa.Field(isin=["all", "female", "male", "other"])
    age_band: str = pa.Field(description="ten years of age at entry, `90+`, or `all`")
    persons: pl.Int64 = pa.Field(ge=0)
    practices: pl.Int64 = pa.Field(ge=0, description="practices with such a person")
    persons_of_largest: pl.Int64 = pa.Field(ge=0, description="persons of the practice that has most")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "year", "sex", "age_band"]


class CrudeIncidence(pa.DataFrameModel):
    """One row per cohort, sex and band of age, and the totals of each, called `all`."""

    cohort_definition_id: pl.Int32
    sex: str = pa.Field(isin=["all", "female", "male", "other"])
    age_band: str = pa.Field(description="ten years of age, `90+`, or `all`")
    persons: pl.Int64 = pa.Field(nullable=True, ge=5, description="persons at risk; null: kept back")
    person_years: float = pa.Field(nullable=True, ge=0, description="time at risk; null: kept back")
    cases: pl.Int64 = pa.Field(
        nullable=True, ge=5, description="persons who entered the cohort; null: kept back"
    )
    rate_per_100000: float = pa.Field(nullable=True, ge=0, description="cases per 100,000 person-years")
    rate_lower: float = pa.Field(
        nullable=True, ge=0, description="lower end of the exact 95 % Poisson interval"
    )
    rate_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")
    is_suppressed: bool = pa.Field(description="a number of this row was kept back")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["cohort_definition_id", "sex", "age_band"]
