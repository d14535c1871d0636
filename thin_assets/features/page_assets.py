"""The page of each population, in Dagster."""

import dagster as dg
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.catalogue import Population
from thin_assets.features.page import draw_features
from thin_assets.features.page_scene import Scene
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.resources.page_file import write_page


def page_asset(population: Population) -> dg.AssetsDefinition:
    """The asset with the page of one population."""

    @dg.asset(
        key=["features", f"{population.name}_page"],
        group_name="features",
        partitions_def=GRID,
        deps=[["features", population.name]],
        owners=["team:data-science"],
        kinds={"html"},
        description=(
            f"Profile of the features of {population.name} as one static HTML page: prevalence by country,"
            " split and case status, and what changed since last month.\n\n"
            "Rule: a count of 1 to 9 is shown as `<10`; docs/explanation/features.md"
        ),
    )
    def features_page(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        path = lake.folder("features", f"{population.name}_page", snapshot) / "index.html"
        scene = feature_scene(lake, snapshot, population.name)
        shown = write_page(path, draw_features(scene))
        return dg.MaterializeResult(
            metadata=shown | {"compared with": dg.MetadataValue.json(sorted(scene.others))}
        )

    return features_page


def feature_scene(lake: Lake, snapshot: Snapshot, name: str) -> Scene:
    """What the page shows: the tables of this partition, and the profiles of other countries as built."""

    def read(table: str, at: Snapshot = snapshot) -> pl.DataFrame:
        return lake.read("features", f"{name}_{table}", at)

    neighbours = [Snapshot(code, snapshot.month) for code in COUNTRIES if code != snapshot.country]
    return Scene(
        population=name,
        snapshot=snapshot,
        build=lake.reported("features", snapshot)["build"],
        covariates=read("covariate_ref"),
        profile=read("profile"),
        drift=read("drift"),
        others={
            one.country: read("profile", one)
            for one in neighbours
            if lake.file("features", f"{name}_profile", one).is_file()
        },
    )
