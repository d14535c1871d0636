"""Covariates of one patient at a time, in tables that a clinician can read. The index date is 2020-07-01."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.errors import BrokenRules
from thin_assets.features.build import FeatureSet, FeatureWork, build_features
from thin_assets.features.catalogue import Family, catalogue
from thin_assets.features.contract import require_own_rows
from thin_assets.features.entries import entries_of_cohort
from thin_assets.features.reference import analysis_reference

INDEX = dt.date(2020, 7, 1)
CONCEPTS = """
    concept_id | concept_name    | domain_id   | concept_class_id
    100        | cough           | Condition   | Disorder
    200        | metformin       | Drug        | Ingredient
    201        | glimepiride     | Drug        | Ingredient
    210        | both in one pill| Drug        | Clinical Drug
    220        | a drug alone    | Drug        | Clinical Drug
    300        | HbA1c           | Measurement | Lab Test
    8554       | percent         | Unit        | Unit
    9579       | mmol per mol    | Unit        | Unit
"""
ANCESTORS = """
    ancestor_concept_id | descendant_concept_id
    200                 | 210
    201                 | 210
"""
Built = Callable[..., FeatureSet]


def members(*entries: tuple[int, dt.date]) -> pl.DataFrame:
    schema = {
        "cohort_definition_id": pl.Int32,
        "subject_id": pl.Int64,
        "cohort_start_date": pl.Date,
        "cohort_end_date": pl.Date,
    }
    return pl.DataFrame([(7, person, day, day) for person, day in entries], schema=schema, orient="row")


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """Features of person 1 (a man born in 1950, observed since 2010) from records as drawn."""

    def drawn(entries: pl.DataFrame | None = None, **tables: str) -> FeatureSet:
        everybody = {
            "person": "person_id | year_of_birth | gender_concept_id\n1 | 1950 | 8507\n2 | 1960 | 8532",
            "observation_period": """
                person_id | observation_period_start_date | observation_period_end_date
                1         | 2010-07-01                    | 2015-01-01
                1         | 2018-07-01                    | 2022-12-31
                2         | 2010-07-01                    | 2022-12-31
            """,
        }
        build = write_cdm(tmp_path / "build", **(everybody | tables))
        con = open_cdm(build, write_vocabulary(tmp_path / "vocabulary", CONCEPTS, ANCESTORS))
        return build_features(members((1, INDEX)) if entries is None else entries, con)

    return drawn


def covariates(features: FeatureSet, concept: int, family: str) -> dict[str, tuple]:
    """Value, count and recency of a concept, by window."""
    names = {
        analysis.id: analysis.window for analysis in catalogue().family(family).analyses if not analysis.lag
    }
    rows = features.long.join(features.covariates, on="covariate_id").filter(
        (pl.col("concept_id") == concept) & pl.col("analysis_id").is_in(list(names))
    )
    return {
        names[row["analysis_id"]]: (row["value"], row["n"], row["days_since_last"])
        for row in rows.iter_rows(named=True)
    }


def named(features: FeatureSet, rows: pl.DataFrame) -> list[tuple]:
    """Id, name, value, count and recency of rows of the long table."""
    columns = ("covariate_id", "covariate_name", "value", "n", "days_since_last")
    return rows.join(features.covariates, on="covariate_id", maintain_order="left").select(columns).rows()


def conditions(*days: str) -> str:
    return "person_id | condition_concept_id | condition_start_date\n" + "\n".join(
        f"1 | 100 | {day}" for day in days
    )


def test_sex_age_and_length_of_observation_are_known_of_everybody(built: Built) -> None:
    """Only the year of birth is known; observation counts the period of the index."""
    features = built()
    assert named(features, features.long) == [
        (1002, "age in years", 70.0, None, None),
        (1008, "days of observation before", 731.0, None, None),
        (8507001, "sex 8507 MALE", 1.0, None, None),
    ]


@pytest.mark.parametrize("family", catalogue().families, ids=lambda family: family.name)
def test_a_population_may_ask_for_one_family_alone(tmp_path: Path, family: Family) -> None:
    """Whatever kind of numbers its ids are for the engine then."""
    people = {
        "person": "person_id | year_of_birth | gender_concept_id\n1 | 1950 | 8507",
        "observation_period": "person_id | observation_period_start_date | observation_period_end_date\n"
        "1 | 2018-07-01 | 2022-12-31",
    }
    con = open_cdm(write_cdm(tmp_path / "build", **people), write_vocabulary(tmp_path / "words", CONCEPTS))
    told = catalogue().model_copy(update={"families": (family,)})
    work = FeatureWork(con, entries_of_cohort(members((1, INDEX))), told=told)
    found = pa.concat_tables([work.empty(), *work.ranges()])
    assert found.num_rows == (family.name in {"sex", "age", "prior_observation"})
    assert found.schema == work.empty().schema


@pytest.mark.parametrize(
    ("day", "windows"),
    [
        ("2020-06-30", {"30 days before", "180 days before", "365 days before", "any time before"}),
        ("2020-06-01", {"30 days before", "180 days before", "365 days before", "any time before"}),
        ("2020-05-31", {"180 days before", "365 days before", "any time before"}),
        ("2020-01-03", {"180 days before", "365 days before", "any time before"}),
        ("2020-01-02", {"365 days before", "any time before"}),
        ("2019-07-02", {"365 days before", "any time before"}),
        ("2019-07-01", {"any time before"}),
        ("1999-01-01", {"any time before"}),
        ("2020-07-01", set()),
        ("2020-07-02", set()),
    ],
)
def test_windows_end_the_day_before_the_index_and_hold_their_first_day(
    built: Built, day: str, windows: set[str]
) -> None:
    assert set(covariates(built(condition_occurrence=conditions(day)), 100, "condition")) == windows


def test_records_are_counted_by_window_and_the_last_one_dates_the_covariate(built: Built) -> None:
    found = covariates(
        built(condition_occurrence=conditions("2020-06-21", "2020-03-01", "2020-03-01", "2005-01-01")),
        100,
        "condition",
    )
    assert found == {
        "any time before": (1.0, 4, 10),
        "365 days before": (1.0, 3, 10),
        "180 days before": (1.0, 3, 10),
        "30 days before": (1.0, 1, 10),
    }


def test_a_code_without_a_concept_makes_no_covariate(built: Built) -> None:
    unmapped = "person_id | condition_concept_id | condition_start_date\n1 | 0 | 2020-06-01"
    assert built(condition_occurrence=unmapped).long.height == 3


def test_a_drug_counts_for_each_of_its_ingredients_and_for_itself_where_none_is_known(built: Built) -> None:
    features = built(
        drug_exposure="""
            person_id | drug_concept_id | drug_exposure_start_date | drug_exposure_end_date
            1         | 210             | 2020-06-01               | 2020-06-30
            1         | 200             | 2020-06-11               | 2020-08-30
            1         | 220             | 2020-06-21               | 2020-08-30
        """
    )
    assert covariates(features, 200, "drug")["30 days before"] == (1.0, 2, 20)
    assert covariates(features, 201, "drug")["30 days before"] == (1.0, 1, 30)
    assert covariates(features, 220, "drug")["30 days before"] == (1.0, 1, 10)
    assert covariates(features, 210, "drug") == {}


def test_the_latest_value_counts_and_units_are_kept_apart(built: Built) -> None:
    """53 mmol/mol and 7 % are the same HbA1c: so each unit is a covariate of its own."""
    features = built(
        measurement="""
            person_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id
            1         | 300                    | 2020-06-20       | 7.5             | 8554
            1         | 300                    | 2020-06-10       | 7.1             | 8554
            1         | 300                    | 2020-06-15       | 53              | 9579
            1         | 300                    | 2020-06-25       |                 | 8554
            1         | 300                    | 2020-07-01       | 99              | 8554
        """
    )
    values = features.long.filter(pl.col("covariate_id") % 1000 == 708)
    assert named(features, values) == [
        (300_554_708, "latest value of 300 HbA1c in unit 8554, 30 days before", 7.5, 2, 11),
        (300_579_708, "latest value of 300 HbA1c in unit 9579, 30 days before", 53.0, 1, 16),
    ]
    assert covariates(features, 300, "measurement")["30 days before"] == (1.0, 4, 6)


def test_of_two_values_on_one_day_the_one_with_the_higher_id_counts(built: Built) -> None:
    """Any rule would do, as long as it is the same one in every run."""
    drawn = """
        measurement_id | person_id | measurement_concept_id | measurement_date | value_as_number
        {}             | 1         | 300                    | 2020-06-20       | 5
        {}             | 1         | 300                    | 2020-06-20       | 6
    """
    for ids, value in (((1, 2), 6.0), ((2, 1), 5.0)):
        found = covariates(built(measurement=drawn.format(*ids)), 300, "measurement_value")
        assert found["30 days before"] == (value, 2, 11)


def test_two_entries_of_one_person_are_two_rows_each_with_its_own_past(built: Built) -> None:
    features = built(
        members((1, INDEX), (1, dt.date(2021, 7, 1))),
        condition_occurrence=conditions("2020-06-30", "2020-12-31"),
    )
    any_time = features.long.filter(pl.col("covariate_id") == 100_101)
    assert any_time.select("index_date", "n").rows() == [(INDEX, 1), (dt.date(2021, 7, 1), 2)]
    assert any_time["row_id"].n_unique() == 2


def test_the_id_of_an_entry_does_not_depend_on_who_else_entered(built: Built) -> None:
    alone = built(members((1, INDEX))).long["row_id"].unique()
    together = built(members((2, INDEX), (1, INDEX))).long.filter(pl.col("person_id") == 1)["row_id"].unique()
    assert alone.to_list() == together.to_list()


def test_a_cohort_of_nobody_gives_empty_tables_of_the_same_shape(built: Built) -> None:
    nobody, somebody = built(members()), built()
    assert (nobody.long.height, nobody.covariates.height, nobody.entries.height) == (0, 0, 0)
    assert (nobody.long.schema, nobody.covariates.schema) == (
        somebody.long.schema,
        somebody.covariates.schema,
    )


def test_covariate_ids_and_names_are_one_to_one(built: Built) -> None:
    features = built(condition_occurrence=conditions("2020-06-30"))
    known = features.covariates.select("covariate_id", "covariate_name").rows()
    assert set(features.long["covariate_id"]) == {number for number, _ in known}
    assert len({number for number, _ in known}) == len({name for _, name in known}) == len(known)


def test_two_covariates_under_one_id_are_refused(built: Built) -> None:
    """Units whose last three digits agree would share an id: nothing is added up unseen."""
    with pytest.raises(BrokenRules, match="share"):
        built(
            measurement="""
                person_id | measurement_concept_id | measurement_date | value_as_number | unit_concept_id
                1         | 300                    | 2020-06-20       | 5               | 8554
                1         | 300                    | 2020-06-20       | 6               | 9554
            """
        )


def test_the_analyses_have_the_ids_and_names_of_feature_extraction() -> None:
    known = dict(analysis_reference(catalogue()).select("analysis_id", "analysis_name").rows())
    assert (known[102], known[304], known[701], known[901], known[920]) == (
        "ConditionOccurrenceLongTerm",
        "DrugExposureShortTerm",
        "MeasurementAnyTimePrior",
        "CharlsonIndex",
        "VisitCountLongTerm",
    )
    assert list(known) == list(catalogue().analyses())


def test_a_covariate_that_stands_twice_is_refused() -> None:
    twice = pa.table({"row_id": [1, 2, 2], "covariate_id": [100101, 100101, 100101]})
    with pytest.raises(BrokenRules, match="row_id, covariate_id"):
        require_own_rows(twice, "features/x")
    require_own_rows(twice.slice(0, 2), "features/x")
    require_own_rows(twice.slice(0, 0), "features/x")
