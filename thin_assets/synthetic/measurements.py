"""Additional health data: what is measured in the consulting room and the laboratory, and vaccinations."""

from collections.abc import Iterator

import numpy as np

from thin_assets.synthetic.chance import days_within, happens
from thin_assets.synthetic.clinic import Clinic, clinical, data_rows
from thin_assets.synthetic.coding import index_of
from thin_assets.synthetic.consultations import person_years
from thin_assets.synthetic.laboratory import results
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import by_age, rates
from thin_assets.synthetic.pool import NULL, number, word
from thin_assets.synthetic.rows import Rows, stacked

GROWTH = 0.35
"""Share of cultures in which something grows."""

AT_RISK = ("copd", "asthma", "type_2_diabetes", "heart_failure")
"""Diseases that invite a vaccination at any age."""


def health_rows(clinic: Clinic, visits: Rows, medical: Rows, years: tuple[int, int]) -> Rows:
    """Every additional health datum of the years.

    medical   coded entries: some of them lead to a specimen
    """
    parts = [*clinical(clinic, visits), results(clinic, visits), *_specimens(clinic, medical)]
    return stacked([*parts, *_vaccinations(clinic, years)])


def _specimens(clinic: Clinic, medical: Rows) -> Iterator[Rows]:
    """Specimens taken for a complaint, and beside some of them what the laboratory found: growth or none."""
    for row in rates("specimens").iter_rows(named=True):
        asked = (medical["notion"] == index_of("diagnoses")[row["notion"]]) & (medical["visit"] >= 0)
        which = np.flatnonzero(asked)
        which = which[clinic.now_and_then(len(which), row["share"])]
        place = medical["who"][which], medical["day"][which], medical["visit"][which]
        yield data_rows(*place, row["specimen"])
        if row["test"]:
            grown = clinic.now_and_then(len(which), GROWTH)
            yield data_rows(*place, row["test"], data4=np.where(grown, word("POS"), word("NEG")))


def _vaccinations(clinic: Clinic, years: tuple[int, int]) -> list[Rows]:
    """Seasonal vaccinations: by age, and more often with a chronic disease; given without a consultation."""
    cells = person_years(clinic.lives, *years)
    risks = [burden(clinic.country).at(name) for name in AT_RISK]
    frail = (clinic.lives.onset[cells["who"]][:, risks] < cells["start"][:, None]).any(axis=1)
    table = rates("vaccines")
    return [
        _season(
            clinic,
            cells,
            row,
            np.where(frail, np.maximum(chance[cells["age"]], row["chronic"]), chance[cells["age"]]),
        )
        for chance, row in zip(by_age(table), table.iter_rows(named=True), strict=True)
    ]


def _season(clinic: Clinic, cells: Rows, row: dict, wanted: np.ndarray) -> Rows:
    """One vaccine: a day within its months of each year, if the patient is there then."""
    january = cells["start"].astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[M]")
    first = (january + row["month_from"] - 1).astype("datetime64[D]").astype(np.int32)
    after = (january + row["month_to"]).astype("datetime64[D]").astype(np.int32)
    given = days_within(clinic.rng, first, after)
    kept = np.flatnonzero(happens(clinic.rng, wanted) & (given >= cells["start"]) & (given < cells["stop"]))
    stage = np.repeat(number(np.array([1.0]), 0), len(kept))
    return data_rows(cells["who"][kept], given[kept], np.full(len(kept), NULL), row["vaccine"], data1=stage)
