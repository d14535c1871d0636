"""Simulated lives resemble the published figures they were drawn from."""

import polars as pl
import pytest

from tests.synthetic_worlds import date, world
from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import pyramid, rates

NOTIONS = [
    ("acute", "notion", "diagnoses"),
    ("conditions", "notion", "diagnoses"),
    ("cancer_sites", "notion", "diagnoses"),
    ("acute_treatments", "notion", "diagnoses"),
    ("acute_treatments", "drug", "drugs"),
    ("treatments", "condition", "diagnoses"),
    ("treatments", "drug", "drugs"),
    ("monitoring", "condition", "diagnoses"),
    ("panel_tests", "test", "tests"),
    ("test_units", "test", "tests"),
    ("shifts", "test", "tests"),
    ("clinical", "measure", "tests"),
    ("vaccines", "vaccine", "tests"),
    ("specimens", "notion", "diagnoses"),
    ("specimens", "specimen", "tests"),
]


@pytest.mark.parametrize(("table", "column", "dictionary"), NOTIONS)
def test_every_notion_of_the_rates_is_in_the_dictionary(table, column, dictionary):
    assert set(rates(table)[column]) <= set(codes(dictionary)["notion"])


@pytest.mark.parametrize(("table", "column"), [("monitoring", "panel"), ("panel_tests", "panel")])
def test_every_panel_is_known(table, column):
    assert set(rates(table)[column]) <= set(rates("panels")["panel"])


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_its_figures(country):
    assert rates("countries").filter(pl.col("country") == country).height == 1
    assert pyramid(country).sum() == pytest.approx(1)
    assert (burden(country).cumulative >= 0).all()


@pytest.mark.parametrize("table", ["treatments", "monitoring", "shifts"])
def test_what_follows_a_disease_follows_one_that_is_simulated(table):
    assert set(rates(table)["condition"]) <= set(burden("GB").names)


@pytest.fixture(scope="module")
def patients() -> pl.DataFrame:
    """The patients of a British world with their years under observation."""
    seen = world("GB", patients=6000)
    practices = seen.rows("practice").select("pracid", date("amrdate"), date("collectdate"))
    rows = seen.rows("patient").join(practices, on="pracid")
    start = pl.max_horizontal(date("regdate"), "amrdate")
    end = pl.min_horizontal(date("xferdate"), date("deathdate"), "collectdate")
    return rows.with_columns(years=(end - start).dt.total_days() / 365.25)


def per_year(table: str, patients: pl.DataFrame) -> float:
    return len(world("GB", patients=6000).rows(table)) / patients["years"].sum()


@pytest.mark.parametrize(
    ("table", "least", "most"),
    [("consult", 4, 6.5), ("medical", 2.5, 5), ("therapy", 15, 21), ("ahd", 5, 10)],
)
def test_practices_record_as_much_as_practices_do(patients, table, least, most):
    assert least < per_year(table, patients) < most


def test_patients_are_followed_for_more_than_five_years(patients):
    assert patients["years"].mean() > 5


def test_as_many_die_as_in_the_country(patients):
    dead = patients.filter(pl.col("regstat") == "99").height
    assert 0.0070 < dead / patients["years"].sum() < 0.0115


@pytest.mark.parametrize(
    ("notion", "per_thousand"),
    [("hypertension", 153), ("type_2_diabetes", 47), ("asthma", 100), ("depression", 160), ("copd", 20)],
)
def test_diseases_are_as_frequent_as_published(patients, notion, per_thousand):
    spelled = codes("diagnoses").filter(pl.col("notion") == notion).select("read2", "snomed").row(0)
    ill = world("GB", patients=6000).rows("medical").filter(pl.col("medcode").is_in(spelled))
    present = patients.filter(pl.col("regstat") == "02")
    count = present.join(ill, on=["pracid", "patid"], how="semi").height
    assert count / present.height * 1000 == pytest.approx(per_thousand, rel=0.3)


def test_haemoglobin_comes_in_two_units_a_third_of_it_in_grams_per_litre():
    rows = world("GB", patients=6000).rows("ahd").filter(pl.col("ahdcode") == "1001400027")
    values = rows["data2"].cast(float, strict=False).drop_nulls()
    assert (values > 30).mean() == pytest.approx(1 / 3, abs=0.04)
    assert values.filter(values < 30).mean() == pytest.approx(13.5, abs=0.4)


def test_smoking_is_told_as_published_and_contradicts_itself_at_times():
    rows = world("GB", patients=6000).rows("ahd").filter(pl.col("ahdcode") == "1003040000")
    share = dict(rows["data1"].value_counts(normalize=True).iter_rows())
    assert 0.1 < share["Y"] < 0.3
    assert 0.15 < share["D"] < 0.3
    told = rows.group_by("pracid", "patid").agg(pl.col("data1").n_unique())
    assert (told["data1"] > 1).any()


def test_tests_per_patient_are_heavy_tailed():
    rows = world("GB", patients=6000).rows("ahd").filter(pl.col("ahdcode") == "1001400019")
    counts = rows.group_by("pracid", "patid").len()["len"]
    assert counts.std() > 0.8 * counts.mean()


def test_only_women_are_treated_for_the_menopause(patients):
    code = codes("diagnoses").filter(pl.col("notion") == "menopause")["read2"].item()
    rows = world("GB", patients=6000).rows("medical").filter(pl.col("medcode") == code)
    assert set(patients.join(rows, on=["pracid", "patid"], how="semi")["sex"]) == {"2"}
