"""Units.

A unit is delivered as a text or as a code; the CDM keeps it as delivered and never converts a value.
"""


def test_no_unit_is_null_and_an_unknown_unit_is_zero(everywhere):
    """MEA000 is the code for "no unit recorded"."""
    everywhere.given(
        entity="entity     | datafile\n1001400027 | TEST",
        test="""
            patient | event    | date       | entity     | value | unit  | unit code
            --------+----------+------------+------------+-------+-------+----------
            P       | text     | 2024-01-02 | 1001400027 | 13    | g/dL  |
            P       | code     | 2024-01-03 | 1001400027 | 13    |       | MEA061
            P       | unknown  | 2024-01-04 | 1001400027 | 13    | grams |
            P       | none     | 2024-01-05 | 1001400027 | 13    |       |
            P       | recorded | 2024-01-06 | 1001400027 | 13    |       | MEA000
        """,
    )
    everywhere.expect(
        "measurement",
        """
            event    | value | unit               | unit text
            ---------+-------+--------------------+----------
            text     | 13    | gram per decilitre | g/dL
            code     | 13    | gram per decilitre | MEA061
            unknown  | 13    | 0                  | grams
            none     | 13    |                    |
            recorded | 13    |                    | MEA000
        """,
    )
