"""Parts of the page about symptoms after the infection: hazard ratios, and who had them when."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from thin_assets.disclosure.survival import held_back
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages import charts, figures
from thin_assets.pages.figures import NOTHING, is_few
from thin_assets.pages.forest import Line, forest
from thin_assets.pages.frame import figure, paragraph, side_by_side, together
from thin_assets.pages.markup import Child, Html
from thin_assets.pages.tables import columns, flag, table
from thin_assets.studies.long_covid import shown
from thin_assets.studies.long_covid.declared import (
    CODED,
    CODED_AND_TEXT,
    EXPOSED,
    SOURCES,
    UNEXPOSED,
    symptoms,
)

SHORT = {CODED: "coded", CODED_AND_TEXT: "with text"}
LINES = {
    (EXPOSED, CODED_AND_TEXT): "infected",
    (UNEXPOSED, CODED_AND_TEXT): "unexposed",
    (EXPOSED, CODED): "infected, coded",
    (UNEXPOSED, CODED): "unexposed, coded",
}


@dataclass(frozen=True)
class _Day:
    """A curve on one day."""

    day: int
    at_risk: int
    events: int
    share: float | None


DAYS = {84: "day 84", 180: "180", 270: "270", 365: "365"}


def told(hazards: pl.DataFrame) -> pl.DataFrame:
    """Hazard ratios that may be looked at: no group has few events."""
    enough = pl.min_horizontal("events_exposed", "events_unexposed") >= SMALLEST_SHOWN
    return hazards.filter(enough & pl.col("hazard_ratio").is_not_null())


def forest_of(hazards: pl.DataFrame) -> Html | None:
    """Hazard ratios by symptom, codes alone above codes and text; None where none may be shown."""
    groups: dict[str, list[Line]] = {}
    for row in told(hazards).iter_rows(named=True):
        interval = (row["hazard_ratio"], row["lower"], row["upper"])
        line = (SHORT[row["source"]], *interval, row["source"] == CODED_AND_TEXT)
        groups.setdefault(row["symptom"], []).append(line)
    ordered = [(name, groups[symptom]) for symptom, name in symptoms().items() if symptom in groups]
    unit = "hazard ratios with 95 % intervals"
    return forest("Hazard ratios of symptoms", ordered, unit=unit) if ordered else None


def hazard_ratios(hazards: pl.DataFrame) -> Html:
    """The forest plot, and its numbers as a table."""
    heads = columns(
        "symptom", "records", "#infected", "#unexposed", "#hazard ratio", "#95 % interval", "note"
    )
    caption = "Persons with each symptom after twelve weeks, and the hazard of the infected over the others"
    numbers = table(heads, list(_rows(hazards)), caption)
    drawn = forest_of(hazards)
    if drawn is None:
        few = f"No symptom has {SMALLEST_SHOWN} events or more in both groups: no hazard ratio is shown."
        return together(paragraph(few), numbers)
    note = "Adjusted; squares are codes alone, diamonds codes and text. The upright line is no difference."
    return together(figure("Infected over unexposed", drawn, note=note), numbers)


def _rows(hazards: pl.DataFrame) -> Iterator[list[Child]]:
    shown_ratios = {(row["symptom"], row["source"]) for row in told(hazards).iter_rows(named=True)}
    by_key = {(row["symptom"], row["source"]): row for row in hazards.iter_rows(named=True)}
    for symptom, name in symptoms().items():
        for source, label in SOURCES.items():
            row = by_key.get((symptom, source))
            if row is not None:
                other = by_key.get((symptom, CODED_AND_TEXT))
                counts = (_events(row, other, column) for column in ("events_exposed", "events_unexposed"))
                yield [name, label, *counts, *_ratio(row, (symptom, source) in shown_ratios)]


def _events(row: dict, other: dict | None, column: str) -> str:
    if row["source"] == CODED and other is not None:
        return shown.both(row[column], other[column])[0]
    return figures.count(row[column])


def _ratio(row: dict, may_be_shown: bool) -> list[Child]:
    if not may_be_shown:
        return [NOTHING, NOTHING, "too few events" if row["outcome"] == "estimated" else row["outcome"]]
    note = "" if row["is_proportional"] else flag("changes over time")
    return [f"{row['hazard_ratio']:.2f}", f"{row['lower']:.2f} to {row['upper']:.2f}", note]


def incidence(rows: pl.DataFrame) -> Html:
    """A chart of each symptom with enough events: share of those at risk who have had it since."""
    drawn = [figure(name, curves) for name, curves in charts_of(rows)]
    if not drawn:
        return paragraph(f"No symptom has {SMALLEST_SHOWN} events or more in any group.")
    note = (
        "Percent of those at risk in whom the symptom was recorded since day 84. A line begins where "
        f"{SMALLEST_SHOWN} persons have had it, rises once {SMALLEST_SHOWN} more have, and ends before "
        "fewer are followed."
    )
    return together(paragraph(note), side_by_side(*drawn))


def charts_of(rows: pl.DataFrame) -> Iterator[tuple[str, Html]]:
    """Name and curves of each symptom with enough events."""
    labels = {float(day): label for day, label in DAYS.items()}
    for symptom, name in symptoms().items():
        if series := dict(_series(rows.filter(symptom=symptom))):
            yield name, charts.lines(f"{name}, % who have had it", series, labels=labels, unit="percent")


def _series(rows: pl.DataFrame) -> Iterator[tuple[str, list[tuple[float, float | None]]]]:
    """Lines by codes alone are left out where few would stand between them and those with text."""
    by_group = rows.group_by("exposure", "source").agg(pl.col("events").max())
    events = {(exposure, source): count for exposure, source, count in by_group.iter_rows()}
    for (exposure, source), label in LINES.items():
        count = events.get((exposure, source), 0)
        close = source == CODED and is_few(abs(events.get((exposure, CODED_AND_TEXT), 0) - count))
        if count >= SMALLEST_SHOWN and not close:
            points = list(points_of(rows.filter(exposure=exposure, source=source)))
            if any(share is not None for _, share in points):
                yield label, points


def points_of(rows: pl.DataFrame) -> Iterator[tuple[float, float | None]]:
    """Days and percent; a line rises by ten events or more, and ends before fewer are at risk."""
    days = [_Day(*row) for row in rows.sort("day").select("day", "at_risk", "events", "share").iter_rows()]
    for day, step, _ in held_back(days, _Day(0, days[0].at_risk, 0, None)):
        yield float(day.day), None if step.share is None else 100 * step.share
