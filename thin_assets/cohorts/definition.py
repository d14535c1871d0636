"""A cohort definition: an expression exported from ATLAS, its fingerprint, and its words."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thin_assets.cohorts.constructs import passed_over
from thin_assets.errors import SettingsError

if TYPE_CHECKING:
    from circe.api import CohortExpression
    from circe.cohortdefinition import MarkdownRender

DEFINITIONS = Path(__file__).parent / "definitions"


@dataclass(frozen=True)
class Definition:
    """An ATLAS (Circe) expression under a name.

    name     file name without `.json`; the cohort's id is derived from it: an edited rule keeps the id
    text     the expression as exported
    folder   where the file lies, as an error names it
    """

    name: str
    text: str
    folder: str = "cohorts/definitions"

    @classmethod
    def read(cls, path: Path, folder: str = "cohorts/definitions") -> "Definition":
        """A definition from a file. Raises SettingsError when it is not an ATLAS expression."""
        definition = cls(path.stem, path.read_text(encoding="utf-8"), folder)
        _ = definition.expression
        return definition

    @property
    def where(self) -> str:
        """The file, as an error names it."""
        return f"{self.folder}/{self.name}.json"

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
            raise _refused(self.where, f"not an ATLAS expression: {_first_line(error)}") from error
        if unknown := passed_over(json.loads(self.text)):
            raise _refused(self.where, f"circepy cannot run {', '.join(unknown)}")
        if expression.primary_criteria is None:
            raise _refused(self.where, "an expression without PrimaryCriteria lets nobody in")
        return expression

    @property
    def title(self) -> str:
        """What the author called it, or the file's name in words."""
        return self.expression.title or self.name.replace("_", " ")

    @cached_property
    def markdown(self) -> str:
        """The definition in sentences."""
        return f"# {self.title}\n\n{_words().render_cohort_expression(self.expression).strip()}\n"

    @property
    def sql(self) -> str:
        """The definition as OHDSI SQL, as ATLAS shows it: SqlRender translates it for any engine.

        Schemas, table and id of the cohort are left open: `@cdm_database_schema`, `@target_cohort_id` ...
        """
        from circe.api import build_cohort_query

        return build_cohort_query(self.expression).strip() + "\n"

    @property
    def concept_sets(self) -> list[dict[str, Any]]:
        """Its concept sets, as ATLAS exports them."""
        return json.loads(self.text).get("ConceptSets") or []

    @property
    def concepts(self) -> dict[int, str]:
        """Name by id of the concepts that its concept sets hold, excluded ones too."""
        items = (item["concept"] for one in self.concept_sets for item in one["expression"]["items"])
        return {int(one["CONCEPT_ID"]): str(one.get("CONCEPT_NAME") or "") for one in items}

    @property
    def prior_days(self) -> int:
        """Days of observation that it asks for before the index date."""
        window = self.expression.primary_criteria.observation_window
        return window.prior_days if window else 0


def load_definitions(folder: Path = DEFINITIONS) -> dict[str, Definition]:
    """Every definition of a folder by name. Raises SettingsError for no expression, or for two of one id."""
    found = {path.stem: Definition.read(path) for path in sorted(folder.glob("*.json"))}
    ids: dict[int, str] = {}
    for definition in found.values():
        if other := ids.get(definition.id):
            raise _refused(definition.where, f"has the cohort id of {other}")
        ids[definition.id] = definition.name
    return found


@cache
def _words() -> "MarkdownRender":
    """circepy's writer of sentences; a new one for each definition would compile its templates each time."""
    from circe.cohortdefinition import MarkdownRender

    return MarkdownRender()


def _refused(where: str, what: str) -> SettingsError:
    return SettingsError(what, where=where, remedy="export it again from ATLAS, or leave the file out")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
