"""The project's own maps, from the clinical dictionary: what no vocabulary maps, we map here and say so.

A code that the bundle maps is held to the dictionary and needs no row of ours. ATC is the exception: some
classes name a group ("and estrogen"), which vocabularies map to every member; there our row names what is in
the pack.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb

from thin_assets.domain.countries import VOCABULARIES
from thin_assets.synthetic import codes
from thin_assets.synthetic.codes import products
from thin_assets.vocabulary.contract import MAPS, TABLES

LOOK_UPS = ("CONSTYPE", "PVI", "ROLE", "ROUTE", "SPECIALTY", "UNIT")
OWN_SYSTEMS = ("THINLIKE_AHD", "THINLIKE_LOCAL_TEST", *(f"THINLIKE_{name}" for name in LOOK_UPS))
"""Code systems of the deliveries that no vocabulary knows."""

CHECKED_SYSTEMS = (
    "READ2",
    "SNOMED",
    "ICD10",
    "ICD10ES",
    "ICD10GM",
    "CIM10",
    "ICD9CM",
    "ICPC2",
    "ATC",
    "LOINC",
)
"""Code systems that a vocabulary may know."""

KnownMaps = dict[tuple[str, str], tuple[int, ...]]
"""Standard concepts, ascending, by vocabulary and code."""

Row = dict[str, str | int]


def vocabularies(system: str) -> tuple[str, ...]:
    """OMOP vocabularies of a code system, best first; ATC and LOINC are vocabularies themselves."""
    return VOCABULARIES.get(system, (system,))


def known_maps(con: duckdb.DuckDBPyConnection) -> KnownMaps:
    """What the staged bundle (`bundle_<table>`) of a connection maps to standard concepts."""
    found = con.execute(
        """
        select
            source.vocabulary_id,
            source.concept_code,
            list(distinct target.concept_id order by target.concept_id)
        from bundle_concept as source
        inner join bundle_concept_relationship as link on source.concept_id = link.concept_id_1
        inner join bundle_concept as target on link.concept_id_2 = target.concept_id
        where
            link.relationship_id = 'Maps to'
            and link.invalid_reason is null
            and target.standard_concept = 'S'
        group by all
        """
    ).fetchall()
    return {(vocabulary, code): tuple(concepts) for vocabulary, code, concepts in found}


def mapped(known: KnownMaps, system: str, code: str) -> tuple[int, ...]:
    """Standard concepts of a code: the first vocabulary that maps it decides; none if none does."""
    return next((known[name, code] for name in vocabularies(system) if (name, code) in known), ())


def disagreements(known: KnownMaps) -> list[str]:
    """Codes that the bundle maps otherwise than the dictionary says; ATC has rows of ours."""
    return [
        f"{system} {code}: dictionary {codes.targets(system, code)}, bundle {found}"
        for system in CHECKED_SYSTEMS
        if system != "ATC"
        for code in codes.codes(system)
        if (found := mapped(known, system, code)) and found != codes.targets(system, code)
    ]


def own_rows(known: KnownMaps, concepts: dict[int, tuple[str, str]]) -> dict[str, list[Row]]:
    """Rows of the project's maps by source vocabulary.

    concepts   name and vocabulary by standard concept
    """
    rows: dict[str, dict[tuple[str, int], Row]] = {}
    for system, vocabulary, code in _to_map(known):
        for target in codes.targets(system, code):
            found = rows.setdefault(vocabulary, {})
            found[code, target] = _row(vocabulary, code, target, *concepts[target])
    for row in _product_rows(concepts):
        rows.setdefault(row["source_vocabulary_id"], {})[row["source_code"], row["target_concept_id"]] = row
    return {vocabulary: [found[key] for key in sorted(found)] for vocabulary, found in sorted(rows.items())}


def write_maps(rows: dict[str, list[Row]], folder: Path) -> None:
    """One comma-delimited file per source vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    for vocabulary, found in rows.items():
        with (folder / f"{vocabulary.lower()}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(TABLES[MAPS]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)


def _to_map(known: KnownMaps) -> Iterator[tuple[str, str, str]]:
    for system in CHECKED_SYSTEMS:
        for code in codes.codes(system):
            found = mapped(known, system, code)
            if found != codes.targets(system, code) if system == "ATC" else not found:
                yield system, vocabularies(system)[-1], code
    for system in OWN_SYSTEMS:
        yield from ((system, system, code) for code in codes.codes(system))


def _product_rows(concepts: dict[int, tuple[str, str]]) -> Iterator[Row]:
    """Products that we know by their code: devices, and drugs of which the exact product is known."""
    for system in products.SYSTEMS:
        for code, targets in products.own_map(system).items():
            yield from (_row(f"THINLIKE_{system}", code, target, *concepts[target]) for target in targets)


def _row(vocabulary: str, code: str, target: int, name: str, target_vocabulary: str) -> Row:
    """Valid for ever; source concept 0, because the loader looks it up in the bundle of the day."""
    return {
        "source_code": code,
        "source_concept_id": 0,
        "source_vocabulary_id": vocabulary,
        "source_code_description": name,
        "target_concept_id": target,
        "target_vocabulary_id": target_vocabulary,
        "valid_start_date": "1970-01-01",
        "valid_end_date": "2099-12-31",
        "invalid_reason": "",
    }
