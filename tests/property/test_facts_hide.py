"""Facts and index over random populations: nothing small is told, no small group follows from others."""

import json
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.shop import CONCEPTS, analyses, concepts_of, covariates_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.catalogue.search_index import build_index, scripts
from thin_assets.published.catalogue.stock import take_stock
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.facts import count_covariates, dictionary_of, prevalence_facts
from thin_assets.resources.files import write_json

LUNG = products()["lung_cancer_features"]
GROUPS = [(split, is_case) for split in ("train", "tuning", "held_out") for is_case in (True, False)]
SIZES = st.lists(st.integers(0, 60), min_size=6, max_size=6)


def population(sizes: list[int], shares: list[float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who has covariate 5, and everybody by group."""
    groups, having, number = [], [], 0
    for group, size, share in zip(GROUPS, sizes, shares, strict=True):
        for place in range(size):
            groups.append((number, number, *group))
            if place < size * share:
                having.append((number, number, 5))
            number += 1
    kinds = {"row_id": pl.Int64, "person_id": pl.Int64}
    return (
        pl.DataFrame(having, schema=kinds | {"covariate_id": pl.Int64}, orient="row"),
        pl.DataFrame(groups, schema=kinds | {"split": pl.String, "is_case": pl.Boolean}, orient="row"),
    )


def truths(shown: int) -> range:
    """What a count that is told may be in truth."""
    return range(max(10, shown - 5), shown + 5)


@given(sizes=SIZES, shares=st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_no_group_that_is_kept_back_can_be_told_from_the_others(
    sizes: list[int], shares: list[float]
) -> None:
    """Of those kept back under a told total, each may be none and may be ten or more."""
    having, groups = population(sizes, shares)
    counted = count_covariates(having.lazy())
    told = prevalence_facts(having.lazy(), groups, counted)
    for one in told["covariates"]:
        cells = [cell["persons"] for cell in one["groups"]]
        assert all(cell is None or (cell >= 10 and cell % 10 == 0) for cell in cells)
        if None in cells:
            shown = [truths(cell) for cell in cells if cell is not None]
            most = truths(one["entries"])[-1] - sum(each[0] for each in shown)
            assert cells.count(None) >= 2
            assert most >= 10


@given(counts=st.lists(st.integers(0, 25), min_size=len(CONCEPTS), max_size=len(CONCEPTS)))
def test_the_index_holds_every_covariate_that_ten_persons_have_and_no_other(counts: list[int]) -> None:
    concepts, reference = concepts_of(CONCEPTS), covariates_of(CONCEPTS)
    persons = {concept: count for (concept, *_), count in zip(CONCEPTS, counts, strict=True)}
    having = {
        covariate: persons.get(concept, 25)
        for covariate, concept in reference.select("covariate_id", "concept_id").iter_rows()
    }
    rows = pl.DataFrame(
        [(person, person, covariate) for covariate, count in having.items() for person in range(count)],
        schema={"row_id": pl.Int64, "person_id": pl.Int64, "covariate_id": pl.Int64},
        orient="row",
    )
    with TemporaryDirectory() as home:
        shelf, snapshot = Shelf(Path(home), LUNG), Snapshot.named("GB", "2024-03")
        write_json(shelf.facts(snapshot), {"version": 1, "entries": 25})
        dictionary = shelf.dictionary(snapshot, 1)
        dictionary.parent.mkdir(parents=True)
        found = dictionary_of(count_covariates(rows.lazy()), reference, analyses(), concepts)
        found.write_parquet(dictionary)
        told = list(listed(dict(scripts(build_index([take_stock(shelf)])))))
    names = dict(reference.select("covariate_id", "covariate_name").iter_rows())
    assert [(row[0], row[1]) for row in told] == [
        (covariate, names[covariate]) for covariate in sorted(having) if having[covariate] >= 10
    ]
    assert all(row[-1] == [0, math.floor(having[row[0]] / 10 + 0.5) * 10] for row in told)


def listed(made: dict[str, str]) -> Iterator[list]:
    """Rows of the covariates, as a page would read them."""
    for name in sorted(set(made) - {"index.js"}):
        yield from json.loads(made[name].split(",", 1)[1].removesuffix(");\n"))


@given(
    before=st.integers(0, 200),
    changes=st.lists(st.integers(-9, 9), min_size=1, max_size=6),
)
def test_months_that_differ_by_few_look_the_same_or_ten_apart(before: int, changes: list[int]) -> None:
    having = [before, *(max(0, before + change) for change in changes)]
    told = [
        count_covariates(population([count, 0, 0, 0, 0, 0], [1.0] * 6)[0].lazy())["entries"].to_list()
        for count in having
    ]
    for (first, one), (second, other) in combinations(zip(having, told, strict=True), 2):
        if one and other and abs(first - second) <= 9:
            assert abs(one[0] - other[0]) in (0, 10)
