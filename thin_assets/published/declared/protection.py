"""What keeps the persons of a row-level product from being known again, as declared."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from thin_assets.domain.disclosure import LOWEST_LIMIT, SMALLEST_SHOWN

Group = Literal[
    "hiv",
    "abortion",
    "sexually_transmitted",
    "abuse",
    "addiction",
    "psychiatric_detention",
    "gender_identity",
]
"""Groups of `products/sensitive.csv`."""

RELATIVE, QUARTER, CALENDAR = "relative", "quarter", "calendar"
OLDEST_SHOWN = 90


class Asked(BaseModel):
    """Sensitive codes that a product holds all the same, and why it must."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: Group
    reason: str = Field(min_length=20)


class Protection(BaseModel):
    """How rows of persons are protected; docs/explanation/identity.md.

    entries            product that decides which entries are shown and how exactly; None: this one does
    dates              relative: days before the index, and its year; quarter: its quarter too;
                       calendar: its day
    smallest_group     persons that share sex, age, index and length of observation (the k of k-anonymity)
    most_suppressed    share of the persons that may be left out before all values become coarser
    oldest_shown       age that stands for itself and more
    fewest_persons     a covariate of fewer persons of the partition is left out
    clipped_percent    values of measurements beyond this percentile, and the one opposite, take its value
    sensitive          groups of codes that are in; all others are out
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: str | None = None
    dates: Literal["relative", "quarter", "calendar"] = RELATIVE
    smallest_group: int = Field(SMALLEST_SHOWN, ge=LOWEST_LIMIT)
    most_suppressed: float = Field(0.1, ge=0, le=0.5)
    oldest_shown: int = Field(OLDEST_SHOWN, ge=40, le=OLDEST_SHOWN, multiple_of=10)
    fewest_persons: int = Field(SMALLEST_SHOWN, ge=LOWEST_LIMIT)
    clipped_percent: float = Field(0.5, ge=0, lt=50)
    sensitive: tuple[Asked, ...] = ()

    @model_validator(mode="after")
    def _asks_once(self) -> Self:
        groups = [asked.group for asked in self.sensitive]
        if len(groups) != len(set(groups)):
            raise ValueError("a sensitive group is asked for once, with one reason")
        return self
