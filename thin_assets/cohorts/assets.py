"""Cohorts in Dagster: every ATLAS expression is an asset; all of one kind are built in one step."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg

from thin_assets.cdm.spec import table
from thin_assets.cohorts.build import Cohort, build_cohort
from thin_assets.cohorts.concepts import FINDS_NOBODY, concept_problems
from thin_assets.cohorts.definition import Definition, load_definitions
from thin_assets.cohorts.diagnostics_assets import diagnostics_asset
from thin_assets.cohorts.landmark_assets import landmark_assets
from thin_assets.cohorts.matching_assets import matched_asset
from thin_assets.cohorts.own import load_own
from thin_assets.cohorts.plan import Plan, plan_of
from thin_assets.cohorts.record import keep_record
from thin_assets.cohorts.tables import cohort_definition_table, cohort_table
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.partitions import GRID
from thin_assets.resources.backends import Connection
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse

SIDE_TABLES = ("attrition", "first_records", "index_events")
"""Tables that lie beside a cohort as `<cohort>_<table>`."""

READS = (["validated", "cdm"], ["vocabulary", "concept"], ["vocabulary", "concept_ancestor"])


def cohort_assets(own_folder: Path, plans: Path) -> list[dg.AssetsDefinition]:
    """Assets of the library's cohorts, of a user's own, and of what is made of all of them together.

    own_folder    a user's definitions; what is refused there is an asset that fails and says why
    plans         folder in which the statements that definitions are compiled to are kept
    """
    library = load_definitions()
    own = load_own(own_folder, library.values())
    for name, error in own.refused.items():
        logging.getLogger(__name__).warning("cohorts/%s: %s", name, error)
    everybody = library | dict(own.definitions)
    steps = [_cohorts_step("library_cohorts", library, {}, plans)]
    if own.definitions or own.refused:
        steps.append(_cohorts_step("own_cohorts", own.definitions, own.refused, plans))
    drawn = [*matched_asset(library), *landmark_assets(library)]
    return [*steps, *drawn, _tables_step(everybody), diagnostics_asset(everybody)]


def _spec(name: str, description: str, code_version: str | None) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["cohorts", name],
        group_name="cohorts",
        partitions_def=GRID,
        deps=READS,
        skippable=True,
        owners=["team:epidemiology"],
        kinds={"ibis", "duckdb"},
        description=description,
        code_version=code_version,
    )


def _cohorts_step(
    name: str, definitions: Mapping[str, Definition], refused: Mapping[str, SettingsError], plans: Path
) -> dg.AssetsDefinition:
    """One step for many cohorts, any of which may be asked for alone; the CDM is opened once."""

    specs = [_spec(one.name, one.markdown, one.sha256[:16]) for one in definitions.values()]
    specs += [_spec(refusal, f"Refused: {error}", None) for refusal, error in refused.items()]

    @dg.multi_asset(name=name, specs=specs, can_subset=True)
    def cohorts(
        context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        asked = {key.path[-1] for key in context.selected_asset_keys}
        persons = {}
        with warehouse.open_cdm(build, lake.vocabulary_of(build), country=snapshot.country) as con:
            for definition in definitions.values():
                if definition.name in asked:
                    plan = plan_of(definition, plans)
                    found, result = _build_one(definition, plan, con, lake, snapshot, build)
                    persons[definition.name] = found.persons
                    yield result
        _report(lake, snapshot, build_id(build), persons)
        context.log.info("cohorts: %d definitions, %d memberships", len(persons), sum(persons.values()))
        for refusal in sorted(asked & set(refused)):
            raise refused[refusal]

    return cohorts


def _build_one(
    definition: Definition,
    plan: Plan,
    con: Connection,
    lake: Lake,
    snapshot: Snapshot,
    build: Path,
) -> tuple[Cohort, dg.MaterializeResult]:
    """Build, write and report one cohort."""
    problems = concept_problems(definition, con)
    found = build_cohort(definition, con, plan)
    lake.begin("cohorts", snapshot, definition.name, *(f"{definition.name}_{name}" for name in SIDE_TABLES))
    lake.write("cohorts", definition.name, snapshot, found.members)
    for name in SIDE_TABLES:
        lake.write("cohorts", f"{definition.name}_{name}", snapshot, getattr(found, name))
    folder = lake.folder("cohorts", definition.name, snapshot)
    vocabulary = lake.vocabulary_of(build).name.partition("=")[2]
    keep_record(folder, definition, plan, build=build_id(build), vocabulary=vocabulary)
    attrition = found.attrition.select("rule", "persons", "events").to_dicts()
    lacking = [row for row in problems.to_dicts() if row["problem"] in FINDS_NOBODY]
    return found, dg.MaterializeResult(
        asset_key=["cohorts", definition.name],
        metadata={
            "dagster/row_count": found.members.height,
            "persons": found.persons,
            "attrition": _as_table(attrition, _ATTRITION_SCHEMA),
            "concepts the vocabulary lacks": len(lacking),
            "concepts to look at": _as_table(problems.to_dicts(), _CONCEPTS_SCHEMA),
            "expression sha256": definition.sha256,
            "sql": dg.MetadataValue.path(folder / "cohort.sql"),
        },
    )


def _as_table(rows: list[dict], schema: dg.TableSchema) -> dg.MetadataValue:
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows], schema=schema)


_ATTRITION_SCHEMA = dg.TableSchema(
    [dg.TableColumn("rule"), dg.TableColumn("persons", "int"), dg.TableColumn("events", "int")]
)
_CONCEPTS_SCHEMA = dg.TableSchema(
    [
        dg.TableColumn("concept_id", "int"),
        *(dg.TableColumn(name) for name in ("concept_name", "problem", "in_vocabulary")),
    ]
)


def _report(lake: Lake, snapshot: Snapshot, build: str, persons: dict[str, int]) -> None:
    """Counts of all cohorts of one build; those of an earlier build are forgotten."""
    before = lake.reported("cohorts", snapshot) or {}
    kept = before.get("persons", {}) if before.get("build") == build else {}
    lake.report_of_build("cohorts", snapshot, build, {"persons": kept | persons})


def _tables_step(definitions: Mapping[str, Definition]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="cohort_tables",
        specs=[
            dg.AssetSpec(
                ["cohorts", name],
                group_name="cohorts",
                partitions_def=GRID,
                deps=[["cohorts", definition] for definition in definitions],
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
        members = [lake.read("cohorts", name, snapshot) for name in definitions]
        made = {
            "cohort": cohort_table(members, snapshot.key),
            "cohort_definition": cohort_definition_table(definitions.values(), snapshot.cutoff),
        }
        for name, rows in made.items():
            lake.write("cohorts", name, snapshot, rows)
            yield dg.MaterializeResult(
                asset_key=["cohorts", name], metadata={"dagster/row_count": rows.height}
            )

    return cohort_tables
