"""Which covariates tell what a person would not want to be known: by code, by hierarchy, and by name.

`products/sensitive.csv` is the reviewed list. A code covers what `concept_ancestor` places below it, and what
it `Maps to`; a pattern of names catches what a vocabulary with gaps in its hierarchy would let through.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import get_args

import duckdb
import polars as pl

from thin_assets.errors import SettingsError
from thin_assets.published.declared.protection import Group

CODE, PREFIX, NAME, NOT_NAME = "code", "code_prefix", "name", "name_but_not"
ICD10 = ("ICD10", "ICD10CM", "ICD10GM", "CIM10")
"""Editions that share the codes of the list's ICD10."""


@dataclass(frozen=True)
class Rule:
    """One line of the list; `vocabulary_id` is empty where names are matched."""

    group: str
    vocabulary_id: str
    match: str
    pattern: str
    meaning: str


@cache
def sensitive_rules() -> tuple[Rule, ...]:
    """The reviewed list. Raises SettingsError when a line cannot be used."""
    path = files("thin_assets.published").joinpath("products", "sensitive.csv")
    return read_rules(path.read_text(encoding="utf-8"))


def read_rules(text: str) -> tuple[Rule, ...]:
    """Rules from CSV. Raises SettingsError that names the lines that cannot be used."""
    rules = tuple(Rule(**row) for row in csv.DictReader(text.splitlines()))
    wrong = [str(line) for line, rule in enumerate(rules, 2) if not _is_usable(rule)]
    wrong += ["a line given twice"] if len(set(rules)) < len(rules) else []
    if wrong:
        raise SettingsError(
            f"the list of sensitive codes cannot be used: {', '.join(wrong)}",
            where="products/sensitive.csv",
            remedy="a line has a known group, a match, a pattern, and a vocabulary where codes are matched",
        )
    return rules


def _is_usable(rule: Rule) -> bool:
    if rule.group not in get_args(Group) or not rule.pattern or not rule.meaning:
        return False
    if rule.match in (NAME, NOT_NAME):
        return not rule.vocabulary_id and _compiles(rule.pattern)
    return rule.match in (CODE, PREFIX) and bool(rule.vocabulary_id)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def sensitive_covariates(
    covariates: pl.DataFrame, vocabulary: Mapping[str, Path], con: duckdb.DuckDBPyConnection
) -> pl.DataFrame:
    """The covariates that belong to a sensitive group.

    covariates    (covariate_id, covariate_name, concept_id)
    vocabulary    Parquet file by table of the vocabulary; a table that is not at hand is done without
    con           any DuckDB connection; it computes, and keeps nothing
    returns       (covariate_id, group), distinct and sorted; a covariate may be in several groups
    """
    by_name = _by_name(covariates)
    by_code = _by_code(covariates, {name: path for name, path in vocabulary.items() if path.is_file()}, con)
    return pl.concat([by_name, by_code]).unique().sort("covariate_id", "group")


def _by_name(covariates: pl.DataFrame) -> pl.DataFrame:
    found = []
    for rule in sensitive_rules():
        if rule.match == NAME:
            exceptions = [
                one for one in sensitive_rules() if (one.group, one.match) == (rule.group, NOT_NAME)
            ]
            named = pl.col("covariate_name").str.contains(f"(?i){rule.pattern}")
            for exception in exceptions:
                named &= ~pl.col("covariate_name").str.contains(f"(?i){exception.pattern}")
            found.append(covariates.filter(named).select("covariate_id", group=pl.lit(rule.group)))
    return pl.concat(found)


def _by_code(
    covariates: pl.DataFrame, vocabulary: dict[str, Path], con: duckdb.DuckDBPyConnection
) -> pl.DataFrame:
    if "concept" not in vocabulary:
        return covariates.select("covariate_id", group=pl.lit("")).clear()
    con.register("asked", covariates.select("covariate_id", "concept_id").to_arrow())
    con.register("rules", _code_rules().to_arrow())
    try:
        return con.execute(_query(vocabulary)).pl()
    finally:
        con.unregister("asked")
        con.unregister("rules")


def _code_rules() -> pl.DataFrame:
    """(group, vocabulary_id, is_prefix, pattern), one row per edition of ICD-10."""
    rows = [
        (rule.group, edition, rule.match == PREFIX, rule.pattern)
        for rule in sensitive_rules()
        if rule.match in (CODE, PREFIX)
        for edition in (ICD10 if rule.vocabulary_id == "ICD10" else (rule.vocabulary_id,))
    ]
    return pl.DataFrame(rows, schema=["group", "vocabulary_id", "is_prefix", "pattern"], orient="row")


def _query(vocabulary: dict[str, Path]) -> str:
    """SQL over `asked` and `rules`; only concepts that are asked for are looked up."""
    named = [
        f"""
        select concept_id, rules."group"
        from {_table(vocabulary, "concept")}
        join rules using (vocabulary_id)
        where if(is_prefix, starts_with(concept_code, pattern), concept_code = pattern)
        """
    ]
    if "concept_relationship" in vocabulary:
        named.append(
            f"""
            select concept_id_2, "group"
            from {_table(vocabulary, "concept_relationship")}
            join named on concept_id_1 = named.concept_id
            where relationship_id = 'Maps to'
            """
        )
    below = 'select concept_id, "group" from meant'
    if "concept_ancestor" in vocabulary:
        below += f"""
            union all
            select descendant_concept_id, "group"
            from {_table(vocabulary, "concept_ancestor")}
            join meant on ancestor_concept_id = meant.concept_id
        """
    return f"""
        with named as ({named[0]}),
        meant as (select * from named {"".join(f"union all {one}" for one in named[1:])}),
        covered as ({below})
        select distinct covariate_id, "group"
        from asked
        join covered using (concept_id)
    """


def _table(vocabulary: dict[str, Path], name: str) -> str:
    return f"read_parquet('{vocabulary[name]}', hive_partitioning = false)"
