"""Builds of all rules of all countries: these tests look at them as wholes."""

import pytest

from tests.spec.builds import Build


@pytest.fixture
def every_build(builds: dict[str, Build]) -> dict[str, Build]:
    """By country, and `<country>-shuffled`: the same rows delivered in another order."""
    return builds


@pytest.fixture
def gb(every_build: dict[str, Build]) -> Build:
    """The build that ran the unit tests too."""
    return every_build["GB"]
