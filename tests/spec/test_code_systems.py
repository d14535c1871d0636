"""Code systems of diagnoses.

How a delivered code finds its concept. The closest spelling decides; the code as delivered is always kept,
and its source concept is the code itself, never its parent or translation.
"""


def test_read_codes_are_told_apart_by_case(gb):
    """H33..00 and h33..00 are two codes with two meanings: upper and lower case are never folded."""
    gb.given(
        diagnosis="""
            patient | event | date       | system | code
            --------+-------+------------+--------+--------
            P       | D1    | 2010-01-02 | READ2  | H33..00
            P       | D2    | 2010-01-02 | READ2  | h33..00
            P       | D3    | 2010-01-02 | READ2  | g20..00
        """
    )
    gb.expect(
        "condition_occurrence",
        """
            event | concept | code
            ------+---------+--------
            D1    | Asthma  | H33..00
            D2    | Fever   | h33..00
        """,
    )
    gb.expect("observation", "event | concept | code\nD3    | 0       | g20..00")


def test_a_read_code_of_five_characters_is_its_preferred_term(gb):
    """Seven bytes are a code of five and a term code of two. Term code 00 is the preferred term, and others
    are its synonyms: they mean the same.
    """
    gb.given(
        diagnosis="""
            patient | event   | date       | system | code
            --------+---------+------------+--------+--------
            P       | five    | 2010-01-02 | READ2  | H33..
            P       | seven   | 2010-01-03 | READ2  | H33..00
            P       | synonym | 2010-01-04 | READ2  | H33..11
        """
    )
    gb.expect(
        "condition_occurrence",
        """
            event   | concept | code    | code concept
            --------+---------+---------+-------------
            five    | Asthma  | H33..   | Read H33..00
            seven   | Asthma  | H33..00 | Read H33..00
            synonym | Asthma  | H33..11 | Read H33..00
        """,
    )
    gb.expect(
        "code level",
        """
            event   | level
            --------+----------
            five    | respelled
            seven   | exact
            synonym | respelled
        """,
    )


def test_a_code_is_read_in_its_own_system_also_outside_of_its_time(gb):
    """Practices of the United Kingdom moved from Read to SNOMED in April 2018, some later, and old entries
    stay. A code says which system it belongs to; the date does not overrule it.
    """
    gb.given(
        diagnosis="""
            patient | event  | date       | system | code
            --------+--------+------------+--------+----------
            P       | before | 2017-01-02 | READ2  | G20..00
            P       | late   | 2019-01-02 | READ2  | G20..00
            P       | early  | 2016-01-02 | SNOMED | 59621000
            P       | after  | 2020-01-02 | SNOMED | 59621000
        """
    )
    gb.expect(
        "condition_occurrence",
        """
            event  | concept                | code concept
            -------+------------------------+----------------
            before | Essential hypertension | Read G20..00
            late   | Essential hypertension | Read G20..00
            early  | Essential hypertension | SNOMED 59621000
            after  | Essential hypertension | SNOMED 59621000
        """,
    )


def test_marks_and_dots_do_not_hide_a_german_code(de):
    """ICD-10-GM marks a code with !, * or +, and some programs leave out the dot. The German edition is asked
    first, then the international one.
    """
    de.given(
        diagnosis="""
            patient | event | date       | code
            --------+-------+------------+-------
            P       | D1    | 2024-01-02 | E11.9
            P       | D2    | 2024-01-03 | E119
            P       | D3    | 2024-01-04 | E11.9!
            P       | D4    | 2024-01-05 | J45.9+
        """
    )
    de.expect(
        "condition_occurrence",
        """
            event | concept         | code   | code concept
            ------+-----------------+--------+--------------
            D1    | Type 2 diabetes | E11.9  | ICD10 E11.9
            D2    | Type 2 diabetes | E119   | ICD10 E11.9
            D3    | Type 2 diabetes | E11.9! | ICD10 E11.9
            D4    | Asthma          | J45.9+ | ICD10GM J45.9
        """,
    )


def test_a_code_finer_than_the_vocabulary_is_known_by_its_parent(de, es, ro):
    """National editions have more digits than the international one. The closest parent counts, down to three
    characters; the source concept is 0, because the parent is not what was written.
    """
    for country in (de, es, ro):
        country.given(diagnosis="patient | event | date       | code\nP       | D1    | 2024-01-02 | E11.90")
        country.expect(
            "condition_occurrence",
            """
                event | concept         | code   | code concept
                ------+-----------------+--------+-------------
                D1    | Type 2 diabetes | E11.90 | 0
            """,
        )
        country.expect("code level", "event | level\nD1    | parent")


def test_french_codes_are_those_of_the_french_edition_then_of_the_international_one(fr):
    """CIM-10 is the French ICD-10."""
    fr.given(
        diagnosis="""
            patient | event | date       | system | code
            --------+-------+------------+--------+------
            P       | D1    | 2024-01-02 | CIM10  | J45.9
            P       | D2    | 2024-01-03 | CIM10  | I10
        """
    )
    fr.expect(
        "condition_occurrence",
        """
            event | concept                | code concept
            ------+------------------------+-------------
            D1    | Asthma                 | CIM10 J45.9
            D2    | Essential hypertension | ICD10 I10
        """,
    )


def test_a_local_thesaurus_is_translated_by_the_delivered_list(fr, be):
    """No vocabulary knows the terms of a practice's software. The provider's list says which ICD-10 code each
    is; where it does not, the ICD-10 code delivered beside the entry; else it is unmapped.
    """
    for country, system in ((fr, "LOCALFR"), (be, "IBUI")):
        country.given(
            thesaurus=f"""
                code_system | code | description         | icd10
                ------------+------+---------------------+------
                {system}    | T100 | high blood pressure | I10
                {system}    | T200 | diabetes, no dot    | E1190
                {system}    | T300 | something           |
            """,
            diagnosis=f"""
                patient | event  | date       | system   | code | icd10_mapped
                --------+--------+------------+----------+------+-------------
                P       | listed | 2024-01-02 | {system} | T100 |
                P       | finer  | 2024-01-03 | {system} | T200 |
                P       | beside | 2024-01-04 | {system} | T400 | I10
                P       | silent | 2024-01-05 | {system} | T300 |
            """,
        )
        country.expect(
            "condition_occurrence",
            """
                event  | concept                | code | code concept
                -------+------------------------+------+-------------
                listed | Essential hypertension | T100 | 0
                finer  | Type 2 diabetes        | T200 | 0
                beside | Essential hypertension | T400 | 0
            """,
        )
        country.expect(
            "code level",
            """
                event  | level
                -------+-----------
                listed | translated
                finer  | translated
                beside | translated
                silent | unmapped
            """,
        )


def test_spain_writes_three_systems(es):
    """ICD-9-CM until 2015, then ICD-10-ES, which is looked up in ICD-10-CM and then in ICD-10; symptoms may
    be in CIAP-2, which is ICPC-2.
    """
    es.given(
        diagnosis="""
            patient | event | date       | system  | code
            --------+-------+------------+---------+------
            P       | D1    | 2014-01-02 | ICD9CM  | 401.9
            P       | D2    | 2018-01-02 | ICD10ES | E11.9
            P       | D3    | 2018-01-03 | ICD10ES | I10
            P       | D4    | 2018-01-04 | CIAP2   | K86
        """
    )
    es.expect(
        "condition_occurrence",
        """
            event | concept                | code concept
            ------+------------------------+--------------
            D1    | Essential hypertension | ICD9CM 401.9
            D2    | Type 2 diabetes        | ICD10CM E11.9
            D3    | Essential hypertension | ICD10 I10
            D4    | Essential hypertension | ICPC2 K86
        """,
    )


def test_an_external_cause_of_icd_9_has_its_dot_after_four_characters(it):
    """All other codes of ICD-9-CM have it after three."""
    it.given(
        diagnosis="""
            patient | event | date       | code
            --------+-------+------------+------
            P       | D1    | 2024-01-02 | 4019
            P       | D2    | 2024-01-03 | E8490
        """
    )
    it.expect(
        "condition_occurrence",
        """
            event | concept                | code concept
            ------+------------------------+--------------
            D1    | Essential hypertension | ICD9CM 401.9
            D2    | Fever                  | ICD9CM E849.0
        """,
    )


def test_belgium_writes_icpc_2_and_icd_10(be):
    """ICPC-2 before 2012, ICD-10 after; each is read in its own vocabulary."""
    be.given(
        diagnosis="""
            patient | event | date       | system | code
            --------+-------+------------+--------+-----
            P       | D1    | 2010-01-02 | ICPC2  | K86
            P       | D2    | 2020-01-02 | ICD10  | I10
        """
    )
    be.expect(
        "condition_occurrence",
        """
            event | concept                | code concept
            ------+------------------------+-------------
            D1    | Essential hypertension | ICPC2 K86
            D2    | Essential hypertension | ICD10 I10
        """,
    )
