"""Diagnoses and other entries of the medical record.

The domain of the standard concept decides in which table of the CDM an entry stands.
"""


def test_a_code_without_a_standard_concept_is_kept_as_zero(gb):
    """What we cannot map stays in the record: an observation with concept 0 and the code as delivered."""
    gb.given(
        diagnosis="""
            patient | event | date       | code
            --------+-------+------------+---------
            P       | D1    | 2024-01-02 | 59621000
            P       | D2    | 2024-01-03 | 999
        """
    )
    gb.expect(
        "condition_occurrence",
        """
            event | concept                | start      | code     | code concept    | condition_type
            ------+------------------------+------------+----------+-----------------+---------------
            D1    | Essential hypertension | 2024-01-02 | 59621000 | SNOMED 59621000 | EHR
        """,
    )
    gb.expect(
        "observation",
        """
            event | concept | date       | code | code concept
            ------+---------+------------+------+-------------
            D2    | 0       | 2024-01-03 | 999  | 0
        """,
    )


def test_a_code_with_two_meanings_is_two_records(ro):
    """Diabetes with renal complication is diabetes and nephropathy; both carry the code as delivered."""
    ro.given(diagnosis="patient | event | date       | code\nP       | D1    | 2024-01-02 | E11.2")
    ro.expect(
        "condition_occurrence",
        """
            event | concept              | code
            ------+----------------------+------
            D1    | Type 2 diabetes      | E11.2
            D1    | Diabetic nephropathy | E11.2
        """,
    )


def test_the_domain_of_the_concept_chooses_the_table(gb):
    """Not the kind of entry delivered beside it: an examination is a procedure, smoking an observation."""
    gb.given(
        diagnosis="""
            patient | event | date       | code      | kind
            --------+-------+------------+-----------+-----
            P       | D1    | 2024-01-02 | 269911007 | 01
            P       | D2    | 2024-01-02 | 77176002  | 01
            P       | D3    | 2024-01-02 | 59621000  | 03
        """
    )
    gb.expect("procedure_occurrence", "event | concept            | quantity\nD1    | Sputum examination | 1")
    gb.expect("observation", "event | concept\nD2    | Smoker")
    gb.expect("condition_occurrence", "event | concept\nD3    | Essential hypertension")


def test_a_relatives_disease_is_not_the_patients(gb):
    """Family history is an observation; the disease is its value."""
    gb.given(
        diagnosis="""
            patient | event | date       | code     | kind
            --------+-------+------------+----------+-----
            P       | D1    | 2024-01-02 | 59621000 | 07
        """
    )
    gb.expect("condition_occurrence", "")
    gb.expect(
        "observation",
        """
            event | concept        | answer                 | code
            ------+----------------+------------------------+---------
            D1    | Family history | Essential hypertension | 59621000
        """,
    )


def test_an_entry_of_the_problem_list_says_so(gb):
    """An entry with an episode (first, new, ongoing, end) comes from the problem list; the others were
    written down once.
    """
    gb.given(
        diagnosis="""
            patient | event | date       | code     | episode
            --------+-------+------------+----------+--------
            P       | D1    | 2024-01-02 | 59621000 | F
            P       | D2    | 2024-01-03 | 59621000 |
        """
    )
    gb.expect("condition_occurrence", "event | condition_type\nD1    | EHR problem list\nD2    | EHR")


def test_an_end_date_is_believed_within_the_history(gb):
    """An end before the start or after the cut-off is no end: null."""
    gb.given(
        diagnosis="""
            patient | event    | date       | until      | code
            --------+----------+------------+------------+---------
            P       | ended    | 2024-01-02 | 2024-02-01 | 59621000
            P       | reversed | 2024-01-03 | 2024-01-01 | 59621000
            P       | later    | 2024-01-04 | 2024-05-01 | 59621000
        """
    )
    gb.expect(
        "condition_occurrence",
        """
            event    | start      | end
            ---------+------------+-----------
            ended    | 2024-01-02 | 2024-02-01
            reversed | 2024-01-03 |
            later    | 2024-01-04 |
        """,
    )
