"""What every section is given: this profile, the one before, those of other countries, names of concepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thin_assets.domain.countries import COUNTRIES
from thin_assets.evidence.reading import Reading
from thin_assets.pages import figures

MALE, FEMALE = "8507", "8532"


@dataclass(frozen=True)
class Scene:
    """The profiles of one page.

    before    the same country one month earlier; None: not built
    others    other countries, same month, in the order of the countries
    names     of concepts, as the vocabulary of this build has them
    """

    now: Reading
    before: Reading | None
    others: Sequence[Reading]
    names: Mapping[int, str]

    @property
    def everyone(self) -> list[Reading]:
        """This country first, then the others."""
        return [self.now, *self.others]

    def name(self, concept: int | str | None) -> str:
        """Name of a concept; its number where the vocabulary does not know it."""
        if concept in (None, "", "0", 0):
            return "not mapped" if concept in ("0", 0) else "no unit"
        return self.names.get(int(concept), f"concept {concept}")


def country_name(reading: Reading) -> str:
    """The country of a profile in words."""
    return COUNTRIES[reading.snapshot.country].name


def year_marks(months: Sequence[int], most: int = 6) -> dict[float, str]:
    """Every January that stands below a monthly chart, thinned so that they do not touch."""
    years = [month for month in months if month % 100 == 1]
    step = max(1, -(-len(years) // most))
    return {float(place(month)): str(month // 100) for month in years[::step]}


def place(month: int) -> int:
    """Where a month (202403) stands on an axis without gaps.

    >>> place(202401) - place(202312)
    1
    """
    return month // 100 * 12 + month % 100 - 1


def safe(count: int | None) -> int | None:
    """A count for a chart: a small one leaves a gap."""
    return None if count is None or figures.is_few(count) else count
