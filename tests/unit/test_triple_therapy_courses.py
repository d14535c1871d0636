"""New users of triple therapy, how long it lasts, how it ends: records that can be counted by hand."""

import datetime as dt

import polars as pl
import pytest

from tests.inhalers import CONDITION, LAST, drawn, material, monthly, on
from thin_assets.studies.study import Material
from thin_assets.studies.triple_therapy.compute import COHORTS, compute
from thin_assets.studies.triple_therapy.courses import ADDED, STILL, STOPPED, SWITCHED, courses
from thin_assets.studies.triple_therapy.covariates import first_added, with_covariates
from thin_assets.studies.triple_therapy.declared import ONE, SEVERAL, declared
from thin_assets.studies.triple_therapy.records import (
    ENTRIES,
    days_of_condition,
    days_of_drugs,
    inhaled,
    persons,
    specialties,
)
from thin_assets.studies.triple_therapy.users import Users, new_users

SINGLE, BOTH = COHORTS
TOLD = declared()


def opened(asked: Material) -> pl.DataFrame:
    """Inhalers of the members."""
    entries = pl.concat(asked.members.values()).select(person_id="subject_id", entry="cohort_start_date")
    asked.con.register(ENTRIES, entries)
    return inhaled(asked.con, TOLD)


def users_of(asked: Material, *, dispensing: bool = False) -> Users:
    records = opened(asked)
    return new_users(records, persons(asked.con), TOLD, dispensing=dispensing)


def known_of(asked: Material) -> pl.DataFrame:
    users, con = users_of(asked).rows, asked.con
    flares = pl.concat(
        [days_of_condition(con, TOLD.exacerbation), days_of_drugs(con, TOLD.systemic_steroids, TOLD)]
    )
    return with_covariates(users, specialties(con), days_of_condition(con, TOLD.asthma), flares, TOLD)


def course(
    text: str, *, gap: int = 60, arm: str = ONE, observed_until: dt.date = LAST, entry: int = 0
) -> dict:
    """What becomes of person 1, who enters on a day."""
    cohort = SINGLE if arm == ONE else BOTH
    asked = material(drawn(text), {cohort: {1: on(entry)}}, observed_until={1: observed_until})
    known = known_of(asked)
    added = first_added(known, days_of_drugs(asked.con, TOLD.add_ons, TOLD), TOLD)
    found = courses(inhaled(asked.con, TOLD), known, added, gap, TOLD)
    assert found.height == 1
    return found.row(0, named=True)


def test_a_therapy_ends_with_its_last_day_of_supply() -> None:
    found = course(monthly(1, "triple", 0, 3))
    assert (found["arm"], found["days"], found["ended"], found["after"]) == (ONE, 90, True, "nothing")


@pytest.mark.parametrize(("pause", "lasted"), [(59, 30 + 59 + 30), (60, 30)])
def test_sixty_days_without_supply_end_it_and_fewer_do_not(pause: int, lasted: int) -> None:
    found = course(f"1 | triple | 0 | 30\n1 | triple | {30 + pause} | 30")
    assert found["days"] == lasted


@pytest.mark.parametrize(("gap", "lasted"), [(30, 30), (60, 100), (90, 100)])
def test_another_gap_gives_another_end(gap: int, lasted: int) -> None:
    assert course("1 | triple | 0 | 30\n1 | triple | 70 | 30", gap=gap)["days"] == lasted


def test_supply_that_is_fetched_early_is_not_added_up() -> None:
    assert course("1 | triple | 0 | 30\n1 | triple | 10 | 30")["days"] == 40


@pytest.mark.parametrize(("until", "days", "ended"), [(29 + 60, 30, True), (28 + 60, 29, False)])
def test_who_is_not_observed_for_the_whole_gap_cannot_be_seen_to_end(
    until: int, days: int, ended: bool
) -> None:
    """Supply until day 29; follow-up ends sixty days before observation does."""
    found = course("1 | triple | 0 | 30", observed_until=on(until))
    assert (found["days"], found["ended"]) == (days, ended)


def test_follow_up_of_the_persistent_ends_before_observation_does_as_well() -> None:
    found = course(monthly(1, "triple", 0, 20), observed_until=on(299))
    assert (found["days"], found["ended"], found["cause"], found["after"]) == (240, False, STILL, "still_on")


def test_from_several_devices_all_three_classes_are_needed() -> None:
    """The antimuscarinic ends after 60 days, the other device goes on: a step down."""
    text = monthly(1, "ICS+LABA", 0, 12) + "\n" + monthly(1, "LAMA", 0, 2)
    found = course(text, arm=SEVERAL)
    assert (found["arm"], found["days"], found["cause"]) == (SEVERAL, 60, STOPPED)
    assert found["after"] == "steroid_and_beta_agonist"


def test_three_ingredients_of_one_product_are_one_device() -> None:
    """The vocabulary has no concept for the whole, so it is recorded as three rows of one code."""
    text = monthly(1, "triple of three rows", 0, 2)
    assert (course(text, arm=SEVERAL)["arm"], course(text, arm=SEVERAL)["days"]) == (ONE, 60)


def test_a_change_of_the_number_of_devices_is_a_switch() -> None:
    several = monthly(1, "ICS+LABA", 0, 2) + "\n" + monthly(1, "LAMA", 0, 2)
    to_one = course(f"{several}\n{monthly(1, 'triple', 60, 4)}", arm=SEVERAL)
    assert (to_one["days"], to_one["cause"], to_one["after"]) == (60, SWITCHED, "other_triple")
    later = monthly(1, "ICS+LABA", 75, 4) + "\n" + monthly(1, "LAMA", 80, 4)
    to_several = course(f"{monthly(1, 'triple', 0, 2)}\n{later}")
    assert (to_several["days"], to_several["cause"], to_several["after"]) == (60, SWITCHED, "other_triple")


def test_another_product_of_one_device_is_no_switch() -> None:
    text = monthly(1, "triple", 0, 2) + "\n" + monthly(1, "triple of three rows", 60, 2)
    assert (course(text)["days"], course(text)["cause"]) == (120, STOPPED)


def test_one_device_taken_while_several_last_ends_these() -> None:
    several = monthly(1, "ICS+LABA", 0, 6) + "\n" + monthly(1, "LAMA", 0, 6)
    found = course(f"{several}\n1 | triple | 45 | 30", arm=SEVERAL)
    assert (found["days"], found["cause"]) == (45, SWITCHED)


def test_a_drug_that_is_added_competes_and_does_not_end_the_therapy() -> None:
    found = course(monthly(1, "triple", 0, 4) + "\n1 | mucolytic | 50 | 30 | mouth")
    assert (found["cause"], found["cause_days"]) == (ADDED, 51)
    assert (found["days"], found["ended"]) == (120, True)


@pytest.mark.parametrize("when", [-100, 0, 121])
def test_a_drug_that_was_there_before_or_comes_too_late_is_not_added(when: int) -> None:
    found = course(
        monthly(1, "triple", 0, 4) + f"\n1 | mucolytic | {when} | 30 | mouth\n1 | mucolytic | 150 | 30"
    )
    assert (found["cause"], found["cause_days"]) == (STOPPED, 120)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("1 | ICS+LABA | -40 | 30", "steroid_and_beta_agonist"),
        ("1 | LABA+LAMA | -40 | 30", "beta_agonist_and_antimuscarinic"),
        ("1 | LAMA | -40 | 30", "one_class"),
        ("1 | ICS | -20 | 30\n1 | LAMA | -40 | 30", "other_two"),
        ("1 | ICS+LABA | -200 | 30", "nothing"),
        ("1 | LABA+LAMA | -85 | 30\n1 | ICS | -30 | 30", "changing"),
        ("", "nothing"),
    ],
)
def test_the_therapy_before_is_what_was_in_supply_shortly_before(before: str, told: str) -> None:
    assert course(f"{before}\n{monthly(1, 'triple', 0, 2)}")["before"] == told


def test_who_was_on_triple_therapy_within_the_year_before_is_no_new_user() -> None:
    text = f"1 | triple | -200 | 30\n{monthly(1, 'triple', 0, 2)}"
    users = users_of(material(drawn(text), {SINGLE: {1: on(0)}}))
    assert users.rows.is_empty()
    assert [persons for _, persons in users.attrition] == [1, 1, 0]


def test_tablets_of_the_same_steroid_are_no_inhaler() -> None:
    text = "1 | ICS | 0 | 30 | mouth\n1 | LABA+LAMA | 0 | 30"
    assert users_of(material(drawn(text), {BOTH: {1: on(0)}})).rows.is_empty()


def test_classes_within_thirty_days_are_taken_together_from_the_last_on() -> None:
    text = "1 | LAMA | -20 | 60\n1 | ICS+LABA | 0 | 60"
    users = users_of(material(drawn(text), {BOTH: {1: on(0)}}))
    assert users.rows["index"].to_list() == [on(0)]
    assert users.rows["before"].to_list() == ["one_class"]


def test_dispensings_are_followed_where_pharmacies_deliver_and_prescriptions_elsewhere() -> None:
    """Prescribed for 90 days; the pharmacy saw the first two boxes, from day 5 on."""
    text = monthly(1, "triple", 0, 3) + "\n" + monthly(1, "triple", 5, 2, "dispensed")
    for key, record, index in (("FR|2024-03-01", "dispensed", on(5)), ("GB|2024-03-01", "prescribed", on(0))):
        asked = material(drawn(text), {SINGLE: {1: on(0)}}, key=key)
        users = users_of(asked, dispensing=key.startswith("FR"))
        assert (users.record, users.rows["index"].to_list()) == (record, [index])
        ended = compute(asked)["triple_therapy_curves"].filter(gap_days=60)
        assert ended.filter(pl.col("ended") == 0)["day"].max() == (30 if record == "dispensed" else 60)


def test_who_fetches_at_another_pharmacy_is_counted_and_left_out() -> None:
    fetched = monthly(1, "triple", 0, 3, "dispensed")
    text = f"{monthly(1, 'triple', 0, 3)}\n{fetched}\n{monthly(2, 'triple', 0, 3)}"
    users = users_of(material(drawn(text), {SINGLE: {1: on(0), 2: on(0)}}), dispensing=True)
    assert users.rows["person_id"].to_list() == [1]
    assert [persons for _, persons in users.attrition] == [2, 1, 1]


def test_where_no_pharmacy_is_in_the_build_prescriptions_are_followed() -> None:
    asked = material(drawn(monthly(1, "triple", 0, 3)), {SINGLE: {1: on(0)}}, key="FR|2024-03-01")
    assert users_of(asked, dispensing=True).record == "prescribed"


def test_what_is_known_on_the_first_day() -> None:
    """Two exacerbations: tablets that are repeated within days are one, and what comes later is none."""
    text = f"""
        {monthly(1, "triple", 0, 2, "lung")}
        1 | steroid tablets | -100 | 5 | mouth
        1 | steroid tablets | -95 | 5 | mouth
        1 | steroid tablets | 3 | 5 | mouth
        {monthly(2, "triple", 0, 2)}
    """
    conditions = pl.DataFrame(
        [(1, 317009, on(-2000)), (1, 257004, on(-30)), (2, 317009, on(1))], schema=CONDITION, orient="row"
    )
    text = "\n".join(line.strip() for line in text.splitlines())
    asked = material(drawn(text), {SINGLE: {1: on(0), 2: on(0)}}, conditions=conditions)
    first, second = known_of(asked).iter_rows(named=True)
    assert (first["specialty"], first["asthma"], first["exacerbations"]) == (
        "specialist",
        True,
        "two_or_more",
    )
    assert (second["specialty"], second["asthma"], second["exacerbations"]) == (
        "general_practitioner",
        False,
        "none",
    )
    assert (first["age"], first["sex"], second["sex"]) == (2020 - 1941, "female", "male")


def test_eye_drops_of_a_steroid_are_no_exacerbation() -> None:
    """The route tells, where the form does not."""
    therapy = [monthly(person, "triple", 0, 2) for person in (1, 2)]
    steroids = ["1 | steroid tablets | -30 | 5 | eye", "2 | steroid tablets | -30 | 5 | mouth"]
    asked = material(drawn("\n".join([*therapy, *steroids])), {SINGLE: {1: on(0), 2: on(0)}})
    assert known_of(asked)["exacerbations"].to_list() == ["none", "one"]
