"""Planted effects have the strength they are given."""

import numpy as np
import pytest

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.aftermath import KINDS as AFTERMATH
from thin_assets.synthetic.chunks import chunks_of, lives_of, records_of
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.days import NEVER, new_year
from thin_assets.synthetic.effects import extra_chance, known_effects, outcome_days, planted
from thin_assets.synthetic.morbidity import burden, threshold_under
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.population import NEVER_SMOKED, SMOKES
from thin_assets.synthetic.practices import open_practices

PATIENTS, LAST_YEAR = 15_000, 2024


def lives(*effects: str):
    """The settled patients of a British world with effects switched on."""
    world = (5, "GB", PATIENTS)
    practices = open_practices("GB", PATIENTS, 5, LAST_YEAR)
    rows = planted(effects, "GB")
    for chunk in chunks_of(practices):
        if chunk.wave == 0:
            yield (
                world,
                chunk,
                practices,
                rows,
                lives_of(world, chunk, practices, LAST_YEAR, rows, defects=False),
            )


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("effect", known_effects())
def test_every_effect_speaks_of_known_things(effect, country):
    exposures = {
        "hazard": {"smoker", "ex_smoker", "drinker", *burden(country).names, *codes("drugs")["notion"]},
        "symptom": set(rates("acute")["notion"]),
        "onset": set(burden(country).names),
        "record": set(burden(country).names),
        "drug": set(rates("acute_treatments")["drug"]) | set(codes("drugs")["notion"]),
        "trend": set(codes("tests")["notion"]),
        "persistence": set(rates("triple_therapy").filter(step="index")["therapy"]),
        "visits": {None},
        "after": {row["notion"] for row in codes("diagnoses").iter_rows(named=True)},
        "named": {row["notion"] for row in codes("diagnoses").iter_rows(named=True)},
        "told": {None},
    }
    for row in planted([effect], country):
        assert row["exposure"] in exposures[row["kind"]]
        if row["kind"] in AFTERMATH:
            assert row["outcome"] in set(rates("acute")["notion"])
            continue
        assert outcome_days(np.zeros((1, len(burden(country).names))), country, row["outcome"]).shape == (1,)


@pytest.mark.parametrize("odds_ratio", [1.3, 5, 200])
@pytest.mark.parametrize("base", [0.0001, 0.02, 0.4])
def test_added_exposures_multiply_the_odds(base, odds_ratio):
    extra = extra_chance(np.array([base]), odds_ratio)[0]
    exposed = base + (1 - base) * extra
    assert exposed / (1 - exposed) == pytest.approx(odds_ratio * base / (1 - base))


def test_a_hazard_runs_faster_from_the_exposure_on():
    """Threshold 1, hazard doubled after 0.4 is used up: the remaining 0.6 takes 0.3."""
    never = np.array([np.inf])
    assert threshold_under([(np.array([0.4]), 2.0), (never, 9.0)], np.array([1.0]))[0] == pytest.approx(0.7)
    assert threshold_under([(never, 2.0)], np.array([1.0]))[0] == 1.0


def test_two_exposures_multiply_each_other():
    points = [(np.array([0.5]), 3.0), (np.array([0.1]), 2.0)]
    assert threshold_under(points, np.array([2.0]))[0] == pytest.approx(0.5 + (2 - 0.1 - 0.8) / 6)


def test_smokers_get_lung_cancer_far_more_often():
    counts = {SMOKES: [0, 0], NEVER_SMOKED: [0, 0]}
    for _, _, _, _, found in lives("lung_cancer"):
        cancer = outcome_days(found.onset, "GB", "lung") < NEVER
        for status, (cases, all_) in counts.items():
            of_status = found.people["smoking"] == status
            counts[status] = [cases + int((cancer & of_status).sum()), all_ + int(of_status.sum())]
    ever = {status: cases / all_ for status, (cases, all_) in counts.items()}
    assert ever[SMOKES] / ever[NEVER_SMOKED] > 5


def test_switching_an_effect_on_leaves_the_incidence_as_it_was():
    ever = {}
    for effects in ((), ("lung_cancer",)):
        days = [outcome_days(found.onset, "GB", "lung") for *_, found in lives(*effects)]
        ever[effects] = (np.concatenate(days) < NEVER).mean()
    assert ever[("lung_cancer",)] == pytest.approx(ever[()], rel=0.3)


def test_rectal_bleeding_is_recorded_before_colorectal_cancer_as_often_as_planted():
    """Odds ratio 10 over two years, on a base of about one in forty."""
    exposed, cases = 0, 0
    bleeding = index_of("diagnoses")["rectal_bleeding"]
    for world, chunk, practices, rows, found in lives("colorectal_cancer"):
        records = records_of(world, chunk, practices, found, LAST_YEAR, rows, defects=False)["medical"]
        days = outcome_days(found.onset, "GB", "colorectal")
        seen = (days >= found.people["entry"] + 730) & (days < found.people["ends"])
        seen &= days < new_year(LAST_YEAR + 1)
        before = days[records["who"]] - records["day"]
        hit = (records["notion"] == bleeding) & (before > 0) & (before <= 730)
        exposed += int((np.bincount(records["who"][hit], minlength=len(days))[seen] > 0).sum())
        cases += int(seen.sum())
    assert cases > 30
    assert 0.1 < exposed / cases < 0.35


def test_haemoglobin_falls_before_colorectal_cancer():
    from thin_assets.synthetic.clinic import Clinic

    _, _, _, rows, found = next(lives("colorectal_cancer"))
    trends = [row for row in rows if row["kind"] == "trend"]
    days = outcome_days(found.onset, "GB", "colorectal")
    who = np.flatnonzero(days < NEVER)[:20]
    quiet = Clinic(np.random.default_rng(0), "GB", found, [])
    planted_too = Clinic(np.random.default_rng(0), "GB", found, trends)

    def drift(before: int) -> np.ndarray:
        day = days[who] - before
        return planted_too.shift("haemoglobin", who, day) - quiet.shift("haemoglobin", who, day)

    assert drift(0) == pytest.approx(-1.5)
    assert drift(365) == pytest.approx(-0.75)
    assert drift(800) == pytest.approx(0)
