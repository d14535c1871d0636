"""The engine as a study: whatever analyses are declared, in one step."""

from thin_assets.studies.incidence_prevalence import analyses
from thin_assets.studies.incidence_prevalence.contract import (
    IncidenceEstimate,
    PrevalenceEstimate,
    StandardisedEstimate,
    TrendEstimate,
)
from thin_assets.studies.incidence_prevalence.declared import Analyses, ours
from thin_assets.studies.incidence_prevalence.page import draw
from thin_assets.studies.study import Material, Study, Tables, design_of

CONTRACTS = {
    analyses.INCIDENCE: IncidenceEstimate,
    analyses.PREVALENCE: PrevalenceEstimate,
    analyses.STANDARDISED: StandardisedEstimate,
    analyses.TREND: TrendEstimate,
}


def incidence_prevalence(name: str, told: Analyses) -> Study:
    """A study of what is declared: tables `<name>_incidence`, `<name>_prevalence` and so on, and a page."""

    def compute(material: Material) -> Tables:
        found = analyses.run(material.con, told, material.members)
        return {f"{name}_{table}": rows for table, rows in found.items()}

    return Study(
        name=name,
        title=told.title,
        design=design_of(__package__),
        tables={f"{name}_{table}": contract for table, contract in CONTRACTS.items()},
        compute=compute,
        draw=lambda snapshot, tables: draw(
            told, snapshot, {table: tables[f"{name}_{table}"] for table in CONTRACTS}
        ),
        cohorts=told.cohorts,
        declared=repr(told),
    )


STUDY = incidence_prevalence("incidence_prevalence", ours())
