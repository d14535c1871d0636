"""Every figure of speed, memory or money in the docs names what measures it, and that exists."""

import pytest

from benchmarks.suite.claims import Claim, claims, sections_with_figures


def test_every_section_with_a_figure_has_a_claim() -> None:
    known = {(one.page, one.section) for one in claims()}
    assert [place for place in sections_with_figures() if place not in known] == [], "benchmarks/claims.csv"


def test_no_claim_is_left_of_what_is_no_longer_said() -> None:
    said = set(sections_with_figures())
    assert [one for one in claims() if (one.page, one.section) not in said] == []


@pytest.mark.parametrize("claim", claims(), ids=lambda one: f"{one.page} {one.claim}")
def test_what_measures_a_claim_exists(claim: Claim) -> None:
    assert claim.fault() is None


@pytest.mark.parametrize(
    "nobody",
    [
        "row nothing",
        "module benchmarks.nothing",
        "module thin_assets.errors",
        "test tests/docs/test_claims.py::test_of_nothing",
        "test tests/nowhere.py::test_of_nothing",
        "a person",
        "",
    ],
)
def test_what_does_not_exist_measures_nothing(nobody: str) -> None:
    assert Claim("README.md", "", "fast", nobody, "").fault() == f"there is no {nobody}"
