"""Reference pages of the studies: the design of each in its own words, and the tables that it writes."""

import inspect
from collections.abc import Callable, Iterator

import pandera.polars as pa

from thin_assets.studies.registered import OURS
from thin_assets.studies.study import Study


def study_pages() -> dict[str, Callable[[], str]]:
    """A page for each study, and one that leads to them, by file."""
    pages = {f"studies/{study.name}.md": _page_of(study) for study in OURS}
    return {"studies/README.md": index_page} | pages


def index_page() -> str:
    """What studies there are."""
    rows = [f"| [{study.name}]({study.name}.md) | {study.title} |" for study in OURS]
    return "\n".join(["\n# Studies\n", "| study | question |", "| --- | --- |", *rows]) + "\n"


def _page_of(study: Study) -> Callable[[], str]:
    def page() -> str:
        parts = [f"\n# {study.title}\n", study.design.strip(), "\n## Tables\n"]
        if study.cohorts:
            parts.append(f"Cohorts that it reads: {', '.join(study.cohorts)} ([cohorts](../cohorts.md)).\n")
        if study.matched:
            parts.append(f"Matched sets that it reads: those of {', '.join(study.matched)}.\n")
        for name, contract in study.tables.items():
            parts += [f"### {name}\n", *_table(contract)]
        return "\n".join(parts) + "\n"

    return page


def _table(contract: type[pa.DataFrameModel]) -> Iterator[str]:
    yield f"{inspect.getdoc(contract)}\n"
    yield "| column | type | may be null | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, column in contract.to_schema().columns.items():
        null = "yes" if column.nullable else ""
        yield f"| {name} | {column.dtype} | {null} | {column.description or ''} |"
    yield ""
