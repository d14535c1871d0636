"""What was counted when a partition was published: facts that a card can show to anybody.

Counts of persons, entries and records are told to the nearest ten, and those below ten not at all, a zero
among them; where parts have a total, another part is kept back with a small one. So a difference of two facts
leaves a range of nineteen.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_DENOMINATOR, SMALLEST_SHOWN, hidden_parts

TOP = 20
"""Covariates whose prevalence is told by split and case status."""

STABLE, MOVED = 0.1, 0.25
"""PSI up to which a covariate did not move, and above which it moved far; as in features."""

DICTIONARY = {
    "covariate_id": pl.Int64,
    "covariate_name": pl.String,
    "analysis_id": pl.Int32,
    "analysis_name": pl.String,
    "domain_id": pl.String,
    "start_day": pl.Int32,
    "end_day": pl.Int32,
    "lag": pl.Int32,
    "unit": pl.String,
    "description": pl.String,
    "missing_means_zero": pl.Boolean,
    "concept_id": pl.Int32,
    "concept_name": pl.String,
    "vocabulary_id": pl.String,
    "concept_code": pl.String,
    "entries": pl.Int64,
}
"""One row per covariate that at least ten persons of the partition have; entries to the nearest ten."""

Facts = dict[str, Any]


def coarse(count: int | None) -> int | None:
    """A count to the nearest ten; None below ten, where nothing is told.

    >>> [coarse(count) for count in (0, 9, 10, 14, 15, 1234)]
    [None, None, 10, 10, 20, 1230]
    """
    if count is None or count < SMALLEST_SHOWN:
        return None
    return (count + 5) // 10 * 10


def share(part: int | None, whole: int | None) -> float | None:
    """A share in percent from coarse counts, so that it tells no more than they; None of fewer than thirty.

    >>> share(50, 200), share(None, 200), share(10, 20)
    (25.0, None, None)
    """
    if not part or not whole or whole < SMALLEST_DENOMINATOR:
        return None
    return min(100.0, round(100 * part / whole, 1))


def attrition_facts(steps: pl.DataFrame) -> list[Facts]:
    """Persons left after each rule of a cohort, in the order of the rules.

    steps    as the cohorts room leaves them (step, rule, persons)
    """
    rows = steps.sort("step").select("rule", "persons").iter_rows()
    return [{"rule": rule, "persons": coarse(persons)} for rule, persons in rows]


def count_covariates(rows: pl.LazyFrame) -> pl.DataFrame:
    """Covariates that at least ten persons have, with their entries; sorted by covariate.

    rows       (row_id, person_id, covariate_id), one row per entry and covariate; any number of them
    returns    (covariate_id, entries), to the nearest ten
    """
    counts = (pl.col("person_id").n_unique().alias("persons"), pl.len().cast(pl.Int64).alias("entries"))
    return (
        rows.group_by("covariate_id")
        .agg(*counts)
        .filter(pl.col("persons") >= SMALLEST_SHOWN)
        .select("covariate_id", ((pl.col("entries") + 5) // 10 * 10).alias("entries"))
        .sort("covariate_id")
        .collect(engine="streaming")
    )


def one_per_concept(counted: pl.DataFrame, covariates: pl.DataFrame) -> pl.DataFrame:
    """The most frequent covariate of each concept: its other windows and measures would crowd out the rest.

    counted       of `count_covariates`
    covariates    (covariate_id, concept_id); concept 0 is none, and each such covariate stands for itself
    """
    concept = pl.col("concept_id")
    own = pl.when(concept == 0).then(pl.col("covariate_id")).otherwise(concept.cast(pl.Int64))
    return (
        counted.join(covariates.select("covariate_id", "concept_id"), on="covariate_id", how="left")
        .with_columns(own=own)
        .sort(pl.col("entries").neg(), "covariate_id")
        .unique("own", keep="first", maintain_order=True)
        .select(counted.columns)
        .sort("covariate_id")
    )


def dictionary_of(
    counted: pl.DataFrame, covariates: pl.DataFrame, analyses: pl.DataFrame, concepts: pl.DataFrame
) -> pl.DataFrame:
    """What a published covariate means, in the columns of `DICTIONARY`, sorted by covariate.

    counted       of `count_covariates`
    covariates    (covariate_id, covariate_name, analysis_id, concept_id, missing_means_zero)
    analyses      as FeatureExtraction's analysisRef, with windows as days before the index
    concepts      (concept_id, concept_name, vocabulary_id, concept_code); one that is absent is null
    """
    known = analyses.drop("missing_means_zero", strict=False)
    whole = (
        counted.join(covariates, on="covariate_id", how="left")
        .join(known, on="analysis_id", how="left")
        .join(concepts, on="concept_id", how="left")
    )
    return whole.select(pl.col(name).cast(kind) for name, kind in DICTIONARY.items()).sort("covariate_id")


def prevalence_facts(rows: pl.LazyFrame, groups: pl.DataFrame, counted: pl.DataFrame) -> Facts:
    """The covariates that most entries have, by split and case status, in persons.

    A group is kept back, null, where it is few, or where the total less the others would tell a few.

    rows       (row_id, covariate_id) of the source, one row per entry and covariate
    groups     (row_id, person_id, split, is_case), one row per entry
    counted    of `count_covariates`: only these are told
    """
    everybody = coarse(groups.height) or 0
    some = counted.filter(pl.col("entries") < everybody) if counted.height > TOP else counted
    top = some.sort(pl.col("entries").neg(), "covariate_id").head(TOP)
    sizes = _sizes(groups)
    hidden = _hidden(sizes, set())
    of_top = rows.select("row_id", "covariate_id").filter(
        pl.col("covariate_id").is_in(top["covariate_id"].implode())
    )
    placed = of_top.collect(engine="streaming").join(groups, on="row_id")
    return {
        "groups": _told(sizes, hidden),
        "covariates": [
            {
                "covariate_id": covariate,
                "entries": entries,
                "groups": _told(found := _sizes(part, sizes), _hidden(found, hidden)),
            }
            for covariate, entries in top.iter_rows()
            for part in (placed.filter(pl.col("covariate_id") == covariate),)
        ],
    }


Group = tuple[str, bool]
"""Split and case status."""


def _sizes(entries: pl.DataFrame, every: Iterable[Group] = ()) -> dict[Group, int]:
    """Persons of each group, or its entries where a person has only one; groups without any are 0."""
    counts = entries.group_by("split", "is_case").agg(pl.col("person_id").n_unique())
    found = {(split, is_case): count for split, is_case, count in counts.iter_rows()}
    return {group: found.get(group, 0) for group in sorted({*found, *every})}


def _hidden(sizes: dict[Group, int], already: set[Group]) -> set[Group]:
    """Groups that are few, and those that the total less the others would tell."""
    few = {group for group, count in sizes.items() if count < SMALLEST_SHOWN} | already
    return hidden_parts(sizes, few) & set(sizes)


def _told(sizes: dict[Group, int], hidden: set[Group]) -> list[Facts]:
    return [
        {"split": group[0], "is_case": group[1], "persons": None if group in hidden else coarse(count)}
        for group, count in sizes.items()
    ]


def drift_facts(drift: pl.DataFrame) -> Facts | None:
    """How many covariates moved since the month before; None without a month before.

    drift    as the features room leaves it; covariates of fewer than ten entries in both months do not count
    """
    if drift.is_empty():
        return None
    seen = drift.filter(pl.max_horizontal("with_before", "with_now") >= SMALLEST_SHOWN)
    psi = pl.col("psi")
    return {
        "covariates": seen.height,
        "is_judged": not drift["status"].eq("few").any(),
        "stable": seen.filter(psi <= STABLE).height,
        "watched": seen.filter((psi > STABLE) & (psi <= MOVED)).height,
        "moved": seen.filter(psi > MOVED).height,
        "acknowledged": seen.filter((psi > MOVED) & pl.col("is_acknowledged")).height,
    }


def quality_facts(results: pl.DataFrame) -> Facts:
    """Checks of the build by outcome, and those that failed by severity and category."""
    status = dict(results.group_by("status").len().iter_rows())
    failed = results.filter(pl.col("status") == "failed")
    return {
        "checks": results.height,
        "passed": status.get("passed", 0),
        "failed": failed.height,
        "errors": failed.filter(pl.col("severity") == "error").height,
        "not_applicable": results.height - status.get("passed", 0) - failed.height,
        "failed_by_category": dict(failed.group_by("category").len().sort("category").iter_rows()),
    }


def account_facts(account: Facts) -> Facts:
    """The reconciliation of a build, in records, with its persons and the share mapped to a standard concept.

    account    as the validated room reports it: an equation per source table
    """
    sums = {
        name: sum(one[name] for one in account["equations"])
        for name in ("delivered", "loaded", "collapsed", "multi_map_extra")
    }
    rejected = sum(sum(one["rejected"].values()) for one in account["equations"])
    counts = sums | {"rejected": rejected, "persons": account["persons"], "rows": account["rows"]}
    return {name: coarse(count) for name, count in counts.items()} | {
        "mapped_percent": account["mapped_percent"],
        "is_balanced": all(one["missing"] == 0 for one in account["equations"]),
    }
