"""Any study in Dagster: its tables and its page for each country and month, in one step."""

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.code_versions import code_version
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.page_file import pictures, write_page
from thin_assets.resources.warehouse import Warehouse
from thin_assets.studies.study import Material, Study

OWNERS = ["team:epidemiology"]


def study_assets(study: Study) -> dg.AssetsDefinition:
    """Assets `studies/<table>` for every table of a study, and `studies/<name>_page` where it draws one."""

    @dg.multi_asset(name=study.name, specs=list(_specs(study)))
    def step(
        context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        earlier = {name: lake.read("studies", name, snapshot) for name in study.earlier}
        with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
            where = f"studies/{study.name} {snapshot.key}"
            members, matched = _members(lake, snapshot, study), _matched(lake, snapshot, study)
            found = study.found(Material(snapshot, con, members, where, matched, earlier))
        rows = {name: frame.height for name, frame in found.items()}
        lake.report_of_build("studies", snapshot, build_id(build), rows)
        context.log.info("%s: %s", study.name, ", ".join(f"{name} {count}" for name, count in rows.items()))
        yield from _kept(lake, snapshot, study, found, earlier)

    return step


def _kept(
    lake: Lake,
    snapshot: Snapshot,
    study: Study,
    found: Mapping[str, pl.DataFrame],
    earlier: Mapping[str, pl.DataFrame],
) -> Iterator[dg.MaterializeResult]:
    lake.begin("studies", snapshot, *found)
    for name, frame in found.items():
        lake.write("studies", name, snapshot, frame)
        yield dg.MaterializeResult(asset_key=["studies", name], metadata={"dagster/row_count": frame.height})
    if study.draw is not None:
        drawn = study.draw(snapshot, {**earlier, **found})
        path = lake.folder("studies", study.page, snapshot) / "index.html"
        metadata = write_page(path, drawn.page) | pictures(drawn.pictures)
        yield dg.MaterializeResult(asset_key=["studies", study.page], metadata=metadata)


def _members(lake: Lake, snapshot: Snapshot, study: Study) -> dict[str, pl.DataFrame]:
    """Entries of each cohort that a study asks for. Raises SettingsError for one that there is not."""
    if not study.cohorts:
        return {}
    named = lake.read("cohorts", "cohort_definition", snapshot)
    ids = dict(named.select("cohort_definition_name", "cohort_definition_id").iter_rows())
    if unknown := sorted(set(study.cohorts) - set(ids)):
        raise SettingsError(
            f"there is no cohort {', '.join(unknown)}",
            where=f"study {study.name}",
            remedy="name cohorts as docs/reference/cohorts.md has them, or as your own files are called",
        )
    entries = lake.read("cohorts", "cohort", snapshot)
    return {name: entries.filter(pl.col("cohort_definition_id") == ids[name]) for name in study.cohorts}


def _matched(lake: Lake, snapshot: Snapshot, study: Study) -> dict[str, pl.DataFrame]:
    """Matched sets of each cohort whose controls a study asks for."""
    return {name: lake.read("cohorts", f"{name}_matched", snapshot) for name in study.matched}


def _specs(study: Study) -> Iterator[dg.AssetSpec]:
    cohorts = ("cohort", "cohort_definition") if study.cohorts else ()
    matched = (f"{name}_matched" for name in study.matched)
    earlier = (["studies", name] for name in study.earlier)
    deps = [["validated", "cdm"], *(["cohorts", name] for name in (*cohorts, *matched)), *earlier]
    version = _version_of(study)
    for name, contract in study.tables.items():
        grain = (contract.__doc__ or "").strip()
        told = f"{study.title}.\n\nGrain: {grain}\n\nExact counts, for the lake only."
        yield _spec(name, told, deps, {"duckdb", "polars"}, version)
    if study.draw is not None:
        yield _spec(study.page, f"{study.title}, as one static HTML page.", deps, {"html"}, version)


def _version_of(study: Study) -> str:
    """Of the package of a study, or of the file of one's own that it is in."""
    module, told = getattr(study.compute, "__module__", ""), [study.design, study.declared]
    if inspect.isfunction(study.compute) and not module.startswith("thin_assets."):
        told.append(Path(inspect.getsourcefile(study.compute)).read_text(encoding="utf-8"))
    return code_version([module], *told)


def _spec(name: str, description: str, deps: list, kinds: set[str], version: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["studies", name],
        group_name="studies",
        partitions_def=GRID,
        deps=deps,
        owners=OWNERS,
        kinds=kinds,
        description=description,
        code_version=version,
    )
