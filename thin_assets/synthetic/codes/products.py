"""Invented products: two packs of every drug and device, with a code in each product code system.

`known_by` of drugs.csv says what a delivery tells of a product, and so at which level it can be mapped:

atc       listed with its ATC class and its generic name
class     in no list: the ATC class beside the prescription is all there is
code      listed; the project's own map knows the product code (devices have no ATC class at all)
name      listed without an ATC class: the generic name, which is that of an ingredient or of nothing
nothing   in no list, and nothing beside the prescription
"""

import hashlib
from functools import cache

from thin_assets.synthetic.codes import concepts, read, targets

PRODUCTS_PER_DRUG = 2
SYSTEMS = ("MULTILEX", "DMD", "CIP7", "CIP13", "CN", "AIC", "PZN", "CNK", "CIMRO")
SHAPES = {
    "MULTILEX": ("9", 7),
    "DMD": ("", 17),
    "CIP7": ("", 7),
    "CN": ("", 7),
    "AIC": ("0", 8),
    "PZN": ("0", 7),
    "CNK": ("", 7),
    "CIMRO": ("W", 8),
}
"""Prefix and number of digits of an invented product code; CIP13 is made from CIP7."""

LISTED = ("atc", "code", "name")
TELLS_CLASS = ("atc", "code", "class")


def product_code(system: str, drug: dict[str, str], number: int) -> str:
    """The code of a pack (0 or 1) of a drug in a product code system.

    >>> product_code("CIP13", read("drugs")[0], 0)[5:12] == product_code("CIP7", read("drugs")[0], 0)
    True
    """
    if system == "CIP13":
        body = f"34009{product_code('CIP7', drug, number)}"
        odd, even = sum(map(int, body[0::2])), sum(map(int, body[1::2]))
        return f"{body}{-(odd + 3 * even) % 10}"
    prefix, digits = SHAPES[system]
    what = f"{system}/{drug['atc'] or drug['notion']}/{drug['form']}/{drug['strength_num']}/{number}"
    value = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big")
    return f"{prefix}{value % 10**digits:0{digits}d}"


def spelled(system: str, code: str, digits: int | None) -> str:
    """A product code as deliveries once spelled it: PZN had seven digits before it had eight.

    >>> spelled("PZN", "01234567", 7)
    '1234567'
    """
    return code[-digits:] if digits else code


@cache
def own_map(system: str) -> dict[str, tuple[int, ...]]:
    """Standard concepts of the product codes that the project maps itself, by code."""
    return {
        product_code(system, drug, number): concepts(drug["product_concept_id"])
        for drug in read("drugs")
        if drug["known_by"] == "code"
        for number in range(PRODUCTS_PER_DRUG)
    }


@cache
def _classes(system: str) -> dict[str, str]:
    """ATC class of every product that a list tells it of."""
    return {
        product_code(system, drug, number): drug["atc"]
        for drug in read("drugs")
        if drug["known_by"] in LISTED and drug["known_by"] in TELLS_CLASS and drug["atc"]
        for number in range(PRODUCTS_PER_DRUG)
    }


@cache
def _ingredients(system: str) -> dict[str, tuple[int, ...]]:
    """The ingredient of every product that is known by its generic name alone."""
    return {
        product_code(system, drug, number): concepts(drug["ingredient_concept_id"])
        for drug in read("drugs")
        if drug["known_by"] == "name"
        for number in range(PRODUCTS_PER_DRUG)
    }


def product_targets(system: str, code: str, atc: str | None) -> tuple[int, ...]:
    """Standard concepts of a delivered product, by the first that knows it: own map, ATC class, generic name.

    atc   the class delivered beside the prescription, which comes before the listed one
    """
    if system not in SYSTEMS:
        return targets("ATC", atc) if atc else ()
    whole = code.zfill(8) if system == "PZN" else code
    known = own_map(system).get(whole)
    listed = atc or _classes(system).get(whole)
    return known or (targets("ATC", listed) if listed else ()) or _ingredients(system).get(whole, ())
