"""The report of the study for one country and month: one static file, small numbers kept back."""

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import (
    Section,
    Tile,
    bullets,
    figure,
    page,
    paragraph,
    side_by_side,
    tiles,
    together,
)
from thin_assets.pages.markup import Html
from thin_assets.pages.prose import prose
from thin_assets.pages.tables import columns, table
from thin_assets.studies.study import Drawn, Tables, design_of
from thin_assets.studies.triple_therapy import drawings, page_tables
from thin_assets.studies.triple_therapy.declared import ARMS, declared
from thin_assets.studies.triple_therapy.drawings import ARM, THERAPY, by_two
from thin_assets.studies.triple_therapy.estimates import ADJUSTED
from thin_assets.studies.triple_therapy.page_tables import (
    blank,
    days,
    estimate_of,
    of_one_year,
    percent,
    ratio,
    ratio_of,
)
from thin_assets.studies.triple_therapy.shown import days_of, ended, estimate, short, shown_days

TITLE = "Triple inhaled therapy of COPD: use and persistence"
PREFIX = "triple_therapy_"


def design() -> str:
    """The design in words, as Markdown."""
    return design_of("thin_assets.studies.triple_therapy")


def draw(snapshot: Snapshot, tables: Tables) -> Drawn:
    """Page and pictures; the same tables give the same bytes."""
    found = {name.removeprefix(PREFIX): frame for name, frame in tables.items()}
    country, month = COUNTRIES[snapshot.country].name, figures.month(snapshot.month)
    begun = found["baseline"].filter(characteristic="all")["persons"].to_list()
    is_told = max(begun, default=0) >= SMALLEST_SHOWN
    sections = [
        *(_findings(found) if is_told else []),
        Section("attrition", "Who is in it", page_tables.attrition(found)),
        Section("reading", "How to read this", _reading()),
        Section("design", "Design", prose(design().replace("## ", "### "))),
    ]
    whole = page(
        f"Triple inhaled therapy of COPD, {country}, {month}",
        paragraph(_lead(begun, month)),
        sections,
        kicker="Studies",
        foot=paragraph(f"thin-assets, {snapshot.key}"),
    )
    return Drawn(whole, _pictures(found) if is_told else {})


def _lead(begun: list[int], month: str) -> str:
    if not begun:
        return f"Nobody in these records began triple inhaled therapy for COPD until the end of {month}."
    if max(begun) < SMALLEST_SHOWN:
        few = f"Fewer than {SMALLEST_SHOWN} persons began triple inhaled therapy for COPD from one device, or"
        return f"{few} from several, until the end of {month}: too few to tell more."
    return f"Who began triple inhaled therapy for COPD until {month}, for how long, and what follows."


def _pictures(found: Tables) -> dict[str, Html]:
    return {
        "Persistence": drawings.persistence(found["curves"]),
        "Pathways": drawings.pathways(found["pathways"]),
    }


def _findings(found: Tables) -> list[Section]:
    return [
        Section("summary", "Summary", _summary(found)),
        Section("persistence", "Persistence", _persistence(found)),
        Section("ends", "How it ends", _ends(found)),
        Section("pathways", "From therapy to therapy", _pathways(found)),
        Section("hazards", "Hazard of the end", page_tables.hazards(found)),
        Section("adherence", "Days covered", page_tables.adherence(found)),
        Section("who", "Who began", page_tables.baseline(found)),
    ]


def _summary(found: Tables) -> Html:
    tops = []
    for arm in ARMS:
        median, year = estimate_of(found, arm, "median_days"), of_one_year(found, arm)
        users = 0 if median is None else median["persons"]
        below = f"{figures.count(users)} new users; {short(year, percent)} at one year"
        tops.append(Tile(f"median days, {ARM[arm]}", short(median, days), below))
    below = "several devices against one, adjusted"
    tops.append(Tile("hazard ratio of the end", ratio(ratio_of(found, ADJUSTED)).partition(" (")[0], below))
    told = f"A therapy ends with its last day of supply before {declared().main_gap} days without."
    return together(tiles(tops), paragraph(told))


def _persistence(found: Tables) -> Html:
    curves = found["curves"].filter(gap_days=declared().main_gap)
    rows = [
        (
            *(str(day), ARM[arm], figures.count(left.at_risk), percent(step.share)),
            f"{percent(step.low)} to {percent(step.high)}",
        )
        for arm in ARMS
        for day, step, left in shown_days(days_of(curves.filter(arm=arm), "ended", "persistence"))
    ]
    heads = columns("day", "from", "#followed", "#persistent", "#95 % interval")
    curve = figure(
        "Persistence with triple inhaled therapy",
        drawings.persistence(found["curves"]),
        numbers=table(heads, rows, "Persistence by day"),
        note="Kaplan-Meier; bands are 95 % intervals, the dotted line is one half.",
    )
    return together(curve, _gaps(found))


def _gaps(found: Tables) -> Html:
    """Estimates by gap: what another definition would say."""
    heads = columns(
        *("gap, days", "from", "#new users", "#ended", "#median days", "#at one year"),
        "#mean days of the first year",
    )
    rows = []
    for arm in ARMS:
        medians = {gap: estimate_of(found, arm, "median_days", gap) for gap in declared().gaps}
        there = {gap: row for gap, row in medians.items() if row}
        counts = {gap: row["ended"] for gap, row in there.items()}
        users = max((row["persons"] for row in there.values()), default=0)
        told = ended(counts, users, declared().main_gap)
        for gap, row in there.items():
            mean = estimate_of(found, arm, "restricted_mean_days", gap)
            values = (
                estimate(row, days),
                estimate(of_one_year(found, arm, gap), percent),
                estimate(mean, days),
            )
            rows.append((str(gap), ARM[arm], figures.count(users), blank(told[gap]), *values))
    return table(heads, rows, "By days without supply that end a therapy")


def _ends(found: Tables) -> Html:
    told = paragraph(
        "Causes that compete, by Aalen and Johansen: triple therapy stops, goes over to the other number of "
        "devices, or a drug that is taken all the time is added first."
    )
    pictures = [
        figure(f"From {ARM[arm]}", drawings.causes(found["outcomes"], arm))
        for arm in ARMS
        if not found["outcomes"].filter(arm=arm).is_empty()
    ]
    return together(told, side_by_side(*pictures))


def _pathways(found: Tables) -> Html:
    rows = [
        *(
            (THERAPY[before], ARM[arm], blank(count))
            for (before, arm), count in by_two(found["pathways"], "before", "arm").items()
        ),
        *(
            (ARM[arm], THERAPY[after], blank(count))
            for (arm, after), count in by_two(found["pathways"], "arm", "after").items()
        ),
    ]
    note = (
        "ICS: inhaled corticosteroid; LABA: long-acting beta agonist; LAMA: long-acting antimuscarinic. "
        "After: begun within the gap, or still in supply at its end. Fewer than "
        f"{SMALLEST_SHOWN} persons are left out, and what would tell them."
    )
    return figure(
        "Before, triple therapy, after",
        drawings.pathways(found["pathways"]),
        numbers=table(columns("from", "to", "#persons"), rows, "Persons from therapy to therapy"),
        note=note,
    )


def _reading() -> Html:
    return bullets(
        [
            f"Counts of 1 to {SMALLEST_SHOWN - 1} persons are not shown, nor what would tell them. A curve "
            f"goes down once {SMALLEST_SHOWN} therapies have ended since it last did, and ends before fewer "
            "are followed.",
            "A difference between arms is no effect of the device: who gets which is not by chance.",
            "Supply is what was prescribed, or handed out, and not what was inhaled.",
        ]
    )
