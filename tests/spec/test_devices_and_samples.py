"""Devices and samples.

The domain of a concept decides: a product that is a device, and an entry that names a sample, have tables of
their own.
"""


def test_a_product_that_is_a_device_is_no_drug(gb):
    """It was prescribed, so its type is a prescription; the quantity is a number of pieces. When it was given
    back, nobody says.
    """
    gb.given(
        prescription="""
            patient | event  | date       | code | quantity
            --------+--------+------------+------+---------
            P       | meter  | 2024-01-02 | 4420 | 2
            P       | half   | 2024-01-03 | 4420 | 0.4
            P       | tablet | 2024-01-04 | 4401 | 28
        """
    )
    gb.expect(
        "device_exposure",
        """
            event | concept    | start      | end | device_type      | quantity | code
            ------+------------+------------+-----+------------------+----------+-----
            meter | Glucometer | 2024-01-02 |     | EHR prescription | 2        | 4420
            half  | Glucometer | 2024-01-03 |     | EHR prescription |          | 4420
        """,
    )
    gb.expect("drug_exposure", "event  | code\ntablet | 4401")


def test_an_entry_that_names_a_sample_is_a_specimen_and_what_was_measured_in_it(gb):
    """A urine test that was sent in is a sample even where no value came back. How much was taken and where
    is not recorded.
    """
    gb.given(
        entity="datafile | entity\nTEST     | 1001410000",
        test="""
            patient | event | date       | entity     | data1  | value | data3
            --------+-------+------------+------------+--------+-------+-------
            P       | T1    | 2024-01-02 | 1001410000 | OPR003 | 14    | MEA061
            P       | T2    | 2024-01-03 | 1001410000 |        |       |
        """,
    )
    gb.expect(
        "specimen",
        """
            event | concept        | date       | specimen_type | quantity | anatomic_site
            ------+----------------+------------+---------------+----------+--------------
            T1    | Urine specimen | 2024-01-02 | Lab           |          |
            T2    | Urine specimen | 2024-01-03 | Lab           |          |
        """,
    )
    gb.expect(
        "measurement",
        """
            event | concept     | value | unit
            ------+-------------+-------+--------------------
            T1    | Haemoglobin | 14    | gram per decilitre
            T2    | Haemoglobin |       |
        """,
    )
