"""The study, as the platform runs it."""

from thin_assets.studies.study import Study
from thin_assets.studies.triple_therapy.compute import COHORTS, TABLES, compute
from thin_assets.studies.triple_therapy.page import TITLE, design, draw

STUDY = Study(
    name="triple_therapy",
    title=TITLE,
    design=design(),
    tables=TABLES,
    compute=compute,
    draw=draw,
    cohorts=COHORTS,
)
