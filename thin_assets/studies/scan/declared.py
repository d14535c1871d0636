"""What is scanned, as data: `scans.yaml`, read once and held to its promises."""

from functools import cache
from importlib.resources import files
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from thin_assets.studies.repeated import repeated

Kinds = Literal[
    *("condition", "condition_icd10", "symptom", "drug", "drug_atc"),
    *("local_condition", "measurement_high", "measurement_low", "answer"),
]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Told):
    """Days before the index, both ends within.

    from_days     nearest day
    to_days       farthest day; a set is looked at as far back as all its members were observed
    asked_days    members observed for less before the index are left out
    published     whether the published table shows it: of windows that overlap, one
    """

    name: str
    title: str
    published: bool = False
    from_days: int = Field(ge=1)
    to_days: int
    asked_days: int

    @model_validator(mode="after")
    def _holds_a_day(self) -> Self:
        if not self.from_days <= self.asked_days <= self.to_days:
            raise ValueError(f"{self.name}: asked_days lies within the window")
        return self


class Kind(_Told):
    """Exposures of one kind.

    id           last three digits of the ids of its exposures
    levels       classes of ATC that are exposures; of drug_atc
    questions    concepts of observations whose answers are exposures; of answer
    published    whether the published table shows it: of kinds that hold each other, one
    """

    id: int = Field(ge=900, le=999)
    name: Kinds
    title: str
    published: bool = False
    levels: tuple[str, ...] = ()
    questions: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _knows_what_it_needs(self) -> Self:
        if (self.name == "drug_atc") != bool(self.levels) or (self.name == "answer") != bool(self.questions):
            raise ValueError(f"{self.name}: levels belong to drug_atc and questions to answer")
        return self


class NegativeControl(_Told):
    """An exposure that no effect is known of, by its concept."""

    kind: Kinds
    concept: int


class Smoking(_Told):
    """Answers to a question, each a class of its own.

    question     concept of the observation
    reference    answer that the others are compared with
    """

    question: int
    reference: int


class BodyMassIndex(_Told):
    """Classes of a measurement.

    between    values that a living person can have
    classes    lower ends of the second class and of those after it, kg/m2; the second class is the reference
    """

    measurement: int
    between: tuple[float, float]
    classes: tuple[float, ...] = Field(min_length=1)


class Adjustment(_Told):
    """What an association that passed is looked at beside; and visits."""

    smoking: Smoking
    body_mass_index: BodyMassIndex


def in_words(name: str) -> str:
    """A name of these files as people read it: `lung_cancer` is lung cancer."""
    return name.replace("_", " ")


class Scan(_Told):
    """One site.

    cohort               whose matched sets are scanned
    left_out             concepts; a record of one of them, or below it, makes no exposure
    negative_controls    exposures whose odds ratio should be 1
    windows              its own, where a published design asks for others; else those of all scans
    lagged_window        of its own windows, the one that is read for causes
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    cohort: str
    left_out: tuple[int, ...] = ()
    negative_controls: tuple[NegativeControl, ...] = ()
    windows: tuple[Window, ...] = ()
    lagged_window: str = ""

    @model_validator(mode="after")
    def _reads_one_of_its_own(self) -> Self:
        if self.lagged_window not in ([one.name for one in self.windows] or [""]):
            raise ValueError(f"{self.name}: lagged_window is none of its own windows")
        return self

    @property
    def words(self) -> str:
        """The name as people read it."""
        return in_words(self.name)


class Scans(_Told):
    """All that is declared.

    lagged_window     window that is read for causes
    fewest_exposed    members with an exposure that a test needs
    smallest_share    share of the members that it needs
    dose_classes      fewest days with a prescription of each class of a dose, rising from 1
    onset_years       years before the index that what passed is followed back
    """

    windows: tuple[Window, ...] = Field(min_length=1, max_length=31)
    lagged_window: str
    kinds: tuple[Kind, ...] = Field(min_length=1)
    fewest_exposed: int = Field(ge=1)
    smallest_share: float = Field(ge=0, lt=1)
    adjustment: Adjustment
    dose_classes: tuple[int, ...] = Field(min_length=1)
    onset_years: int = Field(ge=1, le=20)
    scans: tuple[Scan, ...]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for what, names in (
            ("windows", [one.name for one in self.windows]),
            ("kinds", [one.name for one in self.kinds]),
            ("ids of kinds", [one.id for one in self.kinds]),
            ("scans", [one.name for one in self.scans]),
        ):
            if twice := repeated(names):
                raise ValueError(f"{what} stand twice: {', '.join(map(str, twice))}")
        if self.lagged_window not in {one.name for one in self.windows}:
            raise ValueError(f"lagged_window is no window: {self.lagged_window}")
        if self.dose_classes[0] != 1 or list(self.dose_classes) != sorted(set(self.dose_classes)):
            raise ValueError("dose_classes rise from 1, for who has no prescription is unexposed")
        return self

    @property
    def lagged(self) -> Window:
        """The window that is read for causes."""
        return next(one for one in self.windows if one.name == self.lagged_window)

    def kind_of(self, exposure_id: int) -> Kind:
        """The kind of an exposure."""
        return next(one for one in self.kinds if one.id == exposure_id % 1000)

    def id_of(self, control: NegativeControl) -> int:
        """Id of a negative control."""
        return control.concept * 1000 + next(one.id for one in self.kinds if one.name == control.kind)

    def of(self, scan: Scan) -> Self:
        """What is declared for one scan: its own windows, where it has any, in the place of the others."""
        own = {"windows": scan.windows, "lagged_window": scan.lagged_window}
        return self.model_copy(update=own) if scan.windows else self

    def published(self) -> tuple[list[str], list[str]]:
        """Names of the kinds and of the windows that the published table shows."""
        kinds = [one.name for one in self.kinds if one.published]
        return kinds, [one.name for one in self.windows if one.published]


@cache
def declared() -> Scans:
    """`scans.yaml`. Raises pydantic's ValidationError."""
    text = files("thin_assets.studies.scan").joinpath("scans.yaml").read_text(encoding="utf-8")
    return Scans.model_validate(yaml.safe_load(text))
