"""Facts of a publication: what they tell, and what they never tell."""

import polars as pl
import pytest

from tests.shop import CONCEPTS, analyses, concepts_of, covariates_of, drift_of, rows_of
from thin_assets.published.writing.facts import (
    DICTIONARY,
    TOP,
    account_facts,
    attrition_facts,
    coarse,
    count_covariates,
    dictionary_of,
    drift_facts,
    one_per_concept,
    prevalence_facts,
    quality_facts,
    share,
)


def having(**persons: int) -> pl.DataFrame:
    """Rows of so many persons by covariate: `c5=12`."""
    rows = [(one, one, int(name[1:])) for name, count in persons.items() for one in range(count)]
    return pl.DataFrame(rows, schema=["row_id", "person_id", "covariate_id"], orient="row")


def groups_of(sizes: dict[tuple[str, bool], int]) -> pl.DataFrame:
    """Entries by split and case, numbered on."""
    keys = [key for key, size in sizes.items() for _ in range(size)]
    rows = [(number, number, *key) for number, key in enumerate(keys)]
    return pl.DataFrame(rows, schema=["row_id", "person_id", "split", "is_case"], orient="row")


@pytest.mark.parametrize("count", range(10))
def test_nine_and_fewer_are_not_told_and_cannot_be_told_from_none(count: int) -> None:
    assert coarse(count) is None


@pytest.mark.parametrize("count", [10, 11, 99, 100, 12345])
def test_a_count_is_told_to_the_nearest_ten(count: int) -> None:
    assert coarse(count) % 10 == 0
    assert abs(coarse(count) - count) <= 5


def test_a_share_needs_thirty_below_it_and_never_exceeds_a_hundred() -> None:
    assert share(20, 20) is None
    assert share(10, 30) == 33.3
    assert share(50, 40) == 100.0


def test_a_covariate_of_fewer_than_ten_persons_is_in_no_fact() -> None:
    assert count_covariates(having(c5=9, c6=10, c7=24).lazy()).rows() == [(6, 10), (7, 20)]


def test_persons_count_not_entries() -> None:
    """Nine persons with two entries each are nine persons."""
    rows = pl.DataFrame({"row_id": range(18), "person_id": [one % 9 for one in range(18)], "covariate_id": 5})
    assert count_covariates(rows.lazy()).is_empty()


def test_attrition_keeps_the_order_of_the_rules() -> None:
    steps = pl.DataFrame({"step": [1, 0, 2], "rule": ["b", "a", "c"], "persons": [44, 126, 3]})
    assert attrition_facts(steps) == [
        {"rule": "a", "persons": 130},
        {"rule": "b", "persons": 40},
        {"rule": "c", "persons": None},
    ]


def test_prevalence_is_told_by_split_and_case_without_small_groups() -> None:
    """Four are few; the total less the others would tell them, so the next smallest is kept back too."""
    sizes = {("train", True): 40, ("train", False): 60, ("tuning", True): 4}
    rows = having(c5=52).lazy()
    told = prevalence_facts(rows, groups_of(sizes), count_covariates(rows))
    assert [(one["split"], one["is_case"], one["persons"]) for one in told["groups"]] == [
        ("train", False, 60),
        ("train", True, None),
        ("tuning", True, None),
    ]
    assert told["covariates"] == [
        {
            "covariate_id": 5,
            "entries": 50,
            "groups": [
                {"split": "train", "is_case": False, "persons": 10},
                {"split": "train", "is_case": True, "persons": None},
                {"split": "tuning", "is_case": True, "persons": None},
            ],
        }
    ]


def test_prevalence_is_told_of_the_most_frequent_covariates_only() -> None:
    rows = having(**{f"c{number}": 20 + number for number in range(TOP + 5)}).lazy()
    told = prevalence_facts(rows, groups_of({("train", True): 200}), count_covariates(rows))
    assert len(told["covariates"]) == TOP
    counts = [one["entries"] for one in told["covariates"]]
    assert counts == sorted(counts, reverse=True)


def test_of_a_concept_the_most_frequent_covariate_stands_for_all() -> None:
    counted = pl.DataFrame({"covariate_id": [1002, 1008, 55101, 55102], "entries": [90, 80, 20, 30]})
    reference = pl.DataFrame({"covariate_id": [1002, 1008, 55101, 55102], "concept_id": [0, 0, 55, 55]})
    assert one_per_concept(counted, reference)["covariate_id"].to_list() == [1002, 1008, 55102]


def test_drift_counts_covariates_and_says_when_nothing_was_judged() -> None:
    counted = pl.DataFrame({"covariate_id": range(24), "entries": [30] * 24})
    told = drift_facts(drift_of(counted, 400))
    assert told == {
        "covariates": 24,
        "is_judged": True,
        "stable": 22,
        "watched": 2,
        "moved": 0,
        "acknowledged": 0,
    }
    assert not drift_facts(drift_of(counted, 40))["is_judged"]
    assert drift_facts(drift_of(counted, 400).clear()) is None


def test_covariates_of_few_do_not_count_as_moved() -> None:
    counted = pl.DataFrame({"covariate_id": range(12), "entries": [9] * 12})
    assert drift_facts(drift_of(counted, 400))["covariates"] == 0


def test_checks_are_counted_by_outcome() -> None:
    results = pl.DataFrame(
        {
            "status": ["passed", "failed", "failed", "not_applicable"],
            "severity": ["error", "warning", "error", "warning"],
            "category": ["Conformance", "Plausibility", "Plausibility", "Completeness"],
        }
    )
    assert quality_facts(results) == {
        "checks": 4,
        "passed": 1,
        "failed": 2,
        "errors": 1,
        "not_applicable": 1,
        "failed_by_category": {"Plausibility": 2},
    }


def test_the_account_adds_up_tables_and_hides_small_sums() -> None:
    equation = {"delivered": 103, "loaded": 110, "collapsed": 2, "multi_map_extra": 12, "missing": 0}
    account = {
        "equations": [equation | {"rejected": {"no date": 3}}, equation | {"rejected": {}, "missing": 1}],
        "persons": 57,
        "rows": 9,
        "mapped_percent": 97.2,
    }
    assert account_facts(account) == {
        "delivered": 210,
        "loaded": 220,
        "collapsed": None,
        "multi_map_extra": 20,
        "rejected": None,
        "persons": 60,
        "rows": None,
        "mapped_percent": 97.2,
        "is_balanced": False,
    }


def test_the_dictionary_says_what_a_covariate_means() -> None:
    covariates = covariates_of(CONCEPTS)
    counted = count_covariates(rows_of(200, covariates, CONCEPTS, "seed").lazy())
    told = dictionary_of(counted, covariates, analyses(), concepts_of(CONCEPTS))
    assert told.schema == pl.Schema(DICTIONARY)
    cough = told.row(by_predicate=pl.col("covariate_id") == 254761102, named=True)
    assert (cough["concept_name"], cough["vocabulary_id"], cough["concept_code"]) == (
        "Cough",
        "SNOMED",
        "49727002",
    )
    assert (cough["domain_id"], cough["start_day"], cough["end_day"]) == ("Condition", -365, -1)
    assert cough["missing_means_zero"]
    age = told.row(by_predicate=pl.col("covariate_id") == 1002, named=True)
    assert (age["concept_name"], age["unit"], age["entries"]) == (None, "years", 200)
