"""The study of long COVID: symptoms after an infection, as codes alone and as codes and text know them."""

import polars as pl

from thin_assets.studies.long_covid.accounts import (
    count_baseline,
    count_flow,
    told_before_label,
    told_sources,
)
from thin_assets.studies.long_covid.contract import (
    Baseline,
    BeforeLabel,
    Cell,
    Flow,
    Hazard,
    Incidence,
    Source,
)
from thin_assets.studies.long_covid.declared import CODED, COHORT, LABEL_COHORT, PACKAGE, SOURCES
from thin_assets.studies.long_covid.estimates import estimate
from thin_assets.studies.long_covid.followed import Followed
from thin_assets.studies.long_covid.page import draw
from thin_assets.studies.long_covid.people import find_members
from thin_assets.studies.long_covid.records import (
    count_before_label,
    count_sources,
    find_outcomes,
    find_records,
    has_text,
)
from thin_assets.studies.study import Material, Study, design_of


def compute(material: Material) -> dict[str, pl.DataFrame]:
    """Every table; where no text was read, of coded records alone."""
    con, matched = material.con, material.matched[COHORT]
    labelled = material.members[LABEL_COHORT]
    sources = list(SOURCES) if has_text(con) else [CODED]
    members = find_members(con, matched)
    find_records(con)
    followed = Followed(members, find_outcomes(con))
    found = estimate(followed, sources)
    before = count_before_label(con, labelled)
    persons = labelled["subject_id"].n_unique()
    return {
        "long_covid_flow": count_flow(matched, followed),
        "long_covid_baseline": count_baseline(followed, sources[-1]),
        "long_covid_sources": told_sources(count_sources(con)),
        "long_covid_hazards": found["hazards"],
        "long_covid_incidence": found["incidence"],
        "long_covid_before_label": told_before_label(before, persons, sources),
        "long_covid_cells": found["cells"],
    }


STUDY = Study(
    name="long_covid",
    title="Which symptoms are recorded from twelve weeks after COVID-19, in codes and in text",
    design=design_of(PACKAGE),
    tables={
        "long_covid_flow": Flow,
        "long_covid_baseline": Baseline,
        "long_covid_sources": Source,
        "long_covid_hazards": Hazard,
        "long_covid_incidence": Incidence,
        "long_covid_before_label": BeforeLabel,
        "long_covid_cells": Cell,
    },
    compute=compute,
    draw=draw,
    cohorts=(LABEL_COHORT,),
    matched=(COHORT,),
)
