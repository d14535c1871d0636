"""Eras.

Spans of time in which a person was exposed to an ingredient, or had a condition recorded again and again.
"""


def test_exposures_to_an_ingredient_within_30_days_are_one_era(gb):
    """Products roll up to their ingredients. An exposure that starts up to 30 days after the last day of
    another goes on with its era, one after 31 days starts a new one; nothing is stockpiled, and days that
    no exposure covers are counted. A drug without a concept is in no era.
    """
    gb.given(
        prescription="""
            patient | date       | code | atc     | days
            --------+------------+------+---------+-----
            P       | 2023-01-01 | 4401 |         | 10
            P       | 2023-01-05 | 4401 |         | 4
            P       | 2023-02-09 | E1   | A10BA02 | 10
            P       | 2023-03-21 | E1   | A10BA02 | 5
            P       | 2023-01-01 | E2   | V99XX99 | 28
        """
    )
    gb.expect(
        "drug_era",
        """
            concept   | start      | end        | drug_exposure_count | gap_days
            ----------+------------+------------+---------------------+---------
            metformin | 2023-01-01 | 2023-02-18 | 3                   | 29
            metformin | 2023-03-21 | 2023-03-25 | 1                   | 0
        """,
    )


def test_a_condition_recorded_again_within_30_days_is_one_era(gb):
    """The era ends with the last record, or with its end date where there is one."""
    gb.given(
        diagnosis="""
            patient | date       | until      | code
            --------+------------+------------+---------
            P       | 2024-01-02 | 2024-01-20 | 59621000
            P       | 2024-02-19 |            | 59621000
            P       | 2024-03-21 |            | 59621000
        """
    )
    gb.expect(
        "condition_era",
        """
            concept                | start      | end        | condition_occurrence_count
            -----------------------+------------+------------+---------------------------
            Essential hypertension | 2024-01-02 | 2024-02-19 | 2
            Essential hypertension | 2024-03-21 | 2024-03-21 | 1
        """,
    )
