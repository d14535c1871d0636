"""Death.

When a person is known to have died. The cause is not taken from primary care: it is null.
"""


def test_the_delivered_date_of_death_is_the_date_of_death(gb):
    """Recorded in the practice's own record (type: EHR). Nobody else is dead."""
    gb.given(
        patient="""
            patient | died
            --------+-----------
            Dead    | 2020-01-10
            Alive   |
        """
    )
    gb.expect(
        "death",
        """
            patient | death_date | death_type | cause_concept_id
            --------+------------+------------+-----------------
            Dead    | 2020-01-10 | EHR        |
        """,
    )


def test_status_99_means_dead_on_the_day_of_leaving(gb):
    """Registration status 99 is death. Without a date of death the day of leaving is taken; a stated date
    wins.
    """
    gb.given(
        patient="""
            patient | status | left       | died
            --------+--------+------------+-----------
            moved   | 05     | 2020-05-01 |
            dead    | 99     | 2020-05-01 |
            dated   | 99     | 2020-05-01 | 2020-04-28
            dateless| 99     |            |
        """
    )
    gb.expect(
        "death",
        """
            patient | death_date
            --------+-----------
            dead    | 2020-05-01
            dated   | 2020-04-28
        """,
    )


def test_a_death_before_birth_or_after_the_cut_off_is_no_knowledge_of_a_death(gb):
    """The date is ignored and the person is loaded as alive: a wrong date must not end anyone's
    observation.
    """
    gb.given(
        patient="""
            patient       | born | joined     | died
            --------------+------+------------+-----------
            of the future | 1950 | 2005-01-01 | 2024-04-01
            last day      | 1950 | 2005-01-01 | 2024-03-31
        """
    )
    gb.expect("death", "patient  | death_date\nlast day | 2024-03-31")
    gb.expect(
        "observation_period",
        """
            patient       | end
            --------------+-----------
            of the future | 2024-03-31
            last day      | 2024-03-31
        """,
    )
