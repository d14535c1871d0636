"""What leaves of a person: nothing rare or sensitive, nothing exact that few share; all of it counted."""

import polars as pl
import pytest

from tests.people import (
    AGE,
    COUGH,
    ENTRIES,
    FEATURES,
    HAEMOGLOBIN,
    HIV,
    KEY,
    OBSERVED,
    RARE,
    SEX,
    entries_of,
    features_of,
    features_protected,
    people,
)
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.persons.identity import PERSON, Pseudonyms
from thin_assets.published.writing.publish import publish_partition

GB = Snapshot.of("GB|2024-03-01")
MANY = people(400)


def values(rows: pl.DataFrame, covariate: int) -> pl.Series:
    return rows.filter(pl.col("covariate_id") == covariate)["value"]


def test_both_tables_keep_their_contract(tmp_path) -> None:
    for product, protected in ((ENTRIES, entries_of(MANY)), (FEATURES, features_protected(MANY))):
        done = publish_partition(protected.rows, product, Shelf(tmp_path, product).table, GB, "b1")
        assert done.rows == protected.rows.height > 0


def test_nobody_goes_and_comes_under_an_id_of_the_lake() -> None:
    entries, features = entries_of(MANY).rows, features_protected(MANY).rows
    lake = {*MANY["person_id"], *MANY["row_id"], *MANY["practice"]}
    for rows in (entries, features):
        for name in {"person_id", "row_id", "set_id", "practice"} & set(rows.columns):
            assert not lake & set(rows[name])
        assert "index_date" not in rows.columns
    assert set(features["row_id"]) == set(entries["row_id"])
    assert set(features["person_id"]) == set(entries["person_id"])
    assert entries["practice"].n_unique() == 5


def test_a_set_and_its_first_entry_do_not_share_a_number() -> None:
    rows = entries_of(MANY).rows
    assert not set(rows["row_id"]) & set(rows["set_id"])


def test_rows_stand_in_an_order_that_tells_nothing() -> None:
    """Persons are sorted by pseudonym, which follows neither their ids, nor age, nor day of entry."""
    rows = entries_of(MANY).rows
    assert rows["person_id"].is_sorted()
    back = dict(
        zip(Pseudonyms(KEY, "lung_cancer").of(PERSON, MANY["person_id"]), range(MANY.height), strict=True)
    )
    place = pl.DataFrame({"now": range(rows.height), "before": [back[one] for one in rows["person_id"]]})
    assert abs(place.select(pl.corr("now", "before")).item()) < 0.15
    assert features_protected(MANY).rows["person_id"].is_sorted()


def test_delivered_order_changes_no_byte() -> None:
    shuffled = MANY.sample(fraction=1.0, shuffle=True, seed=3)
    assert entries_of(shuffled).rows.equals(entries_of(MANY).rows)


def test_a_covariate_of_few_persons_and_a_sensitive_one_are_dropped_and_counted() -> None:
    protected = features_protected(MANY)
    assert not {RARE, HIV} & set(protected.rows["covariate_id"])
    assert COUGH in protected.rows["covariate_id"]
    counted = protected.suppressed
    assert (counted["sensitive covariates"], counted["rare covariates"]) == (1, 1)
    assert 0 < counted["rows of rare covariates"] <= 9 and counted["rows of sensitive covariates"] > 10


def test_sensitive_codes_are_in_where_the_declaration_says_why() -> None:
    asked = [{"group": "hiv", "reason": "the study is about cancer in people with HIV"}]
    declared = FEATURES.model_validate(
        FEATURES.model_dump() | {"protection": {"entries": "lung_cancer_entries", "sensitive": asked}}
    )
    rows = features_protected(MANY, product=declared).rows
    assert HIV in rows["covariate_id"] and RARE not in rows["covariate_id"]


def test_features_tell_no_more_of_age_sex_and_observation_than_entries_do() -> None:
    entries, features = entries_of(MANY).rows, features_protected(MANY).rows
    told = entries.select(
        "row_id", "sex", pl.col("age_band").str.extract(r"^(\d+)").cast(pl.Float64), "observed_years"
    )
    beside = {one: rows for (one,), rows in features.join(told, on="row_id").group_by("covariate_id")}
    for covariate, column in ((AGE, "age_band"), (OBSERVED, "observed_years")):
        rows = beside.get(covariate)
        if told[column].is_null().all():
            assert rows is None
        else:
            scale = 365 if covariate == OBSERVED else 1
            assert (rows["value"] == rows[column] * scale).all()
    if told["sex"].is_null().all():
        assert SEX not in beside
    assert (told["age_band"].drop_nulls() <= 90).all()
    years = features.join(entries.select("row_id", entry_year="index_year"), on="row_id")
    assert (years["index_year"].eq_missing(years["entry_year"])).all()


def test_what_is_counted_is_what_is_gone() -> None:
    before, protected = features_of(MANY), features_protected(MANY)
    gone = sum(count for rule, count in protected.suppressed.items() if rule.startswith("rows of"))
    assert before.height - protected.rows.height == gone
    entries = entries_of(MANY)
    assert MANY.height - entries.rows.height == entries.suppressed["entries left out"]


def test_extreme_values_take_the_value_of_somebody_less_extreme() -> None:
    before, after = values(features_of(MANY), HAEMOGLOBIN), values(features_protected(MANY).rows, HAEMOGLOBIN)
    assert after.max() < before.max() and after.min() > before.min()
    assert (after == after.max()).sum() >= 2 and (after == after.min()).sum() >= 2
    assert features_protected(MANY).suppressed["values clipped"] >= 2


@pytest.mark.parametrize("count", [0, 3, 9])
def test_a_partition_of_few_persons_is_published_empty(tmp_path, count: int) -> None:
    rows = people(count) if count else MANY.clear()
    for product, protected in ((ENTRIES, entries_of(rows)), (FEATURES, features_protected(rows))):
        done = publish_partition(protected.rows, product, Shelf(tmp_path, product).table, GB, "b1")
        assert done.rows == 0 and protected.suppressed["persons left out"] == count


def test_a_small_partition_tells_little_but_is_not_lost() -> None:
    rows = entries_of(people(13)).rows
    assert rows.height == 13 and rows["index_quarter"].is_null().all() and rows["age_band"].is_null().all()
    assert rows["fold_temporal"].is_null().all()  # it is made from the year, which is not told
