"""Free text.

Only where the restricted text bundle is taken in. What is found in a note is a term of our own lexicon, and
what its sentence says of it.
"""


def test_a_note_belongs_to_the_consultation_it_was_written_in(gb):
    """Without a consultation it stands alone. Its language is a concept; 0 where we know none."""
    gb.given(
        consultation="patient | consultation | date       | staff\nP       | C1           | 2024-01-02 | S1",
        staff="staff | roleid\nS1    | 01",
        note="""
            patient | event | consultation | date       | lang | freetext
            --------+-------+--------------+------------+------+---------------
            P       | N1    | C1           | 2024-01-02 | EN   | Review of diet
            P       | N2    |              | 2024-01-03 | tlh  | nuqneH
        """,
    )
    gb.expect(
        "note",
        """
            event | date       | note_type | language         | staff | consultation | visit
            ------+------------+-----------+------------------+-------+--------------+-------------
            N1    | 2024-01-02 | EHR note  | English language | S1    | C1           | P 2024-01-02
            N2    | 2024-01-03 | EHR note  | 0                |       |              |
        """,
    )


def test_a_term_is_stated_unless_its_sentence_says_otherwise(gb):
    """Denied, spoken of somebody else, or only feared: the term is there and does not exist. What was once is
    past. Sentences do not speak for one another.
    """
    gb.given(
        note="""
            patient | event | date       | lang | freetext
            --------+-------+------------+------+------------------------------------------
            P       | N1    | 2024-01-01 | en   | Cough for a week. No fever.
            P       | N2    | 2024-01-02 | en   | Mother has lung cancer; history of asthma
            P       | N3    | 2024-01-03 | en   | To return if fever; asthma ruled out
        """
    )
    gb.expect(
        "mention",
        """
            nlp_date   | snippet     | note_nlp_concept_id | offset | term_exists | term_temporal | term_modifiers
            -----------+-------------+---------------------+--------+-------------+---------------+------------------
            2024-01-01 | cough       | Cough               | 0      | Y           | present       |
            2024-01-01 | fever       | Fever               | 21     | N           | present       | negated=true
            2024-01-02 | lung cancer | Cancer of lung      | 11     | N           | present       | subject=other
            2024-01-02 | asthma      | Asthma              | 35     | Y           | past          |
            2024-01-03 | fever       | Fever               | 13     | N           | present       | hypothetical=true
            2024-01-03 | asthma      | Asthma              | 20     | N           | present       | negated=true
        """,
    )


def test_only_what_is_stated_of_the_patient_becomes_an_event(gb):
    """Type NLP, once a note and concept. What was once is a history, not a condition of today."""
    gb.given(
        note="""
            patient | event | date       | lang | freetext
            --------+-------+------------+------+-------------------------------------------
            P       | N1    | 2024-01-01 | en   | Cough. Still coughing, no fever
            P       | N2    | 2024-01-02 | en   | Mother has lung cancer; history of asthma
        """
    )
    gb.expect(
        "condition_occurrence",
        "concept | start      | condition_type | code\nCough   | 2024-01-01 | NLP            | cough",
    )
    gb.expect(
        "observation",
        """
            concept          | date       | answer | observation_type | code
            -----------------+------------+--------+------------------+-------
            History of event | 2024-01-02 | Asthma | NLP              | asthma
        """,
    )


def test_a_symptom_of_the_domain_observation_is_told_as_others_are(gb):
    """What is stated is an observation of its own concept; what was once is a history, not one of today."""
    gb.given(
        note="""
            patient | event | date       | lang | freetext
            --------+-------+------------+------+------------------------------------------------
            P       | N1    | 2024-01-01 | en   | Tired all the time, no cough but SOB on stairs
            P       | N2    | 2024-01-02 | en   | Fatigue in the past, denies tiredness today
            P       | N3    | 2024-01-03 | en   | Past history of fatigue
        """
    )
    gb.expect(
        "observation",
        """
            concept          | date       | answer  | observation_type | code
            -----------------+------------+---------+------------------+-------------------
            Fatigue          | 2024-01-01 |         | NLP              | tired all the time
            History of event | 2024-01-02 | Fatigue | NLP              | fatigue
            History of event | 2024-01-03 | Fatigue | NLP              | fatigue
        """,
    )


def test_accents_and_capitals_do_not_matter_and_each_language_has_its_own_words(fr):
    """The term is found where it stands in the text as written. (The diagnosis is there because text alone
    shows nobody to be observed.)
    """
    fr.given(
        diagnosis="patient | date\nP       | 2024-01-01",
        note="""
            patient | event | date       | lang | freetext
            --------+-------+------------+------+--------------------------------
            P       | N1    | 2024-01-01 | fr   | PAS DE FIEVRE. Toux sèche
            P       | N2    | 2024-01-02 | fr   | No fever
        """,
    )
    fr.expect(
        "mention",
        """
            nlp_date   | snippet | note_nlp_concept_id | offset | term_exists
            -----------+---------+---------------------+--------+------------
            2024-01-01 | fièvre  | Fever               | 7      | N
            2024-01-01 | toux    | Cough               | 15     | Y
        """,
    )


def test_a_text_is_refused_and_collapsed_as_any_other_row(gb):
    """A text of nobody who is loaded, one of the future, and one delivered twice."""
    gb.given(
        patient="patient | sex\nP       | 1\nSEXLESS | 0",
        note="""
            patient | event | date       | lang | freetext
            --------+-------+------------+------+---------
            P       | N1    | 2024-01-01 | en   | Cough
            P       | N1    | 2024-01-01 | en   | Cough
            P       | N2    | 2024-05-01 | en   | Cough
            SEXLESS | N3    | 2024-01-01 | en   | Cough
        """,
    )
    gb.expect(
        "fate",
        """
            table   | event | fate      | reason
            --------+-------+-----------+------------------
            patient |       | loaded    |
            note    | N1    | loaded    |
            note    | N1    | collapsed |
            note    | N2    | rejected  | future_date
            note    | N3    | rejected  | person_not_loaded
            patient |       | rejected  | unknown_sex
        """,
    )
