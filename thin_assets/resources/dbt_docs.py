"""What the dbt project says of its own models: the steps of the transformation, for people."""

import re
from dataclasses import dataclass

import yaml

from thin_assets.resources.dbt import PROJECT_DIR

_READS = re.compile(r"(?:ref|source)\(\s*'(\w+)'(?:\s*,\s*'(\w+)')?\s*\)")
_SCREENS = re.compile(r"(?:judged|screened|repeated)\(\s*'(\w+)'")
"""Macros of `macros/screening.sql` that read the staging model of the events that they are given."""

_GRAIN = re.compile(r"^-- grain: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Model:
    """One model.

    layer    folder: staging, intermediate, omop or reconciliation
    grain    what a row is
    reads    models, and tables of raw and vocabulary, that its query names
    """

    name: str
    layer: str
    grain: str
    description: str
    reads: tuple[str, ...]


def described_models() -> list[Model]:
    """Every model with its description, by layer in the order in which they are built, then by name."""
    layers = ("staging", "intermediate", "omop", "reconciliation")
    told = _descriptions()
    return [
        _model(path.stem, layer, told.get(path.stem, ""), path.read_text(encoding="utf-8"))
        for layer in layers
        for path in sorted((PROJECT_DIR / "models" / layer).glob("*.sql"))
    ]


def _model(name: str, layer: str, description: str, query: str) -> Model:
    grain = _GRAIN.search(query)
    return Model(name, layer, grain.group(1) if grain else "", description, _reads(query))


def _descriptions() -> dict[str, str]:
    files = sorted((PROJECT_DIR / "models").rglob("*.yml"))
    contents = [yaml.safe_load(path.read_text(encoding="utf-8")) or {} for path in files]
    models = [model for content in contents for model in content.get("models") or []]
    return {model["name"]: " ".join((model.get("description") or "").split()) for model in models}


def _reads(query: str) -> tuple[str, ...]:
    found = {f"{first}.{second}" if second else first for first, second in _READS.findall(query)}
    found |= {f"stg_thin__{events}" for events in _SCREENS.findall(query)}
    return tuple(sorted(found))
