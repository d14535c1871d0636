"""Persons.

Who becomes a person of the CDM, and what is known of her or him.
"""


def test_a_person_shows_no_more_than_was_delivered(gb):
    """The month of birth is known of children only, the day of nobody. Race and ethnicity are not recorded:
    0.
    """
    gb.given(
        patient="""
            patient | sex | born | month
            --------+-----+------+------
            Adult   | 1   | 1950 |
            Child   | 2   | 2015 | 6
        """
    )
    gb.expect(
        "person",
        """
            patient | gender | year_of_birth | month_of_birth | day_of_birth | race | ethnicity
            --------+--------+---------------+----------------+--------------+------+----------
            Adult   | MALE   | 1950          |                |              | 0    | 0
            Child   | FEMALE | 2015          | 6              |              | 0    | 0
        """,
    )


def test_a_patient_is_loaded_when_the_flag_is_acceptable(gb):
    """Acceptable flags are A, C and D; nothing is loaded of any other patient. No flag is no acceptance."""
    gb.given(
        patient="""
            patient     | flag
            ------------+-----
            acceptable  | A
            complete    | C
            died        | D
            transferred | T
            flagless    |
        """,
        diagnosis="""
            patient     | date       | code
            ------------+------------+------
            transferred | 2024-01-02 | 59621000
        """,
    )
    gb.expect(
        "fate",
        """
            table     | patient     | fate     | reason
            ----------+-------------+----------+------------------
            patient   | acceptable  | loaded   |
            patient   | complete    | loaded   |
            patient   | died        | loaded   |
            patient   | transferred | rejected | invalid_patflag
            patient   | flagless    | rejected | invalid_patflag
            diagnosis | transferred | rejected | person_not_loaded
        """,
    )


def test_a_person_has_a_known_sex_and_a_credible_year_of_birth(everywhere):
    """Neither sex nor age can be guessed, and no analysis works without them. 1875 is the first credible
    year of birth.
    """
    everywhere.given(
        patient="""
            patient   | sex | born
            ----------+-----+-----
            sexless   | 0   | 1950
            no sex    |     | 1950
            too old   | 1   | 1874
            oldest    | 1   | 1875
            no year   | 2   |
            next year | 2   | 2025
        """,
        consultation="""
            patient | consultation | date
            --------+--------------+-----------
            oldest  | C1           | 2024-01-02
        """,
    )
    everywhere.expect(
        "fate",
        """
            table        | patient   | fate     | reason
            -------------+-----------+----------+-----------------------
            patient      | sexless   | rejected | unknown_sex
            patient      | no sex    | rejected | unknown_sex
            patient      | too old   | rejected | implausible_birth_year
            patient      | oldest    | loaded   |
            patient      | no year   | rejected | implausible_birth_year
            patient      | next year | rejected | implausible_birth_year
            consultation | oldest    | loaded   |
        """,
    )


def test_a_patient_refused_twice_has_the_first_reason(gb):
    """Reasons are asked in one order: flag, sex, year of birth, death before registration."""
    gb.given(
        patient="""
            patient         | flag | sex | born | joined     | died
            ----------------+------+-----+------+------------+-----------
            everything      | T    | 0   | 1800 | 2005-01-01 | 2004-01-01
            all but flag    | A    | 0   | 1800 | 2005-01-01 | 2004-01-01
            age and death   | A    | 1   | 1800 | 2005-01-01 | 2004-01-01
            death           | A    | 1   | 1950 | 2005-01-01 | 2004-12-31
        """
    )
    gb.expect(
        "fate",
        """
            patient         | reason
            ----------------+--------------------------
            everything      | invalid_patflag
            all but flag    | unknown_sex
            age and death   | implausible_birth_year
            death           | death_before_registration
        """,
    )


def test_a_person_delivered_twice_is_one_person(gb):
    """The row recorded last is the one that counts; the other is collapsed."""
    gb.given(
        patient="""
            patient | born | sysdate
            --------+------+-----------
            Twice   | 1950 | 2005-01-01
            Twice   | 1951 | 2010-01-01
        """
    )
    gb.expect("fate", "table   | patient | fate\npatient | Twice   | loaded\npatient | Twice   | collapsed")
    gb.expect("person", "patient | year_of_birth\nTwice   | 1951")


def test_nobody_is_loaded_who_was_never_observed(gb):
    """Who left the practice before it recorded reliably has no time at risk, and events of that time count
    nothing.
    """
    gb.given(
        practice="""
            practice | software   | amrdate    | collected
            ---------+------------+------------+-----------
            P        | 2000-01-01 | 2001-01-01 | 2024-03-31
        """,
        patient="""
            patient | joined     | left
            --------+------------+-----------
            Early   | 1990-01-01 | 2000-12-31
        """,
    )
    gb.expect("fate", "patient | fate     | reason\nEarly   | rejected | no_observation_time")
    gb.expect("person", "")
