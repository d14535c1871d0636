"""The rules of free text, sentence by sentence: what is found, and what is not.

A finding is a symptom, with `not` where it is denied, `if` where it is feared or a condition, `other` where
it is of somebody else, `once` where it is past; `-` where nothing is found.
"""

from collections.abc import Callable

import pytest

from tests.spec.ascii_table import rows_of
from thin_assets.text.find import finder
from thin_assets.text.lexicon import concepts

_SHOWN = {"negation": "not", "hypothetical": "if", "other_subject": "other", "past": "once"}
RULES: list[tuple[str, str, str, str]] = []


def rule(told: Callable[[], str]) -> Callable[[], str]:
    """A function that returns a table of sentences: each becomes a test, named by the function."""
    for row in rows_of(told()):
        RULES.append((told.__name__, row["language"], row["sentence"], row["found"]))
    return told


def found_in(language: str, sentence: str) -> str:
    names = {concept: name for name, concept in concepts().items()}
    (mentions,) = finder(language).each([sentence])
    told = [" ".join([*sorted(_SHOWN[kind] for kind in m.said), names[m.concept_id]]) for m in mentions]
    return ", ".join(told) or "-"


@rule
def case_accents_plurals_and_genders_do_not_matter() -> str:
    return """
        language | sentence                                | found
        ---------+-----------------------------------------+---------------------------
        en       | HEADACHES and dizzy                     | headache, dizziness
        fr       | FIEVRE, cephalees, essoufflee           | fever, headache, breathlessness
        fr       | essoufflés                              | breathlessness
        es       | NAUSEAS y mareada                       | nausea, dizziness
        it       | stanca, dolori toracici                 | fatigue, chest_pain
        de       | Uebelkeit, ÖDEME, muede                 | nausea, oedema, fatigue
        nl       | hartkloppingen, HOEST                   | palpitations, cough
        ro       | ameteala, dureri toracice, dispneei     | dizziness, chest_pain, breathlessness
    """


@rule
def an_article_before_an_apostrophe_is_a_word_of_its_own() -> str:
    return """
        language | sentence                    | found
        ---------+-----------------------------+------------------------
        fr       | pas d'essoufflement         | not breathlessness
        fr       | l’asthme, d’asthénie        | asthma, fatigue
        it       | episodi d'ansia             | anxiety
        it       | perdita dell'olfatto        | anosmia
        en       | can't sleep, doesn't cough  | insomnia, not cough
    """


@rule
def german_and_dutch_words_may_be_compounds() -> str:
    return """
        language | sentence                      | found
        ---------+-------------------------------+-------------------------
        de       | Reizhusten, Ruhedyspnoe       | cough, breathlessness
        de       | Hustenattacken                | cough
        de       | Hals- und Kopfschmerzen       | sore_throat, headache
        de       | fieberfrei                    | not fever
        de       | Keuchhusten, Heuschnupfen     | -
        nl       | spanningshoofdpijn            | headache
        nl       | enkeloedeem                   | oedema
        nl       | hoofd- en nekpijn             | headache, neck_pain
        nl       | koortsvrij                    | not fever
        nl       | kinkhoest, hooikoorts         | -
    """


@rule
def abbreviations_are_known_where_they_mean_one_thing() -> str:
    return """
        language | sentence                    | found
        ---------+-----------------------------+-------------------------------------------
        en       | TATT, SOBOE, D&V            | fatigue, breathlessness, diarrhoea, vomiting
        en       | CP on exertion              | chest_pain
        en       | cp                          | -
        fr       | HTA, BPCO, DT2              | hypertension, copd, type_2_diabetes
        es       | EPOC y DM2                  | copd, type_2_diabetes
        it       | BPCO                        | copd
        de       | COPD, aHT                   | copd, hypertension
        nl       | POB, DM2                    | chest_pain, type_2_diabetes
        ro       | BPOC, HTA                   | copd, hypertension
    """


@rule
def a_word_within_another_expression_is_not_meant() -> str:
    return """
        language | sentence                            | found
        ---------+-------------------------------------+------
        en       | hay fever, whooping cough           | -
        en       | covid vaccine given                 | -
        en       | stress incontinence; fit for work   | -
        fr       | rhume des foins, vaccin covid       | -
        es       | fiebre del heno, tos ferina         | -
        it       | febbre da fieno                     | -
        de       | Stressinkontinenz, ST-Depression    | -
        nl       | coronavaccin, uitslag lab           | -
        ro       | tuse convulsivă, vaccin covid       | -
    """


@rule
def what_is_denied_is_not_stated_and_a_but_ends_the_denial() -> str:
    return """
        language | sentence                                       | found
        ---------+------------------------------------------------+------------------------------
        en       | No fever but cough persists                    | not fever, cough
        en       | denies fever, cough or wheeze                  | not fever, not cough, not wheeze
        en       | no fever, productive cough since May           | not fever, cough
        en       | wheeze: none                                   | not wheeze
        en       | asthma ruled out                               | not asthma
        en       | no change in breathlessness                    | breathlessness
        en       | not only tired but dizzy                       | fatigue, dizziness
        fr       | pas de fièvre mais toux                        | not fever, cough
        fr       | ni nausées ni vomissements, constipation hier  | not nausea, not vomiting, constipation
        fr       | pas d'aggravation de la dyspnée                | breathlessness
        es       | sin fiebre pero tos                            | not fever, cough
        es       | niega disnea, tos o fiebre                     | not breathlessness, not cough, not fever
        it       | non febbre ma tosse                            | not fever, cough
        it       | non ha febbre                                  | not fever
        de       | kein Fieber, aber Husten                       | not fever, cough
        de       | Husten verneint                                | not cough
        nl       | geen koorts, maar hoest                        | not fever, cough
        ro       | fără febră, dar tuse                           | not fever, cough
        ro       | nu are febră                                   | not fever
    """


@rule
def what_is_feared_or_a_condition_is_not_stated() -> str:
    return """
        language | sentence                                      | found
        ---------+-----------------------------------------------+-------------------------------
        en       | return if fever, rash or chest pain           | if fever, if rash, if chest_pain
        en       | ?COPD                                         | if copd
        en       | asthma?                                       | if asthma
        en       | suspected migraine, blurred vision            | if migraine, blurred_vision
        en       | side effects: nausea, headache                | if nausea, if headache
        fr       | en cas d'essoufflement                        | if breathlessness
        es       | riesgo de somnolencia                         | if drowsiness
        it       | escludere tumore polmonare                    | if lung_cancer
        de       | V.a. Long Covid                               | if long_covid
        de       | Wiedervorstellung bei Fieber                  | if fever
        nl       | verdenking longkanker                         | if lung_cancer
        ro       | revine dacă apare febră                       | if fever
    """


@rule
def what_is_of_somebody_else_is_not_stated() -> str:
    return """
        language | sentence                                      | found
        ---------+-----------------------------------------------+-------------------------------
        en       | FHx: asthma, hypertension                     | other asthma, other hypertension
        en       | brother has asthma, pt has wheeze             | other asthma, wheeze
        en       | lung cancer in father                         | other lung_cancer
        en       | tired, husband has covid                      | fatigue, other covid
        en       | mother reports cough                          | cough
        fr       | mère DT2, se plaint de toux                   | other type_2_diabetes, cough
        es       | su mujer con tos                              | other cough
        it       | familiarità per ipertensione                  | other hypertension
        de       | Ehefrau hat Husten, er selbst Fieber          | other cough, fever
        de       | Mutter berichtet über Husten                  | cough
        nl       | moeder DM2                                    | other type_2_diabetes
        ro       | soția are tuse                                | other cough
    """


@rule
def what_was_once_is_past() -> str:
    return """
        language | sentence                                      | found
        ---------+-----------------------------------------------+-------------------------------
        en       | pmh asthma, COPD                              | once asthma, once copd
        en       | depression 10 years ago                       | once depression
        en       | cough started 3 days ago                      | cough
        en       | asthma as a child                             | once asthma
        fr       | il y a 10 ans dépression                      | once depression
        fr       | toux il y a 3 jours                           | cough
        es       | depresión hace 10 años                        | once depression
        it       | depressione pregressa                         | once depression
        de       | Z.n. Depression                               | once depression
        nl       | vg: depressie                                 | once depression
        ro       | istoric de migrenă                            | once migraine
    """


@rule
def sentences_do_not_speak_for_one_another() -> str:
    return """
        language | sentence                                      | found
        ---------+-----------------------------------------------+------------------------
        en       | No fever. Cough                               | not fever, cough
        en       | No fever; cough                               | not fever, cough
        en       | No fever.Cough                                | not fever, cough
        en       | seen by Dr. X for cough                       | cough
        en       | no temp 38.5 cough                            | not fever, not cough
        de       | Z.n. Depression. Husten                       | once depression, cough
    """


@rule
def long_covid_and_what_goes_with_it() -> str:
    return """
        language | sentence                                      | found
        ---------+-----------------------------------------------+------------------------
        en       | post-covid syndrome, brain fog                | long_covid, brain_fog
        en       | lost sense of smell and taste                 | anosmia, ageusia
        fr       | covid long, perte de l'odorat et du goût      | long_covid, anosmia, ageusia
        es       | covid persistente                             | long_covid
        it       | sindrome post-covid                           | long_covid
        de       | Post-Covid-Syndrom, Geruchsverlust            | long_covid, anosmia
        nl       | long covid, hersenmist                        | long_covid, brain_fog
        ro       | sindrom post-covid                            | long_covid
        en       | covid                                         | covid
    """


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [pytest.param(*told, id=f"{name}: {told[0]} {told[1]}") for name, *told in RULES],
)
def test_a_sentence_says(language: str, sentence: str, expected: str) -> None:
    assert found_in(language, sentence) == expected
