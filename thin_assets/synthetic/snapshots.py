"""What a snapshot sees of the lives: rows recorded by its cut-off, corrections made by then.

Only practices that still send are seen. The same life shows more of itself every month.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.synthetic.days import NEVER
from thin_assets.synthetic.defects import fault
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.records import MOST_PER_PATIENT, Tables
from thin_assets.synthetic.rows import Rows, size, stacked, take


@dataclass(frozen=True)
class View:
    """A chunk as one snapshot sees it.

    keys       delivered key of each patient
    until      last day collected from each patient's practice
    delivered  whether the patient is part of the snapshot
    tables     event rows, sorted by patient and day; `repeated` marks the second copy of a duplicate
    """

    lives: Lives
    keys: pl.Series
    until: np.ndarray
    delivered: np.ndarray
    tables: Tables


def seen(lives: Lives, keys: pl.Series, tables: Tables, sends: np.ndarray, until: np.ndarray) -> View:
    """The view of a chunk.

    sends, until   for each patient: whether the practice is in the snapshot, and its last collected day
    """
    delivered = sends & (known_since(lives.people) <= until)
    shown = {name: _shown(rows, delivered, until) for name, rows in tables.items()}
    return View(lives, keys, until, delivered, shown)


def known_since(people: Rows) -> np.ndarray:
    """First day on which a patient's registration is in the system."""
    return people["entry"] + 1


def _shown(rows: Rows, delivered: np.ndarray, until: np.ndarray) -> Rows:
    who = rows["who"]
    kept = take(rows, np.flatnonzero(delivered[who] & (rows["sysday"] <= until[who])))
    kept["repeated"] = np.zeros(size(kept), dtype=bool)
    copies = [take(kept, kept["fault"] == fault("duplicate")), _same_day_repeats(kept)]
    everything = stacked([kept, *({**copy, "repeated": np.ones(size(copy), dtype=bool)} for copy in copies)])
    if "corrected" in everything:
        everything["corrected"] = np.where(
            (everything["corrected"] <= until[everything["who"]]) & (everything["fault"] == 0),
            everything["corrected"],
            NEVER,
        ).astype(np.int32)
    order = np.argsort(everything["who"].astype(np.int64) * 2**32 + everything["day"] + 2**30, kind="stable")
    return take(everything, order)


def _same_day_repeats(rows: Rows) -> Rows:
    """The same prescription entered again under another record number."""
    again = take(rows, rows["fault"] == fault("same_day_repeat"))
    return again | {"number": again["number"] + MOST_PER_PATIENT // 2}
