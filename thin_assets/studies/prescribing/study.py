"""The prescribing observatory, as a study."""

import polars as pl

from thin_assets.studies.prescribing.calendar import calendar_of
from thin_assets.studies.prescribing.cells import count_cells
from thin_assets.studies.prescribing.changes import find_changes
from thin_assets.studies.prescribing.contract import (
    Cell,
    Change,
    Coverage,
    MeasureOfMonth,
    Pair,
    PersonDays,
    Prescribing,
    Reason,
    Specialty,
    Treatment,
)
from thin_assets.studies.prescribing.counts import (
    count_coverage,
    count_person_days,
    count_prescribing,
    count_specialties,
)
from thin_assets.studies.prescribing.declared import PACKAGE, declared
from thin_assets.studies.prescribing.drugs import know_drugs
from thin_assets.studies.prescribing.given import find_given
from thin_assets.studies.prescribing.measures import count_measures
from thin_assets.studies.prescribing.page import draw
from thin_assets.studies.prescribing.pairs import count_pairs
from thin_assets.studies.prescribing.reasons import count_reasons
from thin_assets.studies.prescribing.records import read_records
from thin_assets.studies.prescribing.treatments import count_treatments, find_episodes
from thin_assets.studies.study import Material, Study, design_of


def compute(material: Material) -> dict[str, pl.DataFrame]:
    """Every table of the observatory: drug_exposure is read once."""
    told, con = declared(), material.con
    days = calendar_of(material.snapshot, told)
    read_records(con, days, told)
    know_drugs(con, told)
    find_given(con, told.washout_days)
    find_episodes(con, told)
    person_days = count_person_days(con, told.washout_days)
    prescribing = count_prescribing(con, person_days, told.class_level)
    return {
        "prescribing": prescribing,
        "prescribing_person_days": person_days,
        "prescribing_specialties": count_specialties(con, told.class_level),
        "prescribing_treatments": count_treatments(con, days, told),
        "prescribing_reasons": count_reasons(con, days, told),
        "prescribing_pairs": count_pairs(con, days, told),
        "prescribing_measures": count_measures(con, told),
        "prescribing_changes": find_changes(prescribing, person_days),
        "prescribing_coverage": count_coverage(con, told.class_level),
        "prescribing_cells": count_cells(con, days, told),
    }


STUDY = Study(
    name="prescribing",
    title="Who is prescribed what, how much and for how long, month by month",
    design=design_of(PACKAGE),
    tables={
        "prescribing": Prescribing,
        "prescribing_person_days": PersonDays,
        "prescribing_specialties": Specialty,
        "prescribing_treatments": Treatment,
        "prescribing_reasons": Reason,
        "prescribing_pairs": Pair,
        "prescribing_measures": MeasureOfMonth,
        "prescribing_changes": Change,
        "prescribing_coverage": Coverage,
        "prescribing_cells": Cell,
    },
    compute=compute,
    draw=draw,
)
