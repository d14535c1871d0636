"""Checks of a dossier: small numbers are kept back, verdicts never; shares are of the executed."""

import pytest

from tests.dossier import checks
from thin_assets.evidence.dossier_checks import percent_passed
from thin_assets.evidence.dossier_quality import Tally, filled_percents, shown_quality, tallies, tally

HEAD = "check_name | level | cdm_table | cdm_field | violated_rows | denominator_rows | status\n"


def shown(*lines: str) -> list[tuple]:
    found = shown_quality(checks(HEAD + "\n".join(lines)))
    return found.select("violated_rows", "denominator_rows", "violated_percent", "is_kept_back").rows()


@pytest.mark.parametrize(
    ("violated", "looked_at", "expected"),
    [
        (0, 1000, (0, 1000, 0.0, False)),
        (10, 1000, (10, 1000, 1.0, False)),
        (9, 1000, (None, 1000, None, True)),
        (991, 1000, (None, 1000, None, True)),
        (1000, 1000, (1000, 1000, 100.0, False)),
        (0, 9, (None, None, None, True)),
    ],
)
def test_rows_of_few_are_kept_back_with_their_share(violated: int, looked_at: int, expected: tuple) -> None:
    line = f"isRequired | FIELD | measurement | unit_concept_id | {violated} | {looked_at} | passed"
    assert shown(line) == [expected]


def test_a_check_of_all_but_few_rows_of_a_table_would_tell_those_few() -> None:
    found = shown(
        "isRequired | FIELD | measurement | person_id | 0 | 1000 | passed",
        "fkDomain | FIELD | measurement | unit_concept_id | 20 | 996 | passed",
    )
    assert found == [(0, 1000, 0.0, False), (20, None, None, True)]


def test_checks_of_columns_and_of_places_find_nobody() -> None:
    found = shown(
        "cdmField | FIELD | person | person_id | 0 | 1 | passed",
        "isRequired | FIELD | care_site | care_site_id | 0 | 7 | passed",
    )
    assert [row[3] for row in found] == [False, False]


def test_what_is_not_applicable_keeps_nothing_back() -> None:
    assert shown("isRequired | FIELD | cost | cost_id | | | not_applicable") == [(None, None, None, False)]


def test_a_verdict_is_never_hidden() -> None:
    before = checks(HEAD + "isRequired | FIELD | person | person_id | 3 | 1000 | failed")
    assert shown_quality(before)["status"].to_list() == ["failed"]


def test_the_share_is_of_the_executed() -> None:
    assert tally(checks()) == Tally("all", executed=4, passed=3, failed=1, not_applicable=1)
    assert tally(checks()).percent == 75.0
    assert [one.name for one in tallies(checks())] == ["Conformance", "all"]


def test_a_share_is_cut_and_of_nothing_is_none() -> None:
    assert percent_passed(Tally("all", 10_000, 9_999, 1, 0)) == "99.9 %"
    assert percent_passed(Tally("all", 0, 0, 0, 5)) == "–"


def test_how_full_a_column_is_follows_from_the_checks() -> None:
    assert filled_percents(shown_quality(checks())) == {("condition_occurrence", "stop_reason"): 0.0}
