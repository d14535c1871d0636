"""What covariates and analyses are called and mean: the two reference tables beside the features."""

import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.features.catalogue import Catalogue, covariate_template

DOMAINS = {
    "person": "Demographics",
    "observation_period": "Demographics",
    "condition": "Condition",
    "condition_source": "Condition",
    "drug": "Drug",
    "procedure": "Procedure",
    "measurement": "Measurement",
    "measurement_value": "Measurement",
    "observation": "Observation",
    "observation_answer": "Observation",
    "observation_value": "Observation",
    "visit": "Visit",
}

ANALYSIS = {
    "analysis_id": pl.Int32,
    "analysis_name": pl.String,
    "domain_id": pl.String,
    "family": pl.String,
    "start_day": pl.Int32,
    "end_day": pl.Int32,
    "lag": pl.Int32,
    "rollup": pl.String,
    "measure": pl.String,
    "is_binary": pl.Boolean,
    "missing_means_zero": pl.Boolean,
    "unit": pl.String,
    "description": pl.String,
}
"""Columns of FeatureExtraction's analysisRef, and what our catalogue adds."""


def analysis_reference(told: Catalogue) -> pl.DataFrame:
    """The analyses as a table; `start_day` and `end_day` count from the index, null: since ever."""
    rows = [
        {
            "analysis_id": analysis.id,
            "analysis_name": analysis.name,
            "domain_id": DOMAINS[family.events],
            "family": family.name,
            "start_day": -analysis.days if analysis.days else None,
            "end_day": -1 - analysis.lag,
            "lag": analysis.lag,
            "rollup": family.rollup,
            "measure": family.measure,
            "is_binary": family.measure in ("presence", "latest_concept"),
            "missing_means_zero": family.missing_means_zero,
            "unit": family.unit,
            "description": family.description,
        }
        for family, analysis in told.analyses().values()
    ]
    return pl.DataFrame(rows, schema=ANALYSIS)


def name_covariates(found: ir.Table, concept: ir.Table, told: Catalogue) -> ir.Table:
    """Covariates under the name that their analysis gives; the concept's id keeps it unique.

    found      (covariate_id, concept_id, unit_concept_id), distinct
    returns    the columns of `contract.REFERENCE`
    """
    names = concept.select(named_concept_id="concept_id", concept_name="concept_name")
    rows = found.left_join(names, found.concept_id == names.named_concept_id)
    rows = rows.mutate(analysis_id=(rows.covariate_id % 1000).cast("int32"))
    pairs = told.analyses()
    template = ibis.cases(
        *((rows.analysis_id == number, covariate_template(*pair)) for number, pair in pairs.items())
    )
    zero = [number for number, (family, _) in pairs.items() if family.missing_means_zero]
    words = rows.concept_id.cast("string") + " " + rows.concept_name.fill_null("not in the vocabulary")
    unit = rows.unit_concept_id.cast("string").fill_null("none")
    return rows.select(
        "covariate_id",
        covariate_name=template.replace("{unit}", unit).replace("{concept}", words),
        analysis_id="analysis_id",
        concept_id="concept_id",
        unit_concept_id="unit_concept_id",
        missing_means_zero=rows.analysis_id.isin(zero),
    )
