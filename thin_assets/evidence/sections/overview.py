"""The beginning and the end of the page: what it is about, what stands out, how it was counted."""

from thin_assets.evidence.comparison import (
    ENOUGH_PERSONS,
    MOST_GROWTH,
    MOST_LOSS,
    MOST_POINTS,
    MOST_RATIO,
    MOST_SHIFT,
    Change,
    changes,
)
from thin_assets.evidence.reading import DAYS_PER_YEAR, TABLES, Reading
from thin_assets.evidence.sections.scene import Scene, country_name
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, Tile, bullets, paragraph, tiles, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, flag, table

MOST_CHANGES = 40

WORDS = {
    "loss": ("bad", "records lost"),
    "unmapped": ("bad", "more unmapped"),
    "volume": ("watch", "unusual last month"),
    "growth": ("watch", "grown a lot"),
    "vanished": ("bad", "concept vanished"),
    "new": ("good", "concept is new"),
    "jump": ("watch", "persons jumped"),
    "shift": ("watch", "median moved"),
}
"""How a change is flagged: gravity and words."""


def overview(scene: Scene) -> Section:
    """The figures that a reader looks for first."""
    now, before = scene.now, scene.before
    records = sum(now.total(9000, name) for name in TABLES)
    records_before = sum(before.total(9000, name) for name in TABLES) if before else None
    length = now.shown(105)
    found = [
        Tile("persons", figures.count(now.persons), _since(scene, now.persons, before and before.persons)),
        Tile(
            f"observed in {figures.month(now.snapshot.month)}",
            figures.count(now.total(117, str(now.month))),
            figures.percent(now.total(117, str(now.month)), now.persons) + " of all",
        ),
        Tile("records of events", figures.count(records), _since(scene, records, records_before)),
        Tile(
            "median observation",
            f"{length['median_value'] / DAYS_PER_YEAR:.1f} years" if length else figures.NOTHING,
            "first period of each person",
        ),
        Tile("person-years", _years(now), "of observation"),
        Tile("mapped", _mapped(now), "of event records, visits left out"),
    ]
    return Section("overview", "At a glance", tiles(found))


def _years(reading: Reading) -> str:
    few = figures.is_few(reading.persons)
    return figures.NOTHING if few else figures.number(sum(reading.person_years.values()))


def _since(scene: Scene, now: int, before: int | None) -> str:
    return f"{figures.change(now, before)} since last month" if scene.before else "no month before"


def _mapped(reading: Reading) -> str:
    tables = [name for name in TABLES if name != "visit_occurrence"]
    records = sum(reading.total(9000, name) for name in tables)
    missed = sum(sum(reading.of_table(9004, name).values()) for name in tables)
    return figures.percent(records - missed, records) if records else figures.NOTHING


def stands_out(scene: Scene) -> Section:
    """What changed more than a month should change."""
    title = "What changed since last month"
    if scene.before is None:
        told = paragraph("The month before is not built here, so there is nothing to compare with.")
        return Section("changes", title, told)
    found = changes(scene.now, scene.before)
    if not found:
        told = paragraph(flag("nothing stands out", kind="good"), f" {_RULES}")
        return Section("changes", title, told)
    rows = [_row(scene, change) for change in found[:MOST_CHANGES]]
    more = len(found) - len(rows)
    caption = f"{len(found)} changes to look at" + (f", the first {len(rows)} shown" if more else "")
    heads = columns("what", "where", "#before", "#now")
    return Section("changes", title, together(table(heads, rows, caption), paragraph(_RULES)))


_RULES = (
    f"Looked at: tables that lose more than {MOST_LOSS:.0%} or grow by more than {MOST_GROWTH:.0%}, unmapped"
    f" shares that rise by more than {MOST_POINTS:g} point, a last month with less than half"
    f" or more than twice the usual records, concepts that appear, vanish or change {MOST_RATIO:g}-fold, and"
    f" medians that move by more than {MOST_SHIFT:.0%}; both from {ENOUGH_PERSONS} persons on."
)


def _row(scene: Scene, change: Change) -> tuple:
    kind, words = WORDS[change.kind]
    place = TABLES[change.table]
    if change.concept_id is not None:
        place += f": {scene.name(change.concept_id)}"
    if change.kind == "shift":
        place += f" in {scene.name(change.unit_concept_id)}"
    return (flag(words, kind=kind), place, _value(change, change.before), _value(change, change.now))


def _value(change: Change, value: float) -> str:
    if change.kind == "unmapped":
        return f"{value:.1f} %"
    if change.kind == "shift":
        return figures.measured(value)
    return figures.count(round(value))


def compared(scene: Scene) -> Html:
    """The builds that this page speaks of, by id."""
    roles = [("this profile", scene.now)]
    roles += [("the month before", scene.before)] if scene.before else []
    roles += [("same month", one) for one in scene.others]
    rows = [
        (
            role,
            country_name(one),
            figures.month(one.snapshot.month),
            tag("code", one.build),
            tag("code", one.vocabulary),
        )
        for role, one in roles
    ]
    return table(
        columns("", "country", "month", "build", "vocabulary"), rows, "Builds that this page compares"
    )


def method(scene: Scene) -> Section:
    """How it was counted, and what a reader must not conclude."""
    points = [
        "Counted in the sealed build by the analyses of OHDSI Achilles; ids from 9000 are the project's own. "
        "The tables evidence/achilles_results and evidence/achilles_results_dist hold every number.",
        "Every record counts, also one outside observation periods; rates divide by person-time observed.",
        "Age is the calendar year less the year of birth. Percentiles are exact: the smallest value that at"
        " least that share of the records does not exceed.",
        "A count of 1 to 9 persons or records is shown as <10, and nothing is computed from it."
        f" Percentiles of measured values need 30 persons. {_DIFFERENCES}",
        "The page depends on which other builds stood in the lake when it was drawn; they are listed below.",
    ]
    return Section("method", "How to read this page", together(bullets(points), compared(scene)))


_DIFFERENCES = (
    "Two pages of different months, laid beside each other, may still tell a small difference:"
    " the page is for a secure environment."
)
