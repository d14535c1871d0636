"""Lifestyle and surroundings.

Smoking, alcohol, and the deprivation of the area: observations whose answer is a concept.
"""


def test_smoking_is_an_answer_and_a_number(gb):
    """N never, Y current, D former smoker; cigarettes a day beside it. An answer that we do not know is 0,
    and kept.
    """
    gb.given(
        entity="entity     | datafile\n1003040000 | CLINICAL",
        test="""
            patient | event | date       | entity     | data1 | data2
            --------+-------+------------+------------+-------+------
            P       | T1    | 2024-01-02 | 1003040000 | N     |
            P       | T2    | 2024-01-03 | 1003040000 | Y     | 20
            P       | T3    | 2024-01-04 | 1003040000 | D     |
            P       | T4    | 2024-01-05 | 1003040000 | Q     |
        """,
    )
    gb.expect(
        "observation",
        """
            event | concept                | answer               | value | text
            ------+------------------------+----------------------+-------+-----
            T1    | Tobacco smoking status | Never smoked tobacco |       | N
            T2    | Tobacco smoking status | Smoker               | 20    | Y
            T3    | Tobacco smoking status | Ex-smoker            |       | D
            T4    | Tobacco smoking status | 0                    |       | Q
        """,
    )


def test_the_deprivation_of_the_area_is_a_fifth_from_1_to_5(gb):
    """The twelfth of the area flags is the fifth of the Townsend score, 5 the most deprived; X is missing."""
    gb.given(
        area="""
            patient | date       | flags
            --------+------------+-------------
            P       | 2011-01-01 | U12345123454
            P       | 2016-01-01 | UXXXXXXXXXXX
        """
    )
    gb.expect(
        "observation",
        """
            date       | concept | value | text         | value_source_value
            -----------+---------+-------+--------------+-------------------
            2011-01-01 | 0       | 4     | U12345123454 | 4
            2016-01-01 | 0       |       | UXXXXXXXXXXX | X
        """,
    )
