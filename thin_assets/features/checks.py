"""What Dagster asks of a feature table: whether it is as stable as it was, and gives no outcome away."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from thin_assets.features.catalogue import Population
from thin_assets.features.drift import BLOCK, WATCH, blocking
from thin_assets.features.profile import MOST_AUC
from thin_assets.features.tables import FeatureTables
from thin_assets.partitions import GRID

STABLE, INNOCENT = "no_covariate_changed_unseen_since_last_month", "no_single_covariate_tells_the_outcome"


def check_specs(population: Population) -> list[dg.AssetCheckSpec]:
    """The checks of a population; the first stops what follows."""
    key = dg.AssetKey(["features", population.name])
    return [
        dg.AssetCheckSpec(
            STABLE,
            asset=key,
            blocking=True,
            partitions_def=GRID,
            description=f"PSI of every covariate is at most {BLOCK}, or acknowledged ({WATCH}: warning).",
        ),
        dg.AssetCheckSpec(
            INNOCENT,
            asset=key,
            partitions_def=GRID,
            description=f"No covariate alone has an AUC above {MOST_AUC}.",
        ),
    ]


def check_results(population: Population, tables: FeatureTables) -> Iterator[dg.AssetCheckResult]:
    """Their results, in counts and covariate ids."""
    key = dg.AssetKey(["features", population.name])
    stopping = blocking(tables.drift)
    watched = tables.drift.filter(pl.col("status") == "watch")
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=STABLE,
        passed=stopping.is_empty() and watched.is_empty(),
        severity=dg.AssetCheckSeverity.WARN if stopping.is_empty() else dg.AssetCheckSeverity.ERROR,
        metadata={
            "compared": tables.drift.height,
            "watched": watched.height,
            "blocking": stopping.height,
            "covariates": dg.MetadataValue.json(stopping["covariate_id"].head(50).to_list()),
            "what to do": "look at the page of the table; docs/how-to/add-a-feature.md#a-change-that-blocks",
        },
    )
    flagged = tables.profile.filter((pl.col("split") == "all") & pl.col("is_flagged"))
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=INNOCENT,
        passed=flagged.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "flagged": flagged.height,
            "covariates": dg.MetadataValue.json(flagged["covariate_id"].head(50).to_list()),
            "what to do": "see that none of them is a part of the outcome: leave its concepts out of the"
            " family, or end the windows earlier; docs/how-to/add-a-feature.md",
        },
    )
