"""Practices and staff.

Where care was given and who entered the data.
"""


def test_a_place_is_a_region_and_nothing_finer(gb):
    """Practices are care sites without a name; a person lives in the region delivered, else in that of the
    practice.
    """
    gb.given(
        practice="""
            practice | region | collected  | amrdate
            ---------+--------+------------+-----------
            P1       | UKI    | 2024-03-31 | 2001-01-01
            P2       | UKJ    | 2024-03-31 | 2001-01-01
        """,
        patient="""
            patient | practice | region
            --------+----------+-------
            Here    | P1       |
            There   | P2       | UKK
        """,
    )
    gb.expect(
        "care_site",
        """
            practice | region | care_site_name | place_of_service
            ---------+--------+----------------+-----------------
            P1       | UKI    |                | Office Visit
            P2       | UKJ    |                | Office Visit
        """,
    )
    gb.expect(
        "person",
        """
            patient | practice | region
            --------+----------+-------
            Here    | P1       | UKI
            There   | P2       | UKK
        """,
    )
    gb.expect(
        "location",
        """
            region | location_source_value | country_source_value | zip | latitude
            -------+-----------------------+----------------------+-----+---------
            UKI    | UKI                   | GB                   |     |
            UKJ    | UKJ                   | GB                   |     |
            UKK    | UKK                   | GB                   |     |
        """,
    )


def test_a_provider_has_the_concept_of_the_specialty_else_of_the_role(gb):
    """A role that nobody mapped is 0, no role and no specialty is null. Two equal rows are one provider."""
    gb.given(
        staff="""
            staff    | role | specialty | sex
            ---------+------+-----------+----
            doctor   | 01   |           | 2
            nurse    | 11   |           | 1
            heart    | 01   | CAR       | 1
            odd      | 99   | ODD       | 0
            nameless |      |           |
            nameless |      |           |
        """
    )
    gb.expect(
        "provider",
        """
            staff    | specialty          | gender | specialty_source_value | practice
            ---------+--------------------+--------+------------------------+---------
            doctor   | General practice   | FEMALE | 01                     | PR1
            nurse    | Nurse practitioner | MALE   | 11                     | PR1
            heart    | Cardiology         | MALE   | CAR                    | PR1
            odd      | 0                  |        | ODD                    | PR1
            nameless |                    |        |                        | PR1
        """,
    )
