"""What the study of long COVID leaves: exact counts and estimates, for the lake only."""

import pandera.polars as pa
import polars as pl

from thin_assets.studies.long_covid.declared import EXPOSED, SOURCES, UNEXPOSED

SOURCE = {"isin": [*SOURCES], "description": "records that count: `coded`, or `coded_and_text`"}
EXPOSURE = {"isin": [EXPOSED, UNEXPOSED], "description": "infected, or matched to somebody who was"}


class _Exact:
    """Exactly these columns."""

    strict = True
    ordered = True


class Flow(pa.DataFrameModel):
    """One row per step from the matched sets to those who are followed."""

    step: str = pa.Field(description="what is asked for, each after those above")
    exposed: pl.Int64 = pa.Field(ge=0, description="infected who are left")
    unexposed: pl.Int64 = pa.Field(ge=0, description="unexposed who are left")

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["step"]


class Baseline(pa.DataFrameModel):
    """One row per trait of those followed: how many have it, by exposure."""

    trait: str
    exposed: pl.Int64 = pa.Field(ge=0, description="infected with it")
    unexposed: pl.Int64 = pa.Field(ge=0, description="unexposed with it")
    difference: float = pa.Field(
        nullable=True, description="standardised difference of the shares; null where a group is empty"
    )

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["trait"]


class Source(pa.DataFrameModel):
    """One row per symptom: everybody's records of it, by where they are; a record is a person's day."""

    symptom: str
    coded_only: pl.Int64 = pa.Field(ge=0, description="records that only a code says")
    coded_and_text: pl.Int64 = pa.Field(ge=0, description="records that a code and a text say")
    text_only: pl.Int64 = pa.Field(ge=0, description="records that only a text says")
    text_only_share: float = pa.Field(nullable=True, ge=0, le=1, description="of all; null: no record")
    persons_coded: pl.Int64 = pa.Field(ge=0, description="persons with a coded record")
    persons: pl.Int64 = pa.Field(ge=0, description="persons with a record of either kind")

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["symptom"]


class Hazard(pa.DataFrameModel):
    """One row per symptom and source: the hazard after an infection over that of the unexposed."""

    symptom: str
    source: str = pa.Field(**SOURCE)
    events_exposed: pl.Int64 = pa.Field(ge=0, description="infected with the symptom in follow-up")
    events_unexposed: pl.Int64 = pa.Field(ge=0, description="unexposed with it")
    hazard_ratio: float = pa.Field(nullable=True, gt=0, description="adjusted; null: see `outcome`")
    lower: float = pa.Field(nullable=True, ge=0, description="lower end of its 95 % interval (Wald)")
    upper: float = pa.Field(nullable=True, gt=0, description="upper end of it")
    p_value: float = pa.Field(nullable=True, ge=0, le=1, description="of the hypothesis that it is 1")
    p_proportional: float = pa.Field(
        nullable=True, ge=0, le=1, description="of the hypothesis that it is the same at all times"
    )
    is_proportional: bool = pa.Field(nullable=True, description="that p value is not below 0.01")
    outcome: str = pa.Field(isin=["estimated", "too few events", "no estimate"])

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["symptom", "source"]


class Incidence(pa.DataFrameModel):
    """One row per symptom, source, exposure and day: who has had the symptom since the twelfth week."""

    symptom: str
    source: str = pa.Field(**SOURCE)
    exposure: str = pa.Field(**EXPOSURE)
    day: pl.Int64 = pa.Field(ge=83, le=365, description="days since the index date, at whose end this holds")
    at_risk: pl.Int64 = pa.Field(ge=0, description="followed on that day; on the first, those who begin")
    events: pl.Int64 = pa.Field(ge=0, description="events until then")
    share: float = pa.Field(
        nullable=True, ge=0, le=1, description="with the symptom (Kaplan and Meier); null: nobody was at risk"
    )

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["symptom", "source", "exposure", "day"]


class BeforeLabel(pa.DataFrameModel):
    """One row per symptom and source: who had it within a week before a label of long COVID."""

    symptom: str
    source: str = pa.Field(**SOURCE)
    labelled: pl.Int64 = pa.Field(ge=0, description="persons with a label")
    persons: pl.Int64 = pa.Field(ge=0, description="of them, with the symptom that day or 7 days before")

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["symptom", "source"]


class Cell(pa.DataFrameModel):
    """One row per symptom, source and exposure: who was at risk and had the symptom; it is published."""

    symptom: str
    source: str = pa.Field(**SOURCE)
    exposure: str = pa.Field(**EXPOSURE)
    persons: pl.Int64 = pa.Field(ge=0, description="persons at risk after the twelfth week")
    events: pl.Int64 = pa.Field(ge=0, description="of them, with the symptom in follow-up")
    person_years: float = pa.Field(ge=0, description="time at risk")
    persons_practices: pl.Int64 = pa.Field(ge=0, description="practices with somebody at risk")
    persons_of_largest: pl.Int64 = pa.Field(ge=0, description="persons of the practice that has most")
    events_practices: pl.Int64 = pa.Field(ge=0, description="practices with an event")
    events_of_largest: pl.Int64 = pa.Field(ge=0, description="events of the practice that has most")
    hazard_ratio: float = pa.Field(
        nullable=True,
        description="1 beside the unexposed; null: a group has fewer than 10 events, or none fits",
    )
    hazard_ratio_lower: float = pa.Field(nullable=True, description="lower end of its 95 % interval")
    hazard_ratio_upper: float = pa.Field(nullable=True, description="upper end of it")

    class Config(_Exact):
        """Exactly these columns."""

        unique = ["symptom", "source", "exposure"]
