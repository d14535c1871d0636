"""Observation periods.

When events of a person would have been recorded. Where patients sign on to a list, the list says so;
where they choose their doctor freely, only their events do.
"""


def test_on_a_list_a_person_is_observed_from_joining_to_leaving(gb):
    """Start: the latest of registration, start of the software and acceptable recording of deaths. End: the
    earliest of leaving, death and the last collection.
    """
    gb.given(
        practice="""
            practice | software   | amrdate    | collected
            ---------+------------+------------+-----------
            P        | 1999-01-01 | 2000-01-01 | 2024-02-29
        """,
        patient="""
            patient | joined     | left       | died
            --------+------------+------------+-----------
            stays   | 2010-06-01 |            |
            early   | 1990-06-01 |            |
            leaves  | 2010-06-01 | 2015-02-03 |
            dies    | 2010-06-01 | 2015-02-03 | 2015-02-01
            too new | 2024-02-29 |            |
        """,
    )
    gb.expect(
        "observation_period",
        """
            patient | start      | end        | period_type
            --------+------------+------------+-------------------
            stays   | 2010-06-01 | 2024-02-29 | Standard algorithm
            early   | 2000-01-01 | 2024-02-29 | Standard algorithm
            leaves  | 2010-06-01 | 2015-02-03 | Standard algorithm
            dies    | 2010-06-01 | 2015-02-01 | Standard algorithm
        """,
    )


def test_lists_outside_the_united_kingdom_start_with_the_software(es, it, ro):
    """Acceptable recording of deaths is a British notion; elsewhere the start of the practice's software
    counts.
    """
    for country in (es, it, ro):
        country.given(
            practice="""
                practice | compdate   | software   | collected
                ---------+------------+------------+-----------
                P        | 1998-01-01 | 2003-05-01 | 2024-03-31
                Q        | 1998-01-01 |            | 2024-03-31
            """,
            patient="""
                patient  | practice | joined
                ---------+----------+-----------
                software | P        | 1990-06-01
                computer | Q        | 1990-06-01
            """,
        )
        country.expect(
            "observation_period",
            """
                patient  | start      | end
                ---------+------------+-----------
                software | 2003-05-01 | 2024-03-31
                computer | 1998-01-01 | 2024-03-31
            """,
        )


def test_with_free_choice_of_doctor_events_tell_when_a_person_was_observed(fr, de, be):
    """From the first event to 60 days after the last; never beyond death, the last collection or the
    practice's start.
    """
    for country in (fr, de, be):
        country.given(
            practice="""
                practice | software   | collected
                ---------+------------+-----------
                P        | 2010-01-01 | 2024-03-31
            """,
            patient="""
                patient | died
                --------+-----------
                comes   |
                dies    | 2023-01-20
                recent  |
                before  |
            """,
            consultation="""
                patient | consultation | date
                --------+--------------+-----------
                comes   | C1           | 2020-01-01
                comes   | C2           | 2020-06-01
                dies    | C3           | 2023-01-01
                recent  | C4           | 2024-03-31
                before  | C5           | 2009-12-31
            """,
        )
        country.expect(
            "observation_period",
            """
                patient | start      | end        | period_type
                --------+------------+------------+----------------------------
                comes   | 2020-01-01 | 2020-07-31 | Standard algorithm from EHR
                dies    | 2023-01-01 | 2023-01-20 | Standard algorithm from EHR
                recent  | 2024-03-31 | 2024-03-31 | Standard algorithm from EHR
            """,
        )


def test_nobody_is_on_the_list_of_a_specialist(es):
    """Patients come to a specialist once or now and then, in every country: their events tell."""
    es.given(
        practice="""
            practice | kind | collected
            ---------+------+-----------
            Heart    | SPEC | 2024-03-31
            Family   | GP   | 2024-03-31
        """,
        patient="""
            patient | practice
            --------+---------
            Seen    | Heart
            Unseen  | Heart
            Listed  | Family
        """,
        consultation="""
            patient | consultation | date
            --------+--------------+-----------
            Seen    | C1           | 2020-01-01
        """,
    )
    es.expect(
        "observation_period",
        """
            patient | start      | end
            --------+------------+-----------
            Seen    | 2020-01-01 | 2020-03-01
            Listed  | 2005-01-01 | 2024-03-31
        """,
    )


def test_a_practice_that_has_left_observes_until_its_last_collection(gb):
    """A practice that leaves or is suspended is still delivered, frozen: its patients are observed until
    the day on which its records were last collected.
    """
    gb.given(
        practice="""
            practice  | status | collected
            ----------+--------+-----------
            Left      | L      | 2022-05-31
            Suspended | S      | 2023-01-31
        """,
        patient="""
            patient | practice
            --------+----------
            P       | Left
            Q       | Suspended
        """,
    )
    gb.expect(
        "observation_period",
        """
            patient | start      | end
            --------+------------+-----------
            P       | 2005-01-01 | 2022-05-31
            Q       | 2005-01-01 | 2023-01-31
        """,
    )


def test_a_silence_of_548_days_splits_the_observation(de):
    """After 547 days one has come back, after 548 days one may have been elsewhere in between."""
    de.given(
        consultation="""
            patient  | consultation | date
            ---------+--------------+-----------
            comes    | C1           | 2020-01-01
            comes    | C2           | 2021-07-01
            vanishes | C3           | 2020-01-01
            vanishes | C4           | 2021-07-02
        """
    )
    de.expect(
        "observation_period",
        """
            patient  | start      | end
            ---------+------------+-----------
            comes    | 2020-01-01 | 2021-08-30
            vanishes | 2020-01-01 | 2020-03-01
            vanishes | 2021-07-02 | 2021-08-31
        """,
    )


def test_a_refused_event_observes_nobody(be):
    """What is not believed cannot show that a person was there."""
    be.given(
        diagnosis="""
            patient | date       | flag
            --------+------------+-----
            P       | 2020-01-01 | R
            P       | 2020-12-01 | X
        """
    )
    be.expect("observation_period", "patient | start      | end\nP       | 2020-01-01 | 2020-03-01")


def test_an_event_outside_every_period_is_kept(gb):
    """It may be true, so the CDM keeps it; cohorts leave it out because they ask for time under
    observation.
    """
    gb.given(
        diagnosis="""
            patient | date       | code
            --------+------------+---------
            P       | 1999-05-01 | 59621000
        """
    )
    gb.expect("observation_period", "patient | start      | end\nP       | 2005-01-01 | 2024-03-31")
    gb.expect("condition_occurrence", "patient | start     \nP       | 1999-05-01")
