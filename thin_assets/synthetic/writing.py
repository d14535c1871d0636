"""One delivery while it is written, chunk by chunk: one is compressed while the next is simulated."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from thin_assets.domain.native import NATIVE_LAYOUTS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import replacing
from thin_assets.synthetic import register
from thin_assets.synthetic.account import Account
from thin_assets.synthetic.chunks import Chunk, chunks_of, keys_of, lives_of, marked, records_of
from thin_assets.synthetic.days import day
from thin_assets.synthetic.defects import NO_FAULT
from thin_assets.synthetic.enrichment import Drawing, sampling_of
from thin_assets.synthetic.files import Part, ThinWriter
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.lookups import lookup_frames, with_factors
from thin_assets.synthetic.native import NativeWriter, carried
from thin_assets.synthetic.practices import OPENING_YEAR, Practices
from thin_assets.synthetic.snapshots import View, seen
from thin_assets.synthetic.tables import delivered_tables, told_in_text
from thin_assets.synthetic.truth import Delivered

COMPRESSORS = 2

Progress = Callable[[int, int], None]
"""Called with the chunks done and the chunks in all."""


@dataclass(frozen=True)
class Style:
    """How rows are spelled and laid out."""

    layout: str
    first_codes: bool


@dataclass
class Writing:
    """One delivery while it is written; `told` is what only a text bundle will say, chunk by chunk."""

    snapshot: Snapshot
    world: tuple
    practices: Practices
    defects: bool
    effects: list[dict]
    style: Style
    wide: int = 0
    account: Account = field(init=False)
    drawing: Drawing | None = None
    told: list[pl.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        cutoff = day(self.snapshot.cutoff)
        self.account = Account(self.snapshot.country, cutoff, self.effects)
        self.until = self.practices.collected_until(cutoff)
        self.shown = self.practices.delivered_at(cutoff)
        self.members = np.zeros(len(self.shown), dtype=np.int64)

    @contextmanager
    def drawing_from(self, kept: dict[str, float], times: int, weights: Path) -> Iterator[None]:
        """Draw from a population so many times as large; where nobody is to be kept, everybody is."""
        if not kept:
            yield
            return
        self.practices = replace(self.practices, members=self.practices.members * times)
        sampling = sampling_of(self.snapshot.country, kept, self.world[2], self._founders())
        with replacing(weights) as path, path.open("wb") as file:
            self.drawing = Drawing(sampling, self.world, times, file)
            yield

    def _founders(self) -> Iterator[Lives]:
        for chunk in chunks_of(self.practices):
            if chunk.wave == 0:
                yield self._lives(chunk, OPENING_YEAR - 1)

    def _lives(self, chunk: Chunk, until_year: int) -> Lives:
        switches = {"defects": self.defects, "wide": self.wide}
        return lives_of(self.world, chunk, self.practices, until_year, self.effects, **switches)

    def as_truth(self) -> dict:
        """The account, and how the delivery was drawn where it is enriched."""
        found = self.account.as_truth(self.snapshot, self.world)
        return found | ({"sampling": self.drawing.as_truth()} if self.drawing else {})

    def write(self, folder: Path, progress: Progress) -> list[Part]:
        """All tables; the parts of one chunk are compressed while the next is simulated."""
        layout = self.style.layout
        writer = NativeWriter(layout, folder) if layout in NATIVE_LAYOUTS else ThinWriter(folder)
        waiting: list[Future] = []
        chunks = [chunk for chunk in chunks_of(self.practices) if self.shown[chunk.practice].any()]
        with ThreadPoolExecutor(COMPRESSORS) as pool:
            for number, chunk in enumerate(chunks):
                tables = self._chunk(chunk)
                _finish(waiting)
                waiting = [
                    pool.submit(writer.write, name, number, part.frame, _broken_lines(part))
                    for name, part in tables.items()
                ]
                progress(number + 1, len(chunks))
            _finish(waiting)
        for name, frame in self._small_tables().items():
            writer.write(name, 0, frame)
        return writer.parts()

    def _chunk(self, chunk: Chunk) -> dict[str, Delivered]:
        view = self._view(chunk)
        if self.drawing:
            self.drawing.note(view, self.practices)
        practice = view.lives.people["practice"]
        active = view.delivered & (view.lives.people["ends"] > view.until)
        self.members += np.bincount(practice[active], minlength=len(self.members))
        tables = delivered_tables(
            self.snapshot.country, view, self.practices, first_codes=self.style.first_codes
        )
        told = told_in_text(view, self.practices)
        self.told += [] if told is None else [told]
        if self.style.layout in NATIVE_LAYOUTS:
            tables = {name: carried(self.style.layout, name, part) for name, part in tables.items()}
        self.account.judge(view, tables, self._practice_frame(repeat=False))
        return tables

    def _view(self, chunk: Chunk) -> View:
        year, switches = self.snapshot.month.year, {"effects": self.effects, "defects": self.defects}
        lives = self._lives(chunk, year)
        if self.drawing:
            of_practice = lives.people["practice"]
            lives = self.drawing.take(chunk.names, lives, self.shown[of_practice], self.until[of_practice])
        records = records_of(self.world, chunk, self.practices, lives, year, **switches)
        practice = lives.people["practice"]
        has_room = not self.style.first_codes  # the marker is longer than the keys of practice files
        mark = marked(self.world, lives) if chunk.names == (0, 0) and has_room else None
        keys = keys_of(lives, mark)
        if mark:
            self.account.marker = f"{self.practices.keys[practice[mark[0]]]}|{keys[mark[0]]}"
        return seen(lives, keys, records, self.shown[practice], self.until[practice])

    def _practice_frame(self, *, repeat: bool):
        return register.practice_frame(
            self.snapshot.country,
            self.practices,
            self.shown,
            self.until,
            self.members,
            day(self.snapshot.cutoff),
            repeat=repeat,
        )

    def _small_tables(self) -> dict[str, pl.DataFrame]:
        """Practices and staff (the first of each twice where defects are planted), and the look-ups."""
        practice = self._practice_frame(repeat=self.defects)
        staff = register.staff_frame(self.world, self.practices, self.shown, repeat=self.defects)
        for name, frame in (("practice", practice), ("staff", staff)):
            self.account.count_simple(name, len(frame), copies=int(self.defects))
        listed = lookup_frames(self.snapshot.country)
        if self.wide:
            listed = listed | {"lookup_diag_ref": with_factors(listed["lookup_diag_ref"], self.wide)}
        return {"practice": practice, "staff": staff} | listed


def _finish(waiting: list[Future]) -> None:
    """Wait for the files being written, and let their errors through."""
    for future in waiting:
        future.result()


def _broken_lines(part: Delivered) -> np.ndarray:
    """The fault of each row whose line is to be broken."""
    return np.where(part.readable, NO_FAULT, part.beside["fault"])
