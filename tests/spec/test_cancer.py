"""Cancer episodes.

A primary cancer is an episode of disease; the anticancer drugs given after its diagnosis are its treatments.
"""


def test_the_first_diagnosis_of_a_site_begins_an_episode(be):
    """A metastasis is no primary cancer, what a relative has is none of the patient's, and another site is
    another disease. That it is over is not recorded.
    """
    be.given(
        diagnosis="""
            patient | event | date       | code  | kind
            --------+-------+------------+-------+-----
            P       | D0    | 2021-01-01 | C50.9 | 07
            P       | D1    | 2022-01-01 | C78.7 | 01
            P       | D2    | 2023-05-01 | C34.9 | 01
            P       | D3    | 2023-07-01 | C34.9 | 01
            P       | D4    | 2023-09-01 | C50.9 | 01
        """
    )
    be.expect(
        "episode",
        """
            concept         | start      | end | object                 | code
            ----------------+------------+-----+------------------------+------
            Disease Episode | 2023-05-01 |     | Primary cancer of lung | C34.9
            Disease Episode | 2023-09-01 |     | Cancer of breast       | C50.9
        """,
    )


def test_a_suspected_cancer_begins_nothing(de):
    """Certainty V is a suspicion; the episode begins when the diagnosis is confirmed."""
    de.given(
        diagnosis="""
            patient | date       | code  | certainty
            --------+------------+-------+----------
            P       | 2023-05-01 | C34.9 | V
            P       | 2023-06-01 | C34.9 | G
        """
    )
    de.expect("episode", "concept         | start\nDisease Episode | 2023-06-01")


def test_anticancer_drugs_after_a_diagnosis_are_its_treatments(be):
    """Drugs given together, or within 30 days of one another, are one treatment of the disease diagnosed last
    before it; treatments of a disease are numbered. Of one drug it is the treatment with that drug; what
    several are called no vocabulary here says. A drug before any diagnosis treats something else, and a
    hormone that is also a contraceptive says nothing.
    """
    be.given(
        diagnosis="patient | date       | code\nP       | 2023-05-01 | C34.9\nP       | 2023-09-01 | C50.9",
        prescription="""
            patient | event | date       | code | atc     | days
            --------+-------+------------+------+---------+-----
            P       | R1    | 2022-02-01 | B1   | L01EB02 | 30
            P       | R2    | 2023-06-01 | B1   | L01EB02 | 30
            P       | R3    | 2023-10-01 | B2   | L02BG03 | 28
            P       | R4    | 2023-10-05 | B3   | L02AA03 | 28
            P       | R5    | 2023-11-10 | B2   | L02BG03 | 28
            P       | R6    | 2023-12-08 | B1   | L01EB02 | 30
            P       | R7    | 2024-03-01 | B2   | L02BG03 | 28
        """,
    )
    be.expect(
        "episode",
        """
            concept           | start      | end        | episode_number | object
            ------------------+------------+------------+----------------+-----------------------
            Disease Episode   | 2023-05-01 |            |                | Primary cancer of lung
            Treatment Regimen | 2023-06-01 | 2023-06-30 | 1              | erlotinib
            Disease Episode   | 2023-09-01 |            |                | Cancer of breast
            Treatment Regimen | 2023-10-01 | 2024-01-06 | 1              | 0
            Treatment Regimen | 2024-03-01 | 2024-03-28 | 2              | anastrozole
        """,
    )


def test_a_treatment_ends_with_the_patient_and_one_in_use_has_no_end_yet(be):
    """What is left of a supply when a patient dies treats nobody. A supply that lasts beyond the snapshot says
    that the treatment goes on, not when it ends.
    """
    be.given(
        patient="""
            patient | died
            --------+-----------
            D       | 2023-06-10
            U       |
        """,
        diagnosis="patient | date       | code\nD       | 2023-05-01 | C34.9\nU       | 2023-05-01 | C34.9",
        prescription="""
            patient | event | date       | code | atc     | days
            --------+-------+------------+------+---------+-----
            D       | R1    | 2023-06-01 | B1   | L01EB02 | 90
            U       | R2    | 2024-03-02 | B1   | L01EB02 | 60
            U       | R3    | 2024-01-01 | B1   | L01EB02 | 30
        """,
    )
    be.expect(
        "episode",
        """
            patient | concept           | start      | end
            --------+-------------------+------------+-----------
            D       | Disease Episode   | 2023-05-01 |
            D       | Treatment Regimen | 2023-06-01 | 2023-06-10
            U       | Disease Episode   | 2023-05-01 |
            U       | Treatment Regimen | 2024-01-01 | 2024-01-30
            U       | Treatment Regimen | 2024-03-02 |
        """,
    )
