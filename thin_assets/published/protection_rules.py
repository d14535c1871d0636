"""What keeps the persons of a row-level product from being known again, as declared."""

from pydantic import BaseModel, ConfigDict


class TopCode(BaseModel):
    """A covariate whose highest values would single somebody out: above `at`, all are `at`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    covariate_id: int
    at: float


class Protection(BaseModel):
    """How rows of persons are protected.

    top_coded    covariates with a highest value
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_coded: tuple[TopCode, ...] = ()
