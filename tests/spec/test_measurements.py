"""Measurements.

Tests of the laboratory and examinations of the body: value, comparison, unit and range as delivered.
"""


def test_a_blood_pressure_is_two_measurements(gb):
    """The diastolic value is delivered first. A reading without one of them is one measurement."""
    gb.given(
        entity="entity     | datafile\n1005010500 | CLINICAL",
        test="""
            patient | event  | date       | entity     | data1 | data2
            --------+--------+------------+------------+-------+------
            P       | both   | 2024-01-02 | 1005010500 | 80    | 120
            P       | upper  | 2024-01-03 | 1005010500 |       | 125
            P       | words  | 2024-01-04 | 1005010500 | 80    | high
            P       | nothing| 2024-01-05 | 1005010500 |       |
        """,
    )
    gb.expect(
        "measurement",
        """
            event   | concept   | value | unit                       | value_source_value | measurement_type
            --------+-----------+-------+----------------------------+--------------------+-------------------------
            both    | Systolic  | 120   | millimeter mercury column  | 120                | EHR physical examination
            both    | Diastolic | 80    | millimeter mercury column  | 80                 | EHR physical examination
            upper   | Systolic  | 125   | millimeter mercury column  | 125                | EHR physical examination
            words   | Systolic  |       | millimeter mercury column  | high               | EHR physical examination
            words   | Diastolic | 80    | millimeter mercury column  | 80                 | EHR physical examination
            nothing | Systolic  |       | millimeter mercury column  |                    | EHR physical examination
        """,
    )


def test_a_weight_brings_its_body_mass_index(gb):
    """Weight in kilograms first, the index third."""
    gb.given(
        entity="entity     | datafile\n1005010200 | CLINICAL",
        test="""
            patient | event | date       | entity     | data1 | data3
            --------+-------+------------+------------+-------+------
            P       | T1    | 2024-01-02 | 1005010200 | 80    | 26.1
            P       | T2    | 2024-01-03 | 1005010200 | 81    |
        """,
    )
    gb.expect(
        "measurement",
        """
            event | concept         | value | unit
            ------+-----------------+-------+--------------------------
            T1    | Weight          | 80    | kilogram
            T1    | Body mass index | 26.1  | kilogram per square meter
            T2    | Weight          | 81    | kilogram
        """,
    )


def test_a_laboratory_value_has_comparison_unit_and_range(gb):
    """The comparison is delivered as a code, OPR001 less to OPR005 at least; none delivered is null."""
    gb.given(
        entity="entity     | datafile\n1001400027 | TEST",
        test="""
            patient | event | date       | entity     | operator | value | unit code | low  | high
            --------+-------+------------+------------+----------+-------+-----------+------+-----
            P       | T1    | 2024-01-02 | 1001400027 | OPR003   | 13.5  | MEA061    | 11.5 | 16.5
            P       | T2    | 2024-01-03 | 1001400027 | OPR001   | 9     | MEA061    |      |
            P       | T3    | 2024-01-04 | 1001400027 |          | 14    | MEA061    |      |
            P       | T4    | 2024-01-05 | 1001400027 | OPR002   | 9     | MEA061    |      |
            P       | T5    | 2024-01-06 | 1001400027 | OPR004   | 20    | MEA061    |      |
            P       | T6    | 2024-01-07 | 1001400027 | OPR005   | 20    | MEA061    |      |
        """,
    )
    gb.expect(
        "measurement",
        """
            event | concept     | operator | value | range_low | range_high | measurement_type
            ------+-------------+----------+-------+-----------+------------+-----------------
            T1    | Haemoglobin | =        | 13.5  | 11.5      | 16.5       | Lab
            T2    | Haemoglobin | <        | 9     |           |            | Lab
            T3    | Haemoglobin |          | 14    |           |            | Lab
            T4    | Haemoglobin | <=       | 9     |           |            | Lab
            T5    | Haemoglobin | >        | 20    |           |            | Lab
            T6    | Haemoglobin | >=       | 20    |           |            | Lab
        """,
    )


def test_a_comparison_may_stand_before_the_number(de):
    """Laboratories write `<0.5` or `≥ 60`, some with a decimal comma; the value as delivered is kept. A
    comparison delivered in its own column wins. A word is no number.
    """
    de.given(
        test="""
            patient | event | date       | entity     | operator | value
            --------+-------+------------+------------+----------+-------
            P       | T1    | 2024-01-02 | 1001400027 |          | <0.5
            P       | T2    | 2024-01-03 | 1001400027 |          | ≥ 60
            P       | T3    | 2024-01-04 | 1001400027 |          | 13,5
            P       | T4    | 2024-01-05 | 1001400027 | OPR003   | >5
            P       | T5    | 2024-01-06 | 1001400027 |          | <low
        """
    )
    de.expect(
        "measurement",
        """
            event | operator | value | value_source_value
            ------+----------+-------+-------------------
            T1    | <        | 0.5   | <0.5
            T2    | >=       | 60    | ≥ 60
            T3    |          | 13.5  | 13,5
            T4    | =        | 5     | >5
            T5    | <        |       | <low
        """,
    )


def test_the_most_exact_name_of_a_test_wins(fr):
    """LOINC, then the laboratory's own code, then the entity, which may be "other test"."""
    fr.given(
        test="""
            patient | event | date       | entity     | loinc | local | value
            --------+-------+------------+------------+-------+-------+------
            P       | loinc | 2024-01-02 | 1001400153 | 718-7 | ODD   | 13
            P       | local | 2024-01-03 | 1001400153 |       | HB-L  | 13
            P       | entity| 2024-01-04 | 1001400027 |       | ODD   | 13
        """
    )
    fr.expect(
        "measurement",
        """
            event  | concept     | code
            -------+-------------+------
            loinc  | Haemoglobin | 718-7
            local  | Haemoglobin | HB-L
            entity | Haemoglobin | ODD
        """,
    )


def test_a_test_that_nobody_mapped_is_an_observation(de):
    """Its value is kept, as a number or as the words delivered."""
    de.given(
        test="""
            patient | event | date       | entity     | local | value
            --------+-------+------------+------------+-------+------
            P       | T1    | 2024-01-02 | 1001400153 | ODD   | trace
            P       | T2    | 2024-01-03 | 1001400153 | ODD   | 5
        """
    )
    de.expect(
        "observation",
        """
            event | concept | value | text  | code | value_source_value
            ------+---------+-------+-------+------+-------------------
            T1    | 0       |       | trace | ODD  | trace
            T2    | 0       | 5     |       | ODD  | 5
        """,
    )
