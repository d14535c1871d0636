"""The hand-written deliveries that the tests of the transformation speak about: some patients for each rule.

A column that is not there holds what an unremarkable row holds (`candidate.PLAIN`); the words at the head of
columns are those of `candidate.WORDS`.
"""

GB = {
    "practice": """
        practice | region | visiondate | amrdate    | collectdate
        ---------+--------+------------+------------+------------
        PR1      | UKI    | 2000-01-01 | 2001-01-01 | 2024-03-31
        PR2      | UKJ    | 2000-01-01 | 2001-01-01 | 2024-03-31
        PR2      | UKJ    | 2000-01-01 | 2001-01-01 | 2024-03-31
    """,
    "staff": """
        staff | roleid | specialty | sex
        ------+--------+-----------+----
        S1    | 01     |           | 2
        S2    | 11     |           | 1
        S3    | 99     | ODD       | 0
        S4    |        |           |
        S4    |        |           |
    """,
    "patient": """
        patient | sex | birth_year | birth_month | regdate    | regstat | xferdate   | deathdate | patflag
        --------+-----+------------+-------------+------------+---------+------------+-----------+--------
        P1      | 1   | 1950       |             | 2005-01-01 | 02      |            |           | A
        P2      | 2   | 2015       | 6           | 2015-07-01 | 02      |            |           | A
        DEAD    | 2   | 1940       |             | 2005-01-01 | 99      | 2020-01-10 |           | A
        LEFT    | 1   | 1950       |             | 2005-01-01 | 05      | 2010-01-01 |           | A
        TWICE   | 1   | 1950       |             | 2005-01-01 | 02      |            |           | A
        TWICE   | 1   | 1950       |             | 2005-01-01 | 02      |            |           | A
        NOTIME  | 1   | 1950       |             | 2005-01-01 | 05      | 2000-01-01 |           | A
        SEXLESS | 0   | 1950       |             | 2005-01-01 | 02      |            |           | A
        FLAGGED | 1   | 1950       |             | 2005-01-01 | 02      |            |           | E
    """,
    "consult": """
        patient | consult | staff  | date       | type
        --------+---------+--------+------------+-----
        P1      | C1      | S2     | 2024-01-02 | 021
        P1      | C2      | S1     | 2024-01-02 | 009
        P1      | C3      | ORPHAN | 2024-02-02 | 777
        P1      | C3      | ORPHAN | 2024-02-02 | 777
        P2      | C4      | S3     | 2024-04-01 | 009
        DEAD    | C5      | S1     | 2020-01-01 | 009
        SEXLESS | C6      | S1     | 2024-01-02 | 009
        NOBODY  | C7      | S1     | 2024-01-02 | 009
    """,
    "medical": """
        patient | event | date       | system | code      | type | flag | enddate    | consult | staff
        --------+-------+------------+--------+-----------+------+------+------------+---------+-------
        P1      | M1    | 2024-01-02 | READ2  | G20..00   | 01   | R    | 2024-01-20 | C2      | S1
        P1      | M2    | 2024-01-02 | READ2  | G20..00   | 01   | R    |            | C1      | S2
        P1      | M3    | 2024-01-03 | READ2  | g20..00   | 01   | R    |            | C2      | S1
        P1      | M4    | 2024-01-03 | ICD10  | E11.2     | 01   | R    |            | C2      |
        P1      | M5    | 2024-01-03 | READ2  | F..0.00   | 01   | S    |            |         | ORPHAN
        P1      | M6    | 2024-01-03 | SNOMED | 269911007 | 03   | R    |            |         |
        P1      | M7    | 2024-01-03 | SNOMED | 59621000  | 07   | R    |            |         |
        P1      | M8    |            | READ2  | G20..00   | 01   | R    |            |         |
        P1      | M9    | 2024-01-09 | READ2  | G20..00   | 01   | X    |            |         |
        P1      | M10   | 2024-01-20 | READ2  | G20..00   | 01   | R    |            |         |
        P1      | M11   | 2024-03-20 | READ2  | G20..00   | 01   | R    |            |         |
        DEAD    | M12   | 2020-03-11 | READ2  | G20..00   | 01   | R    |            |         |
        P2      | M13   | 2014-12-31 | READ2  | G20..00   | 01   | R    |            |         |
        NOTIME  | M14   | 2024-01-02 | READ2  | G20..00   | 01   | R    |            |         |
    """,
    "lookup_drug_ref": """
        system | code | route   | atc     | pack_units
        -------+------+---------+---------+-----------
        DMD    | 4401 | oral    | A10BA02 | 28
        DMD    | 4402 | unheard | C09BA03 | 28
        DMD    | 4403 |         | V99XX99 | 28
    """,
    "lookup_dosage_ref": """
        doscode | dosgval | text
        --------+---------+----------------
        D1      | 2       | one twice a day
    """,
    "therapy": """
        patient | event | date       | system | code | quantity | days | dose | type | issue | of
        --------+-------+------------+--------+------+----------+------+------+------+-------+---
        P1      | T1    | 2024-01-02 | DMD    | 4401 | 56       | 28   | D1   | R    | 2     | 6
        P1      | T2    | 2024-02-02 | DMD    | 4401 | 60       | 999  | D1   | A    |       |
        P1      | T3    | 2024-01-02 | DMD    | 4402 | 28       | 28   |      | A    |       |
        P1      | T4    | 2024-01-02 | DMD    | 4403 |          |      |      | A    |       |
        P1      | T4    | 2024-01-02 | DMD    | 4403 |          |      |      | A    |       |
    """,
    "lookup_ahd_ref": """
        datafile | ahdcode
        ---------+-----------
        CLINICAL | 1005010500
        CLINICAL | 1005010200
        CLINICAL | 1003040000
        TEST     | 1001400027
        IMMS     | 1002090000
    """,
    "ahd": """
        patient | event | date       | entity     | data1  | data2 | data3  | data4 | data5 | unit | local
        --------+-------+------------+------------+--------+-------+--------+-------+-------+------+------
        P1      | A1    | 2024-01-02 | 1005010500 | 80     | 120   |        |       |       |      |
        P1      | A2    | 2024-01-03 | 1005010500 |        | 125   |        |       |       |      |
        P1      | A3    | 2024-01-02 | 1005010200 | 80     |       | 26.1   |       |       |      |
        P1      | A4    | 2024-01-02 | 1003040000 | D      |       |        |       |       |      |
        P1      | A5    | 2024-01-02 | 1001400027 | OPR003 | 13.5  | MEA061 | N     | 11.5  |      |
        P1      | A6    | 2024-01-02 | 1001400153 | OPR001 | 9.5   |        |       |       | g/dL | HB-L
        P1      | A7    | 2024-01-02 | 1001400153 | OPR003 | trace |        |       |       |      | ODD
        P1      | A8    | 2024-01-02 | 1002090000 |        |       |        |       |       |      |
    """,
    "pvi": """
        patient | event | date       | flags
        --------+-------+------------+-------------
        P1      | V1    | 2011-01-01 | U12345123454
        P2      | V2    | 2016-01-01 | UXXXXXXXXXXX
    """,
    "rejected": """
        source_table | reason        | country | snapshot
        -------------+---------------+---------+-----------
        medical      | not_a_date    | GB      | 2024-03-01
        medical      | not_a_date    | GB      | 2024-03-01
        therapy      | not_a_number  | GB      | 2024-03-01
    """,
}
"""Registered on lists. M2, M8 to M14, C3 to C7, T4 and half of the patients are there to be refused."""

DE = {
    "practice": """
        practice | visiondate | collectdate
        ---------+------------+------------
        PR1      | 2010-01-01 | 2024-03-31
    """,
    "patient": """
        patient | sex
        --------+----
        CERTAIN | 1
        SPLIT   | 2
        SILENT  | 2
    """,
    "medical": """
        patient | event | date       | system  | code    | certainty
        --------+-------+------------+---------+---------+----------
        CERTAIN | G     | 2024-01-02 | ICD10GM | I10     | G
        CERTAIN | V     | 2024-01-03 | ICD10GM | I10     | V
        CERTAIN | A     | 2024-01-04 | ICD10GM | I10     | A
        CERTAIN | Z     | 2024-01-05 | ICD10GM | I10     | Z
        CERTAIN | GM    | 2024-01-06 | ICD10GM | E11.90! | G
        SPLIT   | S1    | 2020-01-01 | ICD10GM | I10     | G
        SPLIT   | S2    | 2021-07-02 | ICD10GM | I10     | G
        SILENT  | S3    | 2009-12-31 | ICD10GM | I10     | G
    """,
}
"""Free choice of doctor; certainty of diagnoses."""

FR = {
    "practice": """
        practice | visiondate | collectdate
        ---------+------------+------------
        PR1      | 2010-01-01 | 2024-03-31
    """,
    "patient": """
        patient | sex
        --------+----
        P1      | 1
    """,
    "therapy": """
        patient | event | date       | system | code | atc     | days
        --------+-------+------------+--------+------+---------+-----
        P1      | T1    | 2024-01-02 | CIP13  | 340  | A10BA02 | 30
        P1      | T2    | 2024-03-02 | CIP13  | 340  | A10BA02 | 14
    """,
    "dispense": """
        patient | event | prescription | date       | code | atc     | boxes
        --------+-------+--------------+------------+------+---------+------
        P1      | D1    | T1           | 2024-01-05 | 340  | A10BA02 | 1
        P1      | D2    |              | 2024-02-05 | 340  | A10BA02 | 2
    """,
}
"""Free choice of doctor; what pharmacies dispensed."""

TABLES = {"GB": GB, "DE": DE, "FR": FR}
