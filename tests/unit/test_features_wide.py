"""The wide table is the long one turned: cell by cell, however many entries come at a time."""

import math
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import BrokenRules
from thin_assets.features import wide
from thin_assets.features.catalogue import Wide
from thin_assets.features.wide import wide_parts
from thin_assets.resources.lake import Lake

LONG = {"row_id": pl.Int64, "covariate_id": pl.Int64, "value": pl.Float64}
ALL = Wide(fewest_entries=1, most_columns=9)
GB = Snapshot.named("GB", "2024-03")

Row = tuple[int, int, float]


def covariates(**missing_means_zero: bool) -> pl.DataFrame:
    """Reference of covariates called `c<id>`."""
    told = [(int(name[1:]), zero) for name, zero in missing_means_zero.items()]
    return pl.DataFrame(told, {"covariate_id": pl.Int64, "missing_means_zero": pl.Boolean}, orient="row")


def turned(
    folder: Path, rows: list[Row], entries: list[int], known: pl.DataFrame, told: Wide = ALL, at_once: int = 2
) -> pl.DataFrame:
    file = folder / "long.parquet"
    pl.DataFrame(rows, LONG, orient="row").write_parquet(file, row_group_size=3)
    labels = pl.DataFrame({"row_id": entries}, {"row_id": pl.Int64})
    return pl.concat(wide_parts(file, labels, known, told, at_once=at_once))


def test_a_missing_cell_is_zero_only_where_missing_means_zero(tmp_path: Path) -> None:
    rows = [(1, 5, 1.0), (1, 6, 2.5), (2, 5, 1.0), (3, 6, 7.5)]
    found = turned(tmp_path, rows, [1, 2, 3], covariates(c5=True, c6=False))
    assert found.rows() == [(1, 1.0, 2.5), (2, 1.0, None), (3, 0.0, 7.5)]
    assert found.columns == ["row_id", "c5", "c6"]


def test_rare_covariates_are_no_columns_and_the_most_frequent_come_first(tmp_path: Path) -> None:
    rows = [(1, 5, 1.0), (1, 6, 1.0), (1, 7, 1.0), (2, 6, 1.0), (2, 7, 1.0), (3, 6, 1.0)]
    known = covariates(c5=True, c6=True, c7=True)
    two = turned(tmp_path, rows, [1, 2, 3], known, Wide(fewest_entries=2, most_columns=9))
    one = turned(tmp_path, rows, [1, 2, 3], known, Wide(fewest_entries=1, most_columns=1))
    assert two.columns == ["row_id", "c6", "c7"]
    assert one.columns == ["row_id", "c6"]


def test_an_entry_of_which_nothing_is_known_has_a_row(tmp_path: Path) -> None:
    found = turned(tmp_path, [(8, 5, 1.0)], [9, 4, 8, 7, 6], covariates(c5=True))
    assert found.rows() == [(9, 0.0), (4, 0.0), (8, 1.0), (7, 0.0), (6, 0.0)]


def test_of_nobody_there_is_a_table_without_rows(tmp_path: Path) -> None:
    found = turned(tmp_path, [], [], covariates())
    assert (found.columns, found.height) == (["row_id"], 0)


@pytest.mark.parametrize("at_once", [1, 2])
def test_rows_in_another_order_than_their_entries_are_not_left_out_unseen(
    tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "ROWS_AT_ONCE", 1)
    rows = [(3, 5, 1.0), (3, 6, 1.0), (3, 7, 1.0), (1, 5, 1.0)]
    with pytest.raises(BrokenRules, match="order of its entries"):
        turned(tmp_path, rows, [1, 2, 3], covariates(c5=True, c6=True, c7=True), at_once=at_once)


@given(
    cells=st.lists(st.dictionaries(st.integers(1, 5), st.integers(1, 9), max_size=5), max_size=12),
    zero=st.tuples(*[st.booleans()] * 5),
    at_once=st.integers(1, 13),
    at_a_time=st.integers(1, 7),
)
def test_every_cell_is_what_the_long_table_says(
    tmp_path_factory: pytest.TempPathFactory, cells: list[dict], zero: tuple, at_once: int, at_a_time: int
) -> None:
    entries = [(7 * number) % 101 for number in range(len(cells))]  # ids are in no order
    rows = [
        (entry, key, float(value))
        for entry, told in zip(entries, cells, strict=True)
        for key, value in sorted(told.items())
    ]
    known = covariates(**{f"c{number + 1}": means for number, means in enumerate(zero)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide, "ROWS_AT_ONCE", at_a_time)
        found = turned(tmp_path_factory.mktemp("turned"), rows, entries, known, at_once=at_once)
    met = sorted({key for told in cells for key in told})
    assert found.columns == ["row_id", *(f"c{key}" for key in met)]
    expected = [
        (entry, *(told.get(key, 0.0 if zero[key - 1] else None) for key in met))
        for entry, told in zip(entries, cells, strict=True)
    ]
    assert found.rows() == expected
    assert not any(math.isnan(cell) for row in found.rows() for cell in row if cell is not None)


def test_parts_are_one_table_of_the_lake(tmp_path: Path) -> None:
    lake = Lake(home=str(tmp_path))
    whole = pl.DataFrame({"row_id": range(10), "c1": [None, 0.5] * 5})
    path = lake.write_parts("features", "any_wide", GB, whole.iter_slices(3))
    assert lake.read("features", "any_wide", GB).equals(whole)
    before = path.read_bytes()
    lake.write_parts("features", "any_wide", GB, whole.iter_slices(3))
    assert path.read_bytes() == before


def test_parts_that_end_early_leave_the_table_that_was_there(tmp_path: Path) -> None:
    lake, old = Lake(home=str(tmp_path)), pl.DataFrame({"row_id": [1]})
    lake.write("features", "any_wide", GB, old)

    def torn():
        yield old
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        lake.write_parts("features", "any_wide", GB, torn())
    assert lake.read("features", "any_wide", GB).equals(old)
