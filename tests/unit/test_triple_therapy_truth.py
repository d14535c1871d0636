"""The study finds what was planted: medians, persistence at one year, the hazard ratio of the two laws."""

import math

import numpy as np
import polars as pl
import pytest

from tests.inhalers import DISPENSING, as_records, entries_of, fetched, material, planned_therapy
from thin_assets.published.aggregates.control import control
from thin_assets.published.declared.product import products
from thin_assets.studies.study import Tables
from thin_assets.studies.survival.cox import cox
from thin_assets.studies.triple_therapy.declared import ARMS, ONE, SEVERAL, declared
from thin_assets.studies.triple_therapy.study import STUDY

PERSONS, SEED = 24_000, 7
LAWS = {ONE: (0.67, 313), SEVERAL: (0.91, 202)}
MEDIANS, ONE_YEAR = {ONE: 181, SEVERAL: 135}, {ONE: 0.33, SEVERAL: 0.18}
"""Published: Deslee et al. 2023, for new users in France."""


@pytest.fixture(scope="module")
def found() -> Tables:
    """The study of some 13,000 new users, from prescriptions as the generator writes them."""
    running, prescribed = planned_therapy(PERSONS, SEED)
    return STUDY.found(material(as_records(prescribed), entries_of(running)))


def estimate(found: Tables, arm: str, measure: str, gap: int = 60) -> dict:
    rows = found["triple_therapy_estimates"].filter(arm=arm, measure=measure, gap_days=gap)
    return rows.row(0, named=True)


@pytest.mark.parametrize("arm", ARMS)
def test_the_planted_law_is_that_of_the_published_figures(arm: str) -> None:
    shape, scale = LAWS[arm]
    assert scale * math.log(2) ** (1 / shape) == pytest.approx(MEDIANS[arm], abs=0.5)
    assert math.exp(-((365 / scale) ** shape)) == pytest.approx(ONE_YEAR[arm], abs=0.002)


@pytest.mark.parametrize("gap", [30, 60, 90])
@pytest.mark.parametrize("arm", ARMS)
def test_the_median_is_the_planted_one_within_ten_days(found: Tables, arm: str, gap: int) -> None:
    told = estimate(found, arm, "median_days", gap)
    assert told["value"] == pytest.approx(MEDIANS[arm], abs=10)
    assert told["lower"] <= MEDIANS[arm] <= told["upper"]


@pytest.mark.parametrize("arm", ARMS)
def test_persistence_at_one_year_is_the_planted_one(found: Tables, arm: str) -> None:
    told = estimate(found, arm, "persistence_one_year")
    assert told["value"] == pytest.approx(ONE_YEAR[arm], abs=0.02)
    assert told["lower"] <= ONE_YEAR[arm] <= told["upper"]


@pytest.mark.parametrize("arm", ARMS)
def test_the_restricted_mean_is_the_area_under_the_planted_law(found: Tables, arm: str) -> None:
    shape, scale = LAWS[arm]
    days = np.arange(365) + 0.5
    area = float(np.exp(-((days / scale) ** shape)).sum())
    assert estimate(found, arm, "restricted_mean_days")["value"] == pytest.approx(area, rel=0.03)


@pytest.mark.parametrize("arm", ARMS)
def test_the_whole_curve_is_that_of_the_law(found: Tables, arm: str) -> None:
    shape, scale = LAWS[arm]
    curve = found["triple_therapy_curves"].filter(
        pl.col("day") > 0, pl.col("at_risk") > 300, arm=arm, gap_days=60
    )
    law = np.exp(-((curve["day"].to_numpy() / scale) ** shape))
    assert np.abs(curve["persistence"].to_numpy() - law).max() < 0.02


def test_the_hazard_ratio_is_that_of_the_two_laws_and_favours_one_device(found: Tables) -> None:
    """Hazards of the laws are not proportional: their ratio is an average over two years."""
    chance, until = np.random.default_rng(1), declared().hazard_days
    drawn = [chance.weibull(shape, 60_000) * scale for shape, scale in LAWS.values()]
    days = np.minimum(np.ceil(np.concatenate(drawn)), until).astype(int)
    several = np.repeat([0.0, 1.0], 60_000)[:, None]
    expected = cox(days, np.concatenate(drawn) <= until, several).hazard_ratio(0)[0]
    assert expected == pytest.approx(1.49, abs=0.03)
    ratios = found["triple_therapy_hazards"].filter(term=SEVERAL, gap_days=60)
    for told in ratios.iter_rows(named=True):
        assert told["lower"] <= expected <= told["upper"]
        assert told["lower"] <= 1.47 <= told["upper"]


def test_what_has_no_effect_shows_none_beyond_chance(found: Tables) -> None:
    """Age, sex and the therapy before do nothing in this world: of some seven terms few seem to."""
    others = found["triple_therapy_hazards"].filter(pl.col("term") != SEVERAL, gap_days=60)
    assert others.height >= 5
    assert (others["p_value"] < 0.01).sum() <= 1


def test_one_in_five_goes_over_to_the_other_number_of_devices(found: Tables) -> None:
    """A fifth of those whose therapy ends are planned to switch; the rest stop or step down."""
    for arm in ARMS:
        ended = found["triple_therapy_pathways"].filter(pl.col("after") != "still_on", arm=arm)
        switched = ended.filter(after="other_triple")["persons"].sum() / ended["persons"].sum()
        assert switched == pytest.approx(0.2, abs=0.02)


def test_five_of_six_come_from_two_classes(found: Tables) -> None:
    rows = found["triple_therapy_pathways"]
    two = rows.filter(pl.col("before").is_in(["steroid_and_beta_agonist", "beta_agonist_and_antimuscarinic"]))
    assert two["persons"].sum() / rows["persons"].sum() == pytest.approx(0.841, abs=0.02)


def test_causes_and_persistence_add_up(found: Tables) -> None:
    """At one year, in either arm: nothing is added here, so what has not stopped or switched goes on."""
    for arm in ARMS:
        risks = found["triple_therapy_outcomes"].filter(arm=arm, day=360)["risk"].sum()
        going_on = found["triple_therapy_curves"].filter(arm=arm, day=360, gap_days=60)["persistence"].item()
        assert risks + going_on == pytest.approx(1, abs=1e-9)


def test_what_is_published_of_it_tells_the_same_story(found: Tables) -> None:
    """The published row of day 360 has the estimates, and counts to the nearest five."""
    rows = control(found["triple_therapy_cells"], products()["triple_persistence"]).rows
    main = rows.filter(analysis="main", day=360).sort("arm")
    assert main["median_days"].to_list() == pytest.approx([181, 135], abs=10)
    assert main["persistence"].to_list() == pytest.approx([0.33, 0.18], abs=0.02)
    assert main["hazard_ratio"].to_list()[0] is None
    assert main["hazard_ratio"].to_list()[1] == pytest.approx(1.5, abs=0.06)
    shown = rows.select(pl.col("persons", "at_risk", "ended")).unpivot()["value"].drop_nulls()
    assert (shown % 5 == 0).all()
    assert (shown >= 10).all()


def test_dispensings_tell_the_same_though_they_come_late_and_some_are_missing() -> None:
    """Fetched up to nine days later, three in a hundred not at all; the French figures were of these."""
    persons = 16_000
    running, prescribed = planned_therapy(persons, SEED)
    rows = fetched(prescribed, persons, SEED)
    records = pl.concat([as_records(prescribed), as_records(rows, DISPENSING)])
    found = STUDY.found(material(records, entries_of(running), key="FR|2024-03-01"))
    assert found["triple_therapy_cells"]["record"].unique().to_list() == ["dispensed"]
    entered, followed, _ = found["triple_therapy_attrition"]["persons"]
    assert 0.95 < followed / entered < 1
    for arm in ARMS:
        assert estimate(found, arm, "median_days")["value"] == pytest.approx(MEDIANS[arm], abs=10)
        assert estimate(found, arm, "persistence_one_year")["value"] == pytest.approx(ONE_YEAR[arm], abs=0.03)
