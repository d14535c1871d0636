"""The page of cohorts: what is shown, and what is not for it would count a few persons."""

import datetime as dt

import polars as pl
import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.studies.cohort_page import Findings, draw_cohorts, shown_steps

COHORT, OTHER = 1, 2


def findings(**changed: object) -> Findings:
    """Two cohorts, of 120 and 40 persons, 30 of them in both."""
    told = {
        "snapshot": Snapshot("GB", dt.date(2024, 3, 1)),
        "build": "abc",
        "definitions": pl.DataFrame(
            {
                "cohort_definition_id": [COHORT, OTHER],
                "cohort_definition_name": ["lung_cancer", "melanoma"],
                "cohort_definition_description": [
                    "First lung cancer; sha256 12",
                    "First melanoma; sha256 34",
                ],
            }
        ),
        "attrition": pl.DataFrame(
            {
                "cohort_definition_id": [COHORT, COHORT, COHORT, OTHER],
                "step": [0, 1, 2, 0],
                "rule": ["entry events", "a rule that refuses four", "in the cohort", "entry events"],
                "persons": [200, 196, 120, 40],
            }
        ),
        "counts": pl.DataFrame(
            {
                "cohort_definition_id": [COHORT] * 3,
                "year": [2020, 2021, 2022],
                "sex": ["male", "female", "male"],
                "age_band": ["60-69", "60-69", "70-79"],
                "persons": [86, 31, 3],
            }
        ),
        "index_events": pl.DataFrame(
            {
                "cohort_definition_id": [COHORT, COHORT],
                "cdm_table": ["condition_occurrence"] * 2,
                "concept_id": [443388, 4110591],
                "concept_name": ["Malignant tumor <of> lung", "Small cell carcinoma"],
                "persons": [117, 7],
            }
        ),
        "overlap": overlap(30),
        "change": change(120, 80, 45, 5),
        "incidence": pl.DataFrame(
            {
                "cohort_definition_id": [COHORT, OTHER],
                "sex": "all",
                "age_band": "all",
                "rate_per_100000": [61.5, None],
                "rate_lower": [51.0, None],
                "rate_upper": [73.5, None],
            }
        ),
        "matched": {"lung_cancer": {"sets": 120, "incomplete sets": 4, "sets without control": 0}},
    }
    return Findings(**(told | changed))


def overlap(both: int) -> pl.DataFrame:
    row = (COHORT, OTHER, 120, both, both - 4, 4, 0)
    names = ("persons", "persons_in_both", "other_before", "other_same_day", "other_after")
    keys = ("cohort_definition_id", "other_cohort_definition_id")
    return pl.DataFrame([row], schema=(*keys, *names), orient="row")


def change(persons: int, before: int | None, gained: int, lost: int) -> pl.DataFrame:
    rows = [
        (COHORT, "lung_cancer", persons, before, gained, lost, 0, False),
        (OTHER, "melanoma", 40, None, None, None, None, None),
    ]
    names = ("persons", "persons_before", "gained", "lost", "moved", "is_redefined")
    return pl.DataFrame(rows, schema=("cohort_definition_id", "cohort", *names), orient="row")


def rows_of(text: str, heading: str) -> list[str]:
    """Table rows whose first cell holds a heading, without their markup."""
    import re

    found = [part for part in re.findall(r"<tr>(.*?)</tr>", text) if heading in part]
    return [re.sub(r"<[^>]+>", "|", part) for part in found]


def test_it_names_country_month_build_and_every_cohort() -> None:
    text = draw_cohorts(findings())
    for told in ("Cohorts of United Kingdom, March 2024", "abc", "First lung cancer", "First melanoma"):
        assert told in text
    assert "sha256" not in text


def test_the_same_findings_give_the_same_bytes_and_text_is_escaped() -> None:
    assert draw_cohorts(findings()) == draw_cohorts(findings())
    assert "Malignant tumor &lt;of&gt; lung" in draw_cohorts(findings())


def test_few_persons_are_shown_as_few() -> None:
    (row,) = rows_of(draw_cohorts(findings()), "Small cell carcinoma")
    assert "&lt;10" in row


def test_a_step_that_would_count_the_few_it_refused_is_kept_back() -> None:
    """200 entered, the rule left 196: with 196 shown for the 120 in the end, it is 200 that is not."""
    text = draw_cohorts(findings())
    (before,) = [row for row in rows_of(text, "entry events") if "40" not in row]
    (after,) = rows_of(text, "a rule that refuses four")
    assert ("kept back" in before, "200" in before, "196" in after) == (True, False, True)


def test_a_concept_that_all_but_a_few_have_is_kept_back() -> None:
    (row,) = rows_of(draw_cohorts(findings()), "Malignant tumor")
    assert "kept back" in row
    assert "117" not in row


@pytest.mark.parametrize(
    ("persons", "shown"),
    [
        ([100, 100, 50], ["100", "100", "50"]),
        ([100, 95, 89, 80], ["kept back", "95", "kept back", "80"]),
        ([12, 3, 0], ["12", "<10", "0"]),
    ],
)
def test_no_two_shown_steps_differ_by_a_few(persons: list[int], shown: list[str]) -> None:
    assert shown_steps(persons) == shown


def test_a_year_of_few_hides_another_one_too() -> None:
    """3 persons in 2022 would be the total less the other years; 2021 goes with it."""
    text = draw_cohorts(findings())
    assert [row.strip("|").split("|")[-1] for row in rows_of(text, "2020")] == ["86"]
    assert all("31" not in row for row in rows_of(text, "2021"))


def test_an_overlap_hides_the_part_that_would_tell_a_small_one() -> None:
    text = draw_cohorts(findings())
    (row,) = [row for row in rows_of(text, "melanoma") if "lung_cancer" in row]
    assert "&lt;10" in row
    assert "|26|" not in row


def test_pairs_with_few_persons_in_common_are_not_listed() -> None:
    text = draw_cohorts(findings(overlap=overlap(9)))
    assert [row for row in rows_of(text, "melanoma") if "lung_cancer" in row] == []


def test_last_month_is_kept_back_where_the_difference_is_few() -> None:
    shown = rows_of(draw_cohorts(findings()), "#lung_cancer")
    hidden = rows_of(draw_cohorts(findings(change=change(120, 117, 8, 5))), "#lung_cancer")
    assert any("|80|" in row for row in shown)
    assert all("117" not in row for row in hidden)
    assert any("lost &lt;10" in row for row in hidden)
