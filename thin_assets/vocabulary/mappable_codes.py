"""What a map may speak of: the source vocabulary of a delivered code system, and the domains it may lead to.

A map under another vocabulary would never be looked up; a map to another domain would put a unit where a
disease belongs. What is allowed is what the transformation can use, not what is likely.
"""

from thin_assets.domain.countries import DRUG_VOCABULARIES, VOCABULARIES

OWN = "THINLIKE_"
"""Prefix of the source vocabularies that hold codes of the deliveries themselves."""

CLINICAL = ("Condition", "Device", "Drug", "Measurement", "Observation", "Procedure")
PRODUCTS = ("Device", "Drug")

LOOK_UPS: dict[str, tuple[str, ...]] = {
    f"{OWN}CONSTYPE": ("Visit",),
    f"{OWN}PVI": ("Measurement", "Observation"),
    f"{OWN}ROLE": ("Provider",),
    f"{OWN}ROUTE": ("Route",),
    f"{OWN}SPECIALTY": ("Provider",),
    f"{OWN}UNIT": ("Unit",),
}
"""Lists in which a code stands for one concept and no more."""

_TESTS = {f"{OWN}AHD": CLINICAL, f"{OWN}LOCAL_TEST": CLINICAL, "LOINC": CLINICAL}


def target_domains() -> dict[str, tuple[str, ...]]:
    """Domains that a map may lead to, by source vocabulary.

    >>> target_domains()["THINLIKE_UNIT"]
    ('Unit',)
    """
    diagnoses = {vocabulary: CLINICAL for names in VOCABULARIES.values() for vocabulary in names}
    drugs = {f"{OWN}{system}": PRODUCTS for system in DRUG_VOCABULARIES}
    known_drugs = {vocabulary: PRODUCTS for vocabulary in DRUG_VOCABULARIES.values() if vocabulary}
    return diagnoses | drugs | known_drugs | {"ATC": PRODUCTS} | _TESTS | LOOK_UPS


def source_vocabulary(code_system: str) -> str:
    """The vocabulary under which a map of a delivered code system is written.

    >>> source_vocabulary("READ2"), source_vocabulary("CN"), source_vocabulary("THINLIKE_AHD")
    ('Read', 'THINLIKE_CN', 'THINLIKE_AHD')
    """
    if code_system in VOCABULARIES:
        return VOCABULARIES[code_system][0]
    known = target_domains()
    return code_system if code_system in known else f"{OWN}{code_system}"
