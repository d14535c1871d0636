"""Attacks on the tables of two projects that hold the same persons, and on what is known of them outside."""

import polars as pl
import pytest

from tests.people import ENTRIES, FEATURES, OTHER_KEY, entries_of, features_protected, people

PERSONS = people(600, seed=8)
OTHER = ENTRIES.model_copy(update={"project": "another"})
TRUTH = ["person_id", "row_id"]


def joined(mine: pl.DataFrame, theirs: pl.DataFrame, column: str) -> tuple[int, int]:
    """Pairs of rows that a join on a column makes, and how many distinct values made them."""
    pairs = mine.select(column).drop_nulls().join(theirs.select(column).drop_nulls(), on=column)
    return pairs.height, pairs[column].n_unique()


@pytest.fixture(scope="module")
def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The entries of the same persons as two projects hold them, under one key even."""
    return entries_of(PERSONS).rows, entries_of(PERSONS, product=OTHER).rows


@pytest.mark.parametrize("column", ["person_id", "row_id", "set_id", "practice"])
def test_no_id_is_in_two_projects(tables: tuple, column: str) -> None:
    mine, theirs = tables
    assert not set(mine[column]) & set(theirs[column])


@pytest.mark.parametrize(
    "column", [name for name in ENTRIES.schema if name not in ("country", "snapshot", "build")]
)
def test_joining_two_projects_on_a_column_finds_nobody_better_than_one_in_ten(
    tables: tuple, column: str
) -> None:
    """Every row of one project meets none or at least ten of the other, whichever column is joined on."""
    mine, theirs = tables
    met = (
        mine.select(column, me="row_id")
        .drop_nulls(column)
        .join(theirs.select(column, other="person_id"), on=column)
        .group_by("me")
        .agg(pl.col("other").n_unique())
    )
    assert met.is_empty() or met["other"].min() >= 10


def test_joining_on_all_that_is_told_of_a_person_finds_nobody_better_than_one_in_ten(tables: tuple) -> None:
    mine, theirs = tables
    told = ["sex", "age_band", "index_quarter", "index_year", "observed_years"]
    met = mine.join(theirs.select(*told, other="person_id"), on=told, nulls_equal=True)
    assert met.group_by("row_id").agg(pl.col("other").n_unique())["other"].min() >= 10


def test_the_place_of_a_row_tells_nobody(tables: tuple) -> None:
    """Laid side by side, as many rows of two projects are of one person as chance would have."""
    from tests.people import KEY
    from thin_assets.published.persons.identity import PERSON, Pseudonyms

    ids = PERSONS["person_id"]
    who = [
        dict(zip(Pseudonyms(KEY, project).of(PERSON, ids), ids, strict=True))
        for project in ("lung_cancer", "another")
    ]
    pairs = zip(
        *([names[one] for one in rows["person_id"]] for names, rows in zip(who, tables, strict=True)),
        strict=True,
    )
    assert sum(first == second for first, second in pairs) <= 6  # one is expected, more than 6 once in 10 000


def test_who_knows_persons_outside_finds_groups_of_ten_and_more() -> None:
    """The attacker knows age, sex, day of entry and years of observation of everybody, to the day."""
    shown = entries_of(PERSONS)
    rows = shown.rows
    assert shown.anonymity.smallest >= 10
    for known in PERSONS.sample(200, seed=2).iter_rows(named=True):
        band = rows
        for column, value in (("sex", known["sex"]), ("index_year", known["index_date"].year)):
            band = band.filter(pl.col(column).is_null() | (pl.col(column) == value))
        low = band["age_band"].str.extract(r"^(\d+)").cast(pl.Int32)
        high = band["age_band"].str.extract(r"-(\d+)$").cast(pl.Int32).fill_null(200)
        fits = band.filter(low.is_null() | ((low <= known["age"]) & (known["age"] <= high)))
        assert fits.height == 0 or fits["person_id"].n_unique() >= 10


def test_ids_of_features_join_with_no_other_project() -> None:
    mine = features_protected(PERSONS).rows
    theirs = features_protected(
        PERSONS, key=OTHER_KEY, product=FEATURES.model_copy(update={"project": "another"})
    ).rows
    for column in TRUTH:
        assert joined(mine, theirs, column) == (0, 0)
