"""From designs to files: concept sets get their numbers and their concepts, expressions become JSON."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from thin_assets.cohorts.definition import DEFINITIONS
from thin_assets.cohorts.library.atlas import Json
from thin_assets.cohorts.library.designs import designs
from thin_assets.resources.files import replacing


@cache
def concept_sets() -> dict[str, list[Json]]:
    """Items of every concept set by name, as ATLAS writes them."""
    text = files("thin_assets.cohorts.library").joinpath("concept_sets.csv").read_text(encoding="utf-8")
    found: dict[str, list[Json]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["concept_set"]].append(_item(row))
    return dict(found)


def generated() -> dict[str, str]:
    """Text of every definition file by name."""
    return {
        name: json.dumps(numbered(design), indent=2, ensure_ascii=False) + "\n"
        for name, design in designs().items()
    }


def numbered(design: Json) -> Json:
    """A design whose concept sets have numbers, in the order in which they are used."""
    order: dict[str, int] = {}
    told = _renamed(design, order)
    sets = [_concept_set(number, name) for name, number in order.items()]
    return told | {"ConceptSets": sets}


def stale(folder: Path = DEFINITIONS) -> list[str]:
    """Names of definitions whose file is absent or says something else."""
    paths = {name: folder / f"{name}.json" for name in generated()}
    return [
        name
        for name, text in generated().items()
        if not paths[name].is_file() or paths[name].read_text(encoding="utf-8") != text
    ]


def write(folder: Path = DEFINITIONS) -> list[str]:
    """Write what is stale; return its names."""
    written = stale(folder)
    for name in written:
        with replacing(folder / f"{name}.json") as temporary:
            temporary.write_text(generated()[name], encoding="utf-8")
    return written


def _renamed(node: Any, order: dict[str, int]) -> Any:
    if isinstance(node, list):
        return [_renamed(part, order) for part in node]
    if not isinstance(node, dict):
        return node
    return dict(_renamed_items(node, order))


def _renamed_items(node: Json, order: dict[str, int]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        is_set = key == "CodesetId"
        yield key, order.setdefault(value, len(order)) if is_set else _renamed(value, order)


def _concept_set(number: int, name: str) -> Json:
    return {"id": number, "name": name.replace("_", " "), "expression": {"items": concept_sets()[name]}}


def _item(row: dict[str, str]) -> Json:
    standard = row["standard_concept"]
    return {
        "concept": {
            "CONCEPT_ID": int(row["concept_id"]),
            "CONCEPT_NAME": row["concept_name"],
            "STANDARD_CONCEPT": standard,
            "STANDARD_CONCEPT_CAPTION": {"S": "Standard", "C": "Classification"}[standard],
            "INVALID_REASON": "V",
            "INVALID_REASON_CAPTION": "Valid",
            "CONCEPT_CODE": row["concept_code"],
            "DOMAIN_ID": row["domain_id"],
            "VOCABULARY_ID": row["vocabulary_id"],
            "CONCEPT_CLASS_ID": row["concept_class_id"],
        },
        "isExcluded": row["is_excluded"] == "yes",
        "includeDescendants": row["with_descendants"] == "yes",
        "includeMapped": False,
    }
