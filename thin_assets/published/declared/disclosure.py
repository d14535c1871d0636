"""What keeps an aggregate from telling of few, as declared."""

import re
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from thin_assets.domain.disclosure import LOWEST_LIMIT, SMALLEST_DENOMINATOR, SMALLEST_SHOWN

ROUNDED_TO = 5
FEWEST_PRACTICES, LARGEST_SHARE = 3, 0.8
_EXTREME = re.compile(r"(^|_)(min|max|minimum|maximum|smallest|largest)(_|$)")


class Told(BaseModel):
    """A part of a declaration: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Dimension(Told):
    """What a table counts by.

    total     how the total over the dimension is called
    values    those that are published; persons with another are in no cell and no total. Empty: all there are
    """

    name: str
    total: str = "all"
    values: tuple[str, ...] = ()


class Count(Told):
    """A column that counts persons.

    alike        it counts nearly the same persons in every part of the table, such as a cohort: what was
                 decided of one part stands for those that differ by fewer than may be shown
    alike_by     columns of `by` that must agree where parts are alike, such as an arm of a study whose days
                 are parts; empty: every part is like every other
    overlaps     dimensions in which a person may have several values: their total is less than the sum
    within       column that counts everybody whom this one counts, and others
    practices    column of the exact rows: practices with such a person; does not leave
    largest      column of the exact rows: persons of the practice that has most; does not leave
    """

    column: str
    alike: bool = False
    alike_by: tuple[str, ...] = ()
    overlaps: tuple[str, ...] = ()
    within: str | None = None
    practices: str | None = None
    largest: str | None = None


class Amount(Told):
    """A column of something that adds up but is no count of persons, such as time at risk.

    alike      as of a count
    persons    count that it is hidden with
    """

    column: str
    alike: bool = False
    persons: str
    overlaps: tuple[str, ...] = ()


class Ratio(Told):
    """A column computed from two others as they are shown, so that it tells no more than they do.

    persons         count that must reach `smallest_denominator`
    per             units of the denominator that it is told for
    lower, upper    columns of its 95 % interval
    interval        `poisson`: exact, of events for time; `wilson`: of a share of persons
    linked          columns of the exact rows that are shown only where it is, such as a p-value; while one of
                    its numbers stays as it was they do
    """

    column: str
    numerator: str
    denominator: str
    persons: str
    per: float = 1.0
    decimals: int = 2
    lower: str | None = None
    upper: str | None = None
    interval: Literal["poisson", "wilson"] = "poisson"
    linked: tuple[str, ...] = ()


class OddsRatio(Told):
    """An odds ratio of matched sets, told for the numbers that are shown: it tells no more than they do.

    column          cases / controls x `matching`
    lower, upper    ends of its 95 % interval
    p, corrected    -log10 of its p value, and of that times the number of tests
    cases           count of exposed cases
    controls        count of exposed controls, that must reach `smallest_denominator`
    matching        column of the exact rows: the exact odds ratio over exact cases / controls; does not leave
    spread          its standard error over that of the counts alone, sqrt(1 / cases + 1 / controls); likewise
    sets            column of the exact rows: matched sets, that say how finely these two are told; likewise
    tests           column of the exact rows: tests that p is corrected for; likewise
    """

    column: str
    lower: str
    upper: str
    p: str
    corrected: str
    cases: str
    controls: str
    matching: str
    spread: str
    sets: str
    tests: str


class Shared(Told):
    """Cells that another product shows too, or nearly: what it decided of them stands.

    columns    column here: column there
    totals     dimensions here that the other product does not have
    """

    product: str
    columns: dict[str, str]
    totals: tuple[str, ...] = ()


class Disclosure(Told):
    """How small numbers of an aggregate are kept back.

    smallest_shown          counts of persons from 1 to one less are not shown; 5 or more
    rounded_to              what is shown is a multiple of it
    smallest_denominator    persons below a ratio
    fewest_practices        practices that a cell must have
    largest_share           share of a cell's persons that one practice may have
    by                      columns that split the table into parts that do not add up, such as a cohort
    labels                  columns that say what a part is called: another name makes no other part
    only_shown              rows of which no number is shown are left out: that they are there tells that
                            somebody is
    margins                 sets of dimensions that are shown together; empty: all of them
    structural_zeros        cells that can only be empty: a zero in them is shown
    """

    smallest_shown: int = Field(SMALLEST_SHOWN, ge=LOWEST_LIMIT)
    rounded_to: int = Field(ROUNDED_TO, ge=ROUNDED_TO)
    smallest_denominator: int = Field(SMALLEST_DENOMINATOR, ge=SMALLEST_DENOMINATOR)
    fewest_practices: int = Field(FEWEST_PRACTICES, ge=FEWEST_PRACTICES)
    largest_share: float = Field(LARGEST_SHARE, gt=0, le=LARGEST_SHARE)
    by: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    only_shown: bool = False
    dimensions: tuple[Dimension, ...] = ()
    margins: tuple[tuple[str, ...], ...] = ()
    counts: tuple[Count, ...] = ()
    amounts: tuple[Amount, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    odds_ratios: tuple[OddsRatio, ...] = ()
    structural_zeros: tuple[dict[str, str], ...] = ()
    shares: tuple[Shared, ...] = ()

    @model_validator(mode="after")
    def _speaks_of_what_is_there(self) -> Self:
        names = {dimension.name for dimension in self.dimensions}
        counts, amounts = ({one.column for one in columns} for columns in (self.counts, self.amounts))
        unknown = {
            *(set().union(*self.margins) - names),
            *({name for one in (*self.counts, *self.amounts) for name in one.overlaps} - names),
            *({one.within for one in self.counts} - counts - {None}),
            *({name for one in self.counts for name in one.alike_by} - set(self.by)),
            *({one.persons for one in (*self.amounts, *self.ratios)} - counts),
            *({name for one in self.ratios for name in (one.numerator, one.denominator)} - counts - amounts),
            *({name for one in self.odds_ratios for name in (one.cases, one.controls)} - counts),
            *({name for zero in self.structural_zeros for name in zero} - names - set(self.by)),
        }
        if unknown:
            raise ValueError(f"not among what is declared: {', '.join(sorted(map(str, unknown)))}")
        extreme = sorted(name for name in self.shown if _EXTREME.search(name))
        if extreme:
            raise ValueError(f"the smallest and the largest value are somebody's: {', '.join(extreme)}")
        return self

    @property
    def additive(self) -> tuple[Count | Amount, ...]:
        """Columns whose cells add up, or cover each other."""
        return (*self.counts, *self.amounts)

    @property
    def shown(self) -> tuple[str, ...]:
        """Columns that are shown or kept back, in order."""
        return (*(one.column for one in self.additive), *self._computed())

    @property
    def linked(self) -> dict[str, tuple[str, ...]]:
        """Columns of the exact rows that are told beside counts, by the columns that they are told beside."""
        found = {name: (one.numerator, one.denominator) for one in self.ratios for name in one.linked}
        return found | {
            name: (one.cases, one.controls)
            for one in self.odds_ratios
            for name in (one.matching, one.spread, one.tests)
        }

    def _computed(self) -> Iterator[str]:
        for one in self.ratios:
            yield from (name for name in (one.column, one.lower, one.upper) if name)
            yield from one.linked
        for one in self.odds_ratios:
            yield from (one.column, one.lower, one.upper, one.p, one.corrected)
