"""Countries as fixtures: a rule names those it speaks of, and is held to their builds."""

import pytest

from tests.spec.answers import Told
from tests.spec.builds import Build
from thin_assets.domain.countries import COUNTRIES


def _told_of(country: str):
    @pytest.fixture(name=country.lower())
    def told(request: pytest.FixtureRequest, builds: dict[str, Build]) -> Told:
        return Told(country, request.function.__name__, builds[country])

    return told


gb, fr, es, it, de, be, ro = (_told_of(country) for country in ("GB", "FR", "ES", "IT", "DE", "BE", "RO"))


@pytest.fixture(params=COUNTRIES)
def everywhere(request: pytest.FixtureRequest, builds: dict[str, Build]) -> Told:
    """Each of the seven countries in turn."""
    return Told(request.param, request.function.__name__, builds[request.param])
