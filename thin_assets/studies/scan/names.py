"""What an exposure is called, and its chapter: that of ICD-10, or the first class of ATC."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.resources.backends import Connection
from thin_assets.resources.unbound import standard_tables, text_of
from thin_assets.rollups.hierarchy import above, atc_classes
from thin_assets.rollups.icd10 import categories_of_concepts, whole_categories
from thin_assets.studies.scan.declared import Kind, Scans
from thin_assets.studies.scan.exposures import WORDS

ELSEWHERE, LOCAL = "other", "Local"
_WANTED = "scan_wanted"
OF_DRUGS = ("drug", "drug_atc")
OF_DIAGNOSES = ("condition", "condition_icd10", "symptom")

NAMES = {
    "exposure_id": pl.Int64,
    "exposure_kind": pl.String,
    "exposure_code": pl.String,
    "exposure_name": pl.String,
    "chapter": pl.String,
}
"""One row per exposure; the code is that of its concept."""


def names_of(
    exposure_ids: pl.Series, con: Connection, told: Scans, *, cdm_schema: str = "cdm"
) -> pl.DataFrame:
    """Kind, code, name and chapter of exposures, by id; a concept that no vocabulary has goes by number."""
    cdm = standard_tables(WORDS, cdm_schema)
    ids = pl.DataFrame({"exposure_id": exposure_ids.unique().sort()}, schema={"exposure_id": pl.Int64})
    ids = ids.with_columns(
        concept_id=(pl.col("exposure_id") // 1000).cast(pl.Int32), kind=pl.col("exposure_id") % 1000
    )
    words = _concepts(ids, cdm, con)
    chapters = pl.concat([_chapters_of_diagnoses(cdm, con), _chapters_of_drugs(cdm, con)])
    kinds = {one.id: one for one in told.kinds}
    rows = ids.join(words, on="concept_id", how="left").with_columns(
        group=pl.col("kind").replace_strict({key: _group(kind) for key, kind in kinds.items()})
    )
    rows = rows.join(chapters, on=("concept_id", "group"), how="left")
    unknown = pl.format("concept {}", "concept_id")
    return rows.select(
        "exposure_id",
        pl.col("kind").replace_strict({key: one.name for key, one in kinds.items()}).alias("exposure_kind"),
        pl.col("concept_code").fill_null("").alias("exposure_code"),
        pl.coalesce("concept_name", unknown).alias("exposure_name"),
        pl.coalesce("chapter", pl.col("kind").replace_strict(_fallbacks(kinds))).alias("chapter"),
    ).sort("exposure_id")


def _concepts(ids: pl.DataFrame, cdm: Mapping[str, ir.Table], con: Connection) -> pl.DataFrame:
    concept = cdm["concept"].select("concept_id", "concept_name", "concept_code")
    wanted = ibis.table({"concept_id": "int32"}, name=_WANTED)
    con.register(_WANTED, ids.select("concept_id").unique().to_arrow())
    rows = _rows_of(concept.semi_join(wanted, "concept_id"), con)
    con.unregister(_WANTED)
    return rows


def _rows_of(rows: ir.Table, con: Connection) -> pl.DataFrame:
    return con.execute(text_of(rows)).pl()


def _chapters_of_diagnoses(cdm: Mapping[str, ir.Table], con: Connection) -> pl.DataFrame:
    """(concept_id, group, chapter) of categories, and of concepts by the first of their categories."""
    pairs, own = categories_of_concepts(cdm), whole_categories(cdm)
    own = own.select(concept_id="category_concept_id", code="category")
    named = pairs.join(own, pairs.category_concept_id == own.concept_id)
    named = named.select(concept_id="standard_concept_id", code="code")
    first = named.group_by("concept_id").aggregate(code=named.code.min())
    rows = _rows_of(own.union(first), con)
    told = pl.Series([chapter_of(code) for code in rows.get_column("code")], dtype=pl.String)
    return rows.select("concept_id", group=pl.lit("diagnosis"), chapter=told)


def _chapters_of_drugs(cdm: Mapping[str, ir.Table], con: Connection) -> pl.DataFrame:
    """(concept_id, group, chapter) of drugs and classes, by the first of the first classes they belong to."""
    first = atc_classes(cdm, ["ATC 1st"])
    pairs, titles = above(cdm, first), first.select(class_id="concept_id", code="concept_code")
    rows = pairs.join(titles, pairs.above_id == titles.class_id)
    rows = _rows_of(rows.group_by("below_id").aggregate(code=rows.code.min()), con)
    told = pl.Series([_atc().get(code, ELSEWHERE) for code in rows.get_column("code")], dtype=pl.String)
    return rows.select(concept_id="below_id", group=pl.lit("drug"), chapter=told)


def chapter_of(code: str) -> str:
    """Chapter of ICD-10 that a category belongs to.

    >>> chapter_of("D50"), chapter_of("C34"), chapter_of("?")
    ('Blood', 'Neoplasms', 'other')
    """
    return next((title for first, last, title in _icd10() if first <= code[:3] <= last), ELSEWHERE)


def all_chapters() -> list[str]:
    """Every chapter in the order in which plots show them."""
    return [*(title for *_, title in _icd10()), *_atc().values(), LOCAL, "Measurements", "Answers", ELSEWHERE]


def _group(kind: Kind) -> str:
    if kind.name in OF_DRUGS:
        return "drug"
    return "diagnosis" if kind.name in OF_DIAGNOSES else "none"


def _fallbacks(kinds: Mapping[int, Kind]) -> dict[int, str]:
    told = {"measurement_high": "Measurements", "measurement_low": "Measurements", "answer": "Answers"}
    told["local_condition"] = LOCAL
    return {key: told.get(kind.name, ELSEWHERE) for key, kind in kinds.items()}


@cache
def _rows() -> list[dict[str, str]]:
    text = files("thin_assets.studies.scan").joinpath("chapters.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _icd10() -> list[tuple[str, str, str]]:
    return [(row["first"], row["last"], row["title"]) for row in _rows() if row["system"] == "ICD10"]


def _atc() -> dict[str, str]:
    return {row["first"]: row["title"] for row in _rows() if row["system"] == "ATC"}
