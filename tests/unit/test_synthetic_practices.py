"""Practices: general ones and specialists', and those that leave, freeze or are suspended."""

import polars as pl
import pytest

from tests.synthetic_worlds import world
from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates

WITH_SPECIALISTS = [code for code, country in COUNTRIES.items() if country.specialists]


def practices(country: str, month: str = "2024-03") -> pl.DataFrame:
    return world(country, month).rows("practice")


def test_the_united_kingdom_delivers_general_practices_alone():
    assert set(practices("GB")["prac_type"]) == {"GP"}
    assert "GB" not in WITH_SPECIALISTS


@pytest.mark.parametrize("country", WITH_SPECIALISTS)
def test_specialists_deliver_too_and_name_their_specialty(country):
    found = practices(country)
    special = found.filter(pl.col("prac_type") == "SPEC")
    assert 0 < special.height < found.height / 2
    known = set(codes("lookups").filter(pl.col("lookup") == "specialty")["code"]) - {"GEN", "OTH"}
    assert set(special["specialty"]) <= known
    assert set(found.filter(pl.col("prac_type") == "GP")["specialty"]) == {"GEN"}


@pytest.mark.parametrize("country", WITH_SPECIALISTS)
def test_a_specialist_reviews_the_diseases_of_the_specialty_alone(country):
    """Entries of an episode that began before (episode O) are about diseases under review."""
    seen = world(country, patients=500)
    special = seen.rows("practice").filter(pl.col("prac_type") == "SPEC").select("pracid", "specialty")
    reviewed = seen.rows("medical").filter(pl.col("episode") == "O").join(special, on="pracid")
    listed = seen.rows("lookup_diag_ref").select(
        "code_system",
        medcode="code",
        label=pl.col("description").str.replace(', "so called"', "", literal=True),
    )
    own = rates("specialties").join(codes("diagnoses").select("label", condition="notion"), on="condition")
    named = reviewed.join(listed, on=["code_system", "medcode"])
    assert named.height == reviewed.height > 0
    assert named.join(own, on=["specialty", "label"], how="anti").is_empty()


@pytest.mark.parametrize("country", WITH_SPECIALISTS)
def test_specialists_are_seen_less_often_than_general_practitioners(country):
    seen = world(country, patients=500)
    visits = (
        seen.rows("consult")
        .group_by("pracid", "patid")
        .len()
        .join(seen.rows("practice").select("pracid", "prac_type"), on="pracid")
    )
    mean = dict(visits.group_by("prac_type").agg(pl.col("len").mean()).iter_rows())
    assert mean["SPEC"] < 0.7 * mean["GP"]


def test_every_disease_of_a_specialty_is_simulated():
    assert set(rates("specialties")["condition"]) <= set(burden("FR").names)


def test_a_suspended_practice_sends_nothing_new_for_three_months_and_then_all_of_it():
    status = {
        month: suspended(practices("GB", month)) for month in ("2024-01", "2024-02", "2024-03", "2024-04")
    }
    assert status["2024-01"] == {}
    assert status["2024-02"] == status["2024-03"] == status["2024-04"]
    ((practice, collected),) = status["2024-02"].items()
    assert collected == "20240229"
    after = practices("GB", "2024-05").row(by_predicate=pl.col("pracid") == practice, named=True)
    assert (after["status"], after["collectdate"]) == ("A", "20240531")
    meanwhile = world("GB", "2024-04").rows("consult").filter(pl.col("pracid") == practice)
    caught_up = world("GB", "2024-05").rows("consult").filter(pl.col("pracid") == practice)
    assert meanwhile["sysdate"].max() <= "20240229" < caught_up["sysdate"].max()


def suspended(rows: pl.DataFrame) -> dict[str, str]:
    return dict(rows.filter(pl.col("status") == "S").select("pracid", "collectdate").iter_rows())


def test_a_frozen_practice_has_left_and_stays_in_the_delivery():
    frozen = practices("GB").filter(pl.col("status") == "L")
    assert frozen.height > 0
    assert (frozen["collectdate"] < "20240331").all()
