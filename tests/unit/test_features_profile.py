"""What is counted of a feature table: prevalence, what one covariate tells, the wide table, what changed."""

import math
from collections import defaultdict
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import CatalogueRefused
from thin_assets.features import drift as changes
from thin_assets.features.drift import blocking, compare_months, read_acknowledged
from thin_assets.features.profile import prevalence, single_auc

LONG = {"row_id": pl.Int64, "covariate_id": pl.Int64, "value": pl.Float64}


def long_of(*rows: tuple[int, int, float]) -> pl.LazyFrame:
    return pl.LazyFrame(list(rows), schema=LONG, orient="row")


def covariates(**missing_means_zero: bool) -> pl.DataFrame:
    """Reference of covariates called `c<id>`."""
    told = [(int(name[1:]), name, zero) for name, zero in missing_means_zero.items()]
    names = {"covariate_id": pl.Int64, "covariate_name": pl.String, "missing_means_zero": pl.Boolean}
    return pl.DataFrame(told, schema=names, orient="row")


def test_prevalence_is_counted_by_split_and_case_and_altogether() -> None:
    entries = pl.DataFrame(
        {
            "row_id": [1, 2, 3, 4],
            "split": ["train", "train", "held_out", "train"],
            "is_case": [True, False, False, True],
        }
    )
    found = prevalence(long_of((1, 5, 1.0), (2, 5, 1.0), (3, 5, 4.0)), entries)
    assert found.rows() == [
        (5, "all", None, 4, 3, 2.0),
        (5, "held_out", False, 1, 1, 4.0),
        (5, "train", False, 1, 1, 1.0),
        (5, "train", True, 2, 1, 1.0),
    ]


def test_a_mean_is_the_same_in_whatever_order_its_values_come() -> None:
    """Of 64 values with a decimal the mean may end in a 5 that is rounded: the last bit of a sum decides."""
    values = np.random.default_rng(4).integers(1, 400, (40, 64)) / 10
    rows = [(row, of, float(one)) for of, those in enumerate(values) for row, one in enumerate(those)]
    people = {"row_id": range(64), "split": ["train"] * 64, "is_case": [True] * 64}
    first, *others = (
        prevalence(
            long_of(*(rows[place] for place in np.random.default_rng(seed).permutation(len(rows)))),
            pl.DataFrame(people),
        )
        for seed in range(12)
    )
    assert all(first.equals(other) for other in others)


VALUES = st.lists(st.tuples(st.booleans(), st.none() | st.integers(1, 4)), min_size=1, max_size=25)


def naive_auc(people: list[tuple[bool, float | None]], zero: bool) -> float | None:
    """Share of pairs in which the case has the higher value, ties half."""
    known = [(case, 0 if value is None else value) for case, value in people if zero or value is not None]
    cases, controls = ([value for case, value in known if case == it] for it in (True, False))
    if not cases or not controls:
        return None
    wins = [(case > control) + (case == control) / 2 for case in cases for control in controls]
    return round(sum(wins) / len(wins), 6)


@given(VALUES, st.booleans())
def test_the_auc_of_one_covariate_is_that_of_all_pairs(people: list, zero: bool) -> None:
    entries = pl.DataFrame(
        [(number, case) for number, (case, _) in enumerate(people)],
        schema={"row_id": pl.Int64, "is_case": pl.Boolean},
        orient="row",
    )
    rows = [(number, 5, value) for number, (_, value) in enumerate(people) if value is not None]
    found = single_auc(long_of(*rows), entries, covariates(c5=zero))
    if rows:
        expected = naive_auc(people, zero)
        assert found["auc"].to_list() == [None if expected is None else pytest.approx(expected, abs=2e-6)]


def test_a_covariate_that_knows_the_outcome_is_flagged_and_an_innocent_one_is_not() -> None:
    entries = pl.DataFrame({"row_id": range(200), "is_case": [number < 100 for number in range(200)]})
    outcome = [(number, 5, 1.0) for number in range(96)]
    innocent = [(number, 6, 1.0) for number in range(0, 200, 3)]
    protective = [(number, 7, 1.0) for number in range(104, 200)]
    told = covariates(c5=True, c6=True, c7=True)
    found = single_auc(long_of(*outcome, *innocent, *protective), entries, told)
    assert found["is_flagged"].to_list() == [True, False, True]


@pytest.mark.parametrize("is_case", [True, False])
def test_entries_of_one_kind_are_told_apart_by_nothing(is_case: bool) -> None:
    entries = pl.DataFrame({"row_id": range(30), "is_case": [is_case] * 30})
    found = single_auc(long_of((0, 6, 1.0), (0, 5, 1.0), (1, 5, 1.0)), entries, covariates(c5=True, c6=False))
    assert found.rows() == [(5, None, False, False), (6, None, False, False)]
    both = pl.DataFrame({"row_id": range(30), "is_case": [is_case, not is_case] * 15})
    assert found.schema == single_auc(long_of((0, 5, 1.0)), both, covariates(c5=True)).schema


def test_two_cases_that_a_covariate_tells_by_chance_are_not_flagged() -> None:
    entries = pl.DataFrame({"row_id": range(4), "is_case": [True, True, False, False]})
    found = single_auc(long_of((0, 5, 1.0), (1, 5, 1.0)), entries, covariates(c5=True))
    assert found.select("auc", "is_flagged").rows() == [(1.0, False)]


Month = dict[int, dict[int, float]]
"""Values by covariate and row."""


def compared(folder: Path, now: Month, before: Month, sizes: tuple[int, int], known=()) -> pl.DataFrame:
    paths = []
    for name, month in {"now": now, "before": before}.items():
        rows = [(row, covariate, float(v)) for covariate, of in month.items() for row, v in of.items()]
        paths.append(folder / f"{name}.parquet")
        long_of(*rows).collect().write_parquet(paths[-1])
    pairs = list(zip(paths, sizes, strict=True))
    return compare_months(duckdb.connect(), *pairs, frozenset(known))


def naive_psi(now: dict[int, float], before: dict[int, float], sizes: tuple[int, int]) -> float:
    """PSI by its definition, from deciles that are counted by hand."""
    ordered = sorted(before.values())
    cuts = sorted(
        {ordered[max(math.ceil(q * len(ordered) / 10) - 1, 0)] for q in range(1, 10)} if ordered else set()
    )
    counts: dict[int | None, list[int]] = defaultdict(lambda: [0, 0])
    for place, (values, size) in enumerate(zip((now, before), sizes, strict=True)):
        counts[None][place] += size - len(values)
        for value in values.values():
            counts[sum(cut < value for cut in cuts)][place] += 1
    psi = 0.0
    for mine, theirs in counts.values():
        p = (mine + 0.5) / (sizes[0] + 0.5 * len(counts))
        q = (theirs + 0.5) / (sizes[1] + 0.5 * len(counts))
        psi += (p - q) * math.log(p / q)
    return psi


SOME = st.dictionaries(st.integers(0, 29), st.integers(1, 12), max_size=30)


@given(now=SOME, before=SOME)
def test_psi_is_what_its_definition_says(tmp_path_factory, now: dict, before: dict) -> None:
    found = compared(tmp_path_factory.mktemp("psi"), {5: now}, {5: before}, (30, 30))
    if now or before:
        assert found["psi"].to_list() == [pytest.approx(naive_psi(now, before, (30, 30)), abs=2e-6)]


@pytest.mark.parametrize(
    ("share", "status"), [(0.30, "ok"), (0.45, "ok"), (0.48, "watch"), (0.60, "block"), (0.05, "block")]
)
def test_a_small_change_is_ok_a_larger_one_watched_and_a_large_one_blocks(
    tmp_path: Path, share: float, status: str
) -> None:
    before = dict.fromkeys(range(300), 1.0)
    now = dict.fromkeys(range(int(1000 * share)), 1.0)
    found = compared(tmp_path, {5: now}, {5: before}, (1000, 1000))
    assert found["status"].to_list() == [status]


def test_a_blocking_change_passes_when_it_is_acknowledged(tmp_path: Path) -> None:
    now, before = {5: dict.fromkeys(range(600), 1.0)}, {5: dict.fromkeys(range(100), 1.0)}
    assert blocking(compared(tmp_path, now, before, (1000, 1000))).height == 1
    assert blocking(compared(tmp_path, now, before, (1000, 1000), known=[5])).is_empty()


def test_new_and_vanished_covariates_are_named(tmp_path: Path) -> None:
    found = compared(tmp_path, {5: {1: 1.0}, 6: {1: 1.0}}, {5: {1: 1.0}, 7: {2: 1.0}}, (200, 200))
    assert dict(found.select("covariate_id", "change").rows()) == {5: None, 6: "new", 7: "vanished"}


def test_a_small_table_is_not_judged(tmp_path: Path) -> None:
    found = compared(tmp_path, {5: dict.fromkeys(range(60), 1.0)}, {5: {1: 1.0}}, (99, 99))
    assert found["status"].to_list() == ["few"]
    assert blocking(found).is_empty()


def test_the_first_month_has_nothing_to_compare_with() -> None:
    found = compare_months(duckdb.connect(), (Path("none"), 5), None, frozenset())
    assert found.is_empty() and list(found.schema) == list(changes.DRIFT)


HEAD = "population,country,snapshot,covariate_id,reason,reviewed_by,reviewed_on\n"


def test_what_was_acknowledged_holds_for_one_partition_only(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "lung_cancer,GB,2024-03-01,101101,a new code came with the release of spring,J. Doe,2024-04-02\n"
    monkeypatch.setattr(changes, "_acknowledged", lambda: read_acknowledged(HEAD + line))
    assert changes.acknowledged_for("lung_cancer", Snapshot.of("GB|2024-03-01")) == {101101}
    assert changes.acknowledged_for("lung_cancer", Snapshot.of("GB|2024-04-01")) == frozenset()
    assert changes.acknowledged_for("lung_cancer", Snapshot.of("FR|2024-03-01")) == frozenset()


def test_a_change_is_acknowledged_with_a_reason_or_not_at_all() -> None:
    with pytest.raises(CatalogueRefused, match="line 2: reason"):
        read_acknowledged(HEAD + "lung_cancer,GB,2024-03-01,101101,ok,J. Doe,2024-04-02\n")


def test_the_projects_file_can_be_read() -> None:
    text = (Path(changes.__file__).parent / "acknowledged.csv").read_text()
    assert HEAD.strip() == text.splitlines()[0]
    read_acknowledged(text)


def test_shuffled_labels_tell_nothing() -> None:
    """A learner that sees features and shuffled labels does as a coin on entries that it did not see."""
    random = np.random.default_rng(5)
    n, k = 4000, 60
    features = (random.random((n, k)) < 0.2).astype(float)
    truth = random.random(n) < 0.1 + 0.5 * features[:, 0]
    scores = {}
    for name, labels in {"true": truth, "shuffled": random.permutation(truth)}.items():
        half = n // 2
        design = features[:half].T @ features[:half] + 10 * np.eye(k)
        weights = np.linalg.solve(design, features[:half].T @ (labels[:half] - labels[:half].mean()))
        scores[name] = _auc(features[half:] @ weights, labels[half:])
    noise = 3 * math.sqrt(1 / 12 * (1 / truth[n // 2 :].sum() + 1 / (~truth[n // 2 :]).sum()))
    assert abs(scores["shuffled"] - 0.5) < noise
    assert scores["true"] > 0.5 + 2 * noise


def _auc(score: np.ndarray, labels: np.ndarray) -> float:
    """By our own measure of one covariate, so that it is the measure that is tried."""
    entries = pl.DataFrame({"row_id": range(len(score)), "is_case": labels})
    rows = pl.LazyFrame({"row_id": range(len(score)), "covariate_id": [5] * len(score), "value": score})
    return single_auc(rows, entries, covariates(c5=False))["auc"][0]
