"""Who enters each cohort of the library. Concept sets are called by their name in `concept_sets.csv`.

Cancer      first ever of the site, no earlier cancer of another site, a year of observation before: a date
            that was copied from an old record when a patient joined is no onset.
Others      as the studies that used such data defined them, as far as their papers say; each rule says why.
"""

from collections.abc import Iterator

from thin_assets.cohorts.library.atlas import (
    FEMALE,
    MALE,
    Json,
    aged,
    all_of,
    any_of,
    before,
    condition,
    drug,
    ever_before,
    expression,
    measured,
    none_within,
    observation,
    rule,
    sex,
    unit,
    within,
)

YEAR = 365

ADULT = rule("aged 18 or over", "Age in years at the index date", aged(18))
OLDER = rule("aged 40 or over", "Age in years at the index date; the disease is rare before", aged(40))

NO_OTHER_CANCER = rule(
    "no earlier cancer of another site",
    "Non-melanoma skin cancer and metastases do not count; the whole record counts, also what was recorded "
    "before the observation period",
    all_of(before(condition("any_cancer")), before(observation("any_cancer"))),
)

SITES = {
    "lung_cancer": ("lung cancer", [ADULT]),
    "colorectal_cancer": ("colorectal cancer", [ADULT]),
    "breast_cancer": ("breast cancer", [ADULT]),
    "prostate_cancer": ("prostate cancer", [ADULT, rule("men", "As the record says", sex(MALE))]),
    "pancreatic_cancer": ("pancreatic cancer", [ADULT]),
    "ovarian_cancer": ("ovarian cancer", [ADULT, rule("women", "As the record says", sex(FEMALE))]),
    "bladder_cancer": ("bladder cancer", [ADULT]),
    "kidney_cancer": ("kidney cancer", [ADULT]),
    "stomach_cancer": ("stomach cancer", [ADULT]),
    "oesophageal_cancer": ("oesophageal cancer", [ADULT]),
    "melanoma": ("melanoma", [ADULT]),
    "lymphoma": ("lymphoma", []),
    "leukaemia": ("leukaemia", []),
}
"""Site, in words, and the rules beside those of every cancer; lymphoma and leukaemia are of all ages."""


def designs() -> dict[str, Json]:
    """Every expression of the library by name; concept sets are still called by name."""
    return {name: _cancer(name, words, rules) for name, (words, rules) in SITES.items()} | dict(_others())


def _others() -> Iterator[tuple[str, Json]]:
    yield "any_cancer", _any_cancer()
    yield from _triple_therapy()
    yield from _essential_tremor()
    yield "covid_19", _first_ever("First recorded COVID-19", "covid_19", [])
    yield (
        "long_covid",
        _first_ever("First recorded post COVID-19 condition", "post_covid_19_condition", [ADULT]),
    )
    yield "type_2_diabetes", _type_2_diabetes()
    yield "alzheimers_disease", _alzheimers_disease()
    yield "multiple_sclerosis", _multiple_sclerosis()


def _first_ever(title: str, concept_set: str, rules: list[Json], prior_days: int = YEAR) -> Json:
    return expression(title, [condition(concept_set, first=True)], prior_days, rules, "First")


def _cancer(name: str, words: str, rules: list[Json]) -> Json:
    """The first ever of a site; vocabularies keep some blood cancers among the observations."""
    enter = [condition(name, first=True)]
    if name == "leukaemia":
        enter.append(observation(name, first=True))
    return expression(f"First ever primary {words}", enter, YEAR, [NO_OTHER_CANCER, *rules], "First")


def _any_cancer() -> Json:
    enter = [condition("any_cancer", first=True), observation("any_cancer", first=True)]
    title = "First ever primary cancer of any site, non-melanoma skin cancer aside"
    earlier = all_of(before(condition("any_cancer")), before(observation("any_cancer")))
    only = rule("no earlier cancer", "The whole record counts, whichever table holds it", earlier)
    return expression(title, enter, YEAR, [only], "First")


CLASSES = ("inhaled_corticosteroid", "long_acting_beta_agonist", "long_acting_antimuscarinic")
COPD = rule(
    "COPD recorded before or on the index date",
    "The inhalers are given for asthma too; the whole record counts",
    all_of(ever_before(condition("copd"))),
)


def _triple_therapy() -> Iterator[tuple[str, Json]]:
    """Inhaled corticosteroid, beta agonist and antimuscarinic: from one device, or from several.

    Source    Deslee et al. 2023, BMJ Open Respir Res 10:e001585, for the contrast; the 30 days are ours.
    """
    one_device = drug("triple_in_one_device")
    yield (
        "copd_triple_single_device",
        expression(
            "COPD: first triple inhaled therapy from a single device",
            [drug("triple_in_one_device", first=True)],
            YEAR,
            [COPD, OLDER],
            "First",
        ),
    )
    together = rule(
        "all three classes within 30 days",
        "On the index date or in the 30 days before",
        all_of(*(within(drug(one), -30, 0) for one in CLASSES)),
    )
    new = rule(
        "a class is new",
        "Not all three were there already in the year before those 30 days",
        any_of(*(none_within(drug(one), -YEAR, -31) for one in CLASSES)),
    )
    apart = rule(
        "never triple therapy from a single device",
        "Up to the index date",
        all_of(before(one_device, until=0)),
    )
    yield (
        "copd_triple_several_devices",
        expression(
            "COPD: first triple inhaled therapy from several devices",
            [drug(one) for one in CLASSES],
            YEAR,
            [together, new, apart, COPD, OLDER],
            "All",
        ),
    )


def _essential_tremor() -> Iterator[tuple[str, Json]]:
    """Three definitions, each within the one before: recorded, unexplained, confirmed.

    Source    Antonazzo et al. 2022, Front Neurol 13:987618, uses three of growing strictness; its code lists
              are not public, and these rules are ours.
    """
    recorded = condition("essential_tremor", first=True)
    unexplained = rule(
        "no other cause of tremor before",
        "Parkinsonism, multiple sclerosis, thyrotoxicosis, a drug; up to the index date, in the whole record",
        all_of(
            before(condition("parkinsonism"), until=0), before(condition("other_cause_of_tremor"), until=0)
        ),
    )
    lasting = rule(
        "no parkinsonism in the year after",
        "Tremor is often the first sign of it",
        all_of(none_within(condition("parkinsonism"), 1, YEAR)),
    )
    confirmed = rule(
        "recorded again or treated within a year",
        "A second diagnosis 30 days later or more, or propranolol or primidone",
        any_of(within(condition("essential_tremor"), 30, YEAR), within(drug("tremor_drug"), 0, YEAR)),
    )
    steps = {
        "broad": ("any record", []),
        "narrow": ("no other cause", [unexplained]),
        "strict": ("no other cause, and confirmed", [unexplained, lasting, confirmed]),
    }
    for name, (words, rules) in steps.items():
        title = f"First essential tremor: {words}"
        yield f"essential_tremor_{name}", expression(title, [recorded], YEAR, rules, "First")
    title = "Essential tremor ever recorded, however long observed before: for prevalence"
    yield "essential_tremor_recorded", expression(title, [recorded], 0, [], "First")


def _type_2_diabetes() -> Json:
    diagnosis, treatment = condition("type_2_diabetes"), drug("glucose_lowering_drug")
    percent, per_mole = unit(8554, "percent", "%"), unit(9579, "millimole per mole", "mmol/mol")
    raised = (measured("hba1c", 6.5, percent), measured("hba1c", 48, per_mole))
    rules = [
        rule(
            "neither diagnosis nor glucose lowering drug before",
            "The index is the onset, not the first record after a move",
            all_of(before(diagnosis), before(treatment)),
        ),
        rule(
            "diagnosis within a year, or raised HbA1c within 90 days",
            "HbA1c of 6.5 % or 48 mmol/mol and more",
            any_of(within(diagnosis, 0, YEAR), *(within(one, -90, 90) for one in raised)),
        ),
        rule(
            "never type 1 diabetes",
            "Up to and on the index date",
            all_of(before(condition("type_1_diabetes"), until=0)),
        ),
        ADULT,
    ]
    enter = [condition("type_2_diabetes", first=True), drug("glucose_lowering_drug", first=True)]
    return expression("New-onset type 2 diabetes", enter, YEAR, rules, "First")


def _alzheimers_disease() -> Json:
    other = rule(
        "no vascular dementia before",
        "A change of diagnosis is no onset; the whole record counts",
        all_of(before(condition("vascular_dementia"))),
    )
    return _first_ever("First recorded Alzheimer's disease", "alzheimers_disease", [other, OLDER])


def _multiple_sclerosis() -> Json:
    """Source    Guinebretiere et al. 2023 (PMID 38052493): two years of history before the diagnosis."""
    return _first_ever("First recorded multiple sclerosis", "multiple_sclerosis", [ADULT], 2 * YEAR)
