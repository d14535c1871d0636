"""Facts of a publication, gathered from the rooms that know them: read as data, told under disclosure."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.catalogue.draw import write_card
from thin_assets.published.catalogue.stock import take_stock
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.commits import of_partition
from thin_assets.published.writing.facts import (
    Facts,
    account_facts,
    attrition_facts,
    coarse,
    count_covariates,
    dictionary_of,
    drift_facts,
    one_per_concept,
    prevalence_facts,
    quality_facts,
)
from thin_assets.resources.files import read_json, replacing, write_json
from thin_assets.resources.lake import Lake
from thin_assets.resources.tables import open_table

CONCEPT = ("concept_id", "concept_name", "vocabulary_id", "concept_code")


@dataclass(frozen=True)
class Source:
    """The lake as one partition of a product sees it: tables of that partition, None where none was built.

    build     sealed build that the partition was made from
    """

    lake: Lake
    product: Product
    snapshot: Snapshot
    build: str

    def read(self, room: str, table: str) -> pl.DataFrame | None:
        """A table of the partition."""
        is_built = self.lake.file(room, table, self.snapshot).is_file()
        return self.lake.read(room, table, self.snapshot) if is_built else None

    def beside(self, suffix: str) -> pl.DataFrame | None:
        """A table that stands beside the source of the product: `lung_cancer_matched_drift`."""
        room, table = self.product.source.split("/")
        return self.read(room, f"{table}_{suffix}")

    @property
    def sealed(self) -> Path:
        """Folder of the build."""
        return self.lake.build_folder(self.snapshot, self.build)

    @property
    def identity(self) -> dict[str, str]:
        """What the build was made from; nothing where retention has removed it."""
        return (read_json(self.sealed / "build.json") or {}).get("identity", {})


def tell_more(lake: Lake, shelf: Shelf, snapshot: Snapshot, build: str, version: int | str) -> None:
    """Add to the facts of a publication what other rooms know, write its dictionary, draw the card anew."""
    counted = _counted(shelf, snapshot)
    source = Source(lake, shelf.product, snapshot, build)
    more = gather_facts(source, counted)
    for path in (shelf.facts_of(snapshot, version), shelf.facts(snapshot)):
        write_json(path, (read_json(path) or {}) | more)
    dictionary = _dictionary(source, counted)
    if dictionary is not None:
        with replacing(shelf.dictionary(snapshot, version)) as temporary:
            dictionary.write_parquet(temporary, compression="zstd", statistics=False)
    write_card(take_stock(shelf))


def _counted(shelf: Shelf, snapshot: Snapshot) -> pl.DataFrame | None:
    """Entries by covariate in the rows that readers see; None where a product tells of no covariates."""
    if not {"row_id", "person_id", "covariate_id"} <= set(shelf.product.schema):
        return None
    return count_covariates(pl.scan_delta(open_table(shelf.table)).filter(of_partition(snapshot)))


def gather_facts(source: Source, counted: pl.DataFrame | None) -> Facts:
    """What a card tells of a partition beyond its rows; what nobody counted is left out.

    counted    of `count_covariates` over the rows that readers see: what was kept back is in no fact
    """
    told = {
        "delivery": _delivery(source),
        "cdm": _cdm(source),
        "attrition": _attrition(source),
        "drift": _drift(source),
        "prevalence": _prevalence(source, counted),
        **_judgement(source),
    }
    return {name: found for name, found in told.items() if found}


def _delivery(source: Source) -> Facts | None:
    """What was delivered; a delivery that replaced it since is another one, and is not told."""
    landed = source.lake.reported("landing", source.snapshot) or {}
    if "delivery" not in landed or landed["delivery"] != source.identity.get("delivery"):
        return None
    origin = landed.get("origin") or {}
    return {
        "month": source.snapshot.folder,
        "manifest_sha256": landed["delivery"],
        "layout": landed["layout"],
        "generated_at": landed["generated_at"],
        "holder": origin.get("holder"),
        "tables": len(landed["tables"]),
        "rows": coarse(sum(landed["tables"].values())),
    }


def _cdm(source: Source) -> Facts:
    told = ("code", "delivery", "layout", "vocabulary")
    return {"build": source.build} | {name: source.identity[name] for name in told if name in source.identity}


def _judgement(source: Source) -> dict[str, Facts]:
    """Checks and account of the build; the last judgement may be of a candidate that came after it."""
    judged = source.lake.reported("validated", source.snapshot) or {}
    results = source.read("validated", "data_quality")
    is_of_it = judged.get("delivery") == source.identity.get("delivery") and not judged.get("failed")
    if results is None or not is_of_it:
        return {}
    return {"account": account_facts(judged), "quality": quality_facts(results)}


def _attrition(source: Source) -> list[Facts] | None:
    name = source.product.cohort
    steps = source.read("cohorts", f"{name}_attrition") if name else None
    return None if steps is None else attrition_facts(steps)


def _drift(source: Source) -> Facts | None:
    found = source.beside("drift")
    return None if found is None else drift_facts(found)


def _prevalence(source: Source, counted: pl.DataFrame | None) -> Facts | None:
    """By split and case: the published rows say which covariates, the source who has them."""
    labels, splits = source.beside("labels"), source.beside("splits")
    if labels is None or splits is None or counted is None:
        return None
    groups = labels.select("row_id", "person_id", "is_case").join(
        splits.select("row_id", "split"), on="row_id"
    )
    room, table = source.product.source.split("/")
    rows = pl.scan_parquet(source.lake.whole(room, table, source.snapshot), hive_partitioning=False)
    covariates = source.beside("covariate_ref")
    chosen = counted if covariates is None else one_per_concept(counted, covariates)
    return prevalence_facts(rows, groups, chosen)


def _dictionary(source: Source, counted: pl.DataFrame | None) -> pl.DataFrame | None:
    covariates, analyses = source.beside("covariate_ref"), source.beside("analysis_ref")
    if covariates is None or analyses is None or counted is None:
        return None
    wanted = covariates.join(counted, on="covariate_id", how="semi")["concept_id"].unique()
    return dictionary_of(counted, covariates, analyses, _concepts(source, wanted))


def _concepts(source: Source, wanted: pl.Series) -> pl.DataFrame:
    """Name and code of concepts, from the vocabulary that the build was made with."""
    folder = source.lake.vocabulary_of(source.sealed)
    known = pl.scan_parquet(folder / "concept.parquet").select(CONCEPT)
    return (
        known.filter(pl.col("concept_id").is_in(wanted.implode()))
        .with_columns(pl.col("concept_id").cast(pl.Int32))
        .collect()
    )
