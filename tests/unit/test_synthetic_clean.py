"""Without planted faults there are none: nothing before birth, after death or against a patient's sex."""

import polars as pl
import pytest

from tests.synthetic_worlds import World, date, world
from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.parameters import rates

every_country = pytest.mark.parametrize("country", COUNTRIES)
DATES = {
    "consult": "eventdate",
    "medical": "eventdate",
    "therapy": "prscdate",
    "ahd": "eventdate",
    "dispense": "dispdate",
}
KEY = ["pracid", "patid"]


def events(seen: World) -> pl.DataFrame:
    """Day of every event, beside what the patient's row says."""
    tables = {entry["table"] for entry in seen.manifest["files"]}
    parts = [
        seen.rows(table).select(*KEY, day=date(column), table=pl.lit(table))
        for table, column in DATES.items()
        if table in tables
    ]
    patients = seen.rows("patient").select(
        *KEY,
        "sex",
        date("regdate"),
        date("deathdate"),
        left=date("xferdate"),
        born=date("yob"),
        dead=pl.col("regstat") == "99",
    )
    return pl.concat(parts).join(patients, on=KEY, how="left")


@every_country
def test_nothing_happens_before_birth_or_after_death(country):
    seen = events(world(country, patients=500))
    assert seen["born"].is_not_null().all()
    assert (seen["day"] >= seen["born"]).all()
    died = seen.filter("dead").with_columns(death=pl.coalesce("deathdate", "left"))
    assert died["death"].is_not_null().all()
    assert (died["day"] <= died["death"]).all()


@every_country
def test_who_left_came_before_and_nobody_comes_back(country):
    """What pharmacies hand out may follow the last visit by some days."""
    seen = events(world(country, patients=500)).filter(pl.col("left").is_not_null())
    assert (seen["left"] > seen["regdate"]).all()
    late = seen.filter(pl.col("day") > pl.col("left"))
    assert set(late["table"]) <= {"dispense"}
    assert ((late["day"] - late["left"]).dt.total_days() <= 10).all()


@every_country
def test_an_entry_of_a_consultation_names_one_that_was_delivered(country):
    seen = world(country, patients=500)
    consults = seen.rows("consult").select(*KEY, "consultid")
    for table in ("medical", "therapy", "ahd"):
        named = seen.rows(table).filter(pl.col("consultid").is_not_null())
        assert named.join(consults, on=[*KEY, "consultid"], how="anti").is_empty(), table


@every_country
def test_some_entries_name_no_consultation(country):
    rows = world(country, patients=500).rows("medical")
    assert 0.01 < rows["consultid"].is_null().mean() < 0.06


@every_country
def test_every_entry_ends_on_or_after_its_day(country):
    rows = world(country, patients=500).rows("medical").filter(pl.col("enddate").is_not_null())
    assert (rows.select(date("enddate"))["enddate"] >= rows.select(date("eventdate"))["eventdate"]).all()


@every_country
def test_what_only_one_sex_has_is_recorded_of_that_sex_alone(country):
    """Complaints and diseases with a sex ratio of one sex alone, found by the label in the delivered list."""
    seen = world(country, patients=500)
    ratios = pl.concat([rates(name).select("notion", "male_ratio") for name in ("acute", "conditions")])
    labels = codes("diagnoses").select("notion", "label").join(ratios, on="notion")
    listed = seen.rows("lookup_diag_ref").select(
        "code_system",
        medcode="code",
        label=pl.col("description").str.replace(', "so called"', "", literal=True),
    )
    sexes = seen.rows("patient").select(*KEY, "sex")
    rows = seen.rows("medical").join(listed, on=["code_system", "medcode"]).join(labels, on="label")
    rows = rows.join(sexes, on=KEY)
    women = rows.filter(pl.col("male_ratio") <= 0.001)
    assert women.height > 0
    assert set(women["sex"]) == {"2"}
    assert set(rows.filter(pl.col("male_ratio") >= 1000)["sex"]) == {"1"}


@every_country
def test_a_result_lies_within_the_limits_of_its_test_in_its_unit(country):
    """Limits of the dictionary, in the test's own unit or the other one."""
    told = dict(codes("lookups").filter(pl.col("lookup") == "unit").select("code", "description").iter_rows())
    value = pl.col("data2").cast(float, strict=False)
    unit = pl.col("data3").replace_strict(told, default="none")
    rows = world(country, patients=500).rows("ahd").with_columns(value=value, unit=unit)
    for test in codes("tests").filter(pl.col("unit").is_not_null(), datafile="TEST").iter_rows(named=True):
        entity, local = pl.col("ahdcode") == test["ahdcode"], pl.col("local_code") == test["local_code"]
        own = rows.filter(entity | local)
        for unit, low, high in limits(test):
            found = own.filter(pl.col("unit") == unit)["value"].drop_nulls()
            assert found.is_between(low, high).all(), (test["notion"], unit)


def limits(test: dict) -> list[tuple[str, float, float]]:
    """Unit, least and greatest value of a test, with room for rounding; HbA1c converts with an offset."""
    factors = {test["unit"]: 1.0} | (
        {test["alt_unit"]: float(test["alt_factor"])} if test["alt_unit"] else {}
    )
    offset = {"mmol/mol": -2.15}
    return [
        (
            unit,
            (float(test["low"]) + offset.get(unit, 0)) * factor - 0.51,
            (float(test["high"]) + offset.get(unit, 0)) * factor + 0.51,
        )
        for unit, factor in factors.items()
    ]
