"""What the engine finds; exact counts, for the lake only."""

from typing import ClassVar

import pandera.polars as pa
import polars as pl

ANALYSIS = pa.Field(description="name of the analysis in its file")
OUTCOME = pa.Field(description="cohort whose members are counted")
PERIOD = pa.Field(description="2019, 2019-Q1, 2019-01 or `overall`; `all`: all intervals of the analysis")
SEX = pa.Field(isin=["all", "female", "male", "other"])
AGE = pa.Field(description="band of age as declared, or `all`")


class IncidenceEstimate(pa.DataFrameModel):
    """One row per analysis, outcome, period, sex and band of age with somebody at risk, and the totals,
    `all`.

    An outcome that nobody could have has its total.
    """

    analysis: str = ANALYSIS
    outcome: str = OUTCOME
    period: str = PERIOD
    sex: str = SEX
    age_band: str = AGE
    denominator_count: pl.Int64 = pa.Field(ge=0, description="persons at risk")
    person_days: pl.Int64 = pa.Field(ge=0, description="days at risk, the day of the outcome included")
    outcome_count: pl.Int64 = pa.Field(ge=0, description="events; persons, where events are not repeated")
    denominator_practices: pl.Int64 = pa.Field(ge=0, description="practices with somebody at risk")
    denominator_of_largest: pl.Int64 = pa.Field(ge=0, description="persons at risk of the largest of them")
    outcome_practices: pl.Int64 = pa.Field(ge=0, description="practices with an event")
    outcome_of_largest: pl.Int64 = pa.Field(ge=0, description="events of the practice that has most")
    person_years: float = pa.Field(ge=0, description="days at risk / 365.25")
    incidence_100000_pys: float = pa.Field(
        nullable=True, ge=0, description="events per 100,000 person-years; null: nobody at risk"
    )
    incidence_100000_pys_95ci_lower: float = pa.Field(
        nullable=True, ge=0, description="lower end of Garwood's exact Poisson interval"
    )
    incidence_100000_pys_95ci_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")
    standardisation: float = pa.Field(
        nullable=True,
        ge=0,
        description="the standardised rate of a sex and period over its crude rate, in steps of what five "
        "events make; null: a band of age, fewer than ten events, or a standard age with nobody at risk",
    )

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique: ClassVar = ["analysis", "outcome", "period", "sex", "age_band"]


class PrevalenceEstimate(pa.DataFrameModel):
    """One row per analysis, outcome, period, sex and band of age with somebody present, and the totals,
    `all`."""

    analysis: str = ANALYSIS
    outcome: str = OUTCOME
    period: str = PERIOD
    sex: str = SEX
    age_band: str = AGE
    denominator_count: pl.Int64 = pa.Field(ge=0, description="persons present")
    outcome_count: pl.Int64 = pa.Field(ge=0, description="of them, persons in the outcome's cohort")
    denominator_practices: pl.Int64 = pa.Field(ge=0, description="practices with somebody present")
    denominator_of_largest: pl.Int64 = pa.Field(ge=0, description="persons present of the largest of them")
    outcome_practices: pl.Int64 = pa.Field(ge=0, description="practices with such a person")
    outcome_of_largest: pl.Int64 = pa.Field(ge=0, description="such persons of the practice that has most")
    prevalence: float = pa.Field(nullable=True, ge=0, le=1, description="share of 1; null: nobody present")
    prevalence_95ci_lower: float = pa.Field(
        nullable=True, ge=0, le=1, description="lower end of Wilson's interval"
    )
    prevalence_95ci_upper: float = pa.Field(nullable=True, ge=0, le=1, description="upper end of it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique: ClassVar = ["analysis", "outcome", "period", "sex", "age_band"]


class StandardisedEstimate(pa.DataFrameModel):
    """One row per analysis, outcome, period and sex: as in the European Standard Population 2013."""

    analysis: str = ANALYSIS
    outcome: str = OUTCOME
    period: str = PERIOD
    sex: str = pa.Field(isin=["all", "female", "male"], description="`all`: half women, half men")
    measure: str = pa.Field(isin=["incidence", "prevalence"])
    estimate: float = pa.Field(
        nullable=True,
        ge=0,
        description="per 100,000 person-years, or per 100,000 persons; null: nobody of a standard age",
    )
    estimate_95ci_lower: float = pa.Field(
        nullable=True, ge=0, description="lower end of the interval of Fay and Feuer"
    )
    estimate_95ci_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique: ClassVar = ["analysis", "outcome", "period", "sex"]


class TrendEstimate(pa.DataFrameModel):
    """One row per yearly analysis of incidence and outcome: Poisson regression on year, sex and age."""

    analysis: str = ANALYSIS
    outcome: str = OUTCOME
    outcome_count: pl.Int64 = pa.Field(ge=0, description="events that it rests on")
    rate_ratio_per_year: float = pa.Field(
        nullable=True,
        ge=0,
        description="rate of a year over that of the year before, for the same sex and age; null: fewer than "
        "30 events, or than 3 years",
    )
    rate_ratio_per_year_95ci_lower: float = pa.Field(nullable=True, ge=0, description="lower end (Wald)")
    rate_ratio_per_year_95ci_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")
    rate_ratio_of_men: float = pa.Field(
        nullable=True,
        ge=0,
        description="rate of men over that of women of the same age and year; null likewise",
    )
    rate_ratio_of_men_95ci_lower: float = pa.Field(nullable=True, ge=0, description="lower end (Wald)")
    rate_ratio_of_men_95ci_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique: ClassVar = ["analysis", "outcome"]


def empty(contract: type[pa.DataFrameModel]) -> pl.DataFrame:
    """A table without rows."""
    return pl.DataFrame(schema={name: one.dtype.type for name, one in contract.to_schema().columns.items()})
