"""What counting says of a check: how many of how many, or why there was nothing to count."""

from collections.abc import Mapping
from dataclasses import dataclass

from thin_assets.validated.catalogue import Check


@dataclass(frozen=True)
class Counted:
    """`violated` of `judged` rows (persons, distinct source values) go against a check."""

    violated: int
    judged: int


@dataclass(frozen=True)
class NotApplicable:
    """The check could not be executed, for this reason."""

    reason: str


Outcome = Counted | NotApplicable
Outcomes = Mapping[Check, Outcome]
