"""Cohorts in Dagster: every ATLAS expression in `definitions/` is an asset, all of them make two tables."""

from collections.abc import Iterator

import dagster as dg

from thin_assets.cdm.spec import table
from thin_assets.cohorts.build import build_cohort, unknown_concepts
from thin_assets.cohorts.definition import Definition, load_definitions
from thin_assets.cohorts.tables import cohort_definition_table, cohort_table
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse


def cohort_asset(definition: Definition) -> dg.AssetsDefinition:
    """The asset of one definition; its code version is the fingerprint of the expression."""

    @dg.asset(
        key=["cohorts", definition.name],
        group_name="cohorts",
        partitions_def=GRID,
        deps=[["validated", "cdm"], ["vocabulary", "concept"], ["vocabulary", "concept_ancestor"]],
        owners=["team:epidemiology"],
        kinds={"ibis", "duckdb"},
        description=definition.markdown,
        code_version=definition.sha256[:16],
    )
    def cohort(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
            unknown = unknown_concepts(definition, con)
            found = build_cohort(definition, con)
        lake.write("cohorts", definition.name, snapshot, found.members)
        lake.write("cohorts", f"{definition.name}_attrition", snapshot, found.attrition)
        attrition = found.attrition.select("rule", "persons", "events").to_dicts()
        _report(lake, snapshot, build_id(build), {definition.name: found.persons})
        context.log.info("cohort %s: %d persons", definition.name, found.persons)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": found.members.height,
                "persons": found.persons,
                "attrition": dg.MetadataValue.table(
                    [dg.TableRecord(step) for step in attrition], schema=_ATTRITION_SCHEMA
                ),
                "concepts the vocabulary lacks": len(unknown),
                "expression sha256": definition.sha256,
            }
        )

    return cohort


_ATTRITION_SCHEMA = dg.TableSchema(
    [dg.TableColumn("rule"), dg.TableColumn("persons", "int"), dg.TableColumn("events", "int")]
)


def _report(lake: Lake, snapshot: Snapshot, build: str, persons: dict[str, int]) -> None:
    """Counts of all cohorts of one build; those of an earlier build are forgotten."""
    before = lake.reported("cohorts", snapshot) or {}
    kept = before.get("persons", {}) if before.get("build") == build else {}
    lake.report("cohorts", snapshot, {"build": build, "persons": kept | persons})


_DEFINITIONS = load_definitions()
_COHORTS = [cohort_asset(definition) for definition in _DEFINITIONS.values()]


@dg.multi_asset(
    name="cohort_tables",
    specs=[
        dg.AssetSpec(
            ["cohorts", name],
            group_name="cohorts",
            partitions_def=GRID,
            deps=[["cohorts", definition] for definition in _DEFINITIONS],
            owners=["team:epidemiology"],
            kinds={"polars"},
            description=table(name).description,
        )
        for name in ("cohort", "cohort_definition")
    ],
)
def cohort_tables(context: dg.AssetExecutionContext, lake: Lake) -> Iterator[dg.MaterializeResult]:
    """The CDM's two tables of results: members of all cohorts, and what each cohort asks for."""
    snapshot = Snapshot.of(context.partition_key)
    members = [lake.read("cohorts", name, snapshot) for name in _DEFINITIONS]
    made = {
        "cohort": cohort_table(members, snapshot.key),
        "cohort_definition": cohort_definition_table(_DEFINITIONS.values(), snapshot.cutoff),
    }
    for name, rows in made.items():
        lake.write("cohorts", name, snapshot, rows)
        yield dg.MaterializeResult(asset_key=["cohorts", name], metadata={"dagster/row_count": rows.height})


ASSETS = [*_COHORTS, cohort_tables]
