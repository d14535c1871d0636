"""The simulated month-end does what pencil and paper say: every number here was worked out by hand."""

import pytest

from benchmarks.scale.month_end import Run, Site, Work, makespan, simulate

ALONE = Site(1, {"memory": 1})
BUILD, PUBLISH = Work("omop", 3, "memory"), Work("published", 1)


def ends(runs: list[Run], site: Site) -> dict[str, float]:
    return {one.name: one.ended for one in simulate(runs, site)}


def test_one_after_the_other_where_only_one_may_run() -> None:
    """A: 0 to 4. B: 4 to 8."""
    ran = simulate([Run("A", 0, [BUILD, PUBLISH]), Run("B", 0, [BUILD, PUBLISH])], ALONE)
    assert [(one.name, one.began, one.ended, one.queued) for one in ran] == [("A", 0, 4, 0), ("B", 4, 8, 4)]
    assert makespan(ran) == 8


def test_two_at_once_share_one_slot_of_the_pool() -> None:
    """A builds 0 to 3 and publishes to 4; B waits within its run until 3, builds to 6, publishes to 7."""
    ran = simulate([Run("A", 0, [BUILD, PUBLISH]), Run("B", 0, [BUILD, PUBLISH])], Site(2, {"memory": 1}))
    assert [(one.name, one.ended, one.waited, one.queued) for one in ran] == [("A", 4, 0, 0), ("B", 7, 3, 0)]
    assert ran[1].after == {"omop": 6, "published": 7}


def test_as_many_slots_as_runs_and_nobody_waits() -> None:
    assert ends([Run("A", 0, [BUILD]), Run("B", 0, [BUILD])], Site(2, {"memory": 2})) == {"A": 3, "B": 3}


def test_a_machine_that_is_idle_waits_for_the_next_delivery() -> None:
    """A: 0 to 3. B arrives at 10, ends at 13; the month took 13 hours, 7 of which were waiting for B."""
    ran = simulate([Run("A", 0, [BUILD]), Run("B", 10, [BUILD])], ALONE)
    assert [one.ended for one in ran] == [3, 13]
    assert makespan(ran) == 13


def test_the_makespan_begins_with_the_first_arrival() -> None:
    assert makespan(simulate([Run("A", 5, [BUILD])], ALONE)) == 3


def test_the_current_month_goes_before_history_that_waits() -> None:
    """Three months of history came first; the current month arrives at 1, and goes when the first ended."""
    history = [Run(f"H{month}", 0, [BUILD], priority=1) for month in range(3)]
    found = ends([*history, Run("now", 1, [BUILD], priority=0)], ALONE)
    assert found == {"H0": 3, "now": 6, "H1": 9, "H2": 12}


def test_a_run_in_a_pool_holds_its_machine() -> None:
    """Two machines. A builds 0 to 3, B waits for the slot until 3 and builds to 6; C finds no place until A
    has ended at 3, though the only thing that B does is wait."""
    found = ends([Run("A", 0, [BUILD]), Run("B", 0, [BUILD]), Run("C", 0, [PUBLISH])], Site(2, {"memory": 1}))
    assert found == {"A": 3, "B": 6, "C": 4}


@pytest.mark.parametrize(("machines", "hours"), [(1, 21), (2, 12), (3, 9), (7, 3), (10, 3)])
def test_seven_equal_countries_on_so_many_machines(machines: int, hours: float) -> None:
    """Seven runs of three hours: 7, 4, 3 and 1 rounds."""
    runs = [Run(str(country), 0, [BUILD]) for country in range(7)]
    assert makespan(simulate(runs, Site(machines, {"memory": machines}))) == hours
