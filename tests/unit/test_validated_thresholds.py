"""A tolerance differs from the default only by a line that says why; what cannot stand is refused."""

import re
from collections import Counter

import pytest

from thin_assets.domain.countries import COUNTRIES
from thin_assets.errors import SettingsError
from thin_assets.validated.catalogue import Check, catalogue
from thin_assets.validated.thresholds import changed_thresholds, read_thresholds, source, sources, threshold

LINE = {
    "check": "standardConceptRecordCompleteness",
    "table": "measurement",
    "field": "unit_concept_id",
    "concept": "",
    "threshold": "30",
    "reason": "few have a unit",
}


def check(name: str, table: str, field: str) -> Check:
    (found,) = [one for one in catalogue() if (one.name, one.table, one.field) == (name, table, field)]
    return found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"check": "isLovely"}, "line 2: there is no check isLovely on measurement.unit_concept_id"),
        ({"field": "unit"}, "line 2: there is no check"),
        ({"concept": "3004249"}, "line 2: there is no check"),
        ({"reason": "  "}, "changed without a reason"),
        ({"threshold": "101"}, "'101' is no percentage"),
        ({"threshold": "-1"}, "'-1' is no percentage"),
        ({"threshold": "nan"}, "'nan' is no percentage"),
        ({"threshold": "some"}, "'some' is no percentage"),
    ],
)
def test_a_line_that_cannot_stand_is_refused_by_its_number(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)) as refused:
        read_thresholds([LINE | changes], where="GB.csv")
    assert "GB.csv" in str(refused.value)


def test_a_check_that_is_changed_twice_is_refused_at_the_second_line() -> None:
    with pytest.raises(SettingsError, match="line 3: .* changed twice"):
        read_thresholds([LINE, LINE | {"threshold": "40"}], where="GB.csv")


def test_a_line_changes_the_one_check_it_names() -> None:
    (changed,) = read_thresholds([LINE], where="GB.csv").items()
    assert changed[0] is check(LINE["check"], "measurement", "unit_concept_id")
    assert changed[1] == (30.0, "few have a unit")


def test_a_value_in_a_unit_is_named_by_both_concepts() -> None:
    line = LINE | {
        "check": "plausibleValueHigh",
        "field": "measurement_concept_id",
        "concept": "3004249:8876",
    }
    (changed,) = read_thresholds([line], where="GB.csv")
    assert (changed.concept_id, changed.unit_concept_id) == (3004249, 8876)


def test_every_file_of_the_project_stands_and_gives_its_reasons() -> None:
    changed = {name: changed_thresholds(name) for name in sources()}
    assert all(changed[country] for country in COUNTRIES)
    lines = [one for of_file in changed.values() for one in of_file.values()]
    assert [one for one in lines if len(one.reason) < 20] == []


def test_a_delivery_that_is_omop_already_gets_none_of_the_countrys_changes() -> None:
    drugs = check("sourceConceptRecordCompleteness", "drug_exposure", "drug_source_concept_id")
    assert threshold(drugs, "GB", "thin-v1").percent == 100
    assert threshold(drugs, "GB", "omop-cdm-5.4") == (10.0, None)
    assert source("GB", "omop-cdm-5.3") == source("FR", "omop-cdm-5.4") == "omop-cdm"


def test_what_the_standard_requires_is_never_tolerated() -> None:
    """No country bears a broken key, a missing value where one is required, or a wrong type."""
    never = {"cdmTable", "cdmField", "cdmDatatype", "isRequired", "isPrimaryKey", "isForeignKey"}
    borne = Counter(one.name for name in sources() for one in changed_thresholds(name))
    assert never & set(borne) == set()
