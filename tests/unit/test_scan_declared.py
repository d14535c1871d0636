"""What is declared of a scan is refused where it contradicts itself, and read where it does not."""

import datetime as dt

import polars as pl
import pytest
from pydantic import ValidationError

from tests.scans import associations_of, found_of
from thin_assets.studies.scan.declared import Scans, Window, declared
from thin_assets.studies.scan.look_back import FAR, SIZE, entries_of
from thin_assets.studies.scan.names import all_chapters, chapter_of
from thin_assets.studies.scan_assets import outcome_of
from thin_assets.vocabulary import DEMO

INDEX = dt.date(2020, 7, 1)


def test_the_lagged_window_leaves_out_the_year_before_the_index() -> None:
    told = declared()
    lagged = next(one for one in told.windows if one.name == told.lagged_window)
    assert lagged.from_days > 365


def test_published_windows_do_not_overlap() -> None:
    """Else the difference of two would count few."""
    shown = sorted((one.from_days, one.to_days) for one in declared().windows if one.published)
    assert all(end < start for (_, end), (start, _) in zip(shown, shown[1:], strict=False))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lagged_window": "never"}, "lagged_window is no window"),
        (
            {"windows": [declared().windows[0].model_dump()] * 2, "lagged_window": "0-1"},
            "windows stand twice",
        ),
        ({"kinds": [{"id": 955, "name": "drug_atc", "title": "classes"}]}, "levels belong to drug_atc"),
        ({"unheard": 1}, "Extra inputs"),
        ({"dose_classes": [2, 5]}, "dose_classes rise from 1"),
        ({"dose_classes": [1, 5, 5]}, "dose_classes rise from 1"),
    ],
)
def test_a_contradiction_is_refused(change: dict, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Scans.model_validate(declared().model_dump() | change)


def test_a_window_that_asks_for_observation_outside_itself_is_refused() -> None:
    with pytest.raises(ValidationError, match="asked_days lies within"):
        Window(name="x", title="x", from_days=10, to_days=20, asked_days=5)


def test_a_set_is_looked_at_as_far_back_as_its_newest_member_was_observed() -> None:
    """The case was observed for 900 days, one control for 3,000; a third for 100 days only: left out."""
    members = pl.DataFrame(
        [(1, 7, person, INDEX, person == 1) for person in (1, 2, 3)],
        schema=["set_id", "cohort_definition_id", "person_id", "index_date", "is_case"],
        orient="row",
    )
    periods = pl.DataFrame(
        [
            (person, INDEX - dt.timedelta(days=days), dt.date(2022, 1, 1))
            for person, days in ((1, 900), (2, 3000), (3, 100))
        ],
        schema=["person_id", "observation_period_start_date", "observation_period_end_date"],
        orient="row",
    )
    found = entries_of(members, periods, declared().windows)
    assert found[FAR.format("1-10")].to_list() == [900, 900, None]
    assert found[SIZE.format("1-10")].to_list() == [2, 2, None]
    assert found[FAR.format("5-10")].to_list() == [None, None, None]


def test_a_gap_in_observation_ends_the_look_back() -> None:
    """Nobody knows what happened in the gap: what was recorded before it is not looked at."""
    members = pl.DataFrame(
        [(1, 7, person, INDEX, person == 1) for person in (1, 2)],
        schema=["set_id", "cohort_definition_id", "person_id", "index_date", "is_case"],
        orient="row",
    )
    periods = pl.DataFrame(
        [
            (1, dt.date(2000, 1, 1), dt.date(2018, 1, 1)),
            (1, INDEX - dt.timedelta(days=400), dt.date(2022, 1, 1)),
            (2, dt.date(2000, 1, 1), dt.date(2022, 1, 1)),
        ],
        schema=["person_id", "observation_period_start_date", "observation_period_end_date"],
        orient="row",
    )
    found = entries_of(members, periods, declared().windows)
    assert found[FAR.format("0-1")].to_list() == [365, 365]
    assert found[FAR.format("1-2")].to_list() == [None, None]


def test_exposures_of_few_are_not_tested() -> None:
    tested = associations_of({"asthma": (5, 5), "gout": (5, 4)})
    assert tested["exposure_name"].to_list() == ["asthma"]


def test_negative_controls_are_concepts_of_the_demo_vocabulary_and_no_neoplasms() -> None:
    """And of the kind that they are declared as: a concept that is not there is never tested."""
    rows = pl.read_csv(DEMO / "CONCEPT.csv", separator="\t", quote_char=None)
    concepts = {
        concept: (vocabulary, code)
        for concept, vocabulary, code in rows.select(
            "concept_id", "vocabulary_id", "concept_code"
        ).iter_rows()
    }
    for scan in declared().scans:
        assert len(scan.negative_controls) >= 5
        for one in scan.negative_controls:
            vocabulary, code = concepts[one.concept]
            assert (one.kind, vocabulary, len(code)) == ("condition_icd10", "ICD10", 3)
            assert code[0] not in "CDR"


def test_p_values_are_calibrated_on_negative_controls() -> None:
    """Controls that scatter more than chance allows: what was significant is not any more."""
    counts = ((30, 75), (12, 130), (35, 80), (15, 150), (28, 60))
    controls = {f"control {number}": told for number, told in enumerate(counts)}
    found, _ = found_of(controls | {"asthma": (30, 75)}, controls=tuple(controls))
    asthma = found.rows.row(by_predicate=pl.col("exposure_name") == "asthma", named=True)
    window = found.windows.row(by_predicate=pl.col("window") == "1-10", named=True)
    assert asthma["p_value"] < 0.01 < 0.1 < asthma["calibrated_p"]
    assert window["controls_tested"] == 5 and window["null_sd"] > 0.2
    others = found.windows.filter(pl.col("window") != "1-10")
    assert others["null_mean"].null_count() == others.height


def test_four_negative_controls_calibrate_nothing() -> None:
    controls = {f"control {n}": (30 + n, 75) for n in range(4)}
    found, _ = found_of(controls | {"asthma": (30, 75)}, controls=tuple(controls))
    assert found.rows["calibrated_p"].null_count() == found.rows.height


def test_every_chapter_of_a_code_is_one_that_plots_know() -> None:
    codes = [f"{letter}{number:02}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for number in range(100)]
    assert {chapter_of(code) for code in codes} <= set(all_chapters())


def test_the_outcome_is_what_the_definition_includes() -> None:
    syntax = (
        '{"ConceptSets": [{"expression": {"items": ['
        '{"concept": {"CONCEPT_ID": 2}, "isExcluded": false},'
        '{"concept": {"CONCEPT_ID": 3}, "isExcluded": true},'
        '{"concept": {"CONCEPT_ID": 1}}]}}]}'
    )
    definitions = pl.DataFrame({"cohort_definition_name": ["lung"], "cohort_definition_syntax": [syntax]})
    assert outcome_of(definitions, "lung") == (1, 2)
