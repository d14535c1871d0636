"""Wide mode: thousands of factors under local codes, a few of them planted, and told in the truth."""

import doctest
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.synthetic_worlds import make
from thin_assets.domain.countries import COUNTRIES
from thin_assets.errors import SettingsError
from thin_assets.synthetic import wide
from thin_assets.synthetic.chunks import chunks_of, lives_of
from thin_assets.synthetic.codes import factors as factor_codes
from thin_assets.synthetic.codes import targets
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.effects import outcome_days
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.practices import open_practices

FACTORS, PATIENTS, SEED, YEAR_SEEN = 1000, 10_000, 5, 2024
KEY = ["pracid", "patid"]


@cache
def lives(country: str = "GB", patients: int = PATIENTS) -> Lives:
    """The founders of a world, the first chunk of them."""
    world, practices = (SEED, country, patients), open_practices(country, patients, SEED, YEAR_SEEN)
    rows, first = wide.planted_factors(FACTORS, country), chunks_of(practices)[0]
    return lives_of(world, first, practices, 2022, rows, defects=False, wide=FACTORS)


def test_nearly_all_factors_are_null_and_the_others_as_many_as_their_shares_say() -> None:
    told = wide.truth(FACTORS)
    assert told.filter(pl.col("role") == "null").height / FACTORS > 0.95
    planned = rates("factors")
    for row in planned.iter_rows(named=True):
        same = pl.lit(True)
        for name in ("role", "outcome", "multiplier", "country"):
            same &= pl.col(name).eq_missing(pl.lit(row[name], planned.schema[name]))
        alike = planned.filter(same)["share"].sum()
        assert told.filter(same).height == pytest.approx(alike * FACTORS, abs=0.5)


def test_what_a_factor_is_follows_from_their_number_alone() -> None:
    assert wide.truth(FACTORS).equals(wide.truth(FACTORS))
    here, there = (
        {row["exposure"] for row in wide.planted_factors(FACTORS, country) if row["country"] is None}
        for country in ("GB", "FR")
    )
    assert here == there


def test_what_is_planted_in_one_country_is_planted_in_no_other() -> None:
    own = {
        country: {row["exposure"] for row in wide.planted_factors(FACTORS, country) if row["country"]}
        for country in COUNTRIES
    }
    assert own["GB"] and own["FR"] and not own["GB"] & own["FR"]
    assert {country for country, found in own.items() if found} == {"GB", "FR"}


def test_a_factor_is_recorded_while_the_patient_is_registered() -> None:
    found = lives()
    who, day = found.factors["who"], found.factors["day"]
    assert (day >= found.people["entry"][who]).all()
    assert (day < found.people["ends"][who]).all()
    assert len(np.unique(found.factors["factor"])) == FACTORS


def test_a_factor_is_recorded_as_often_as_told() -> None:
    """Expected records from the hours that everybody was there, summed over ages."""
    found, told = lives(), wide.factors(FACTORS)
    shape = wide._relative()
    people = found.people
    years = np.zeros(shape.shape[1])
    for since in range(int(wide.LONGEST / YEAR)):
        start = people["entry"] + since * YEAR
        here = np.clip((np.minimum(people["ends"], start + YEAR) - start) / YEAR, 0, 1)
        age = ((start + YEAR / 2 - people["born"]) / YEAR).astype(int).clip(0, shape.shape[1] - 1)
        years += np.bincount(age, weights=here, minlength=shape.shape[1])
    plain = (told.planted < 0) & ~told.by_care
    expected = (told.per_year[:, None] * shape[told.shape] @ years)[plain].sum()
    seen = np.isin(found.factors["factor"], np.flatnonzero(plain)).sum()
    assert seen == pytest.approx(expected, rel=0.02)


def test_null_factors_by_use_of_care_are_recorded_of_those_who_come_often() -> None:
    found, told = lives(), wide.factors(FACTORS)
    often = found.people["frailty"] > np.median(found.people["frailty"])
    by_care = told.by_care[found.factors["factor"]]
    of_frail = often[found.factors["who"]]
    assert of_frail[by_care].mean() > 0.75
    assert of_frail[~by_care].mean() == pytest.approx(0.5, abs=0.03)


def test_an_early_sign_is_more_frequent_in_the_year_before_and_not_before_it() -> None:
    """Records a year of those who get the cancer: in the last year before it, and in all others before."""
    records, years = np.zeros(2), np.zeros(2)
    for country in COUNTRIES:
        found = lives(country)
        for row in (row for row in wide.planted_factors(FACTORS, country) if row["kind"] == "factor"):
            days = outcome_days(found.onset, country, row["outcome"])
            seen = (days < NEVER) & (days < found.people["ends"])
            mine = np.flatnonzero(found.factors["factor"] == wide.number_of(row["exposure"]))
            mine = mine[seen[found.factors["who"][mine]]]
            before = days[found.factors["who"][mine]] - found.factors["day"][mine]
            records += [(before[before > 0] <= 365).sum(), (before > 365).sum()]
            since = np.maximum(days - found.people["entry"], 0)[seen]
            last = np.minimum(since, 365)
            years += [last.sum() / YEAR, (since - last).sum() / YEAR]
    last, others = records / years
    assert last > 2 * others > 0


def test_a_life_that_goes_on_elsewhere_takes_the_hazard_along_and_leaves_the_records() -> None:
    """Patient 1 continues the life of patient 0 from day 100 on: records on from that day are theirs."""
    people = {"entry": np.array([0, 100, 0]), "ends": np.array([90, 200, 300])}
    rows = {
        "who": np.array([0, 0, 1, 2]),
        "day": np.array([50, 150, 150, 150]),
        "factor": np.array([7, 8, 9, 9]),
    }
    kept = wide.kept_while_registered(rows, people, np.array([0, 0, 2]))
    assert sorted(zip(*(kept[name].tolist() for name in ("who", "day", "factor")), strict=True)) == [
        (0, 50, 7),
        (1, 150, 8),
        (2, 150, 9),
    ]


def test_the_first_record_of_a_factor_counts() -> None:
    rows = {"who": np.array([2, 0, 2]), "day": np.array([9, 5, 4]), "factor": np.array([1, 3, 1])}
    assert wide.first_days(rows, 1, 3).tolist() == [NEVER, NEVER, 4]


@pytest.mark.parametrize("country", ["GB", "DE"])
def test_factors_travel_as_a_code_system_that_the_delivery_lists(tmp_path: Path, country: str) -> None:
    made = make(tmp_path, country, "2024-03", patients=200, defects=False, wide=FACTORS)
    told = made.rows("medical").filter(pl.col("code_system") == "FACTOR")
    listed = made.rows("lookup_diag_ref").filter(pl.col("code_system") == "FACTOR")
    assert listed.height == FACTORS
    assert told.height > 500
    assert told.join(listed, left_on="medcode", right_on="code", how="anti").is_empty()
    assert set(told["datatype"]) == {"01"}


def test_a_factor_stays_on_record_in_the_next_month(tmp_path: Path) -> None:
    old, new = (
        make(tmp_path, "ES", month, patients=200, defects=False, wide=FACTORS)
        for month in ("2024-02", "2024-03")
    )
    key = [*KEY, "medid", "medcode"]
    before = old.rows("medical").join(new.rows("practice").select("pracid"), on="pracid", how="semi")
    assert before.join(new.rows("medical"), on=key, how="anti").is_empty()


def test_the_account_adds_up_with_faults_and_enrichment(tmp_path: Path) -> None:
    made = make(tmp_path, "FR", "2024-03", patients=200, wide=FACTORS, enrich=("lung_cancer",))
    tally = made.truth["tables"]["medical"]
    assert tally["delivered"] == len(made.lines("medical"))
    assert tally["delivered"] + tally["multi_map_extra"] == (
        tally["loaded"] + tally["collapsed"] + sum(tally["rejected"].values())
    )
    assert {row["kind"] for row in made.truth["planted_effects"]["rows"]} == {"hazard", "factor"}


def test_the_truth_tells_what_every_factor_is(tmp_path: Path) -> None:
    make(tmp_path, "RO", "2024-03", patients=60, wide=FACTORS)
    told = pl.read_csv(tmp_path / "truth" / "RO" / "2024-03-factors.csv", infer_schema_length=None)
    assert told["concept_id"].to_list() == [one for one, *_ in factor_codes.local_concepts(FACTORS)]
    assert told.filter(pl.col("role") == "cause")["multiplier"].min() > 1
    assert set(told.filter(pl.col("role") == "null")["multiplier"]) == {1.0}


def test_a_layout_without_code_systems_has_no_room_for_factors(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no column for the code system"):
        make(tmp_path, "GB", "2024-03", patients=60, wide=10, layout="thin-uk-2022")


def test_a_code_of_a_factor_is_its_own_concept() -> None:
    assert targets("FACTOR", "F00000") == (2_000_000_001,)
    assert targets("FACTOR", "ZZ9Z9") == ()


@pytest.mark.parametrize("module", [wide, factor_codes])
def test_examples_in_docstrings_are_true(module) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
