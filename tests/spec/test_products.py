"""Products.

How a delivered product finds its drug concept: by itself, by our own map, by its ATC class, by its generic
name, or not at all, and then it stays a drug with concept 0. A product known at an earlier step is not asked
at a later one.
"""


def test_a_product_is_known_by_itself_then_by_our_map_then_by_its_class_then_by_its_name(gb):
    """The class is the one delivered with the prescription, else the one in the delivered list of products.
    The name is the list's generic name, and only where it is the name of an ingredient to the letter.
    """
    gb.given(
        product="""
            system | code   | atc     | generic
            -------+--------+---------+-----------------
            DMD    | LISTED | A10BA02 | lisinopril
            DMD    | NAMED  |         | Lisinopril
            DMD    | BRAND  |         | lisinopril forte
        """,
        prescription="""
            patient | event   | date       | code   | atc
            --------+---------+------------+--------+--------
            P       | itself  | 2024-01-01 | 4400   | C09AA03
            P       | our map | 2024-01-02 | 4401   | C09AA03
            P       | class   | 2024-01-03 | NEW    | A10BA02
            P       | list    | 2024-01-04 | LISTED |
            P       | name    | 2024-01-05 | NAMED  |
            P       | brand   | 2024-01-06 | BRAND  |
            P       | unknown | 2024-01-07 | ODD    | V99XX99
        """,
    )
    gb.expect(
        "drug_exposure",
        """
            event   | concept          | code   | code concept
            --------+------------------+--------+-------------
            itself  | metformin 500 MG | 4400   | dm+d 4400
            our map | metformin 500 MG | 4401   | 0
            class   | metformin        | NEW    | 0
            list    | metformin        | LISTED | 0
            name    | lisinopril       | NAMED  | 0
            brand   | 0                | BRAND  | 0
            unknown | 0                | ODD    | 0
        """,
    )
    gb.expect(
        "product level",
        """
            event   | level
            --------+----------------------
            itself  | product
            our map | source_to_concept_map
            class   | atc
            list    | atc
            name    | ingredient
            brand   | unmapped
            unknown | unmapped
        """,
    )


def test_a_class_with_one_ingredient_is_that_ingredient(it):
    """Where neither we nor the vocabulary map an ATC class, but all that lies below it is one ingredient. A
    class above (C09AA) names many: it says nothing sure, and the product stays unmapped.
    """
    it.given(
        prescription="""
            patient | event | date       | code | atc
            --------+-------+------------+------+--------
            P       | R1    | 2024-01-02 | X1   | C09AA03
            P       | R2    | 2024-01-03 | X2   | C09AA
        """
    )
    it.expect("drug_exposure", "event | concept\nR1    | lisinopril\nR2    | 0")


def test_french_products_are_one_under_both_their_codes(fr):
    """A CIP13 is 34009, the CIP7 and a check digit. What knows one of them knows the other; a vocabulary that
    lists CIP13 is asked for a CIP7 through the delivered list.
    """
    fr.given(
        product="""
            system | code          | atc
            -------+---------------+--------
            CIP13  | 3400930000019 | C09AA03
            CIP13  | 3400930000033 | A10BA02
        """,
        prescription="""
            patient | event      | date       | system | code
            --------+------------+------------+--------+--------------
            P       | vocabulary | 2010-01-01 | CIP7   | 3000001
            P       | own map    | 2013-01-02 | CIP13  | 3400930000026
            P       | list       | 2010-01-03 | CIP7   | 3000003
        """,
    )
    fr.expect(
        "drug_exposure",
        """
            event      | concept          | code          | code concept
            -----------+------------------+---------------+-------------------
            vocabulary | metformin 500 MG | 3000001       | BDPM 3400930000019
            own map    | metformin 500 MG | 3400930000026 | 0
            list       | metformin        | 3000003       | 0
        """,
    )


def test_a_pzn_of_seven_digits_lacks_a_leading_zero(de):
    """PZN had seven digits until 2012 and have eight since."""
    de.given(
        prescription="""
            patient | event | date       | code
            --------+-------+------------+---------
            P       | old   | 2010-01-02 | 1234567
            P       | new   | 2014-01-02 | 01234567
        """
    )
    de.expect(
        "drug_exposure",
        """
            event | concept          | code     | code concept
            ------+------------------+----------+-------------
            old   | metformin 500 MG | 1234567  | GRR 01234567
            new   | metformin 500 MG | 01234567 | GRR 01234567
        """,
    )


def test_a_spanish_code_may_carry_a_check_digit(es):
    """A Codigo Nacional is six digits; the seventh is a check digit that not all write."""
    es.given(
        prescription="""
            patient | event | date       | code
            --------+-------+------------+--------
            P       | six   | 2024-01-02 | 654321
            P       | seven | 2024-01-03 | 6543217
        """
    )
    es.expect("drug_exposure", "event | concept\nsix   | metformin 500 MG\nseven | metformin 500 MG")


def test_leading_zeros_that_programs_drop_are_put_back(it, be):
    """An AIC has nine digits, a CNK seven; a program that reads them as numbers loses the zeros."""
    for country, whole, short in ((it, "012345678", "12345678"), (be, "0123456", "123456")):
        country.given(
            prescription=f"""
                patient | event | date       | code
                --------+-------+------------+--------
                P       | whole | 2024-01-02 | {whole}
                P       | short | 2024-01-03 | {short}
            """
        )
        country.expect("drug_exposure", "event | concept\nwhole | metformin 500 MG\nshort | metformin 500 MG")


def test_a_romanian_product_is_known_by_our_map_of_cim_codes(ro):
    """No vocabulary has them; what our map does not know is known by its class."""
    ro.given(
        prescription="""
            patient | event | date       | code      | atc
            --------+-------+------------+-----------+--------
            P       | R1    | 2024-01-02 | W12345001 | A10BA02
            P       | R2    | 2024-01-03 | W99999001 | A10BA02
        """
    )
    ro.expect("drug_exposure", "event | concept\nR1    | metformin 500 MG\nR2    | metformin")
