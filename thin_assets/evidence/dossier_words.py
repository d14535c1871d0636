"""Words of a dossier: why a row was not carried over, and what a delivered table holds."""

REASONS = {
    "after_death": "dated more than 60 days after death",
    "before_birth": "dated before the year of birth",
    "birth_date_too_precise": "date of birth more precise than the layout allows",
    "death_before_registration": "died before being registered",
    "duplicate_practice": "practice delivered twice",
    "future_date": "dated after the cut-off of the extract",
    "implausible_birth_year": "year of birth absent or implausible",
    "invalid_flag": "marked as invalid by the source",
    "invalid_patflag": "patient not marked as acceptable by the source",
    "missing_date": "no date",
    "missing_required": "a required value is absent",
    "no_observation_time": "never observed: no time at which the practice would have known",
    "not_a_date": "a date that is none",
    "not_a_number": "a number that is none",
    "not_utf8": "bytes that are no text",
    "opted_out": "of a patient who opted out",
    "person_not_loaded": "of a patient who was not carried over",
    "unknown_sex": "sex neither male nor female",
    "wrong_field_count": "broken line: more or fewer fields than columns",
}
"""Reasons of rejection in words, by the name that they have in the accounts."""

TABLES = {
    "ahd": "additional health data: measurements, tests, lifestyle, vaccinations",
    "consult": "consultations",
    "dispense": "dispensings",
    "medical": "diagnoses and other entries of the medical record",
    "patient": "registered patients",
    "practice": "practices",
    "pvi": "deprivation of the place of living",
    "staff": "members of staff",
    "text": "free texts of the restricted bundle",
    "therapy": "prescriptions",
}
"""Delivered tables of the THIN-like layouts in words; those of an OMOP delivery are called what they are."""


def reason_in_words(fate: str, reason: str | None) -> str:
    """What became of rows, as a reader without the code reads it.

    >>> reason_in_words("collapsed", None), reason_in_words("rejected", "unknown_sex")
    ('says again what another row says', 'sex neither male nor female')
    """
    if reason is None:
        return {"loaded": "carried over", "collapsed": "says again what another row says"}.get(fate, fate)
    return REASONS.get(reason, reason.replace("_", " "))


def table_in_words(name: str) -> str:
    """What a delivered table holds; empty where its name says it."""
    return TABLES.get(name, "")
