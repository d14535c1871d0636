"""The analyses as declared: one row says who is looked at, for which cohort, and by which rules.

Words and defaults are those of DARWIN's R package IncidencePrevalence
(darwin-eu.github.io/IncidencePrevalence): `generateDenominatorCohortSet`, `estimateIncidence`,
`estimatePointPrevalence`, `estimatePeriodPrevalence`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from thin_assets.errors import SettingsError
from thin_assets.studies.repeated import repeated

OLDEST = 150
"""Upper end of a band of age that has none."""

TENS = tuple((low, low + 9) for low in range(0, 90, 10)) + ((90, OLDEST),)
"""Ten years of age; 90 and more are one age, docs/explanation/disclosure.md."""

Interval = Literal["months", "quarters", "years", "overall"]
Sex = Literal["female", "male", "other"]


class Told(BaseModel):
    """A part of a declaration: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Denominator(Told):
    """Who is looked at, and from when to when: persons contribute while all of this is true of them.

    cohort_date_range         first and last day of the study; null: as long as anybody is observed
    age_group                 bands of age, first and last year of each; the youngest and oldest are limits
    sex                       who is looked at, and what is counted apart
    days_prior_observation    days in observation before somebody contributes
    target                    cohort in which they are; null: everybody in observation
    """

    cohort_date_range: tuple[dt.date | None, dt.date | None] = (None, None)
    age_group: tuple[tuple[int, int], ...] = TENS
    sex: tuple[Sex, ...] = Field(("female", "male"), min_length=1)
    days_prior_observation: int = Field(0, ge=0)
    target: str | None = None

    @field_validator("age_group")
    @classmethod
    def _one_after_the_other(cls, bands: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        rising = all(low <= high for low, high in bands)
        apart = all(one[1] < other[0] for one, other in pairwise(bands))
        if not (bands and rising and apart):
            raise ValueError("bands of age have a first and a last year, rise, and do not overlap")
        return bands

    @property
    def bands(self) -> dict[str, tuple[int, int]]:
        """First and last year of age by name.

        >>> list(Denominator(age_group=((0, 17), (18, 150))).bands)
        ['0-17', '18+']
        """
        return {band_name(low, high): (low, high) for low, high in self.age_group}


class Analysis(Told):
    """What incidence and prevalence have in common.

    outcomes                        cohorts of the library, or own ones
    interval                        of the calendar; `overall`: from the first day of anybody to the last
    complete_database_intervals     only those that the denominator captures from first day to last
    """

    outcomes: tuple[str, ...] = Field(min_length=1)
    denominator: str
    interval: Interval = "years"
    complete_database_intervals: bool = True

    @field_validator("outcomes")
    @classmethod
    def _each_once(cls, outcomes: tuple[str, ...]) -> tuple[str, ...]:
        if twice := repeated(outcomes):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return outcomes


class Incidence(Analysis):
    """Events for time at risk.

    outcome_washout    days after an outcome's end during which nobody is at risk; null: never again, and
                       nobody who had the outcome before
    repeated_events    several events of a person count; else time ends with the first
    """

    outcome_washout: int | None = Field(None, ge=0)
    repeated_events: bool = False


class Prevalence(Analysis):
    """Persons in the outcome's cohort for persons present.

    type                 on one day of each interval, or on any day of it
    time_point           that day
    full_contribution    only who is present from the first day of the interval to the last
    """

    type: Literal["point", "period"] = "point"
    time_point: Literal["start", "middle", "end"] = "start"
    full_contribution: bool = False

    @model_validator(mode="after")
    def _a_point_is_a_day_of_the_calendar(self) -> Self:
        if self.type == "point" and self.interval == "overall":
            raise ValueError("a point prevalence is told for days of months, quarters or years")
        return self


class Analyses(Told):
    """A file of them, by name."""

    title: str = "Incidence and prevalence"
    denominators: dict[str, Denominator]
    incidence: dict[str, Incidence] = {}
    prevalence: dict[str, Prevalence] = {}

    @model_validator(mode="after")
    def _speaks_of_what_is_there(self) -> Self:
        every = (*self.incidence.items(), *self.prevalence.items())
        unknown = {one.denominator for _, one in every} - set(self.denominators)
        if unknown:
            raise ValueError(f"no such denominator: {', '.join(sorted(unknown))}")
        if twice := repeated(name for name, _ in every):
            raise ValueError(f"two analyses are called {', '.join(twice)}")
        return self

    @cached_property
    def cohorts(self) -> tuple[str, ...]:
        """Every cohort that is read, as outcome or as target."""
        return tuple(sorted(set(self._cohorts())))

    def _cohorts(self) -> Iterator[str]:
        yield from (one.target for one in self.denominators.values() if one.target)
        for one in (*self.incidence.values(), *self.prevalence.values()):
            yield from one.outcomes

    def about(self, outcomes: Iterable[str]) -> Mapping[str, Analysis]:
        """Analyses of any of these cohorts."""
        wanted = set(outcomes)
        every = self.incidence | self.prevalence
        return {name: one for name, one in every.items() if wanted & set(one.outcomes)}


def band_name(low: int, high: int) -> str:
    """Name of a band of age.

    >>> band_name(0, 9), band_name(90, 150)
    ('0-9', '90+')
    """
    return f"{low}+" if high >= OLDEST else f"{low}-{high}"


def read_analyses(path: Path) -> Analyses:
    """A file of analyses. Raises SettingsError where it is none, with what is wrong and where."""
    try:
        return Analyses.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise SettingsError(
            f"no analyses of incidence and prevalence: {error}",
            where=str(path),
            remedy="see docs/how-to/count-incidence-and-prevalence.md",
        ) from error


def ours() -> Analyses:
    """The analyses of the project."""
    return read_analyses(Path(str(files(__package__).joinpath("analyses.yaml"))))
