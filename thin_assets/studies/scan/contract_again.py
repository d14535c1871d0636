"""What leaves the association scan of exposures that passed it and were looked at again."""

import pandera.polars as pa
import polars as pl

from thin_assets.studies.scan.contract import KINDS, ExposureInWindow


class AdjustedAssociation(ExposureInWindow):
    """One row per site and exposure that passed in the lagged window: beside a few covariates; exact."""

    sets: pl.Int64 = pa.Field(ge=0, description="sets of a case and a control")
    adjusted_for: str = pa.Field(description="covariates that told members apart, a comma between")
    odds_ratio: float = pa.Field(nullable=True, description="null where the model has no estimate")
    lower: float = pa.Field(nullable=True, description="lower end of its 95 % interval, by Wald")
    upper: float = pa.Field(nullable=True)
    log_odds_ratio: float = pa.Field(nullable=True)
    standard_error: float = pa.Field(nullable=True)
    p_value: float = pa.Field(nullable=True)


class DoseResponse(ExposureInWindow):
    """One row per site, drug that passed in the lagged window, and class of its dose; exact."""

    dose_class: pl.Int64 = pa.Field(ge=1)
    days: str = pa.Field(description="days with a prescription")
    exposed_cases: pl.Int64 = pa.Field(ge=0, description="cases of the class")
    exposed_controls: pl.Int64 = pa.Field(ge=0)
    odds_ratio: float = pa.Field(nullable=True, description="against the unexposed")
    lower: float = pa.Field(nullable=True, description="lower end of its 95 % interval, by Wald")
    upper: float = pa.Field(nullable=True)
    trend_z: float = pa.Field(nullable=True, description="score test for trend, the same in every class")
    trend_p: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["scan", "exposure_id", "dose_class"]


class OnsetYear(pa.DataFrameModel):
    """One row per site, exposure that passed in a published window, and year before the index; exact."""

    scan: str
    exposure_id: pl.Int64
    exposure_kind: str = pa.Field(isin=KINDS)
    exposure_code: str
    exposure_name: str
    year: pl.Int64 = pa.Field(ge=1, description="1: the year before the index")
    cases: pl.Int64 = pa.Field(ge=0, description="cases observed through that year, with a control who was")
    controls: pl.Int64 = pa.Field(ge=0, description="controls observed through that year, with their case")
    exposed_cases: pl.Int64 = pa.Field(ge=0, description="of them, those with a record in that year")
    exposed_controls: pl.Int64 = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["scan", "exposure_id", "year"]
