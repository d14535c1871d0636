"""What leaves the association scan."""

import datetime as dt
from typing import get_args

import pandera.polars as pa
import polars as pl

from thin_assets.studies.scan.declared import Kinds

KINDS = list(get_args(Kinds))


class ExposureInWindow(pa.DataFrameModel):
    """What a row of an exposure before a disease begins with: one row per site, window and exposure."""

    scan: str = pa.Field(description="site, as declared")
    window: str = pa.Field(description="years before the index")
    exposure_id: pl.Int64 = pa.Field(description="concept x 1000 + id of the kind")
    exposure_kind: str = pa.Field(isin=KINDS)
    exposure_code: str = pa.Field(description="code of the concept in its vocabulary")
    exposure_name: str

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["scan", "window", "exposure_id"]


class Association(ExposureInWindow):
    """One row per site, window and exposure that was tested; exact, for the lake only."""

    chapter: str = pa.Field(description="of ICD-10, or first class of ATC")
    is_negative_control: bool
    sets: pl.Int64 = pa.Field(ge=1, description="sets looked at in the window")
    informative_sets: pl.Int64 = pa.Field(
        ge=0, description="of them, those with exposed and unexposed members"
    )
    exposed_cases: pl.Int64 = pa.Field(ge=0)
    unexposed_cases: pl.Int64 = pa.Field(ge=0)
    exposed_controls: pl.Int64 = pa.Field(ge=0, description="a control of two sets counts twice")
    unexposed_controls: pl.Int64 = pa.Field(ge=0)
    odds_ratio: float = pa.Field(nullable=True, description="maximum of the conditional likelihood")
    lower: float = pa.Field(nullable=True, description="lower end of its 95 % profile-likelihood interval")
    upper: float = pa.Field(nullable=True, description="upper end of it")
    log_odds_ratio: float = pa.Field(nullable=True)
    standard_error: float = pa.Field(nullable=True)
    firth: float = pa.Field(
        nullable=True, description="log odds ratio by penalised likelihood, always finite"
    )
    firth_error: float = pa.Field(nullable=True)
    likelihood_ratio: float = pa.Field(nullable=True, description="statistic with one degree of freedom")
    p_value: float = pa.Field(nullable=True, description="exact where few sets inform, else likelihood ratio")
    minus_log10_p: float = pa.Field(nullable=True)
    q_value: float = pa.Field(
        nullable=True, description="false discovery rate among tests of site and window"
    )
    p_bonferroni: float = pa.Field(nullable=True)
    calibrated_p: float = pa.Field(
        nullable=True, description="p if it were a negative control; null from fewer than 5 of them"
    )
    is_exact: bool = pa.Field(nullable=True)
    is_separated: bool = pa.Field(description="all informative sets say the same: no finite estimate")
    e_value: float = pa.Field(nullable=True, description="of the end of the interval nearer to 1")


class ScanWindow(pa.DataFrameModel):
    """One row per site and window: the design in counts, and what multiplicity made of it."""

    scan: str
    window: str
    sets: pl.Int64 = pa.Field(ge=0)
    cases: pl.Int64 = pa.Field(ge=0)
    controls: pl.Int64 = pa.Field(ge=0)
    left_out: pl.Int64 = pa.Field(ge=0, description="members of sets that were observed for too short a time")
    exposures: pl.Int64 = pa.Field(ge=0, description="exposures that any member had")
    tested: pl.Int64 = pa.Field(ge=0, description="of them, those frequent enough to be tested")
    significant: pl.Int64 = pa.Field(ge=0, description="p below 0.05 after Bonferroni")
    discovered: pl.Int64 = pa.Field(ge=0, description="q below 0.05")
    inflation: float = pa.Field(nullable=True, description="median test statistic over that of chi-squared")
    inflation_tests: pl.Int64 = pa.Field(ge=0, description="tests that lambda rests on")
    controls_tested: pl.Int64 = pa.Field(ge=0, description="negative controls that were tested")
    controls_found: pl.Int64 = pa.Field(ge=0, description="of them, those with p below 0.05")
    null_mean: float = pa.Field(
        nullable=True, description="mean log odds ratio of negative controls; null from fewer than 5"
    )
    null_sd: float = pa.Field(nullable=True, description="how they scatter beyond their standard errors")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["scan", "window"]


class ScanCell(pa.DataFrameModel):
    """One row per site, window and exposure that anybody has; persons, exact, for the lake only.

    Exposures that were not tested are there, without an estimate: what is absent counts nobody.
    """

    scan: str
    window: str
    exposure_kind: str = pa.Field(isin=KINDS)
    exposure_id: pl.Int64
    exposure_code: str
    exposure_name: str
    exposed_cases: pl.Int64 = pa.Field(ge=0, description="cases with the exposure")
    exposed_controls: pl.Int64 = pa.Field(ge=0, description="persons who are controls and have it")
    cases_practices: pl.Int64 = pa.Field(ge=0, description="practices with such a case")
    cases_of_largest: pl.Int64 = pa.Field(ge=0, description="cases of the practice that has most")
    controls_practices: pl.Int64 = pa.Field(ge=0)
    controls_of_largest: pl.Int64 = pa.Field(ge=0)
    sets: pl.Int64 = pa.Field(ge=0, description="sets looked at in the window")
    tests: pl.Int64 = pa.Field(ge=0, description="tests of site and window, to two digits, rounded up")
    matching: float = pa.Field(
        nullable=True, description="odds ratio over exposed cases / exposed controls; null where not tested"
    )
    spread: float = pa.Field(
        nullable=True, description="its standard error over sqrt(1 / exposed cases + 1 / exposed controls)"
    )

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["scan", "window", "exposure_id"]


class AssociationAcross(ExposureInWindow):
    """One row per site, window and exposure that was tested in any country: estimates brought together."""

    chapter: str
    is_negative_control: bool
    snapshot: dt.date = pa.Field(description="month of all countries")
    countries: pl.Int64 = pa.Field(ge=0, description="countries with an estimate")
    tested_in: str = pa.Field(description="their codes, sorted, a space between")
    fixed_odds_ratio: float = pa.Field(nullable=True)
    fixed_lower: float = pa.Field(nullable=True)
    fixed_upper: float = pa.Field(nullable=True)
    fixed_p: float = pa.Field(nullable=True)
    random_odds_ratio: float = pa.Field(nullable=True, description="DerSimonian-Laird")
    random_lower: float = pa.Field(nullable=True)
    random_upper: float = pa.Field(nullable=True)
    random_p: float = pa.Field(nullable=True)
    hk_lower: float = pa.Field(nullable=True, description="Hartung-Knapp; null for one country")
    hk_upper: float = pa.Field(nullable=True)
    hk_p: float = pa.Field(nullable=True)
    q_p: float = pa.Field(nullable=True, description="p of Cochran's Q; null for one country")
    i2: float = pa.Field(nullable=True)
    tau2: float = pa.Field(
        nullable=True, description="variance between countries on the log scale, at least 0"
    )
    is_heterogeneous: bool = pa.Field(nullable=True, description="null for one country")
    first_country: str = pa.Field(nullable=True, description="discovered it after Bonferroni")
    second_country: str = pa.Field(nullable=True, description="repeated it at 0.05 in the same direction")
    is_replicated: bool
    is_opposed: bool = pa.Field(description="another country is significant in the other direction")
