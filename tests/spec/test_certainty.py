"""Certainty of German diagnoses.

An ICD-10-GM code carries a letter: G confirmed, V suspected, A excluded, Z past.
"""


def test_confirmed_and_suspected_are_conditions_of_that_status(de):
    """A diagnosis without a letter is a condition without a status."""
    de.given(
        diagnosis="""
            patient | event | date       | code | certainty
            --------+-------+------------+------+----------
            P       | D1    | 2024-01-02 | I10  | G
            P       | D2    | 2024-01-03 | I10  | V
            P       | D3    | 2024-01-04 | I10  |
        """
    )
    de.expect(
        "condition_occurrence",
        """
            event | concept                | status                | condition_status_source_value
            ------+------------------------+-----------------------+------------------------------
            D1    | Essential hypertension | Confirmed diagnosis   | G
            D2    | Essential hypertension | Preliminary diagnosis | V
            D3    | Essential hypertension |                       |
        """,
    )


def test_an_excluded_diagnosis_is_an_observation_that_answers_negative(de):
    """The doctor looked for it and did not find it: worth knowing, and no condition."""
    de.given(
        diagnosis="patient | event | date       | code | certainty\nP       | D1    | 2024-01-02 | I10  | A"
    )
    de.expect("condition_occurrence", "")
    de.expect(
        "observation",
        """
            event | concept                | answer   | qualifier_source_value
            ------+------------------------+----------+-----------------------
            D1    | Essential hypertension | Negative | A
        """,
    )


def test_a_past_diagnosis_is_a_history(de):
    """State after a disease: the patient had it once, and has it no more."""
    de.given(
        diagnosis="patient | event | date       | code | certainty\nP       | D1    | 2024-01-02 | I10  | Z"
    )
    de.expect("condition_occurrence", "")
    de.expect(
        "observation",
        """
            event | concept          | answer                 | qualifier_source_value
            ------+------------------+------------------------+-----------------------
            D1    | History of event | Essential hypertension | Z
        """,
    )
