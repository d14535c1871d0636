"""What a dossier is made of, gathered from the rooms; every part must speak of the same sealed build."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from thin_assets.cohorts.definition import load_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed, SettingsError
from thin_assets.evidence.dossier import Build
from thin_assets.evidence.dossier_accounts import Accounts, shown_accounts
from thin_assets.evidence.dossier_cohort import ExampleCohort
from thin_assets.evidence.dossier_files import Papers, without_rare_codes
from thin_assets.evidence.dossier_index import Parts
from thin_assets.evidence.dossier_quality import shown_quality
from thin_assets.evidence.mapping_assets import mapping_scene
from thin_assets.evidence.mapping_page import Scene
from thin_assets.omop.contract import ACCOUNTS
from thin_assets.resources.dbt import code_version
from thin_assets.resources.dbt_docs import described_models
from thin_assets.resources.files import read_json
from thin_assets.resources.lake import Lake, build_id
from thin_assets.validated.contract import DATA_QUALITY
from thin_assets.validated.dqd_json import dashboard
from thin_assets.validated.results import results_of

DOCS = Path(__file__).parents[2] / "docs" / "reference"
KEPT_BACK = "counts of 1 to 9 are kept back"


def gather(lake: Lake, snapshot: Snapshot, cohort: str) -> tuple[Parts, Papers]:
    """Everything about the current build. Raises NothingSealed, and SettingsError for an unknown cohort."""
    folder = lake.current_build(snapshot)
    told = read_json(folder / "build.json")
    identity = told["identity"]
    _require_same_build(lake, snapshot, build_id(folder), identity["delivery"])
    cdm_source = next(_table(folder, "cdm_source").iter_rows(named=True), {})
    build = Build(snapshot, told["build"], identity, cdm_source, identity["code"] == code_version())
    checks = shown_quality(lake.read("validated", DATA_QUALITY, snapshot))
    parts = Parts(
        build=build,
        accounts=_accounts(folder, told["tables"]),
        checks=checks,
        mapping=_mapping(lake, snapshot),
        cohort=_cohort(lake, snapshot, cohort),
    )
    return parts, _papers(lake.vocabulary_of(folder), checks, build)


def _require_same_build(lake: Lake, snapshot: Snapshot, build: str, delivery: str) -> None:
    """Checks, mapping and cohorts are of the current build, or there is no dossier of it."""
    remedy = f"run it again: thin-assets run --country {snapshot.country} --snapshot {snapshot.folder}"
    judged = lake.reported("validated", snapshot) or {}
    if judged.get("failed") or judged.get("delivery") != delivery:
        raise NothingSealed(
            "the last judgement is of a candidate that was refused", where=snapshot.key, remedy=remedy
        )
    for room in ("evidence", "cohorts"):
        if (lake.reported(room, snapshot) or {}).get("build") != build:
            raise NothingSealed(f"{room} is not made of build {build}", where=snapshot.key, remedy=remedy)


def _table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / name / "data.parquet", hive_partitioning=False)


def _accounts(folder: Path, tables: Mapping[str, Mapping]) -> Accounts:
    built = {name: told["rows"] for name, told in sorted(tables.items()) if name not in ACCOUNTS}
    return shown_accounts(_table(folder, "reconciliation"), _table(folder, "routing"), built)


def _mapping(lake: Lake, snapshot: Snapshot) -> Scene:
    """The mapping as the dossier shows it: of this month alone, without codes that may be a slip."""
    scene = mapping_scene(lake, snapshot)
    shown = without_rare_codes(scene.report, lake.read("evidence", "mapping_codes", snapshot))
    return Scene(scene.now, None, shown, scene.drift)


def _cohort(lake: Lake, snapshot: Snapshot, name: str) -> ExampleCohort:
    definitions = load_definitions()
    if name not in definitions:
        known = ", ".join(sorted(definitions))
        raise SettingsError(f"no cohort {name}", where="--cohort", remedy=f"name one of {known}")
    found = definitions[name]
    attrition = lake.read("cohorts", f"{name}_attrition", snapshot).sort("step")
    return ExampleCohort(name, found.title, found.sha256, found.markdown, found.text, attrition)


def _papers(vocabulary: Path, checks: pl.DataFrame, build: Build) -> Papers:
    listed = pl.read_parquet(vocabulary / "vocabulary.parquet")
    return Papers(
        dashboard=_dashboard(checks, build),
        vocabularies=listed.select("vocabulary_id", "vocabulary_name", "vocabulary_version").sort(
            "vocabulary_id"
        ),
        own_maps=_own_maps(vocabulary),
        steps=described_models(),
        mapping_rules=(DOCS / "mapping-rules.md").read_text(encoding="utf-8"),
        source_page=(DOCS / "cdm-source.md").read_text(encoding="utf-8"),
    )


def _own_maps(vocabulary: Path) -> pl.DataFrame:
    rows = pl.read_parquet(vocabulary / "source_to_concept_map.parquet")
    return rows.sort(rows.columns)


def _dashboard(checks: pl.DataFrame, build: Build) -> dict:
    """The Dashboard's own form; dated by the build's release, with a note where counts are kept back."""
    results = results_of(checks.drop("is_kept_back"))
    made = dashboard(results, build.cdm_source, f"{build.released}T00:00:00+00:00")
    for check, is_kept_back in zip(made["CheckResults"], checks["is_kept_back"], strict=True):
        if is_kept_back:
            notes = [note for note in (check.get("notesValue"), KEPT_BACK) if note]
            check["notesValue"] = "; ".join(notes)
    return made
