"""What the study finds; exact, for the lake."""

import pandera.polars as pa
import polars as pl

from thin_assets.studies.triple_therapy.declared import ARMS

_ARM = pa.Field(isin=ARMS, description="from how many devices the index therapy comes")
_GAP = pa.Field(gt=0, description="days without supply that end a therapy")


class _Exact:
    strict = True
    ordered = True


class Attrition(pa.DataFrameModel):
    """One row per rule: persons who are left after it."""

    step: pl.Int32 = pa.Field(ge=0, unique=True)
    rule: str
    persons: pl.Int64 = pa.Field(ge=0)

    class Config(_Exact):
        """Exactly these columns."""


class Baseline(pa.DataFrameModel):
    """One row per arm, characteristic and value of a new user on the day of the index; `all` is one."""

    arm: str = _ARM
    characteristic: str
    value: str
    persons: pl.Int64 = pa.Field(gt=0)

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["arm", "characteristic", "value"]


class Curve(pa.DataFrameModel):
    """One row per arm, gap and day of the grid on which somebody is followed: Kaplan and Meier."""

    arm: str = _ARM
    gap_days: pl.Int32 = _GAP
    day: pl.Int32 = pa.Field(ge=0, description="days since the index; at its end")
    persons: pl.Int64 = pa.Field(gt=0, description="new users")
    at_risk: pl.Int64 = pa.Field(ge=0, description="persons followed until the day or longer")
    ended: pl.Int64 = pa.Field(ge=0, description="persons whose therapy has ended by the end of the day")
    persistence: float = pa.Field(in_range={"min_value": 0, "max_value": 1})
    persistence_lower: float = pa.Field(
        in_range={"min_value": 0, "max_value": 1}, description="95 % interval"
    )
    persistence_upper: float = pa.Field(in_range={"min_value": 0, "max_value": 1})

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["arm", "gap_days", "day"]


class Estimate(pa.DataFrameModel):
    """One row per arm, gap and measure; without a value where it is not reached."""

    arm: str = _ARM
    gap_days: pl.Int32 = _GAP
    measure: str = pa.Field(
        isin=["median_days", "restricted_mean_days", "persistence_one_year", "days_covered"]
    )
    persons: pl.Int64 = pa.Field(ge=0)
    ended: pl.Int64 = pa.Field(ge=0)
    value: float = pa.Field(nullable=True)
    lower: float = pa.Field(nullable=True, description="95 % interval")
    upper: float = pa.Field(nullable=True)

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["arm", "gap_days", "measure"]


class Hazard(pa.DataFrameModel):
    """One row per gap, model and term of it: hazard of the end of the therapy, by Cox."""

    gap_days: pl.Int32 = _GAP
    model: str = pa.Field(isin=["crude", "adjusted"])
    term: str = pa.Field(description="against the reference that the design names")
    persons: pl.Int64 = pa.Field(gt=0, description="persons of the term; of age, all")
    ended: pl.Int64 = pa.Field(gt=0, description="of them, those whose therapy ended")
    hazard_ratio: float = pa.Field(gt=0)
    lower: float = pa.Field(ge=0, description="95 % interval")
    upper: float = pa.Field(gt=0)
    p_value: float = pa.Field(in_range={"min_value": 0, "max_value": 1})

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["gap_days", "model", "term"]


class Outcome(pa.DataFrameModel):
    """One row per arm, cause and day of the grid: Aalen and Johansen; gap as in the main analysis."""

    arm: str = _ARM
    cause: str = pa.Field(isin=["stopped", "switched", "added"])
    day: pl.Int32 = pa.Field(ge=0)
    at_risk: pl.Int64 = pa.Field(ge=0)
    had: pl.Int64 = pa.Field(ge=0, description="persons who have had the cause by the end of the day")
    risk: float = pa.Field(in_range={"min_value": 0, "max_value": 1})
    risk_lower: float = pa.Field(in_range={"min_value": 0, "max_value": 1}, description="95 % interval")
    risk_upper: float = pa.Field(in_range={"min_value": 0, "max_value": 1})

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["arm", "cause", "day"]


class Adherence(pa.DataFrameModel):
    """One row per arm and band of the days covered in the first year, of those observed for all of it."""

    arm: str = _ARM
    days_covered: str
    persons: pl.Int64 = pa.Field(gt=0)

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["arm", "days_covered"]


class Pathway(pa.DataFrameModel):
    """One row per therapy before, index therapy and what came after it; gap as in the main analysis."""

    before: str
    arm: str = _ARM
    after: str
    persons: pl.Int64 = pa.Field(gt=0)

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["before", "arm", "after"]


class Cell(pa.DataFrameModel):
    """One row per analysis, arm and day of the grid: what may be published after disclosure control."""

    analysis: str = pa.Field(description="main, or sensitivity and the days of its gap")
    arm: str = _ARM
    day: pl.Int32 = pa.Field(ge=0)
    gap_days: pl.Int32 = _GAP
    record: str = pa.Field(isin=["prescribed", "dispensed"], description="kind of record that was followed")
    persons: pl.Int64 = pa.Field(gt=0, description="new users")
    persons_practices: pl.Int64 = pa.Field(ge=0, description="practices with such a person")
    persons_of_largest: pl.Int64 = pa.Field(ge=0, description="persons of the practice that has most")
    at_risk: pl.Int64 = pa.Field(ge=0)
    at_risk_practices: pl.Int64 = pa.Field(ge=0)
    at_risk_of_largest: pl.Int64 = pa.Field(ge=0)
    ended: pl.Int64 = pa.Field(ge=0, description="persons whose therapy has ended by the end of the day")
    ended_practices: pl.Int64 = pa.Field(ge=0)
    ended_of_largest: pl.Int64 = pa.Field(ge=0)
    persistence: float
    persistence_lower: float
    persistence_upper: float
    median_days: float = pa.Field(nullable=True, description="told in the row of 360 days, as what follows")
    median_days_lower: float = pa.Field(nullable=True)
    median_days_upper: float = pa.Field(nullable=True)
    restricted_mean_days: float = pa.Field(nullable=True)
    restricted_mean_days_lower: float = pa.Field(nullable=True)
    restricted_mean_days_upper: float = pa.Field(nullable=True)
    hazard_ratio: float = pa.Field(nullable=True, description="of this arm against one device, adjusted")
    hazard_ratio_lower: float = pa.Field(nullable=True)
    hazard_ratio_upper: float = pa.Field(nullable=True)

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["analysis", "arm", "day"]
