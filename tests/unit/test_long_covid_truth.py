"""The study of long COVID meets what was planted, and is not misled by what was not."""

import numpy as np
import polars as pl
import pytest

from tests.long_covid_worlds import PLANTED, World, made
from thin_assets.studies.long_covid.declared import CODED, CODED_AND_TEXT
from thin_assets.studies.long_covid.study import STUDY

pytestmark = pytest.mark.long

OTHERS = ("cough", "headache")


@pytest.fixture(scope="module")
def found() -> dict[str, pl.DataFrame]:
    """The study of 60,000 people who are infected whatever care they use."""
    return STUDY.found(made(World(persons=60_000, seed=3)))


def ratio(found: dict[str, pl.DataFrame], symptom: str, source: str) -> dict:
    return found["long_covid_hazards"].row(
        by_predicate=(pl.col("symptom") == symptom) & (pl.col("source") == source), named=True
    )


@pytest.mark.parametrize("symptom", [*PLANTED, *OTHERS])
def test_the_planted_hazard_ratio_is_in_the_interval_by_codes_and_by_text(found, symptom) -> None:
    truth = PLANTED.get(symptom, 1.0)
    for source in (CODED, CODED_AND_TEXT):
        row = ratio(found, symptom, source)
        assert row["lower"] <= truth <= row["upper"], source
        assert row["is_proportional"]


@pytest.mark.parametrize("symptom", [*PLANTED, *OTHERS])
def test_text_makes_intervals_less_than_half_as_wide(found, symptom) -> None:
    """Five times the events: 1 / sqrt(5) is 0.45."""
    wide, narrow = (
        np.log(row["upper"] / row["lower"])
        for row in (ratio(found, symptom, source) for source in (CODED, CODED_AND_TEXT))
    )
    assert narrow / wide < 0.55


def test_one_record_in_five_is_coded(found) -> None:
    rows = found["long_covid_sources"].filter(pl.col("persons") > 0)
    coded = pl.col("coded_only") + pl.col("coded_and_text")
    share = rows.select(coded.sum() / (coded + pl.col("text_only")).sum()).item()
    assert 0.18 <= share <= 0.22


def test_rates_of_the_infected_rise_as_their_curves_do(found) -> None:
    """Cumulative incidence at the end of follow-up, by exposure, is what the rates say."""
    last = found["long_covid_incidence"].filter(pl.col("day") == 365)
    cells = found["long_covid_cells"].filter(symptom="fatigue", source=CODED_AND_TEXT)
    for row in cells.iter_rows(named=True):
        curve = last.filter(symptom="fatigue", source=CODED_AND_TEXT, exposure=row["exposure"])
        expected = 1 - np.exp(-row["events"] / row["person_years"] * 282 / 365.25)
        assert curve["share"].item() == pytest.approx(expected, rel=0.05)


def test_adjustment_takes_away_most_of_what_uneven_use_of_care_makes() -> None:
    """Who uses more care is infected more often here, and has more of every symptom recorded."""
    found = STUDY.found(made(World(persons=60_000, seed=3, by_use=True, ratios={})))
    cells = found["long_covid_cells"].filter(source=CODED_AND_TEXT)
    crude, adjusted = [], []
    for symptom in ("fatigue", "cough", "headache", "breathlessness"):
        rates = [
            row["events"] / row["person_years"]
            for row in cells.filter(symptom=symptom).sort("exposure").iter_rows(named=True)
        ]
        crude.append(np.log(rates[0] / rates[1]))
        adjusted.append(np.log(ratio(found, symptom, CODED_AND_TEXT)["hazard_ratio"]))
    assert np.mean(crude) > np.log(1.2)
    assert abs(np.mean(adjusted)) < 0.6 * np.mean(crude)
