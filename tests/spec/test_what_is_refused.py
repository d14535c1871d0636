"""What is refused.

Rows that are not loaded, each with the first reason that applies. Every delivered row is loaded,
collapsed with another that says the same, or rejected for a reason; nothing disappears.
"""


def test_a_row_that_its_practice_marked_invalid_is_refused(gb):
    """Valid are R and S for entries of the record, Y for prescriptions and tests; no mark is no validity."""
    gb.given(
        diagnosis="""
            patient | event | date       | code     | flag
            --------+-------+------------+----------+-----
            P       | D1    | 2024-01-02 | 59621000 | R
            P       | D2    | 2024-01-03 | 59621000 | S
            P       | D3    | 2024-01-04 | 59621000 | D
            P       | D4    | 2024-01-05 | 59621000 |
        """,
        prescription="""
            patient | event | date       | flag
            --------+-------+------------+-----
            P       | R1    | 2024-01-02 | Y
            P       | R2    | 2024-01-02 | N
        """,
        test="""
            patient | event | date       | entity     | flag
            --------+-------+------------+------------+-----
            P       | T1    | 2024-01-02 | 1001400027 | Y
            P       | T2    | 2024-01-02 | 1001400027 | N
        """,
    )
    gb.expect(
        "fate",
        """
            table        | event | fate     | reason
            -------------+-------+----------+-------------
            patient      |       | loaded   |
            diagnosis    | D1    | loaded   |
            diagnosis    | D2    | loaded   |
            diagnosis    | D3    | rejected | invalid_flag
            diagnosis    | D4    | rejected | invalid_flag
            prescription | R1    | loaded   |
            prescription | R2    | rejected | invalid_flag
            test         | T1    | loaded   |
            test         | T2    | rejected | invalid_flag
        """,
    )


def test_an_event_has_a_date_within_the_snapshot(everywhere):
    """Without a date an event has no place in a history; after the cut-off it cannot have happened yet."""
    everywhere.given(
        consultation="""
            patient | consultation | date
            --------+--------------+-----------
            P       | C1           | 2024-03-31
            P       | C2           | 2024-04-01
            P       | C3           |
        """
    )
    everywhere.expect(
        "fate",
        """
            table        | event | fate     | reason
            -------------+-------+----------+-------------
            patient      |       | loaded   |
            consultation | C1    | loaded   |
            consultation | C2    | rejected | future_date
            consultation | C3    | rejected | missing_date
        """,
    )


def test_an_event_before_the_year_of_birth_is_refused(gb):
    """Only the year of birth is known of most persons, so an event of that year is kept."""
    gb.given(
        patient="""
            patient | born
            --------+-----
            P       | 2010
        """,
        diagnosis="""
            patient | event | date       | code
            --------+-------+------------+---------
            P       | D1    | 2009-12-31 | 59621000
            P       | D2    | 2010-01-01 | 59621000
        """,
    )
    gb.expect(
        "fate",
        """
            table     | event | fate     | reason
            ----------+-------+----------+-------------
            patient   |       | loaded   |
            diagnosis | D1    | rejected | before_birth
            diagnosis | D2    | loaded   |
        """,
    )


def test_an_event_more_than_60_days_after_death_is_refused(gb):
    """Letters and results arrive late and keep their own dates; after 60 days the date or the death is
    wrong.
    """
    gb.given(
        patient="""
            patient | died
            --------+-----------
            P       | 2020-01-10
        """,
        diagnosis="""
            patient | event | date       | code
            --------+-------+------------+---------
            P       | D1    | 2020-03-10 | 59621000
            P       | D2    | 2020-03-11 | 59621000
        """,
    )
    gb.expect(
        "fate",
        """
            table     | event | fate     | reason
            ----------+-------+----------+------------
            patient   |       | loaded   |
            diagnosis | D1    | loaded   |
            diagnosis | D2    | rejected | after_death
        """,
    )


def test_an_event_of_nobody_is_refused(gb):
    """A patient who was not delivered, or is not loaded, has no events, whatever else is wrong with them."""
    gb.given(
        patient="""
            patient | sex
            --------+----
            sexless | 0
        """,
        diagnosis="""
            patient | event | date       | code     | flag
            --------+-------+------------+----------+-----
            sexless | D1    | 2024-01-02 | 59621000 | R
            nobody  | D2    |            | 59621000 | X
        """,
    )
    gb.expect(
        "fate",
        """
            table     | patient | event | fate     | reason
            ----------+---------+-------+----------+------------------
            patient   | sexless |       | rejected | unknown_sex
            diagnosis | sexless | D1    | rejected | person_not_loaded
            diagnosis | nobody  | D2    | rejected | person_not_loaded
        """,
    )


def test_a_code_entered_twice_on_a_day_is_one_entry(gb):
    """The same code of the same person on the same day says nothing new, whoever entered it. Prescriptions
    and tests are collapsed only where the record's own key repeats: two packs or two readings on one day
    are two.
    """
    gb.given(
        diagnosis="""
            patient | event | date       | code
            --------+-------+------------+---------
            P       | D1    | 2024-01-02 | 59621000
            P       | D2    | 2024-01-02 | 59621000
            P       | D3    | 2024-01-03 | 59621000
        """,
        prescription="""
            patient | event | date
            --------+-------+-----------
            P       | R1    | 2024-01-02
            P       | R1    | 2024-01-02
            P       | R2    | 2024-01-02
        """,
        test="""
            patient | event | date       | entity     | value
            --------+-------+------------+------------+------
            P       | T1    | 2024-01-02 | 1001400027 | 13
            P       | T2    | 2024-01-02 | 1001400027 | 13
        """,
    )
    gb.expect(
        "fate",
        """
            table        | fate
            -------------+----------
            patient      | loaded
            diagnosis    | loaded
            diagnosis    | collapsed
            diagnosis    | loaded
            prescription | loaded
            prescription | collapsed
            prescription | loaded
            test         | loaded
            test         | loaded
        """,
    )


def test_a_row_that_could_not_be_read_is_counted(gb):
    """Rows that the raw room rejected (no date, no number, wrong number of fields) stand in the account with
    their reason.
    """
    gb.given(
        unreadable="""
            table   | reason
            --------+-------------
            medical | not_a_date
            medical | not_a_date
            therapy | not_a_number
        """
    )
    gb.expect(
        "unreadable",
        """
            table        | reason       | rows
            -------------+--------------+-----
            diagnosis    | not_a_date   | 2
            prescription | not_a_number | 1
        """,
    )
