"""Triple therapy by plan: it lasts as long as its law says, from its first day to its last day of supply."""

import numpy as np
import polars as pl
import pytest

from tests.inhalers import planned_therapy
from thin_assets.synthetic.chunks import chunks_of, lives_of
from thin_assets.synthetic.codes.products import PRODUCTS_PER_DRUG
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.days import NEVER
from thin_assets.synthetic.effects import planted
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.population import rates_of
from thin_assets.synthetic.practices import open_practices
from thin_assets.synthetic.rows import Rows
from thin_assets.synthetic.therapy import FETCHED, dispensed
from thin_assets.synthetic.triple_therapy import MAINTENANCE, RELIEVERS


def of_drug(rows: Rows, drug: str) -> np.ndarray:
    return rows["product"] // PRODUCTS_PER_DRUG == index_of("drugs")[drug]


def test_supply_reaches_from_the_first_day_of_a_course_to_its_last_and_no_further() -> None:
    running, prescribed = planned_therapy(2_000, 3)
    course = pl.DataFrame({name: running[name] for name in ("who", "product", "start", "stop")})
    rows = pl.DataFrame({name: prescribed[name] for name in ("who", "product", "day", "long")})
    told = rows.join(course, on=("who", "product")).filter(
        (pl.col("day") >= pl.col("start")) & (pl.col("day") < pl.col("stop"))
    )
    ends = told.group_by("who", "product", "start", "stop").agg(
        first=pl.col("day").min(), last=(pl.col("day") + pl.col("long")).max()
    )
    whole = ends.filter(pl.col("stop") < prescribed["day"].max() - 400)
    assert whole.height > 2_000
    assert (whole["first"] == whole["start"]).all()
    assert (whole["last"] == whole["stop"]).all()


def test_the_classes_of_several_devices_begin_and_end_together() -> None:
    running, _ = planned_therapy(4_000, 4)
    drugs = of_drug(running, "umeclidinium") | of_drug(running, "vilanterol_and_fluticasone_furoate")
    rows = pl.DataFrame({name: running[name][drugs] for name in ("who", "start", "stop")})
    pairs = rows.group_by("who", "start").agg(pl.len(), pl.col("stop").n_unique().alias("ends"))
    assert pairs.height > 100
    assert set(pairs["len"]) == {2} and set(pairs["ends"]) == {1}


@pytest.mark.parametrize("step", ["before", "index", "after"])
def test_shares_of_a_step_are_those_of_everybody(step: str) -> None:
    assert rates("triple_therapy").filter(step=step)["share"].sum() == pytest.approx(1)


def lives(*effects: str):
    """Settled British patients, until there are some with COPD."""
    practices = open_practices("GB", 5_000, 5, 2024)
    chunk = chunks_of(practices)[0]
    return lives_of((5, "GB", 5_000), chunk, practices, 2024, planted(effects, "GB"), defects=False)


def test_who_has_copd_takes_inhalers_by_plan_alone_and_nobody_else_is_touched() -> None:
    plain, by_plan = lives(), lives("copd_persistence")
    ill = plain.onset[:, burden("GB").at("copd")] < NEVER
    drugs = codes("drugs")
    inhaled = (drugs["atc"].str.contains(f"^{MAINTENANCE}").fill_null(False)).to_numpy()
    inhaled &= ~drugs["notion"].is_in(RELIEVERS).to_numpy()
    mine = ill[by_plan.courses["who"]] & inhaled[by_plan.courses["product"] // PRODUCTS_PER_DRUG]
    assert mine.sum() > 100
    assert (by_plan.courses["exact"] == mine).all()
    kept = ill[plain.courses["who"]] & inhaled[plain.courses["product"] // PRODUCTS_PER_DRUG]
    for name in ("who", "product", "start", "stop"):
        assert (plain.courses[name][~kept] == by_plan.courses[name][~mine]).all()
    assert not plain.courses["exact"].any()


def test_a_pharmacy_delivers_all_of_a_customer_or_nothing() -> None:
    chance, persons, visits = np.random.default_rng(2), 3_000, 12
    who = np.repeat(np.arange(persons), visits * 2)
    day = np.tile(np.repeat(np.arange(visits) * 28, 2), persons)
    therapy = {"who": who, "day": day, "product": np.zeros_like(who), "number": np.arange(len(who))}
    people = {"odd": chance.integers(0, 1_000_000, persons)}
    found = dispensed(chance, "FR", people, therapy)
    share = rates_of("FR")["dispensed_share"]
    assert len(found["who"]) / len(who) == pytest.approx(share, abs=0.03)
    each = np.bincount(found["who"], minlength=persons) / (visits * 2)
    assert (each == 0).mean() == pytest.approx(1 - share / FETCHED, abs=0.03)
    assert each[each > 0].mean() == pytest.approx(FETCHED, abs=0.01)
    later = found["day"] - day[found["number"]]
    assert later.min() == 0 and later.max() == 9
    of_visit = (
        pl.DataFrame({"visit": found["number"] // 2, "later": later})
        .group_by("visit")
        .agg(pl.len(), pl.col("later").n_unique())
    )
    assert set(of_visit["len"]) == {2} and set(of_visit["later"]) == {1}
