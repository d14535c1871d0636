"""The reference page of the cohort library: what each definition asks for, and the tables of the room."""

import inspect
import json

from thin_assets.cohorts import contract
from thin_assets.cohorts.definition import Definition, load_definitions
from thin_assets.cohorts.matching import matchings

TABLES = (
    *(contract.CohortMember, contract.Attrition, contract.FirstRecord),
    *(contract.IndexEvent, contract.MatchedMember, contract.CohortCount),
    *(contract.CohortOverlap, contract.CohortChange),
)


def cohorts_page() -> str:
    """Every definition of the library: entry and rules in words, concept sets, matching, tables beside it."""
    parts = [
        "\n# Cohorts of the library\n",
        "Written by `python -m thin_assets.cohorts.library` from `concept_sets.csv` and `designs.py`; what is"
        " run are the ATLAS expressions in `thin_assets/cohorts/definitions/`. Members stay until the end of"
        " their observation.\n",
        "| cohort | what it is | entry by | observed before | rules | controls |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    library = load_definitions()
    parts.extend(_cohort_row(definition) for definition in library.values())
    for name, definition in library.items():
        rules = [
            f"{place}. {rule.name}: {(rule.description or '').rstrip('.')}."
            for place, rule in enumerate(definition.expression.inclusion_rules or [], 1)
        ]
        parts += [f"\n## {name}\n", f"{definition.title}.\n", *rules, ""]
        parts.append("| concept set | concepts, with what lies below them unless marked = |\n| --- | --- |")
        parts.extend(_concept_set_row(one) for one in definition.concept_sets)
    parts.append("\n## Tables of the room\n")
    for model in TABLES:
        parts += [f"### {model.__name__}\n", f"{inspect.getdoc(model)}\n", "| column | type | meaning |"]
        parts.append("| --- | --- | --- |")
        parts.extend(
            f"| {column} | {told.dtype} | {told.description or ''} |"
            for column, told in model.to_schema().columns.items()
        )
        parts.append("")
    return "\n".join(parts)


def _cohort_row(definition: Definition) -> str:
    names = {one["id"]: one["name"] for one in definition.concept_sets}
    expression = json.loads(definition.text)
    entries = (item for one in expression["PrimaryCriteria"]["CriteriaList"] for item in one.items())
    entry = ", ".join(f"{names[told['CodesetId']]} ({kind})" for kind, told in entries)
    rules = len(expression["InclusionRules"])
    matching = matchings().get(definition.name)
    controls = f"1:{matching.controls}" if matching else ""
    link = f"[{definition.name}](#{definition.name})"
    return f"| {link} | {definition.title} | {entry} | {definition.prior_days} days | {rules} | {controls} |"


def _concept_set_row(one: dict) -> str:
    items = one["expression"]["items"]
    told, out = (
        [_concept(item) for item in items if item["isExcluded"] is excluded] for excluded in (False, True)
    )
    without = f"; **without** {'; '.join(out)}" if out else ""
    return f"| {one['name']} | {'; '.join(told)}{without} |"


def _concept(item: dict) -> str:
    alone = "" if item["includeDescendants"] else "= "
    return f"{alone}{item['concept']['CONCEPT_ID']} {item['concept']['CONCEPT_NAME']}"
