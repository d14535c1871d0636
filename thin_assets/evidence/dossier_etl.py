"""Pages of a dossier that document the transformation: tables, steps, rules, what the source lacks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from thin_assets.cdm.spec import CLINICAL, TABLES, Field, Table
from thin_assets.evidence.dossier import Build, dossier_page, kept, link
from thin_assets.evidence.dossier_accounts import Accounts
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.prose import chapters
from thin_assets.pages.tables import columns, table

_TRANSFORMED = (
    "The delivery is typed row by row, delivered keys become keyed pseudonyms, and SQL models under version "
    "control (dbt on DuckDB) build every table. A candidate is judged and reconciled before it is sealed."
)
_ADOPTED = (
    "The delivery is an OMOP CDM already: its tables were typed, given ids of their own, judged and sealed, "
    "and not transformed. How they were made is documented by their provider."
)
_SAME_CODE = "These pages describe the code that made this build."
_OTHER_CODE = (
    "The build was made by another version of the code than the one that these pages describe: check out "
    "that version, and write the dossier again, to read what held then."
)

Filled = Mapping[tuple[str, str], float | None]


class Step(Protocol):
    """A model of the transformation, as `resources/dbt_docs.py` reads it."""

    name: str
    layer: str
    grain: str
    description: str
    reads: tuple[str, ...]


def draw_etl(build: Build, accounts: Accounts, steps: Sequence[Step], filled: Filled) -> str:
    """The ETL documentation, table by table; `filled` is the share of rows by table and column."""
    sections = [_how(build), *(_table(one, accounts, filled) for one in _built(accounts))]
    if not build.is_omop_delivery:
        sections.append(_steps(steps))
    lead = paragraph(
        "What each table holds, which delivered tables it comes from, and how full its columns are. "
        "Rules by example: ",
        link("mapping rules", "mapping-rules.html"),
        "; what stays empty: ",
        link("the source", "source.html"),
        ".",
    )
    return dossier_page(build, "ETL documentation", lead, sections)


def draw_text(build: Build, title: str, text: str, lead: str) -> str:
    """A page of our documentation, chapter by chapter."""
    before, sections = chapters(text)
    return dossier_page(build, title, together(paragraph(lead), before), sections)


def _built(accounts: Accounts) -> Iterable[Table]:
    return (one for one in TABLES.values() if one.schema == CLINICAL and one.name in accounts.built)


def _how(build: Build) -> Section:
    told = _ADOPTED if build.is_omop_delivery else _TRANSFORMED
    code = _SAME_CODE if build.is_our_code else _OTHER_CODE
    refresh = "A full extract comes each month and is built anew; ids stay the same from month to month."
    return Section("how", "How it is made", together(*map(paragraph, (told, refresh, code))))


def _table(one: Table, accounts: Accounts, filled: Filled) -> Section:
    sources = accounts.sent_to(one.name)
    origin = f"from {', '.join(sources)}" if sources else "made from other tables, or about the build"
    count = accounts.built[one.name]
    is_empty = count == 0
    told = "No rows." if is_empty else f"{kept(count)} rows, {origin}."
    lines = [paragraph(one.description), paragraph(told)]
    if not is_empty:
        heads = columns("column", "type", "required", "#filled")
        rows = [_column(field, filled) for field in one.fields]
        lines.append(table(heads, rows, f"Columns of {one.name}"))
    return Section(one.name, one.name, together(*lines))


def _column(field: Field, filled: Filled) -> tuple[str, ...]:
    """Name, type, whether it must be filled, and in what share of the rows it is; cut, not rounded up."""
    percent = filled.get((field.table, field.name), 0.0)
    told = "kept back" if percent is None else f"{int(percent * 10) / 10:.1f} %"
    is_judged = (field.table, field.name) in filled
    return field.name, field.datatype, "yes" if field.required else "", told if is_judged else NOTHING


def _steps(steps: Sequence[Step]) -> Section:
    rows = [
        (
            tag("code", one.name),
            tag("span", one.description or one.grain, _grain(one)),
            tag("span", ", ".join(one.reads)),
        )
        for one in steps
    ]
    heads = columns("model", "what it does", "reads")
    return Section(
        "steps", "Steps of the transformation", table(heads, rows, "Models in the order of layers")
    )


def _grain(one: Step) -> Html | None:
    return tag("span", one.grain, class_="soft") if one.grain and one.description else None
