"""A cohort definition: an expression exported from ATLAS, its fingerprint, and its words."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from thin_assets.cohorts.constructs import passed_over
from thin_assets.errors import SettingsError

if TYPE_CHECKING:
    from circe.api import CohortExpression

DEFINITIONS = Path(__file__).parent / "definitions"


@dataclass(frozen=True)
class Definition:
    """An ATLAS (Circe) expression under a name.

    name    file name without `.json`; the cohort's id is derived from it, so that an edited rule keeps the id
    text    the expression as exported
    """

    name: str
    text: str

    @classmethod
    def read(cls, path: Path) -> "Definition":
        """A definition from a file. Raises SettingsError when it is not an ATLAS expression."""
        definition = cls(path.stem, path.read_text(encoding="utf-8"))
        _ = definition.expression
        return definition

    @property
    def id(self) -> int:
        """A number of 31 bits that stays the same while the name does; the CDM keeps it as INTEGER.

        >>> Definition("lung_cancer", "{}").id
        97491187
        """
        digest = hashlib.sha256(self.name.encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    @property
    def sha256(self) -> str:
        """Fingerprint of what the expression says; white space and the order of keys do not count."""
        canonical = json.dumps(json.loads(self.text), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def expression(self) -> "CohortExpression":
        """The parsed expression. Raises SettingsError."""
        from circe.api import cohort_expression_from_json

        try:
            expression = cohort_expression_from_json(self.text)
        except ValueError as error:
            raise _refused(self.name, f"not an ATLAS expression: {_first_line(error)}") from error
        if unknown := passed_over(json.loads(self.text)):
            raise _refused(self.name, f"circepy cannot run {', '.join(unknown)}")
        if expression.primary_criteria is None:
            raise _refused(self.name, "an expression without PrimaryCriteria lets nobody in")
        return expression

    @property
    def title(self) -> str:
        """What the author called it, or the file's name in words."""
        return self.expression.title or self.name.replace("_", " ")

    @property
    def markdown(self) -> str:
        """The definition in sentences."""
        from circe.api import cohort_print_friendly

        return f"# {self.title}\n\n{cohort_print_friendly(self.expression).strip()}\n"

    @property
    def concept_ids(self) -> set[int]:
        """Concepts that its concept sets name, excluded ones too."""
        sets = json.loads(self.text).get("ConceptSets") or []
        items = (item for one in sets for item in one["expression"]["items"])
        return {int(item["concept"]["CONCEPT_ID"]) for item in items}


def load_definitions(folder: Path = DEFINITIONS) -> dict[str, Definition]:
    """Every definition of a folder by name. Raises SettingsError for no expression, or for two of one id."""
    found = {path.stem: Definition.read(path) for path in sorted(folder.glob("*.json"))}
    ids: dict[int, str] = {}
    for definition in found.values():
        if other := ids.get(definition.id):
            raise _refused(definition.name, f"has the cohort id of {other}")
        ids[definition.id] = definition.name
    return found


def _refused(name: str, what: str) -> SettingsError:
    return SettingsError(
        what,
        where=f"cohorts/definitions/{name}.json",
        remedy="export it again from ATLAS, or leave the file out",
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
