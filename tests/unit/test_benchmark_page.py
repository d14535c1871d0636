"""The page of the suite: newest of each row, its aims, and its way from run to run."""

from benchmarks.suite.page import benchmarks_page, newest, reference_page, shown


def line(row: str, size: int, to_floor: float, **other: object) -> dict:
    told = {"row": row, "size": size, "to_floor": to_floor, "to_peer": None, "peak_mb": 300, "ours_cpu": 2.5}
    return told | {"machine": "2 x some", "date": "2024-05-06T07:08Z"} | other


LINES = [
    line("raw", 100, 9.0),
    line("omop", 100, 5.0),
    line("omop", 100, 3.9),
    line("omop", 200_000, 3.9),
    line("scan", 100, 0.1, to_peer=1 / 170_000),
]


def test_the_newest_of_each_row_by_size_in_the_order_of_the_suite() -> None:
    found = newest(LINES)
    assert list(found) == [100, 200_000]
    assert (list(found[100]), list(found[200_000])) == (["raw", "omop", "scan"], ["omop"])
    assert found[100]["omop"]["to_floor"] == 3.9


def test_a_row_that_is_no_longer_measured_is_left_out() -> None:
    assert newest([line("of_old", 100, 1.0)]) == {100: {}}


def test_an_aim_stands_beside_its_ratio_and_says_whether_it_is_met() -> None:
    page = benchmarks_page(LINES)
    assert "at most 4" in page and "wanted: at most 4" not in page
    assert "wanted: at most 4" in benchmarks_page([line("omop", 200_000, 4.1)])


def test_a_small_partition_is_not_held_to_the_aim_of_a_large_one() -> None:
    """Most of what it costs does not depend on its size."""
    assert "at most" not in benchmarks_page([line("omop", 100, 9.0)])


def test_rows_with_two_runs_have_a_chart_and_others_none() -> None:
    assert benchmarks_page(LINES).count("<svg") == 1


def test_a_small_ratio_is_told_as_a_part_of_one() -> None:
    assert shown(1 / 170_000) == "1/170,000"
    assert "1/170,000" in reference_page(LINES)


def test_the_reference_has_a_table_for_each_size() -> None:
    page = reference_page(LINES)
    assert page.count("| row | what |") == 2
    assert "3.9 (wanted: at most 4)" in page and "| 5 (wanted" not in page
