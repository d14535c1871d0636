"""Days of supply.

How long an exposure lasts. An exposure of n days ends on the start date + n - 1; `days_supply` holds only
what was delivered and credible, the end date may rest on the best guess.
"""


def test_delivered_days_from_1_to_365_are_believed(gb):
    """0 and 999 are no days of supply: then quantity by daily dose."""
    gb.given(
        prescription="""
            patient | event    | date       | code | days | quantity | a day
            --------+----------+------------+------+------+----------+------
            P       | a month  | 2024-01-01 | S1   | 28   | 60       | 2
            P       | zero     | 2024-01-02 | S1   | 0    | 60       | 2
            P       | too many | 2024-01-03 | S1   | 999  | 60       | 2
        """
    )
    gb.expect(
        "drug_exposure",
        """
            event    | start      | end        | days_supply
            ---------+------------+------------+------------
            a month  | 2024-01-01 | 2024-01-28 | 28
            zero     | 2024-01-02 | 2024-01-31 |
            too many | 2024-01-03 | 2024-02-01 |
        """,
    )
    gb.expect(
        "days",
        """
            event    | days | level
            ---------+------+-----------------
            a month  | 28   | delivered
            zero     | 30   | quantity by dose
            too many | 30   | quantity by dose
        """,
    )


def test_the_daily_dose_comes_from_the_prescription_else_from_the_dosage_text(gb):
    """Quantity by dose is rounded to days and believed from 1 to 365. A dose of nothing a day says nothing."""
    gb.given(
        dosage="doscode | a day | text\nTHRICE  | 3     | one three times a day",
        prescription="""
            patient | event      | date       | code | quantity | a day | dosage
            --------+------------+------------+------+----------+-------+-------
            P       | stated     | 2024-01-01 | S2   | 61       | 2     | THRICE
            P       | from text  | 2024-01-02 | S2   | 30       |       | THRICE
            P       | too long   | 2024-01-03 | S2   | 366      | 1     |
            P       | no dose    | 2024-01-04 | S2   | 30       | 0     |
        """,
    )
    gb.expect(
        "days",
        """
            event     | days | level
            ----------+------+-----------------
            stated    | 31   | quantity by dose
            from text | 10   | quantity by dose
            too long  | 1    | one day
            no dose   | 1    | one day
        """,
    )


def test_without_dose_the_usual_days_are_taken(gb):
    """First of the same product, dose, quantity and packs, then of the product, then one day. Of two
    numbers as common the smaller: an exposure is not made longer than we know.
    """
    gb.given(
        prescription="""
            patient | event   | date       | code | quantity | days
            --------+---------+------------+------+----------+-----
            P       | known 1 | 2024-01-01 | S3   | 56       | 56
            P       | known 2 | 2024-01-02 | S3   | 56       | 28
            P       | known 3 | 2024-01-03 | S3   | 100      | 90
            P       | known 4 | 2024-01-04 | S3   | 100      | 90
            P       | pattern | 2024-01-05 | S3   | 56       |
            P       | product | 2024-01-06 | S3   | 7        |
            P       | nothing | 2024-01-07 | S4   | 7        |
        """
    )
    gb.expect(
        "days",
        """
            event   | days | level
            --------+------+----------------------
            known 1 | 56   | delivered
            known 2 | 28   | delivered
            known 3 | 90   | delivered
            known 4 | 90   | delivered
            pattern | 28   | usual for the pattern
            product | 90   | usual for the product
            nothing | 1    | one day
        """,
    )


def test_a_dispensing_lasts_as_long_as_its_prescription(fr):
    """Else as long as the product is usually prescribed, else one day."""
    fr.given(
        prescription="""
            patient | event | date       | code | atc     | days
            --------+-------+------------+------+---------+-----
            P       | R1    | 2024-01-02 | S5   | A10BA02 | 14
            P       | R2    | 2024-01-02 | S5   | A10BA02 | 30
            P       | R3    | 2024-01-02 | S5   | A10BA02 | 30
        """,
        dispensing="""
            patient | event  | prescription | date       | code | atc
            --------+--------+--------------+------------+------+--------
            P       | linked | R1           | 2024-02-01 | S5   | A10BA02
            P       | usual  |              | 2024-02-01 | S5   | A10BA02
            P       | new    |              | 2024-02-01 | S6   | A10BA02
        """,
    )
    fr.expect(
        "drug_exposure",
        """
            event  | start      | end        | days_supply
            -------+------------+------------+------------
            R1     | 2024-01-02 | 2024-01-15 | 14
            R2     | 2024-01-02 | 2024-01-31 | 30
            R3     | 2024-01-02 | 2024-01-31 | 30
            linked | 2024-02-01 | 2024-02-14 |
            usual  | 2024-02-01 | 2024-03-01 |
            new    | 2024-02-01 | 2024-02-01 |
        """,
    )
