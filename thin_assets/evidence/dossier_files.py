"""The files of a dossier, by path: pages, tables, definitions, and the checksums of them all."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.cdm.spec import TABLES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.evidence.dossier import INDEX, Build, way_back
from thin_assets.evidence.dossier_accounts import Accounts
from thin_assets.evidence.dossier_checks import RESULTS, draw_checks
from thin_assets.evidence.dossier_cohort import draw_cohort, shown_attrition
from thin_assets.evidence.dossier_etl import Step, draw_etl, draw_text
from thin_assets.evidence.dossier_index import Parts, Shown, draw_index
from thin_assets.evidence.dossier_quality import filled_percents
from thin_assets.evidence.dossier_rows import draw_rows
from thin_assets.evidence.mapping_page import draw_mapping
from thin_assets.evidence.mapping_shown import ShownReport

CHECKSUMS = "SHA256SUMS"
MAPPING_TABLES = ("mapping_coverage", "mapping_codes", "mapping_classes", "mapping_columns")


@dataclass(frozen=True)
class Papers:
    """What is laid into the folder as it is.

    dashboard        results of the checks as DataQualityDashboard writes them, with counts kept back
    vocabularies     vocabulary_id, vocabulary_name, vocabulary_version
    own_maps         `source_to_concept_map` of the build's vocabulary
    steps            models of the transformation
    mapping_rules    page of our documentation, Markdown; so is source_page
    """

    dashboard: Mapping[str, object]
    vocabularies: pl.DataFrame
    own_maps: pl.DataFrame
    steps: Sequence[Step]
    mapping_rules: str
    source_page: str


def dossier_files(parts: Parts, papers: Papers) -> dict[str, bytes]:
    """Every file by its path in the folder; the same build gives the same bytes."""
    texts = dict(_pages(parts, papers)) | dict(_tables(parts, papers))
    texts[RESULTS] = _json(papers.dashboard)
    texts["cdm_source.json"] = _json(parts.build.cdm_source)
    texts[f"cohort/{parts.cohort.name}.json"] = parts.cohort.expression
    contents = {name: text.encode() for name, text in texts.items()}
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())]
    return dict(sorted((contents | {CHECKSUMS: "".join(sums).encode()}).items()))


def _pages(parts: Parts, papers: Papers) -> Iterator[tuple[str, str]]:
    build = parts.build
    yield INDEX, draw_index(parts, _contents(parts))
    yield "accounts.html", draw_rows(build, parts.accounts)
    yield "data-quality.html", draw_checks(build, parts.checks)
    yield "mapping.html", draw_mapping(parts.mapping, with_drift=False, way_back=way_back())
    filled = filled_percents(parts.checks)
    yield "etl.html", draw_etl(build, parts.accounts, papers.steps, filled)
    rules = "Rules of the transformation from the THIN-like layouts, each told by an example that is a test."
    yield "mapping-rules.html", draw_text(build, "Mapping rules", papers.mapping_rules, rules)
    lacks = "What the source is, which tables and columns stay empty, and why."
    yield "source.html", draw_text(build, "The source, and what it cannot say", papers.source_page, lacks)
    yield "cohort.html", draw_cohort(build, parts.cohort)


def _contents(parts: Parts) -> list[Shown]:
    """What onboarding asks a data partner for, in its order."""
    mapping = tuple(f"mapping/{name}.csv" for name in (*MAPPING_TABLES, "source_to_concept_map"))
    accounts = tuple(f"accounts/{name}.csv" for name in ("tables", "fates", "routing"))
    cohort = (f"cohort/{parts.cohort.name}.json", "cohort/attrition.csv")
    return [
        Shown("Results of the data-quality checks", "data-quality.html", "Data quality", (RESULTS,)),
        Shown("Mapping by domain, frequent codes, levels, own maps", "mapping.html", "Mapping", mapping),
        Shown("Source against CDM counts, explained", "accounts.html", "Source against CDM", accounts),
        Shown("ETL documentation", "etl.html", "Tables and steps"),
        Shown("ETL rules and their tests", "mapping-rules.html", "Mapping rules"),
        Shown("CDM_SOURCE", "source.html", "The source", ("cdm_source.csv", "cdm_source.json")),
        Shown("Vocabulary versions", f"{INDEX}#identity", "What it is", ("vocabulary.csv",)),
        Shown("A working ATLAS cohort", "cohort.html", parts.cohort.title, cohort),
    ]


def _tables(parts: Parts, papers: Papers) -> Iterator[tuple[str, str]]:
    for name, rows in zip(MAPPING_TABLES, _mapping_tables(parts.mapping.report), strict=True):
        yield f"mapping/{name}.csv", rows.write_csv()
    yield "mapping/source_to_concept_map.csv", papers.own_maps.write_csv()
    yield "accounts/tables.csv", _source_tables(parts.accounts).write_csv()
    yield "accounts/fates.csv", parts.accounts.fates.write_csv()
    yield "accounts/routing.csv", parts.accounts.routing.write_csv()
    yield "cohort/attrition.csv", shown_attrition(parts.cohort.attrition).write_csv()
    yield "cdm_source.csv", _cdm_source(parts.build).write_csv()
    yield "vocabulary.csv", papers.vocabularies.write_csv()


def _mapping_tables(report: ShownReport) -> tuple[pl.DataFrame, ...]:
    return report.coverage, report.codes, report.classes, report.columns


def _cdm_source(build: Build) -> pl.DataFrame:
    """The table as it is: one row, or the head alone."""
    row = dict(build.cdm_source)
    return pl.DataFrame([row]) if row else pl.DataFrame(schema=TABLES["cdm_source"].columns)


def _source_tables(accounts: Accounts) -> pl.DataFrame:
    names = ("delivered", "loaded", "records", "extra")
    counts = {name: [getattr(one, name) for one in accounts.tables] for name in names}
    types = {"source_table": pl.String} | dict.fromkeys(names, pl.Int64)
    return pl.DataFrame({"source_table": [one.name for one in accounts.tables]} | counts, schema=types)


def without_rare_codes(shown: ShownReport, codes: pl.DataFrame) -> ShownReport:
    """The report without the unmapped codes of few that no list describes: one may be a value that slipped.

    codes    the table `mapping_codes` with all its numbers, in the order of the shown one
    """
    limit = SMALLEST_SHOWN - 1
    is_of_few = pl.col("records").is_between(1, limit) | pl.col("persons").is_between(1, limit)
    is_rare = ~pl.col("is_mapped") & pl.col("source_description").is_null() & is_of_few
    rare = codes.select(is_rare.alias("is_rare")).get_column("is_rare")
    named = shown.codes.with_columns(
        source_code=pl.when(rare).then(pl.lit("")).otherwise(pl.col("source_code"))
    )
    return ShownReport(shown.coverage, named, shown.classes, shown.columns)


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
