"""Drugs.

What was prescribed, dispensed and given.
"""


def test_a_combination_is_one_exposure_for_each_ingredient(it):
    """No product is known, the class names two ingredients: the patient took both."""
    it.given(
        prescription="patient | event | date       | code | atc\nP       | R1    | 2024-01-02 | NEW  | C09BA03"
    )
    it.expect(
        "drug_exposure",
        """
            event | concept             | code
            ------+---------------------+-----
            R1    | lisinopril          | NEW
            R1    | hydrochlorothiazide | NEW
        """,
    )


def test_what_was_prescribed_and_dispensed_is_kept_apart(fr):
    """Both are loaded, each of its own type; eras count what was dispensed where pharmacies deliver."""
    fr.given(
        prescription="""
            patient | event | date       | code | atc     | days
            --------+-------+------------+------+---------+-----
            P       | R1    | 2024-01-02 | 340  | A10BA02 | 30
            P       | R2    | 2024-03-02 | 340  | A10BA02 | 14
        """,
        dispensing="""
            patient | event | prescription | date       | code | atc     | boxes
            --------+-------+--------------+------------+------+---------+------
            P       | D1    | R1           | 2024-01-05 | 340  | A10BA02 | 1
            P       | D2    |              | 2024-02-05 | 340  | A10BA02 | 2
        """,
    )
    fr.expect(
        "drug_exposure",
        """
            drug_type             | start      | end        | quantity
            ----------------------+------------+------------+---------
            EHR prescription      | 2024-01-02 | 2024-01-31 |
            EHR prescription      | 2024-03-02 | 2024-03-15 |
            EHR dispensing record | 2024-01-05 | 2024-02-03 | 1
            EHR dispensing record | 2024-02-05 | 2024-02-18 | 2
        """,
    )
    fr.expect(
        "drug_era",
        """
            concept   | start      | end        | drug_exposure_count | gap_days
            ----------+------------+------------+---------------------+---------
            metformin | 2024-01-05 | 2024-02-18 | 2                   | 1
        """,
    )


def test_the_route_comes_from_the_list_of_products(gb):
    """Null where the list says nothing, 0 where it says something that we do not know."""
    gb.given(
        product="""
            system | code    | route   | atc
            -------+---------+---------+--------
            DMD    | MOUTH   | oral    | A10BA02
            DMD    | UNHEARD | unheard | A10BA02
            DMD    | SILENT  |         | A10BA02
        """,
        prescription="""
            patient | event | date       | code
            --------+-------+------------+--------
            P       | R1    | 2024-01-01 | MOUTH
            P       | R2    | 2024-01-02 | UNHEARD
            P       | R3    | 2024-01-03 | SILENT
        """,
    )
    gb.expect(
        "drug_exposure",
        """
            event | route | route_source_value
            ------+-------+-------------------
            R1    | Oral  | oral
            R2    | 0     | unheard
            R3    |       |
        """,
    )


def test_refills_are_the_repeats_that_are_left(gb):
    """The second of six issues leaves four; an acute prescription has none to count."""
    gb.given(
        prescription="""
            patient | event | date       | kind | issue | of | dosage | quantity
            --------+-------+------------+------+-------+----+--------+---------
            P       | R1    | 2024-01-02 | R    | 2     | 6  | TWICE  | 56
            P       | R2    | 2024-01-03 | A    | 1     | 1  |        | 28
        """,
        dosage="doscode | a day | text\nTWICE   | 2     | one twice a day",
    )
    gb.expect(
        "drug_exposure",
        """
            event | refills | sig             | quantity
            ------+---------+-----------------+---------
            R1    | 4       | one twice a day | 56
            R2    |         |                 | 28
        """,
    )


def test_a_vaccination_is_a_drug_that_was_given(gb):
    """Immunisations of the additional health data: a drug of one day, of the type given."""
    gb.given(
        entity="entity     | datafile\n1002090000 | IMMS",
        test="patient | event | date       | entity\nP       | T1    | 2024-01-02 | 1002090000",
    )
    gb.expect(
        "drug_exposure",
        """
            event | concept           | start      | end        | drug_type                 | code
            ------+-------------------+------------+------------+---------------------------+-----------
            T1    | influenza vaccine | 2024-01-02 | 2024-01-02 | EHR administration record | 1002090000
        """,
    )
