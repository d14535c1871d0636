"""Incidence and prevalence of essential tremor come out as published, of lives enough to tell."""

import numpy as np
import polars as pl
import pytest

from tests.tremors import tremors
from thin_assets.disclosure.poisson import exact_interval
from thin_assets.domain.countries import COUNTRIES
from thin_assets.studies.essential_tremor.scene import INCIDENCE, RECORDED
from thin_assets.studies.incidence_prevalence.analyses import run
from thin_assets.studies.incidence_prevalence.declared import TENS, Analyses, band_name, ours
from thin_assets.studies.incidence_prevalence.standard import standardised, weights
from thin_assets.synthetic.morbidity import burden

PATIENTS = 450_000
BROAD = "essential_tremor_broad"
Tables = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def found() -> Tables:
    """The analyses of the study, over British lives until the end of 2023."""
    world, declared = tremors("GB", PATIENTS), ours()
    rate = declared.incidence[INCIDENCE].model_copy(update={"outcomes": (BROAD,)})
    told = Analyses(
        denominators=declared.denominators,
        incidence={INCIDENCE: rate},
        prevalence={"on_new_year": declared.prevalence["on_new_year"]},
    )
    return run(world.con, told, {BROAD: world.recorded, RECORDED: world.recorded})


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_planted_has_the_published_shape(country: str) -> None:
    """Below 20 years 3.96 and 5.28, above 80 years 49.27 and 51.52, for 19.5 at standard ages."""
    tremor = burden(country).at("essential_tremor")
    yearly = 100_000 * np.diff(burden(country).cumulative[tremor], axis=1).mean(axis=0)
    bands = {band_name(*ages): ages for ages in TENS}
    strata = [
        (yearly[low : high + 1].mean(), 1.0, weights(bands)[name]) for name, (low, high) in bands.items()
    ]
    standard = standardised(strata)[0]
    assert yearly[:20].mean() / standard == pytest.approx(4.6 / 19.5, rel=0.25)
    assert yearly[80:].mean() / standard == pytest.approx(50.4 / 19.5, rel=0.05)


def test_what_is_planted_in_the_united_kingdom_is_what_was_published() -> None:
    """Everybody is on a list there: what begins is recorded, and time is counted in full."""
    tremor = burden("GB").at("essential_tremor")
    yearly = 100_000 * np.diff(burden("GB").cumulative[tremor], axis=1).mean(axis=0)
    bands = {band_name(*ages): ages for ages in TENS}
    strata = [
        (yearly[low : high + 1].mean(), 1.0, weights(bands)[name]) for name, (low, high) in bands.items()
    ]
    assert standardised(strata)[0] == pytest.approx(19.5, rel=0.01)


@pytest.mark.long
def test_the_standardised_incidence_is_the_published_one(found: Tables) -> None:
    """19.51 per 100,000 person-years; more in men."""
    rates = found["standardised"].filter(measure="incidence", period="all")
    by_sex = dict(rates.select("sex", "estimate").iter_rows())
    assert by_sex["all"] == pytest.approx(19.5, rel=0.1)
    assert by_sex["male"] > by_sex["female"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("bands", "published"), [(["0-9", "10-19"], 3.96), (["80-89", "90+"], 49.27)], ids=["young", "old"]
)
def test_it_is_rare_in_the_young_and_frequent_in_the_old(
    found: Tables, bands: list[str], published: float
) -> None:
    cells = found["incidence"].filter(pl.col("age_band").is_in(bands), period="all", sex="all")
    events, years = (cells[name].sum() for name in ("outcome_count", "person_years"))
    lower, upper = (100_000 * end / years for end in exact_interval(events))
    assert lower < published < upper


@pytest.mark.long
def test_the_prevalence_is_the_published_one(found: Tables) -> None:
    """1.36 per 1,000 on 1 January 2020."""
    on_new_year = found["prevalence"].filter(period="2020", sex="all", age_band="all")
    assert 1000 * on_new_year["prevalence"].item() == pytest.approx(1.36, rel=0.1)


@pytest.mark.long
def test_no_trend_is_planted_and_none_is_found(found: Tables) -> None:
    row = found["trend"].row(0, named=True)
    assert row["rate_ratio_per_year_95ci_lower"] < 1 < row["rate_ratio_per_year_95ci_upper"]
    assert row["rate_ratio_of_men"] == pytest.approx(1.15, rel=0.2)
