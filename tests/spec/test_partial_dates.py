"""Partial dates.

A date may lack its day, or day and month. The event is kept on the first day of what is known.
"""


def test_an_unknown_day_or_month_becomes_the_first(gb):
    """2019 is 1 January 2019, May 2019 is 1 May 2019: the earliest day that fits, so that the CDM never
    shows a first record later than it was.
    """
    gb.given(
        diagnosis="""
            patient | event | date    | code
            --------+-------+---------+---------
            P       | D1    | 2019    | 59621000
            P       | D2    | 2019-05 | 59621000
        """
    )
    gb.expect("condition_occurrence", "event | start\nD1    | 2019-01-01\nD2    | 2019-05-01")


def test_a_partial_date_is_judged_by_its_first_day(gb):
    """An event of the year of birth is kept; an event of the year of the cut-off is not in the future, for
    its first day is not; an event of the year after death is refused if that year began more than 60 days
    later.
    """
    gb.given(
        patient="""
            patient | born | joined     | died
            --------+------+------------+-----------
            Young   | 2010 | 2010-06-01 |
            Dead    | 1950 | 2005-01-01 | 2020-06-01
        """,
        diagnosis="""
            patient | event       | date | code
            --------+-------------+------+---------
            Young   | birth year  | 2010 | 59621000
            Young   | year before | 2009 | 59621000
            Young   | this year   | 2024 | 59621000
            Dead    | same year   | 2020 | 59621000
            Dead    | next year   | 2021 | 59621000
        """,
    )
    gb.expect(
        "fate",
        """
            table     | event       | fate     | reason
            ----------+-------------+----------+-------------
            patient   |             | loaded   |
            patient   |             | loaded   |
            diagnosis | birth year  | loaded   |
            diagnosis | year before | rejected | before_birth
            diagnosis | this year   | loaded   |
            diagnosis | same year   | loaded   |
            diagnosis | next year   | rejected | after_death
        """,
    )


def test_two_partial_entries_of_one_code_are_one(gb):
    """Both say "in 2019"; the same code on its own day of that year is another entry."""
    gb.given(
        diagnosis="""
            patient | date       | code
            --------+------------+---------
            P       | 2019       | 59621000
            P       | 2019       | 59621000
            P       | 2019-03-04 | 59621000
        """
    )
    gb.expect("condition_occurrence", "patient | start\nP       | 2019-01-01\nP       | 2019-03-04")


def test_a_partial_date_shows_nobody_there(be):
    """Where events tell when a person was observed, the first of a month stands for any of its days: it would
    start a period too early or bridge a silence.
    """
    be.given(
        diagnosis="""
            patient | date       | code
            --------+------------+-----
            P       | 2018       | I10
            P       | 2020-03-05 | I10
        """
    )
    be.expect("observation_period", "patient | start      | end\nP       | 2020-03-05 | 2020-05-04")
