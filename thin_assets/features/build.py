"""Put the features of a cohort together: stable ids, covariates in order, the tables that explain them."""

from dataclasses import asdict, dataclass

import duckdb
import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.domain.identity import stable_id
from thin_assets.errors import BrokenRules
from thin_assets.features.analyses import analyses
from thin_assets.features.contract import (
    FEATURES,
    REFERENCE,
    features_contract,
    reference_contract,
    require_features,
)
from thin_assets.features.covariates import build_covariates

SOURCES = ("person", "observation_period", "condition_occurrence", "drug_exposure", "measurement") + (
    "concept",
    "concept_ancestor",
)


@dataclass(frozen=True)
class FeatureSet:
    """The features of one cohort; columns as in `contract.py`.

    long          one row per entry and covariate, by person, index date and covariate
    covariates    what each covariate id stands for
    analyses      what each analysis does, all of them, used or not
    """

    long: pl.DataFrame
    covariates: pl.DataFrame
    analyses: pl.DataFrame

    @property
    def entries(self) -> int:
        """Entries into the cohort that have a covariate; age alone gives one to everybody."""
        return self.long.get_column("row_id").n_unique()


def build_features(
    members: pl.DataFrame, con: duckdb.DuckDBPyConnection, *, cdm_schema: str = "cdm", where: str = "features"
) -> FeatureSet:
    """Covariates of every member of a cohort, as known on the day before they entered it.

    members    a cohort as it leaves the cohorts room
    con        holds CDM and vocabulary in one schema
    where      how an error names the partition
    Raises BrokenRules when two covariates share an id, or the table breaks its contract.
    """
    backend = ibis.duckdb.from_connection(con)
    cdm = {name: backend.table(name, database=cdm_schema) for name in SOURCES}
    rows = _named(build_covariates(ibis.memtable(_entries(members)), cdm), cdm["concept"])
    built = backend.create_table("features_built", rows, temp=True, overwrite=True)
    reference = built.select(*REFERENCE).distinct().order_by("covariate_id")
    long = built.select(*FEATURES).order_by("person_id", "index_date", "covariate_id")
    _require_one_to_one(reference, where)
    require_features(reference_contract(), reference, where)
    require_features(features_contract(), long, where)
    found = FeatureSet(long.to_polars(), reference.to_polars(), analysis_reference())
    backend.drop_table("features_built", force=True)
    return found


def analysis_reference() -> pl.DataFrame:
    """The analyses as a table."""
    return pl.DataFrame([asdict(analysis) for analysis in analyses()], infer_schema_length=None).rename(
        {"id": "analysis_id", "name": "analysis_name"}
    )


def _entries(members: pl.DataFrame) -> pl.DataFrame:
    """One row per entry, with an id that is the same in every snapshot in which the entry is the same."""
    columns = ("cohort_definition_id", "subject_id", "cohort_start_date")
    keys = members.select(columns).unique().sort(columns)
    ids = [stable_id("entry", *key) for key in keys.iter_rows()]
    return keys.select(
        "cohort_definition_id",
        pl.Series("row_id", ids, pl.Int64),
        pl.col("subject_id").alias("person_id"),
        pl.col("cohort_start_date").alias("index_date"),
    )


def _named(covariates: ir.Table, concept: ir.Table) -> ir.Table:
    """Covariates under the name that their analysis gives; the concept's id keeps it unique."""
    names = concept.select(named_concept_id="concept_id", concept_name="concept_name")
    rows = covariates.left_join(names, covariates.concept_id == names.named_concept_id)
    template = ibis.cases(*((rows.analysis_id == one.id, one.covariate_name) for one in analyses()))
    words = rows.concept_id.cast("string") + " " + rows.concept_name.fill_null("not in the vocabulary")
    unit = rows.unit_concept_id.cast("string").fill_null("none")
    return rows.mutate(covariate_name=template.replace("{unit}", unit).replace("{concept}", words))


def _require_one_to_one(reference: ir.Table, where: str) -> None:
    """Two covariates under one id, or one name, would be added up unseen."""
    found = reference.aggregate(
        rows=reference.count(),
        ids=reference.covariate_id.nunique(),
        names=reference.covariate_name.nunique(),
    )
    counts = found.to_pyarrow().to_pylist()[0]
    if len(set(counts.values())) > 1:
        raise BrokenRules(
            f"{counts['rows']} covariates share {counts['ids']} ids and {counts['names']} names",
            where=where,
            remedy="give the analyses ids that cannot meet (features/analyses.csv)",
        )
