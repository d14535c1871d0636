"""What leaves evidence: the result tables of OHDSI Achilles, counts and distributions by analysis and strata.

What an analysis counts, and what its strata mean, is in `analyses.csv`. Every value is an aggregate, and not
suppressed: the tables stay in the lake, and what people see of them is (`domain/disclosure.py`).
"""

import pandera.polars as pa
import polars as pl

from thin_assets.evidence.analyses import analyses

_ASKED = sorted(analyses())


def _stratum(number: int) -> str:
    return pa.Field(
        nullable=True, description=f"value of stratum {number} of the analysis; null: it has none"
    )


class _Long(pa.DataFrameModel):
    analysis_id: pl.Int32 = pa.Field(
        isin=_ASKED, description="id in `analyses.csv`; below 9000 as in Achilles"
    )
    stratum_1: str = _stratum(1)
    stratum_2: str = _stratum(2)
    stratum_3: str = _stratum(3)
    stratum_4: str = _stratum(4)
    stratum_5: str = _stratum(5)
    count_value: pl.Int64 = pa.Field(ge=0, description="persons or records, as the analysis says")

    class Config:
        """Exactly these columns; one row per analysis and strata."""

        strict = True
        ordered = True
        unique = ["analysis_id", "stratum_1", "stratum_2", "stratum_3", "stratum_4", "stratum_5"]


class AchillesResults(_Long):
    """One row per analysis and combination of its strata, sorted by them."""


class AchillesResultsDist(_Long):
    """One row per analysis and strata: how a number is distributed over `count_value` rows.

    A percentile is the smallest value that at least that share of the rows does not exceed.
    """

    min_value: float = pa.Field(description="smallest value")
    max_value: float = pa.Field(description="largest value")
    avg_value: float = pa.Field(description="mean")
    stdev_value: float = pa.Field(nullable=True, ge=0, description="sample standard deviation; null: one row")
    median_value: float = pa.Field(description="half of the rows are not above it")
    p10_value: float = pa.Field(description="10th percentile")
    p25_value: float = pa.Field(description="25th percentile")
    p75_value: float = pa.Field(description="75th percentile")
    p90_value: float = pa.Field(description="90th percentile")
