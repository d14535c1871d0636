"""One life, seen month after month: what a later snapshot keeps, changes and adds."""

import polars as pl
import pytest

from tests.synthetic_worlds import date, world

RECORDS = {"consult": "consultid", "medical": "medid", "therapy": "therid", "ahd": "ahdid"}
BEFORE, AFTER = "2024-01", "2024-04"

both_kinds = pytest.mark.parametrize("country", ["GB", "FR"])
every_record = pytest.mark.parametrize("table", RECORDS)


def seen(country: str, month: str):
    return world(country, month, patients=800)


def still_sent(rows: pl.DataFrame, country: str) -> pl.DataFrame:
    kept = seen(country, AFTER).rows("practice")["pracid"]
    return rows.filter(pl.col("pracid").is_in(kept.implode()))


@both_kinds
@every_record
def test_no_record_is_lost_and_no_key_moves(country, table):
    old = still_sent(seen(country, BEFORE).rows(table), country)
    key = ["pracid", "patid", RECORDS[table]]
    assert len(old) > 0
    assert old.join(seen(country, AFTER).rows(table), on=key, how="anti").is_empty()


@both_kinds
@every_record
def test_what_was_told_before_stays_unless_it_was_corrected(country, table):
    old, new = still_sent(seen(country, BEFORE).rows(table), country), seen(country, AFTER).rows(table)
    changed = old.join(new, on=old.columns, how="anti", nulls_equal=True)
    now = changed.join(new, on=["pracid", "patid", RECORDS[table]], how="inner", suffix="_now")
    assert len(changed) < 0.005 * len(old)
    if table == "consult":
        assert changed.is_empty()
    else:
        assert (now["modified_now"] == "Y").all()
        assert (now["sysdate_now"] > "20240131").all()


@both_kinds
def test_something_is_corrected_under_the_same_record(country):
    therapy = seen(country, AFTER).rows("therapy")
    share = (therapy["modified"] == "Y").mean()
    assert 0.0005 < share < 0.004


@both_kinds
@every_record
def test_nothing_recorded_after_the_cut_off_is_delivered(country, table):
    assert seen(country, BEFORE).rows(table)["sysdate"].max() <= "20240131"


@both_kinds
def test_some_records_arrive_days_to_years_late(country):
    rows = seen(country, AFTER).rows("ahd").select(late=(date("sysdate") - date("eventdate")).dt.total_days())
    assert 0.05 < (rows["late"] > 0).mean() < 0.3
    assert rows["late"].max() > 365
    assert rows["late"].min() >= 0


@both_kinds
def test_patients_are_added_and_those_who_left_stay_on_record(country):
    old, new = (seen(country, month).rows("patient") for month in (BEFORE, AFTER))
    old = still_sent(old, country)
    assert old.join(new, on=["pracid", "patid"], how="anti").is_empty()
    newcomers = new.join(old, on=["pracid", "patid"], how="anti")
    assert (newcomers["sysdate"] > "20240131").sum() > 0


@both_kinds
def test_a_death_becomes_known_up_to_two_months_late_and_sometimes_later(country):
    died = seen(country, AFTER).rows("patient").filter(pl.col("deathdate").is_not_null())
    lag = died.select(lag=(date("sysdate") - date("deathdate")).dt.total_days())["lag"]
    assert lag.is_between(1, 360).all()
    assert lag.is_between(1, 60).mean() > 0.85
    assert lag.max() > 30


@both_kinds
def test_a_patient_is_alive_until_the_death_is_known(country):
    old, new = (seen(country, month).rows("patient") for month in ("2023-01", AFTER))
    died = new.filter(pl.col("deathdate").is_not_null() & (pl.col("sysdate") > "20230131"))
    before = old.join(died, on=["pracid", "patid"], how="semi")
    assert len(before) > 0
    assert before["deathdate"].is_null().all()
    assert set(before["regstat"]) <= {"01", "02"}


def test_who_moves_becomes_a_new_patient_of_another_practice():
    patients = seen("GB", AFTER).rows("patient").with_columns(born=pl.col("yob").str.slice(0, 4))
    left = patients.filter(pl.col("regstat") == "05").select("born", "sex", "xferdate", was="pracid")
    arrived = patients.select("born", "sex", "regdate", "pracid")
    moves = left.join(arrived, on=["born", "sex"]).filter(
        (pl.col("was") != pl.col("pracid"))
        & (date("regdate") - date("xferdate")).dt.total_days().is_between(1, 31)
    )
    assert len(moves) > 5


def test_the_first_month_holds_exactly_the_patients_asked_for():
    opening = world("IT", "2023-01", patients=500).rows("patient")
    assert (opening["regdate"] < "20230101").sum() == 500


def test_a_practice_joins_and_a_frozen_one_says_nothing_new():
    months = {month: world("GB", month, patients=800) for month in ("2024-03", "2024-04", "2024-06")}
    (joined,) = months["2024-04"].manifest["practices_joined"]
    (frozen,) = months["2024-04"].manifest["practices_left"]
    assert joined not in set(months["2024-03"].rows("practice")["pracid"])
    row = months["2024-06"].rows("practice").filter(pl.col("pracid") == frozen)
    assert row.select("collectdate", "status").row(0) == ("20240331", "L")
    of_frozen = [
        months[month].rows("medical").filter(pl.col("pracid") == frozen) for month in ("2024-03", "2024-06")
    ]
    assert of_frozen[0].equals(of_frozen[1])


def test_a_practice_that_left_disappears():
    (left,) = world("GB", "2023-08", patients=800).manifest["practices_left"]
    assert left in set(world("GB", "2023-07", patients=800).rows("patient")["pracid"])
    for table in ("practice", "staff", "patient", "consult"):
        assert left not in set(world("GB", "2023-08", patients=800).rows(table)["pracid"])
