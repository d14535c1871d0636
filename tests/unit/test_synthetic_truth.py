"""The truth about a delivery: the fate rules on hand-made rows, and faults found again in bytes."""

import datetime as dt
from collections import Counter

import numpy as np
import polars as pl
import pytest

from tests.synthetic_worlds import parsed, world
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import column_names, tables
from thin_assets.synthetic.days import day
from thin_assets.synthetic.defects import fault, kinds
from thin_assets.synthetic.fates import judge
from thin_assets.synthetic.files import broken
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.spelling import framed
from thin_assets.synthetic.truth import Delivered, Tally, days_of

CUTOFF = day(dt.date(2024, 3, 31))
PLAIN = {
    "practice": {"compdate": "20050101", "visiondate": "20100101", "collectdate": "20240331"},
    "patient": {"patflag": "A", "yob": "19500000", "sex": "1", "regdate": "20100101", "regstat": "02"},
    "consult": {"eventdate": "20200101"},
    "medical": {"eventdate": "20200101", "code_system": "ICD10", "medcode": "I10", "medflag": "R"},
    "therapy": {"prscdate": "20200101", "atc": "C09AA05", "therflag": "Y"},
    "ahd": {"eventdate": "20200101", "ahdcode": "1001400027", "ahdflag": "Y"},
}
KEY = {"consult": "consultid", "medical": "medid", "therapy": "therid", "ahd": "ahdid"}


def delivered(table: str, *rows: dict) -> Delivered:
    """Rows of patient `who` (default 0), with `fault` if any; the rest as in PLAIN, keys of their own."""
    filled = [
        PLAIN[table]
        | {"pracid": "a1000", "patid": f"P{row.get('who', 0)}", KEY.get(table, "famnum"): f"R{n}"}
        | row
        for n, row in enumerate(rows)
    ]
    columns = {
        name: pl.Series([row.get(name) for row in filled], dtype=pl.String) for name in column_names(table)
    }
    beside = {
        "who": np.array([row.get("who", 0) for row in filled], dtype=np.int32),
        "fault": np.array([fault(row.get("fault", "")) for row in filled], dtype=np.int8),
    }
    return Delivered(framed(table, columns), beside)


def judged(country: str = "RO", people: int = 1, **given: list[dict]) -> tuple[dict[str, Tally], Counter]:
    """Fates of hand-made rows; one plain patient and one plain consultation unless given."""
    given = {"patient": [{}], "consult": [{}], "medical": [], "therapy": [], "ahd": []} | given
    practices = delivered("practice", {}).frame
    parts = {table: delivered(table, *rows) for table, rows in given.items()}
    return judge(country, CUTOFF, people, practices, parts)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"patflag": "T"}, "invalid_patflag"),
        ({"sex": "0"}, "unknown_sex"),
        ({"sex": None}, "unknown_sex"),
        ({"yob": "18600000"}, "implausible_birth_year"),
        ({"yob": "20250000"}, "implausible_birth_year"),
        ({"yob": None}, "implausible_birth_year"),
        ({"deathdate": "20091231"}, "death_before_registration"),
        ({"regstat": "99", "xferdate": "20091231"}, "death_before_registration"),
        ({"xferdate": "20100101"}, "no_observation_time"),
        ({"regdate": "20240331"}, "no_observation_time"),
        ({"patflag": "T", "sex": "0"}, "invalid_patflag"),
    ],
)
def test_a_patient_is_refused_for_the_first_reason_that_applies_and_the_events_with_it(row, reason):
    tallies, built = judged(patient=[row])
    assert tallies["patient"].rejected == {reason: 1}
    assert tallies["consult"].rejected == {"person_not_loaded": 1}
    assert built["person"] == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"medflag": "D"}, "invalid_flag"),
        ({"medflag": None}, "invalid_flag"),
        ({"eventdate": None}, "missing_date"),
        ({"eventdate": "20240401"}, "future_date"),
        ({"eventdate": "19491231"}, "before_birth"),
        ({"fault": "orphan_patient"}, "person_not_loaded"),
        ({"fault": "not_a_date"}, "not_a_date"),
        ({"medflag": "D", "eventdate": None}, "invalid_flag"),
    ],
)
def test_an_event_is_refused_for_the_first_reason_that_applies(row, reason):
    tallies, _ = judged(medical=[row, {}])
    assert tallies["medical"].rejected == {reason: 1}
    assert tallies["medical"].loaded == 1


@pytest.mark.parametrize(("when", "refused"), [("20200301", 0), ("20200302", 1)])
def test_events_are_believed_until_sixty_days_after_death(when, refused):
    tallies, built = judged(patient=[{"deathdate": "20200101"}], medical=[{"eventdate": when}])
    assert tallies["medical"].rejected["after_death"] == refused
    assert built["death"] == 1


def test_a_transfer_of_a_dead_patient_is_the_death():
    assert judged(patient=[{"regstat": "99", "xferdate": "20200101"}])[1]["death"] == 1
    assert judged(patient=[{"regstat": "05", "xferdate": "20200101"}])[1]["death"] == 0


def test_a_patient_delivered_twice_is_one_person():
    tallies, built = judged(patient=[{}, {}])
    assert (tallies["patient"].collapsed, built["person"]) == (1, 1)


def test_the_same_code_on_one_day_collapses_and_on_another_day_does_not():
    tallies, _ = judged(medical=[{}, {}, {"eventdate": "20200102"}, {"medcode": "E11"}])
    assert (tallies["medical"].collapsed, tallies["medical"].loaded) == (1, 3)


def test_a_partial_date_is_the_first_day_it_can_be():
    tallies, _ = judged(medical=[{"eventdate": "20200000"}, {"eventdate": "20200100"}, {}])
    assert tallies["medical"].collapsed == 2
    assert days_of(pl.Series(["20200000", "20200200", None]))[:2].tolist() == [18262, 18293]


def test_two_prescriptions_on_one_day_stay_two_and_a_repeated_record_becomes_one():
    tallies, _ = judged(therapy=[{"therid": "A"}, {"therid": "B"}, {"therid": "B"}])
    assert (tallies["therapy"].collapsed, tallies["therapy"].loaded) == (1, 2)


@pytest.mark.parametrize(
    ("table", "row", "rows"),
    [
        ("medical", {"medcode": "I10"}, 1),
        ("medical", {"medcode": "K29"}, 2),
        ("medical", {"medcode": "ZZ9Z9"}, 1),
        ("therapy", {"atc": "C09AA05"}, 1),
        ("therapy", {"atc": "C09DA01"}, 2),
        ("therapy", {"atc": None}, 1),
        ("ahd", {"ahdcode": "1005010500", "data1": "80", "data2": "130"}, 2),
        ("ahd", {"ahdcode": "1005010500", "data2": "130"}, 1),
        ("ahd", {"ahdcode": "1005010200", "data1": "80", "data3": "27"}, 2),
        ("ahd", {"ahdcode": "1001400027", "data2": "13"}, 1),
    ],
)
def test_a_source_row_becomes_one_row_per_concept_or_value(table, row, rows):
    tallies, _ = judged(**{table: [row]})
    assert (tallies[table].loaded, tallies[table].extra) == (rows, rows - 1)


def test_without_a_list_a_patient_is_observed_from_the_first_valid_event_on():
    silent, _ = judged("FR", consult=[])
    early, _ = judged("FR", consult=[{"eventdate": "20091231"}])
    loaded, _ = judged("FR", consult=[{"eventdate": "20100101"}])
    assert silent["patient"].rejected == early["patient"].rejected == {"no_observation_time": 1}
    assert loaded["patient"].loaded == 1


def test_on_a_list_a_patient_without_events_is_a_person():
    assert judged("RO", consult=[])[1]["person"] == 1


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_clean_delivery_is_loaded_whole(country):
    truth = world(country).truth
    assert truth["defects"] == {}
    for table, tally in truth["tables"].items():
        assert (table, tally["rejected"], tally["collapsed"]) == (table, {}, 0)
        assert tally["delivered"] == tally["loaded"] - tally["multi_map_extra"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_kind_of_fault_occurs_and_few_rows_are_unreadable(country):
    truth = world(country, patients=500, defects=True).truth
    expected = set(rates("defects")["kind"])
    if country != "GB":
        expected.discard("case_collision")
    assert set(truth["defects"]) == expected
    for tally in truth["tables"].values():
        unreadable = sum(
            count
            for reason, count in tally["rejected"].items()
            if reason.startswith(("not_", "wrong_", "missing_required", "birth_date"))
        )
        assert unreadable < 0.03 * tally["delivered"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_unreadable_lines_are_found_again_by_reading_the_bytes(country):
    """Field count, encoding, dates, numbers, required values and birth dates, judged from the text alone."""
    seen = world(country, patients=500, defects=True)
    for table in ("patient", "consult", "medical", "therapy", "ahd"):
        found = Counter(filter(None, (unreadable(table, line) for line in seen.lines(table))))
        known = seen.truth["tables"][table]["rejected"]
        assert found == {reason: count for reason, count in known.items() if reason in found}, table
        assert len(found) >= 3


def unreadable(table: str, line: bytes) -> str | None:
    """Why a line cannot be read; None where it can."""
    columns = tables()[table]
    try:
        fields = parsed(line)
    except UnicodeDecodeError:
        return "not_utf8"
    if len(fields) != len(columns):
        return "wrong_field_count"
    for column, value in zip(columns, fields, strict=True):
        if column.required and not value:
            return "missing_required"
        if value and column.type == "date" and not is_date(value):
            return "not_a_date"
        if value and column.type in ("int", "float") and not value.replace(".", "", 1).isdigit():
            return "not_a_number"
        if value and column.type == "yob" and value[6:] != "00":
            return "birth_date_too_precise"
    return None


def is_date(text: str) -> bool:
    if len(text) != 8 or not text.isdigit():
        return False
    month, day_of_month = int(text[4:6]), int(text[6:])
    return month <= 12 and day_of_month <= 31


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind])
def test_only_faults_of_the_text_change_a_line(kind):
    line = b"|".join(b"7" for _ in column_names("medical"))
    changed = broken(line, "medical", kind, 1) != line
    assert changed == (
        kind in ("wrong_field_count", "not_utf8", "not_a_date", "not_a_number", "missing_required")
    )


def test_the_patients_of_faulty_rows_are_told_apart_from_strangers():
    """Rows of refused patients and rows of nobody are both refused, and the truth counts them together."""
    truth = world("GB", patients=500, defects=True).truth
    for table in ("consult", "medical", "therapy", "ahd"):
        assert truth["tables"][table]["rejected"]["person_not_loaded"] > 0
    assert truth["defects"]["orphan_patient"] > 0
