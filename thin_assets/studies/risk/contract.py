"""What leaves risk models."""

import datetime as dt

import pandera.polars as pa
import polars as pl

from thin_assets.promises import columns_of


class RiskEntry(pa.DataFrameModel):
    """One row per population and landmark of a person, sorted by population, person and landmark."""

    population: str
    row_id: pl.Int64 = pa.Field(description="entry of the features room")
    person_id: pl.Int64
    index_date: dt.date = pa.Field(description="the landmark; nothing of it or later is known to a model")
    split: str = pa.Field(isin=["train", "tuning", "held_out"])
    practice: pl.Int64 = pa.Field(nullable=True, description="care site; null: the delivery names none")
    sex: str = pa.Field(isin=["female", "male", "other"])
    age: pl.Int32 = pa.Field(description="year of the landmark less year of birth")
    deprivation: float = pa.Field(nullable=True, description="fifth of the area, 5 the most deprived")
    followed_days: pl.Int32 = pa.Field(ge=1, description="days of follow-up; the landmark is day 1")
    cause: str = pa.Field(description="what ended it: censored, death, a cancer by its cohort, other_cancer")
    is_current: bool = pa.Field(description="is scored in this snapshot")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["population", "row_id"]


class RiskModel(pa.DataFrameModel):
    """One row per model that was asked for, whether it could be learned or not."""

    site: str
    horizon_years: pl.Int64
    learner: str = pa.Field(isin=["logistic", "lasso", "boosted"])
    trained_in: str = pa.Field(description="country, or `not GB` for all others of the month")
    is_trained: bool
    why_not: str = pa.Field(nullable=True, description="null where it was learned")
    entries: pl.Int64 = pa.Field(ge=0, description="entries that teach: outcome known, practice not held out")
    persons: pl.Int64 = pa.Field(ge=0)
    events: pl.Int64 = pa.Field(ge=0)
    practices: pl.Int64 = pa.Field(ge=0)
    predictors: pl.Int64 = pa.Field(ge=0)
    penalty: float = pa.Field(nullable=True)
    membership_auc: float = pa.Field(nullable=True, description="of telling who taught it; 0.5 is guessing")
    membership_lower: float = pa.Field(nullable=True, description="lower end of its 95 % interval")
    is_handed_out: bool = pa.Field(description="learned, and does not tell whom it learned from")
    training_hash: str = pa.Field(nullable=True, description="SHA-256 of what taught it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["site", "horizon_years", "learner", "trained_in"]


class CumulativeIncidence(pa.DataFrameModel):
    """One row per site, horizon and country: the problem in counts, and risks by Aalen and Johansen."""

    site: str
    horizon_years: pl.Int64
    country: str
    entries: pl.Int64 = pa.Field(ge=0, description="landmarks whose horizon has passed")
    persons: pl.Int64 = pa.Field(ge=0)
    events: pl.Int64 = pa.Field(ge=0, description="first cancers of the site within the horizon")
    deaths: pl.Int64 = pa.Field(ge=0, description="who died before any cancer within the horizon")
    other_cancers: pl.Int64 = pa.Field(ge=0, description="who had another cancer first")
    lost: pl.Int64 = pa.Field(ge=0, description="who left observation before the horizon")
    risk: float = pa.Field(nullable=True, description="of the event, others competing; null: no entries")
    risk_of_death: float = pa.Field(nullable=True)
    risk_without_competition: float = pa.Field(nullable=True, description="in a world without other ends")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["site", "horizon_years", "country"]


class _Result(pa.DataFrameModel):
    """Keys of every table of results."""

    site: str
    horizon_years: pl.Int64
    learner: str
    trained_in: str
    country: str = pa.Field(description="whose entries judged; for `not GB` at home, the others together")
    evaluation: str = pa.Field(isin=["CV", "Test", "Validation"])

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True


class CovariateSummary(_Result):
    """One row per model and predictor; of the entries that taught it."""

    evaluation: str = pa.Field(isin=["CV"])
    predictor: str
    title: str
    direction: pl.Int64 = pa.Field(isin=[-1, 0, 1])
    weight: float = pa.Field(nullable=True, description="log odds by standard deviation; null for trees")
    mean_contribution: float = pa.Field(description="mean size of what it adds to the log odds")
    known: float = pa.Field(description="share of entries of which it is known")
    mean_without: float = pa.Field(nullable=True)
    mean_with: float = pa.Field(nullable=True, description="mean of entries with the event")


class EvaluationStatistic(_Result):
    """One row per model, evaluation, recalibration and metric."""

    recalibration: str = pa.Field(isin=["none", "intercept", "intercept_and_slope"])
    metric: str
    value: float = pa.Field(nullable=True, description="null: not to be had from these entries")
    lower: float = pa.Field(nullable=True, description="95 % interval; null: none is given")
    upper: float = pa.Field(nullable=True)


class CalibrationSummary(_Result):
    """One row per model, evaluation, recalibration and tenth of the scores."""

    recalibration: str
    tenth: pl.Int64 = pa.Field(ge=1, le=10)
    entries: pl.Int64
    events: pl.Int64
    mean_risk: float
    observed_risk: float


class ThresholdSummary(_Result):
    """One row per model, evaluation, recalibration and way to choose whom to look at."""

    recalibration: str
    chosen_by: str = pa.Field(isin=["share", "risk"])
    at: float = pa.Field(description="share of the entries, or risk")
    threshold: float = pa.Field(description="smallest risk that is chosen")
    chosen: float = pa.Field(description="share of the entries that is chosen")
    positives: float = pa.Field(description="entries chosen, weighted for those who left observation")
    true_positives: float
    ppv: float = pa.Field(nullable=True)
    sensitivity: float = pa.Field(nullable=True)
    specificity: float = pa.Field(nullable=True)
    npv: float = pa.Field(nullable=True)
    assessed_per_case: float = pa.Field(nullable=True, description="people looked at for one that falls ill")
    net_benefit: float = pa.Field(nullable=True)
    net_benefit_all: float = pa.Field(nullable=True, description="of looking at everybody")


class DemographicSummary(_Result):
    """One row per model, evaluation and group."""

    grouped_by: str = pa.Field(isin=["age_band", "sex", "deprivation"])
    group: str
    entries: pl.Int64
    events: pl.Int64
    mean_risk: float
    observed_risk: float
    auroc: float = pa.Field(nullable=True, description="null: too few events")
    auroc_lower: float = pa.Field(nullable=True)
    auroc_upper: float = pa.Field(nullable=True)


class PredictionDistribution(_Result):
    """One row per model, evaluation and outcome: scores in percentiles."""

    happened: bool
    entries: pl.Int64
    mean_risk: float
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float


class RiskScore(pa.DataFrameModel):
    """One row per site and person who is scored today, the highest risk of a site first."""

    site: str
    horizon_years: pl.Int64
    learner: str
    trained_in: str
    trained_at: dt.date = pa.Field(description="snapshot of the model")
    row_id: pl.Int64 = pa.Field(description="entry of the features room")
    person_id: pl.Int64
    practice: pl.Int64 = pa.Field(nullable=True)
    index_date: dt.date = pa.Field(description="landmark: what is known of the day before is used")
    risk: float = pa.Field(ge=0, le=1, description="of a first cancer of the site within the horizon")
    rank: pl.Int64 = pa.Field(ge=1, description="1: the highest of the country")
    is_listed: bool = pa.Field(description="stands on the work list")
    reasons: pl.List(pl.String) = pa.Field(description="what raises it most above an average person")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["site", "row_id"]


class RiskMonitor(pa.DataFrameModel):
    """One row per model in use: whether it still fits."""

    site: str = pa.Field(unique=True)
    horizon_years: pl.Int64
    learner: str
    trained_in: str
    trained_at: dt.date
    persons: pl.Int64 = pa.Field(ge=0, description="scored today")
    mean_risk: float = pa.Field(nullable=True)
    psi_since_learned: float = pa.Field(nullable=True, description="shift of scores since it was learned")
    psi_since_month: float = pa.Field(nullable=True, description="since last month; null: not scored then")
    observed: float = pa.Field(nullable=True, description="events of the latest period, weighted")
    expected: float = pa.Field(nullable=True, description="that the model expected")
    ratio_lower: float = pa.Field(nullable=True, description="95 % interval of observed over expected")
    ratio_upper: float = pa.Field(nullable=True)
    status: str = pa.Field(isin=["ok", "watch", "act", "few"])

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True


RESULTS = {
    "evaluation_statistics": EvaluationStatistic,
    "calibration_summary": CalibrationSummary,
    "threshold_summary": ThresholdSummary,
    "demographic_summary": DemographicSummary,
    "prediction_distribution": PredictionDistribution,
}
"""Tables of results, named as in OHDSI's PatientLevelPrediction; in the lake each is `risk_<name>`."""


def as_table(contract: type[pa.DataFrameModel], rows: list[dict]) -> pl.DataFrame:
    """Rows in the columns of a contract."""
    return pl.DataFrame(rows, schema=columns_of(contract), orient="row")
