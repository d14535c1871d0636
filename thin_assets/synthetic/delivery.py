"""Writing a delivery: chunk by chunk to compressed parts, then the manifest, then the marker; the truth beside it."""

import hashlib
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.resources.files import write_json
from thin_assets.synthetic import register
from thin_assets.synthetic.chunks import Chunk, chunks_of, keys_of, lives_of, marked_patient, records_of
from thin_assets.synthetic.days import day, new_year
from thin_assets.synthetic.defects import NO_FAULT, kinds
from thin_assets.synthetic.effects import outcome_days, planted
from thin_assets.synthetic.files import Part, write_part
from thin_assets.synthetic.lookups import lookup_frames
from thin_assets.synthetic.practices import OPENING_YEAR, Practices, open_practices
from thin_assets.synthetic.snapshots import View, seen
from thin_assets.synthetic.tables import Speller
from thin_assets.synthetic.truth import Delivered, Tally, judge

GENERATOR_VERSION = "1"
WRITERS = 2
MARKER_FILE = "_COMPLETE"


def write_delivery(
    snapshot: Snapshot,
    *,
    patients: int,
    seed: int,
    deliveries: Path,
    truth: Path,
    defects: bool = True,
    effects: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the delivery of one country and month, and the truth about it; returns the delivery's folder.

    patients   patients ever registered when the network opened (1 January 2023)
    seed       the same seed, patients and country give the same lives in every month, byte for byte
    defects    False leaves out every planted fault
    effects    names of planted effects (`effects.known_effects()`)
    progress   called with chunks done and chunks in all
    An existing delivery is replaced as a whole. Raises SettingsError for an unknown effect.
    """
    writing = _Writing.begin(snapshot, patients, seed, defects, planted(effects, snapshot.country))
    folder = deliveries / snapshot.country / snapshot.folder
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            writing.write(temporary, pool, progress or (lambda done, of: None))
        write_json(temporary / "manifest.json", writing.manifest())
        (temporary / MARKER_FILE).touch()
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    write_json(truth / snapshot.country / f"{snapshot.folder}.json", writing.truth())
    return folder


@dataclass
class _Writing:
    """One delivery while it is written."""

    snapshot: Snapshot
    world: tuple
    defects: bool
    effects: list[dict]
    practices: Practices
    parts: list[Part] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    built: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    cases: Counter = field(default_factory=Counter)
    marker: str = ""

    @classmethod
    def begin(
        cls, snapshot: Snapshot, patients: int, seed: int, defects: bool, effects: list[dict]
    ) -> "_Writing":
        practices = open_practices(snapshot.country, patients, seed, snapshot.month.year)
        return cls(snapshot, (seed, snapshot.country, patients), defects, effects, practices)

    @property
    def cutoff(self) -> int:
        return day(self.snapshot.cutoff)

    def write(self, folder: Path, pool: ThreadPoolExecutor, progress: Callable[[int, int], None]) -> None:
        """All tables; parts of one chunk are compressed while the next is simulated."""
        until = self.practices.collected_until(self.cutoff)
        shown = self.practices.delivered_at(self.cutoff)
        members = np.zeros(len(shown), dtype=np.int64)
        waiting: list[Future] = []
        chunks = [chunk for chunk in chunks_of(self.practices) if shown[chunk.practice].any()]
        for number, chunk in enumerate(chunks):
            tables = self._chunk(chunk, shown, until, members)
            self.parts += [future.result() for future in waiting]
            waiting = [
                pool.submit(write_part, folder, name, number, part.frame, _line_faults(part))
                for name, part in tables.items()
            ]
            progress(number + 1, len(chunks))
        self.parts += [future.result() for future in waiting]
        self._small_tables(folder, shown, until, members)

    def _chunk(
        self, chunk: Chunk, shown: np.ndarray, until: np.ndarray, members: np.ndarray
    ) -> dict[str, Delivered]:
        year, country = self.snapshot.month.year, self.snapshot.country
        lives = lives_of(self.world, chunk, self.practices, year, self.effects, defects=self.defects)
        records = records_of(
            self.world, chunk, self.practices, lives, year, self.effects, defects=self.defects
        )
        practice = lives.people["practice"]
        keys = keys_of(lives, self._mark(chunk, lives))
        view = seen(lives, keys, records, shown[practice], until[practice])
        here = view.delivered & (lives.people["ends"] > view.until)
        members += np.bincount(practice[here], minlength=len(members))
        tables = _delivered(country, view, self.practices)
        draft = register.practice_frame(country, self.practices, shown, until, members, repeat=False)
        tallies, built = judge(country, self.cutoff, len(lives), draft, tables)
        self._count(tallies, built, tables, view)
        return tables

    def _mark(self, chunk: Chunk, lives) -> tuple[int, str] | None:
        """The marker is the delivered key of one patient of the first chunk."""
        if chunk.names != (0, 0):
            return None
        suffix = hashlib.sha256(f"{self.world}".encode()).hexdigest()[:8].upper()
        who = marked_patient(lives)
        practice = self.practices.keys[lives.people["practice"][who]]
        self.marker = f"{practice}|{keys_of(lives, (who, suffix))[who]}"
        return who, suffix

    def _count(
        self, tallies: dict[str, Tally], built: Counter, tables: dict[str, Delivered], view: View
    ) -> None:
        for name, tally in tallies.items():
            self.tallies.setdefault(name, Tally()).add(tally)
        self.built += built
        for part in tables.values():
            faults = part.beside["fault"]
            first = (
                ~part.beside["repeated"] if "repeated" in part.beside else np.ones(len(faults), dtype=bool)
            )
            self.faults += Counter(kinds()[number] for number in faults[(faults != NO_FAULT) & first])
        for outcome in {row["outcome"] for row in self.effects}:
            days = outcome_days(view.lives.onset, self.snapshot.country, outcome)
            seen_then = (days >= view.lives.people["entry"]) & (days < view.lives.people["ends"])
            self.cases[outcome] += int((seen_then & (days <= view.until) & view.delivered).sum())

    def _small_tables(self, folder: Path, shown: np.ndarray, until: np.ndarray, members: np.ndarray) -> None:
        country = self.snapshot.country
        practice = register.practice_frame(
            country, self.practices, shown, until, members, repeat=self.defects
        )
        staff = register.staff_frame(self.world, self.practices, shown, repeat=self.defects)
        for name, frame, built in (("practice", practice, "care_site"), ("staff", staff, "provider")):
            copies = int(self.defects)
            self.tallies[name] = Tally(len(frame), len(frame) - copies, copies)
            self.built[built] = len(frame) - copies
            self.parts.append(write_part(folder, name, 0, frame))
        self.faults["duplicate"] += 2 * int(self.defects)
        for name, frame in lookup_frames(country).items():
            self.parts.append(write_part(folder, name, 0, frame))

    def manifest(self) -> dict:
        """What the delivery says of itself."""
        month, previous = self.snapshot.month, self.snapshot.previous
        keys, cutoff = self.practices.keys, self.cutoff
        stopped = (self.practices.leaves == cutoff) | (self.practices.freezes == day(previous.cutoff))
        return {
            "layout_version": LAYOUT_THIN,
            "country": self.snapshot.country,
            "snapshot_month": self.snapshot.folder,
            "collection_cutoff": self.snapshot.cutoff.isoformat(),
            "generated_at": f"{next_month(month)}T06:00:00Z",
            "seed": self.world[0],
            "generator_version": GENERATOR_VERSION,
            "previous_snapshot": previous.folder if day(previous.month) >= new_year(OPENING_YEAR) else None,
            "files": [part.entry() for part in sorted(self.parts, key=lambda part: part.path)],
            "practices_joined": keys[self.practices.joins == cutoff].tolist(),
            "practices_left": keys[stopped].tolist(),
            "code_system_versions": {
                coding.system: "demo" for coding in COUNTRIES[self.snapshot.country].diagnoses
            },
            "contains_free_text": False,
        }

    def truth(self) -> dict:
        """What was planted, and what should become of every row."""
        seed, country, patients = self.world
        return {
            "country": country,
            "snapshot": self.snapshot.folder,
            "seed": seed,
            "patients": patients,
            "tables": {name: tally.written() for name, tally in self.tallies.items()},
            "cdm_rows": dict(self.built),
            "defects": dict(self.faults),
            "planted_effects": {"rows": self.effects, "cases": dict(self.cases)},
            "marker": self.marker,
        }


def _delivered(country: str, view: View, practices: Practices) -> dict[str, Delivered]:
    """Every table of patients and events, as it will be written."""
    traits = COUNTRIES[country]
    frame, beside = register.patient_frame(country, view, practices, traits.observation == "registered")
    beside["repeated"] = np.zeros(len(frame), dtype=bool)
    beside["repeated"][1:] = beside["who"][1:] == beside["who"][:-1]
    found = {"patient": Delivered(frame, beside)}
    speller = Speller(country, view, practices.keys)
    for name, rows in view.tables.items():
        kept = {column: rows[column] for column in ("who", "fault", "repeated")}
        found[name] = Delivered(speller.frame(name), kept)
    if traits.deprivation:
        found["pvi"] = Delivered(*register.deprivation_frame(view, practices))
    return found


def _line_faults(part: Delivered) -> np.ndarray:
    return np.where(part.readable, NO_FAULT, part.beside["fault"])
