"""Doses.

How much of an ingredient a person took each day, where product and prescription tell.
"""


def test_a_dose_era_is_a_constant_daily_dose(gb):
    """Strength of the product times units a day: from the delivered list, in milligrams, else from the
    vocabulary. A gap of up to 30 days is bridged, another dose is another era, and a product of two
    ingredients has no dose of its own.
    """
    gb.given(
        product="""
            system | code | atc     | strength_num | strength_unit
            -------+------+---------+--------------+--------------
            DMD    | DO1  | L01EB02 | 0.15         | g
            DMD    | DO2  | C09BA03 | 20           | mg
            DMD    | DO3  | L02BG03 | 1            | ml
        """,
        dosage="doscode | a day\nDO-1    | 1\nDO-2    | 2",
        prescription="""
            patient | date       | code | atc     | days | dosage
            --------+------------+------+---------+------+-------
            P       | 2023-01-01 | DO1  | L01EB02 | 30   | DO-1
            P       | 2023-03-01 | DO1  | L01EB02 | 30   | DO-1
            P       | 2023-05-02 | DO1  | L01EB02 | 30   | DO-1
            P       | 2023-06-01 | DO1  | L01EB02 | 30   | DO-2
            P       | 2023-01-01 | 4401 |         | 28   | DO-2
            P       | 2023-01-01 | DO2  | C09BA03 | 28   | DO-1
            P       | 2023-01-01 | DO3  | L02BG03 | 28   | DO-1
            P       | 2023-01-01 | DO1  | L01EB02 | 30   |
        """,
    )
    gb.expect(
        "dose_era",
        """
            drug      | dose_value | unit      | start      | end
            ----------+------------+-----------+------------+-----------
            erlotinib | 150        | milligram | 2023-01-01 | 2023-03-30
            erlotinib | 150        | milligram | 2023-05-02 | 2023-05-31
            erlotinib | 300        | milligram | 2023-06-01 | 2023-06-30
            metformin | 1000       | milligram | 2023-01-01 | 2023-01-28
        """,
    )
