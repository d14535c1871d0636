"""What keeps an aggregate from telling of few, as declared."""

from pydantic import BaseModel, ConfigDict, Field

from thin_assets.domain.disclosure import LOWEST_LIMIT, SMALLEST_SHOWN


class Disclosure(BaseModel):
    """How small numbers of an aggregate are kept back.

    smallest_shown    counts of persons from 1 to one less are not shown
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smallest_shown: int = Field(SMALLEST_SHOWN, ge=LOWEST_LIMIT)
