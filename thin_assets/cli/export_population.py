"""What `thin-assets export-features` writes of a population, by format."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.features.catalogue import Population, catalogue
from thin_assets.features.export import keep_lag, write_arrow, write_csr, write_note
from thin_assets.features.known_assets import known_late
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse

NEEDED = {"csr": (), "arrow": (), "meds": ("meds",)}
"""Libraries behind each format that come with the extra `ml`: most homes export no events."""


def export_population(
    lake: Lake, warehouse: Warehouse, snapshot: Snapshot, name: str, kind: str, lag: int, folder: Path
) -> dict[str, int]:
    """Write a population for learners; returns counts. Raises SettingsError, NothingSealed."""
    population = _known(name)
    _require_libraries(kind)
    build = (lake.reported("features", snapshot) or {}).get("build", "")
    labels, splits = (_read(lake, snapshot, name, table) for table in ("labels", "splits"))
    told = {"partition": snapshot.key, "build": build, "population": name, "lag": lag, "format": kind}
    write_note(folder, told)
    if kind == "meds":
        return _events(lake, warehouse, snapshot, population, (labels, splits), lag, folder)
    analyses, covariates = (_read(lake, snapshot, name, table) for table in ("analysis_ref", "covariate_ref"))
    long = pl.scan_parquet(lake.whole("features", name, snapshot), hive_partitioning=False)
    long, covariates = keep_lag(long, covariates, analyses, lag)
    if kind == "csr":
        return write_csr(folder, long, labels, splits, covariates)
    beside = {"covariate_ref": covariates, "analysis_ref": analyses, "labels": labels, "splits": splits}
    return write_arrow(folder, long, beside)


def _known(name: str) -> Population:
    known = {one.name: one for one in catalogue().populations}
    if name not in known:
        raise SettingsError(f"no population {name!r}", where="--population", remedy=f"use {', '.join(known)}")
    return known[name]


def _require_libraries(kind: str) -> None:
    if missing := [library for library in NEEDED[kind] if find_spec(library) is None]:
        raise SettingsError(
            f"{', '.join(missing)} is not installed",
            where=f"--format {kind}",
            remedy="pip install 'thin-assets[ml]'",
        )


def _read(lake: Lake, snapshot: Snapshot, name: str, table: str) -> pl.DataFrame:
    return lake.read("features", f"{name}_{table}", snapshot)


def _events(
    lake: Lake,
    warehouse: Warehouse,
    snapshot: Snapshot,
    population: Population,
    members: tuple[pl.DataFrame, pl.DataFrame],
    lag: int,
    folder: Path,
) -> dict[str, int]:
    """The events behind the features, from the build that these were made of.

    members    labels and splits
    """
    from thin_assets.features.meds_export import write_meds

    build = lake.reported("features", snapshot)["build"]
    sealed = lake.build_folder(snapshot, build)
    with warehouse.open_cdm(sealed, lake.vocabulary_of(sealed)) as con:
        return write_meds(
            folder,
            con,
            *members,
            late=known_late(lake, warehouse, snapshot),
            outcome=population.outcome,
            lag=lag,
            told={"dataset_name": f"{population.name} {snapshot.key}", "dataset_version": build},
        )
