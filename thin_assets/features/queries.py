"""The queries of a build, as text: written in Ibis against the standard's tables, compiled once per process.

Nothing here opens a connection; the CDM and the vocabulary lie in one schema.
"""

from collections.abc import Mapping
from functools import cache

import ibis
import ibis.expr.types as ir

from thin_assets.features.catalogue import Catalogue
from thin_assets.features.contract import FEATURES
from thin_assets.features.covariates import build_covariates
from thin_assets.features.events import EVENT_TABLES, KNOWN_FROM
from thin_assets.features.known import known_tables
from thin_assets.features.reference import name_covariates
from thin_assets.features.rollups import Key, rollup_key, rollup_of
from thin_assets.features.windows import COVARIATE, PLACE
from thin_assets.resources.unbound import standard_tables, text_of
from thin_assets.rollups.hierarchy import with_descendants

SOURCES = ("person", *EVENT_TABLES, "concept", "concept_ancestor")

ENTRIES, BUILT, REFERENCES, LATE, WITHOUT = (
    *("feature_entries", "feature_rows", "feature_references"),
    *("feature_late", "feature_without"),
)
"""Tables of the work: entries of a range and their covariates, covariates met, late records, concepts that
tell the outcome."""

_ENTRY = {
    "cohort_definition_id": "int32",
    "row_id": "int64",
    "person_id": "int64",
    "index_date": "date",
    "known_as_of": "date",
    "observed_days": "int64",
    PLACE: "int32",
}
_LATE = {"cdm_table": "string", "record_key": "int64", KNOWN_FROM: "date"}
_REFERENCE = {"covariate_id": "int64", "concept_id": "int32", "unit_concept_id": "int32"}


@cache
def covariates_query(told: Catalogue, schema: str, late: tuple[str, ...], excludes: bool) -> str:
    """The covariates of the entries in `ENTRIES`, in the columns of `windows.COVARIATE`.

    late        tables of events of which `LATE` holds records
    excludes    whether `WITHOUT` holds concepts that make no covariate
    """
    cdm = standard_tables(SOURCES, schema)
    cdm |= known_tables(cdm, ibis.table(_LATE, name=LATE), late)
    entries = ibis.table(_ENTRY, name=ENTRIES)
    without = ibis.table({"concept_id": "int32"}, name=WITHOUT) if excludes else None
    rollups = {
        key: ibis.table(rollup.schema(), name=name) for key, (name, rollup) in _rollups(told, schema).items()
    }
    rows = build_covariates(entries, cdm, told.families, rollups, without)
    return text_of(rows)


@cache
def long_query() -> str:
    """The long table of the covariates in `BUILT`, with what is known of their entries, in its order."""
    rows, mine = ibis.table(COVARIATE, name=BUILT), ibis.table(_ENTRY, name=ENTRIES)
    rows = rows.join(mine, "place")
    rows = rows.mutate(is_covered=rows.observed_days >= rows.window_days)
    return text_of(rows.order_by("place", "covariate_id").select(*FEATURES))


@cache
def rollup_queries(told: Catalogue, schema: str) -> Mapping[str, str]:
    """Query by name of the table that `covariates_query` expects it in."""
    return {name: text_of(rollup) for name, rollup in _rollups(told, schema).values()}


@cache
def outcome_query(concepts: tuple[int, ...], schema: str) -> str:
    """The concepts that tell an outcome, and all below them."""
    return text_of(with_descendants(standard_tables(SOURCES, schema), concepts))


@cache
def reference_query(told: Catalogue, schema: str) -> str:
    """The covariates that were met, named."""
    found = ibis.table(_REFERENCE, name=REFERENCES)
    named = name_covariates(found, standard_tables(SOURCES, schema)["concept"], told)
    return text_of(named.order_by("covariate_id"))


def _rollups(told: Catalogue, schema: str) -> dict[Key, tuple[str, ir.Table]]:
    cdm, found = standard_tables(SOURCES, schema), {}
    for family in told.families:
        rollup = rollup_of(family, cdm)
        if rollup is not None and rollup_key(family) not in found:
            found[rollup_key(family)] = (f"feature_rollup_{len(found)}", rollup)
    return found
