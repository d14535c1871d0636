"""The report of the study for one country and month: one static file, small numbers kept back."""

from importlib.resources import files

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING
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
from thin_assets.pages.tables import bar, columns, table
from thin_assets.studies.cohort_page import shown_steps
from thin_assets.studies.study import Drawn, Tables
from thin_assets.studies.triple_therapy import drawings
from thin_assets.studies.triple_therapy.declared import ARMS, ONE, SEVERAL, declared
from thin_assets.studies.triple_therapy.drawings import ARM, THERAPY
from thin_assets.studies.triple_therapy.estimates import ADJUSTED, CRUDE
from thin_assets.studies.triple_therapy.shown import days_of, estimate, parts, short, shown_days

TITLE = "Triple inhaled therapy of COPD: use and persistence"
PREFIX = "triple_therapy_"


def design() -> str:
    """The design in words, as Markdown."""
    return files("thin_assets.studies.triple_therapy").joinpath("design.md").read_text(encoding="utf-8")


def draw(snapshot: Snapshot, tables: Tables) -> Drawn:
    """Page and pictures; the same tables give the same bytes."""
    found = {name.removeprefix(PREFIX): frame for name, frame in tables.items()}
    country, month = COUNTRIES[snapshot.country].name, figures.month(snapshot.month)
    begun = found["baseline"].filter(characteristic="all")
    some = [] if begun.is_empty() else _findings(found)
    sections = [
        *some,
        Section("attrition", "Who is in it", _attrition(found)),
        Section("design", "Design", prose(design().replace("## ", "### "))),
        Section("reading", "How to read this", _reading()),
    ]
    lead = (
        f"Who began triple inhaled therapy for COPD until the end of {month}, how long it lasts, and what follows."
        if some
        else f"Nobody in these records began triple inhaled therapy for COPD until the end of {month}."
    )
    whole = page(
        f"Triple inhaled therapy of COPD, {country}, {month}",
        paragraph(lead),
        sections,
        kicker="Studies",
        foot=paragraph(f"thin-assets, {snapshot.key}"),
    )
    return Drawn(whole, _pictures(found) if some else {})


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
        Section("hazards", "Hazard of the end", _hazards(found)),
        Section("adherence", "Days covered", _adherence(found)),
        Section("who", "Who began", _baseline(found)),
    ]


def _estimate_of(found: Tables, arm: str, measure: str, gap: int | None = None) -> dict | None:
    rows = found["estimates"].filter(arm=arm, measure=measure, gap_days=gap or declared().main_gap)
    return None if rows.is_empty() else rows.row(0, named=True)


def _summary(found: Tables) -> Html:
    tops = []
    for arm in ARMS:
        median = _estimate_of(found, arm, "median_days")
        year = _estimate_of(found, arm, "persistence_one_year")
        users = None if median is None else median["persons"]
        told = f"{figures.count(users)} new users; {short(year, _percent)} at one year"
        tops.append(Tile(f"median days, {ARM[arm]}", short(median, _days), told))
    ratio = _ratio_of(found, ADJUSTED)
    below = "several devices against one, adjusted"
    tops.append(Tile("hazard ratio of the end", _ratio(ratio).partition(" (")[0], below))
    told = f"A therapy ends with its last day of supply before {declared().main_gap} days without."
    return together(tiles(tops), paragraph(told))


def _ratio_of(found: Tables, model: str) -> dict | None:
    rows = found["hazards"].filter(gap_days=declared().main_gap, model=model, term=SEVERAL)
    return None if rows.is_empty() else rows.row(0, named=True)


def _ratio(row: dict | None) -> str:
    if row is None:
        return NOTHING
    return f"{row['hazard_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _days(days: float) -> str:
    return figures.number(days)


def _persistence(found: Tables) -> Html:
    curves = found["curves"].filter(gap_days=declared().main_gap)
    rows = [
        (
            str(day),
            ARM[arm],
            figures.count(left.at_risk),
            _percent(step.share),
            _interval(step.low, step.high),
        )
        for arm in ARMS
        for day, step, left in shown_days(days_of(curves.filter(arm=arm), "ended", "persistence"))
    ]
    numbers = table(
        columns("day", "from", "#followed", "#persistent", "#95 % interval"), rows, "Persistence by day"
    )
    note = "Kaplan-Meier; bands are 95 % intervals, the dotted line is one half."
    whole = figure(
        "Persistence with triple inhaled therapy",
        drawings.persistence(found["curves"]),
        numbers=numbers,
        note=note,
    )
    return together(whole, _gaps(found))


def _interval(low: float, high: float) -> str:
    return f"{_percent(low)} to {_percent(high)}"


def _gaps(found: Tables) -> Html:
    """Estimates by gap: what another definition would say."""
    heads = columns(
        "gap, days",
        "from",
        "#new users",
        "#ended",
        "#median days",
        "#at one year",
        "#mean days of the first year",
    )
    rows = []
    for gap in declared().gaps:
        for arm in ARMS:
            median, year, mean = (
                _estimate_of(found, arm, measure, gap)
                for measure in ("median_days", "persistence_one_year", "restricted_mean_days")
            )
            if median is not None:
                counts = (figures.count(median["persons"]), figures.count(median["ended"]))
                told = (estimate(median, _days), estimate(year, _percent), estimate(mean, _days))
                rows.append((str(gap), ARM[arm], *counts, *told))
    return table(heads, rows, "By days without supply that end a therapy")


def _ends(found: Tables) -> Html:
    told = paragraph(
        "Causes that compete, by Aalen and Johansen: triple therapy stops, goes over to the other number of devices, "
        "or a drug that is taken all the time is added first."
    )
    pictures = [
        figure(f"From {ARM[arm]}", drawings.causes(found["outcomes"], arm))
        for arm in ARMS
        if not found["outcomes"].filter(arm=arm).is_empty()
    ]
    return together(told, side_by_side(*pictures))


def _pathways(found: Tables) -> Html:
    rows = found["pathways"].group_by("before", "arm").agg(pl.col("persons").sum()).sort("before", "arm")
    before = parts({row[:2]: row[2] for row in rows.iter_rows()}, lambda key: key[0], lambda key: key[1])
    rows = found["pathways"].group_by("arm", "after").agg(pl.col("persons").sum()).sort("arm", "after")
    after = parts({row[:2]: row[2] for row in rows.iter_rows()}, lambda key: key[0], lambda key: key[1])
    told = [(THERAPY[one], ARM[arm], _blank(count)) for (one, arm), count in before.items()]
    told += [(ARM[arm], THERAPY[one], _blank(count)) for (arm, one), count in after.items()]
    numbers = table(columns("from", "to", "#persons"), told, "Persons from therapy to therapy")
    note = (
        f"ICS: inhaled corticosteroid; LABA: long-acting beta agonist; LAMA: long-acting antimuscarinic. "
        f"Fewer than {SMALLEST_SHOWN} persons are left out, and what would tell them."
    )
    return figure(
        "Before, triple therapy, after", drawings.pathways(found["pathways"]), numbers=numbers, note=note
    )


def _blank(count: int | None) -> str:
    return NOTHING if count is None else figures.count(count)


def _hazards(found: Tables) -> Html:
    rows = found["hazards"].filter(gap_days=declared().main_gap)
    if rows.is_empty():
        return paragraph("Too few therapies have ended to compare.")
    told = [
        (_term(row["term"]), row["model"], figures.count(row["persons"]), _ratio(row), _p(row["p_value"]))
        for row in rows.iter_rows(named=True)
    ]
    heads = columns("term", "model", "#persons", "#hazard ratio", "#p")
    more = paragraph(
        f"Cox, until {declared().hazard_days} days. Against: one device, women, a general practitioner, no asthma, "
        f"no exacerbation, ICS + LABA before. Crude: {_ratio(_ratio_of(found, CRUDE))}."
    )
    return together(more, table(heads, told, "Hazard of the end of triple therapy"))


def _term(name: str) -> str:
    return ARM.get(name, name)


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _adherence(found: Tables) -> Html:
    rows = found["adherence"]
    counts = parts({row[:2]: row[2] for row in rows.iter_rows()}, lambda key: key[0])
    totals = {arm: rows.filter(arm=arm)["persons"].sum() for arm in ARMS}
    told = [
        (name, ARM[arm], _blank(count), NOTHING if count is None else bar(count / totals[arm]))
        for (arm, name), count in sorted(counts.items(), key=lambda one: (one[0][0], _rank(one[0][1])))
    ]
    means = "; ".join(f"{ARM[arm]} {_mean(_estimate_of(found, arm, 'days_covered'))}" for arm in ARMS)
    note = paragraph(
        f"Share of the first {declared().mean_days} days on which all of the therapy was in supply, of those who were "
        f"observed for all of them. Mean: {means}."
    )
    return together(
        note,
        table(columns("days covered", "from", "#persons", "share"), told, "Days covered in the first year"),
    )


def _rank(name: str) -> int:
    return 0 if name.startswith("below") else int(name.partition(" ")[0])


def _mean(row: dict | None) -> str:
    if row is None or row["persons"] < SMALLEST_SHOWN or row["value"] is None:
        return NOTHING
    return f"{_percent(row['value'])} ({_percent(row['lower'])} to {_percent(row['upper'])})"


def _baseline(found: Tables) -> Html:
    rows = found["baseline"]
    counts = {row[:3]: row[3] for row in rows.filter(pl.col("characteristic") != "all").iter_rows()}
    shown = parts(counts, lambda key: key[:2])
    totals = dict(rows.filter(characteristic="all").select("arm", "persons").iter_rows())
    values = sorted(
        {(name, value) for _, name, value in counts}, key=lambda one: (_ORDER.index(one[0]), one[1])
    )
    told = [("all", "", *(figures.count(totals.get(arm, 0)) for arm in ARMS))]
    told += [
        (
            name,
            THERAPY.get(value, value).replace("_", " "),
            *(_of(shown, arm, name, value, totals) for arm in ARMS),
        )
        for name, value in values
    ]
    heads = columns("characteristic", "value", *(f"#{ARM[arm]}" for arm in (ONE, SEVERAL)))
    return table(heads, told, "New users on the first day of triple therapy")


_ORDER = (
    *("sex", "age", "therapy before", "prescriber", "asthma", "exacerbations in the year before", "year"),
)


def _of(shown: dict, arm: str, name: str, value: str, totals: dict) -> str:
    count = shown.get((arm, name, value), 0)
    return NOTHING if count is None else f"{figures.count(count)} ({figures.percent(count, totals.get(arm))})"


def _attrition(found: Tables) -> Html:
    rows = found["attrition"].sort("step")
    told = list(zip(rows["rule"], shown_steps(rows["persons"].to_list()), strict=True))
    return table(columns("rule", "#persons"), told, "Persons left after each rule")


def _reading() -> Html:
    points = [
        f"Counts of 1 to {SMALLEST_SHOWN - 1} persons are not shown, nor what would tell them. A curve goes down once "
        f"{SMALLEST_SHOWN} therapies have ended since it last did, and ends before fewer are followed.",
        "A difference between arms is no effect of the device: who gets which is not by chance.",
        "Supply is what was prescribed, or handed out, and not what was inhaled.",
    ]
    return bullets(points)
