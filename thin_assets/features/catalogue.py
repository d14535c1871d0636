"""The catalogue of features: `catalogue.yaml`, read once and held to its promises.

A covariate is a concept seen through an analysis; an analysis is a family in a window. The ids are those of
OHDSI's FeatureExtraction, except that every window ends before the index day.
"""

import re
from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thin_assets.errors import CatalogueRefused

Events = Literal[
    *("person", "observation_period", "condition", "condition_source", "drug", "procedure", "measurement"),
    *("measurement_value", "observation", "observation_answer", "observation_value", "visit"),
]
Rollup = Literal["concept", "nothing", "ingredient", "atc", "ancestor", "icd10_3", "score"]
Measure = Literal[
    *("presence", "count", "value", "latest", "latest_concept", "slope", "days_since_last"),
    *("days_since_first", "score"),
]


_BRACES = re.compile(r"\{(\w+)\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Analysis(_Strict):
    """One family in one window.

    id      the last three digits of the ids of its covariates
    days    first day of the window before the index; None: since ever
    lag     last days before the index that are left out: the window ends on day -1 - lag
    """

    id: int = Field(ge=1, le=999)
    name: str = Field(pattern=r"^[A-Z][A-Za-z0-9]+$")
    days: int | None = Field(None, ge=1)
    lag: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _holds_a_day(self) -> Self:
        if self.days is not None and self.days <= self.lag:
            raise ValueError("the window ends before it begins")
        return self

    @property
    def window(self) -> str:
        """The window in words."""
        first = "any time before" if self.days is None else f"{self.days} days before"
        return f"{first}, but not the last {self.lag} days" if self.lag else first


class Family(_Strict):
    """Features of one kind.

    events                what they are made of; one of the streams of `events.py`
    rollup                what a covariate stands for: the concept recorded, or what it belongs to
    measure               what the value is; for presence it is 1
    by_unit               values of different units are different covariates
    missing_means_zero    an entry without a row has none of it; otherwise it is unknown
    covariate_name        how its covariates are called; {concept}, {unit} and {window} are filled in
    concepts              the only concepts that it looks at; empty: all
    between               smallest and largest value that is believed
    ancestors, levels     what rollups to ancestors and to ATC classes know
    score                 groups: a weight, then ancestors
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    events: Events
    rollup: Rollup = "concept"
    measure: Measure
    by_unit: bool = False
    unit: str | None = None
    missing_means_zero: bool
    covariate_name: str
    description: str
    analyses: tuple[Analysis, ...] = Field(min_length=1)
    concepts: tuple[int, ...] = ()
    between: tuple[float, float] | None = None
    ancestors: tuple[int, ...] = ()
    levels: tuple[str, ...] = ()
    score: tuple[tuple[int, ...], ...] = ()

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        told = set(_BRACES.findall(self.covariate_name))
        if len(self.analyses) > 1 and "window" not in told:
            raise ValueError("covariate_name must hold {window}: there are several analyses")
        one_concept = self.rollup in ("nothing", "score") or len(self.concepts) == 1
        if not one_concept and "concept" not in told:
            raise ValueError("covariate_name must hold {concept}")
        if self.by_unit and "unit" not in told:
            raise ValueError("covariate_name must hold {unit}")
        if (self.rollup == "ancestor") != bool(self.ancestors) or (self.rollup == "atc") != bool(self.levels):
            raise ValueError("ancestors and levels belong to the rollups of that name")
        if (self.rollup == "score") != bool(self.score) or any(len(group) < 2 for group in self.score):
            raise ValueError("the rollup score needs groups of a weight and ancestors")
        in_groups = Counter(concept for group in self.score for concept in group[1:])
        if max(in_groups.values(), default=1) > 1:
            raise ValueError("an ancestor stands in one group of a score only")
        return self


class Population(_Strict):
    """Entries that features are built for.

    cohort     of the cohorts room
    matched    its matched sets, cases and controls, instead of its members
    outcome    concepts; a record of one of them, or below it, makes no feature
    analyses   names of the only analyses that are built; empty: all
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    cohort: str
    matched: bool = False
    outcome: tuple[int, ...] = ()
    analyses: tuple[str, ...] = ()


class Splits(_Strict):
    """How entries are divided: percent by split, the salt of the hash, first years of temporal folds."""

    salt: str = Field(min_length=1)
    train: int = Field(ge=0, le=100)
    tuning: int = Field(ge=0, le=100)
    held_out: int = Field(ge=0, le=100)
    temporal_cuts: tuple[int, ...]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.train + self.tuning + self.held_out != 100:
            raise ValueError("train, tuning and held_out add up to 100")
        if list(self.temporal_cuts) != sorted(set(self.temporal_cuts)):
            raise ValueError("temporal_cuts ascend")
        return self


class Wide(_Strict):
    """Which covariates become columns: those of enough entries, the most frequent ones first."""

    fewest_entries: int = Field(ge=1)
    most_columns: int = Field(ge=1)


class Catalogue(_Strict):
    """All of it."""

    families: tuple[Family, ...]
    populations: tuple[Population, ...] = ()
    splits: Splits
    wide: Wide

    @model_validator(mode="after")
    def _nothing_is_shared(self) -> Self:
        pairs = [(family, analysis) for family in self.families for analysis in family.analyses]
        for what, found in {
            "analysis ids": [analysis.id for _, analysis in pairs],
            "analysis names": [analysis.name for _, analysis in pairs],
            "covariate names": [covariate_template(*pair) for pair in pairs],
            "families": [family.name for family in self.families],
            "populations": [one.name for one in self.populations],
        }.items():
            twice = sorted(str(one) for one, times in Counter(found).items() if times > 1)
            if twice:
                raise ValueError(f"{what} given twice: {', '.join(twice)}")
        known = {analysis.name for _, analysis in pairs}
        if unknown := sorted({name for one in self.populations for name in one.analyses} - known):
            raise ValueError(f"a population asks for analyses that are none: {', '.join(unknown)}")
        return self

    def family(self, name: str) -> Family:
        """A family by its name. Raises KeyError."""
        return {family.name: family for family in self.families}[name]

    def narrowed(self, population: Population) -> Self:
        """The catalogue with the analyses that a population asks for, and their families."""
        if not population.analyses:
            return self
        families = (
            one.model_copy(
                update={"analyses": tuple(it for it in one.analyses if it.name in population.analyses)}
            )
            for one in self.families
        )
        return self.model_copy(update={"families": tuple(one for one in families if one.analyses)})

    def population(self, name: str) -> Population:
        """A population by its name. Raises KeyError."""
        return {one.name: one for one in self.populations}[name]

    def analyses(self) -> dict[int, tuple[Family, Analysis]]:
        """Every analysis with its family, by id, in the order of the file."""
        return {one.id: (family, one) for family in self.families for one in family.analyses}


def covariate_template(family: Family, analysis: Analysis) -> str:
    """How the covariates of an analysis are called; concept and unit are still to be filled in."""
    return family.covariate_name.replace("{window}", analysis.window)


def read_catalogue(path: Path) -> Catalogue:
    """A catalogue from its file. Raises CatalogueRefused that says which entry is wrong, and why."""
    try:
        return Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'catalogue'}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        )
        raise CatalogueRefused(
            told, where=path.name, remedy="mend the catalogue; see docs/how-to/add-a-feature.md"
        ) from error


@cache
def catalogue() -> Catalogue:
    """The catalogue of the project."""
    return read_catalogue(Path(str(files("thin_assets.features").joinpath("catalogue.yaml"))))
