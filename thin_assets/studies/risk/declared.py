"""What is predicted, of whom and from what, as data: `models.yaml`, read once and held to its promises."""

from functools import cache
from importlib.resources import files
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from thin_assets.studies.repeated import repeated

UP, DOWN, FREE = 1, -1, 0
"""Whether the risk may only rise with a predictor, only fall, or either; numbers as LightGBM wants them."""

Sex = Literal["female", "male"]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Population(_Told):
    """Landmarks that are predicted from.

    cohort          their table in the cohorts room
    features        the population of the features room with the same entries
    yearly          landmarks are the same day of each year
    current_days    days before the end of the snapshot within which a landmark is scored
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    cohort: str
    features: str
    yearly: bool
    current_days: int = Field(ge=0)


class Predictor(_Told):
    """What a model may know of an entry, made of covariates.

    analyses    names in the catalogue of features
    concepts    with all below them; empty: whatever the analysis looks at
    units       factor by unit concept; empty: the value has no unit
    shift       by unit concept, added after the factor
    at_most     of presence: largest value of the covariate
    missing     value where nothing is recorded; None: unknown
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    kind: Literal["presence", "value"]
    analyses: tuple[str, ...] = Field(min_length=1)
    concepts: tuple[int, ...] = ()
    units: dict[int, float] = {}
    shift: dict[int, float] = {}
    at_most: float | None = None
    missing: float | None = None

    def __hash__(self) -> int:
        return hash(self.name)

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if self.kind == "presence" and (self.units or self.missing is not None):
            raise ValueError(f"{self.name}: presence has no unit, and is never unknown")
        if self.kind == "value" and self.at_most is not None:
            raise ValueError(f"{self.name}: at_most belongs to presence")
        if unknown := set(self.shift) - set(self.units):
            raise ValueError(f"{self.name}: shift of units without a factor: {sorted(unknown)}")
        return self

    @property
    def may_be_unknown(self) -> bool:
        """Whether an entry may lack it."""
        return self.kind == "value" and self.missing is None


class Site(_Told):
    """One cancer in one population.

    cohort            whose entry events are the outcome
    sex               of whom alone it is asked; None: of everybody
    up, down, free    predictors by the way in which the risk may go with them
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    cohort: str
    population: str
    sex: Sex | None = None
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    @property
    def directions(self) -> dict[str, int]:
        """Predictors with their direction, in the order in which a model holds them."""
        return {
            name: way
            for names, way in ((self.up, UP), (self.down, DOWN), (self.free, FREE))
            for name in names
        }


class Learner(_Told):
    """A way to learn.

    penalties    strengths that are tried, strongest first
    horizons     years of which it answers; empty: all
    """

    name: Literal["logistic", "lasso", "boosted"]
    title: str
    penalties: tuple[float, ...] = Field(min_length=1)
    horizons: tuple[int, ...] = ()


class Scoring(_Told):
    """What stands on the work list: whose scores, the share of the population, reasons a person."""

    learner: str
    horizon: int
    share: float = Field(gt=0, lt=1)
    reasons: int = Field(ge=1)


class LeaveOneOut(_Told):
    """Models of all countries but one: whose, and of which horizons."""

    learner: str
    horizons: tuple[int, ...]

    def asks(self, learner: str, years: int) -> bool:
        """Whether it is learned so."""
        return learner == self.learner and years in self.horizons


class Models(_Told):
    """All that is declared.

    fewest_events    entries with the event that learning needs
    fewest_judged    entries with the event that a figure needs
    """

    seed: int
    populations: tuple[Population, ...] = Field(min_length=1)
    horizons: tuple[int, ...] = Field(min_length=1)
    fewest_events: int = Field(ge=10)
    fewest_judged: int = Field(ge=1)
    learners: tuple[Learner, ...] = Field(min_length=1)
    leave_one_out: LeaveOneOut
    scoring: Scoring
    top_shares: tuple[float, ...]
    thresholds: tuple[float, ...]
    predictors: tuple[Predictor, ...]
    sites: tuple[Site, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        named = {
            "populations": self.populations,
            "predictors": self.predictors,
            "learners": self.learners,
            "sites": self.sites,
        }
        for what, those in named.items():
            if twice := repeated(one.name for one in those):
                raise ValueError(f"{what} stand twice: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _speaks_of_what_is_there(self) -> Self:
        known = {one.name for one in self.predictors}
        for site in self.sites:
            asked = [*site.up, *site.down, *site.free]
            if unknown := sorted(set(asked) - known):
                raise ValueError(f"{site.name}: no such predictors: {', '.join(unknown)}")
            if twice := repeated(asked):
                raise ValueError(f"{site.name}: a predictor goes one way only: {', '.join(twice)}")
            if site.population not in {one.name for one in self.populations}:
                raise ValueError(f"{site.name}: no such population: {site.population}")
        answers = {(one.name, years) for one in self.learners for years in one.horizons or self.horizons}
        if (self.scoring.learner, self.scoring.horizon) not in answers:
            raise ValueError("scoring asks for a learner and horizon that are not learned")
        return self

    def population(self, name: str) -> Population:
        """A population by its name. Raises KeyError."""
        return {one.name: one for one in self.populations}[name]

    def predictor(self, name: str) -> Predictor:
        """A predictor by its name. Raises KeyError."""
        return {one.name: one for one in self.predictors}[name]

    def site(self, name: str) -> Site:
        """A site by its name. Raises KeyError."""
        return {one.name: one for one in self.sites}[name]


@cache
def declared() -> Models:
    """`models.yaml`. Raises pydantic's ValidationError."""
    text = files("thin_assets.studies.risk").joinpath("models.yaml").read_text(encoding="utf-8")
    return Models.model_validate(yaml.safe_load(text))
