"""Essential tremor, on the engine of incidence and prevalence."""

from thin_assets.studies.essential_tremor.comorbidity import comorbidities
from thin_assets.studies.essential_tremor.contract import Comorbidity, FirstLine
from thin_assets.studies.essential_tremor.first_line import first_lines
from thin_assets.studies.essential_tremor.page import draw
from thin_assets.studies.essential_tremor.scene import DEFINITIONS
from thin_assets.studies.incidence_prevalence.declared import Denominator
from thin_assets.studies.incidence_prevalence.denominator import contribute
from thin_assets.studies.incidence_prevalence.study import STUDY as ENGINE
from thin_assets.studies.study import Material, Study, Tables, design_of

OBSERVED = Denominator(days_prior_observation=365)


def compute(material: Material) -> Tables:
    """Comorbidity and first-line treatment; rates and shares come from the engine's tables."""
    contribute(material.con, OBSERVED)
    return {
        "essential_tremor_comorbidity": comorbidities(material.con, material.members),
        "essential_tremor_first_line": first_lines(material.con, material.members),
    }


STUDY = Study(
    name="essential_tremor",
    title="Essential tremor: incidence, prevalence, comorbidity and first-line treatment",
    design=design_of(__package__),
    tables={"essential_tremor_comorbidity": Comorbidity, "essential_tremor_first_line": FirstLine},
    compute=compute,
    draw=draw,
    cohorts=DEFINITIONS,
    earlier=tuple(ENGINE.tables),
)
