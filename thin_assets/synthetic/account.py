"""The account of a delivery: its manifest for the receiver, and the truth about it for those who test."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.synthetic.aftermath import KINDS, infected
from thin_assets.synthetic.days import day, new_year
from thin_assets.synthetic.defects import NO_FAULT, kinds
from thin_assets.synthetic.effects import outcome_days
from thin_assets.synthetic.fates import judge
from thin_assets.synthetic.files import Part
from thin_assets.synthetic.practices import OPENING_YEAR, Practices
from thin_assets.synthetic.snapshots import View
from thin_assets.synthetic.truth import Delivered, Tally

GENERATOR_VERSION = "1"
CDM_TABLE = {"practice": "care_site", "staff": "provider"}


@dataclass
class Account:
    """What was planted and what should become of it, added up chunk by chunk.

    faults   rows with each kind of fault, copies not counted; `cases` outcomes of planted effects seen so far
    """

    country: str
    cutoff: int
    effects: list[dict]
    tallies: dict[str, Tally] = field(default_factory=dict)
    built: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    cases: Counter = field(default_factory=Counter)
    marker: str = ""

    def judge(self, view: View, tables: dict[str, Delivered], practices: pl.DataFrame) -> None:
        """Add a chunk."""
        tallies, built = judge(self.country, self.cutoff, len(view.lives), practices, tables)
        for name, tally in tallies.items():
            self.tallies[name] = self.tallies.get(name, Tally()) + tally
        self.built.update(built)
        for part in tables.values():
            faults = part.beside["fault"]
            spoilt = (faults != NO_FAULT) & ~part.beside["repeated"]
            self.faults += Counter(kinds()[number] for number in faults[spoilt])
        self._count_cases(view)

    def count_simple(self, table: str, rows: int, *, copies: int) -> None:
        """Add a table of which everything is loaded but the copies."""
        self.tallies[table] = Tally(delivered=rows, loaded=rows - copies, collapsed=copies)
        self.built[CDM_TABLE[table]] = rows - copies
        self.faults += Counter(duplicate=copies)

    def _count_cases(self, view: View) -> None:
        people = view.lives.people
        diseases = {row["outcome"] for row in self.effects if row["kind"] not in KINDS}
        for outcome in sorted(diseases):
            days = outcome_days(view.lives.onset, self.country, outcome)
            observed = (days >= people["entry"]) & (days < people["ends"]) & (days <= view.until)
            self.cases[outcome] += int(np.sum(observed & view.delivered))
        self.cases.update(infected(self.effects, view))

    def as_truth(self, snapshot: Snapshot, world: tuple) -> dict:
        """The content of truth.json."""
        seed, country, patients = world
        return {
            "country": country,
            "snapshot": snapshot.folder,
            "seed": seed,
            "patients": patients,
            "tables": {name: tally.as_truth() for name, tally in self.tallies.items()},
            "cdm_rows": dict(self.built),
            "defects": dict(self.faults),
            "planted_effects": {"rows": self.effects, "cases": dict(self.cases)},
            "marker": self.marker,
        }


def manifest(
    snapshot: Snapshot, seed: int, practices: Practices, parts: list[Part], layout: str = LAYOUT_THIN
) -> dict:
    """What the delivery says of itself.

    A practice has left in the month in which it is gone, or after which nothing new comes from it.
    """
    cutoff, previous = day(snapshot.cutoff), snapshot.previous
    stopped = (practices.leaves == cutoff) | (practices.freezes == day(previous.cutoff))
    traits = COUNTRIES[snapshot.country]
    systems = [coding.system for coding in (*traits.diagnoses, *traits.drugs)]
    return {
        "layout_version": layout,
        "country": snapshot.country,
        "snapshot_month": snapshot.folder,
        "collection_cutoff": snapshot.cutoff.isoformat(),
        "generated_at": f"{next_month(snapshot.month)}T06:00:00Z",
        "seed": seed,
        "generator_version": GENERATOR_VERSION,
        "previous_snapshot": previous.folder if day(previous.month) >= new_year(OPENING_YEAR) else None,
        "files": [vars(part) for part in sorted(parts, key=lambda part: part.path)],
        "practices_joined": practices.keys[practices.joins == cutoff].tolist(),
        "practices_left": practices.keys[stopped].tolist(),
        "code_system_versions": dict.fromkeys(systems, "demo"),
        "contains_free_text": False,
    }
