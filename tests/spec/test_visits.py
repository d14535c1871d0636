"""Visits.

A consultation is a visit detail; the consultations of a person on one day are one visit.
"""


def test_consultations_of_a_day_are_one_visit(gb):
    """The general practitioner speaks for the day, then any known specialty, then the rest."""
    gb.given(
        staff="""
            staff  | role
            -------+-----
            doctor | 01
            nurse  | 11
            clerk  | 99
        """,
        consultation="""
            patient | consultation | staff  | date       | kind
            --------+--------------+--------+------------+-----
            P       | C1           | nurse  | 2024-01-02 | 021
            P       | C2           | doctor | 2024-01-02 | 001
            P       | C3           | clerk  | 2024-02-02 | 001
            P       | C4           | nurse  | 2024-02-02 | 021
        """,
    )
    gb.expect(
        "visit_occurrence",
        """
            visit        | start      | end        | concept    | staff  | visit_type           | preceding_visit_occurrence_id
            -------------+------------+------------+------------+--------+----------------------+------------------------------
            P 2024-01-02 | 2024-01-02 | 2024-01-02 | Outpatient | doctor | EHR encounter record |
            P 2024-02-02 | 2024-02-02 | 2024-02-02 | Telehealth | nurse  | EHR encounter record | P 2024-01-02
        """,
    )
    gb.expect(
        "visit_detail",
        """
            consultation | visit        | concept    | staff  | code
            -------------+--------------+------------+--------+-----
            C1           | P 2024-01-02 | Telehealth | nurse  | 021
            C2           | P 2024-01-02 | Outpatient | doctor | 001
            C3           | P 2024-02-02 | Outpatient | clerk  | 001
            C4           | P 2024-02-02 | Telehealth | nurse  | 021
        """,
    )


def test_whoever_saw_the_patient_speaks_before_a_letter(gb):
    """Out of hours, administration, third party, letter and repeat issue are no contact with the practice:
    they are kept as visits, but speak for a day only where nothing else does.
    """
    gb.given(
        staff="staff  | role\ndoctor | 01\nnurse  | 11",
        consultation="""
            patient | consultation | staff  | date       | kind
            --------+--------------+--------+------------+-----
            P       | letter       | doctor | 2024-01-02 | 009
            P       | seen         | nurse  | 2024-01-02 | 021
            P       | alone        | doctor | 2024-02-02 | 009
        """,
    )
    gb.expect(
        "visit_occurrence",
        """
            visit        | code | staff
            -------------+------+-------
            P 2024-01-02 | 021  | nurse
            P 2024-02-02 | 009  | doctor
        """,
    )


def test_a_consultation_of_unknown_kind_is_an_outpatient_visit(everywhere):
    """It is still a contact outside hospital; the kind stays as delivered."""
    everywhere.given(
        consultation="""
            patient | consultation | date       | kind
            --------+--------------+------------+-----
            P       | C1           | 2024-01-02 | 777
            P       | C2           | 2024-01-03 |
        """
    )
    everywhere.expect(
        "visit_detail",
        """
            consultation | concept    | code
            -------------+------------+-----
            C1           | Outpatient | 777
            C2           | Outpatient |
        """,
    )


def test_staff_who_were_not_delivered_are_nobody(gb):
    """The provider of such an entry is null: a provider nobody knows anything about would be an invention."""
    gb.given(
        consultation="""
            patient | consultation | staff  | date
            --------+--------------+--------+-----------
            P       | C1           | orphan | 2024-01-02
        """,
        diagnosis="""
            patient | event | date       | code     | staff
            --------+-------+------------+----------+-------
            P       | D1    | 2024-01-02 | 59621000 | orphan
        """,
    )
    gb.expect("visit_detail", "consultation | staff\nC1           |")
    gb.expect("condition_occurrence", "event | staff\nD1    |")


def test_an_entry_belongs_to_the_visit_of_its_own_day(gb):
    """A consultation may record what happened earlier: such an entry keeps its own date and is no part of
    that visit. An entry without a consultation belongs to the visit of its day, if there was one.
    """
    gb.given(
        staff="staff  | role\ndoctor | 01",
        consultation="""
            patient | consultation | date
            --------+--------------+-----------
            P       | C1           | 2024-01-02
        """,
        diagnosis="""
            patient | event   | date       | code     | consultation | staff
            --------+---------+------------+----------+--------------+-------
            P       | now     | 2024-01-02 | 59621000 | C1           | doctor
            P       | earlier | 2023-12-01 | 59621000 | C1           | doctor
            P       | alone   | 2024-01-02 | 44054006 |              |
            P       | apart   | 2024-01-09 | 44054006 |              |
        """,
    )
    gb.expect(
        "condition_occurrence",
        """
            event   | start      | consultation | visit        | staff
            --------+------------+--------------+--------------+-------
            now     | 2024-01-02 | C1           | P 2024-01-02 | doctor
            earlier | 2023-12-01 |              |              | doctor
            alone   | 2024-01-02 |              | P 2024-01-02 |
            apart   | 2024-01-09 |              |              |
        """,
    )
