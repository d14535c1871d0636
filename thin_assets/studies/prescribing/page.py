"""The page of a country and month: use by class, guideline measures, changes, people, reasons, records.

Counts of one to nine persons are kept back, with the rates that rest on them, and so is what would tell them.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import charts, figures
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import Section, Tile, figure, page, paragraph, side_by_side, tiles, together
from thin_assets.pages.markup import Html
from thin_assets.pages.prose import prose
from thin_assets.pages.tables import columns, flag, table
from thin_assets.studies.prescribing.declared import PACKAGE, declared
from thin_assets.studies.prescribing.drawings import monthly, spark
from thin_assets.studies.prescribing.drugs import ALL
from thin_assets.studies.prescribing.page_changes import changes
from thin_assets.studies.prescribing.page_measures import measures
from thin_assets.studies.prescribing.page_people import durations, pairs, people, reasons
from thin_assets.studies.prescribing.page_records import records
from thin_assets.studies.prescribing.shown import BANDS, OfKind, mean, of_kinds
from thin_assets.studies.study import Drawn, design_of

MOST_CHARTS = 12
"""Classes with a chart of their own; the table holds all."""


def draw(snapshot: Snapshot, tables: Mapping[str, pl.DataFrame]) -> Drawn:
    """The page, and pictures of users by month, and by class and age."""
    kinds = of_kinds(tables)
    country, month = COUNTRIES[snapshot.country].name, figures.month(snapshot.month)
    told = declared()
    lead = paragraph(
        f"Who is prescribed what in {country}, by calendar month: the {told.months} months until the end of "
        f"{month}, as this delivery holds them. Prescribed and dispensed are never added up."
    )
    sections = [_overview(kinds, tables), *(one for kind in kinds for one in _of_kind(snapshot, kind))]
    sections += [records(tables), _method()]
    drawn = page(
        f"Prescribing in {country}, {month}",
        lead,
        sections,
        kicker="Prescribing observatory",
        foot=paragraph(f"thin-assets, {snapshot.key}. {told.ddd_source}."),
    )
    return Drawn(drawn, {title: picture for kind in kinds for title, picture in _pictures(kind)})


def _pictures(one: OfKind) -> Iterator[tuple[str, Html]]:
    """What Dagster shows beside the page."""
    title = f"Users of any drug, {one.kind}, per 1,000 persons"
    yield title, monthly(title, one.months, one.users(ALL, ALL), unit="users per 1,000 person-months")
    yield f"Users by class and age, {one.kind}", heat(one)


def _of_kind(snapshot: Snapshot, one: OfKind) -> Iterator[Section]:
    name = one.kind.capitalize()
    yield Section(f"{one.kind}-classes", f"{name}: classes", together(_charts(one), _classes(one)))
    yield Section(f"{one.kind}-age", f"{name}: by age", _heat_figure(one))
    yield Section(f"{one.kind}-measures", f"{name}: guideline measures", measures(one))
    yield Section(f"{one.kind}-changes", f"{name}: changes of level", together(_end(snapshot), changes(one)))
    yield Section(f"{one.kind}-people", f"{name}: people and prescribers", people(one))
    yield Section(f"{one.kind}-duration", f"{name}: how long", durations(one))
    yield Section(f"{one.kind}-reasons", f"{name}: what for", reasons(one))
    yield Section(f"{one.kind}-pairs", f"{name}: together", pairs(one))


def _end(snapshot: Snapshot) -> Html | None:
    """A warning where observation ends with the last record."""
    if COUNTRIES[snapshot.country].observation != "events":
        return None
    return paragraph(
        "Nobody signs on to a list here: a person is observed from record to record, and whoever has none in "
        "the last months is not seen until the next one. Person-days of the last months are too few, and "
        "every rate rises towards the end."
    )


def _overview(kinds: list[OfKind], tables: Mapping[str, pl.DataFrame]) -> Section:
    days = tables["prescribing_person_days"].filter(sex=ALL, age_band=ALL).sort("month")
    if days.is_empty():
        return Section("overview", "Overview", paragraph("Nobody was observed in these months."))
    last = days.row(-1, named=True)
    found = [Tile("persons observed", figures.count(last["persons"]), figures.month(last["month"]))]
    for one in kinds:
        users, doses = one.users(ALL, ALL), one.doses(ALL, ALL)
        rate = mean(users[-declared().recent_months :])
        found += [
            Tile(f"users, {one.kind}", figures.number(rate), "of 1,000 persons, in an average recent month"),
            Tile(
                f"DDD, {one.kind}",
                figures.number(mean(doses[-declared().recent_months :])),
                "per 1,000 person-days, recent months",
            ),
        ]
    rest = None if kinds else paragraph("No prescription of a known class was recorded in these months.")
    return Section("overview", "Overview", together(tiles(found), rest))


def _charts(one: OfKind) -> Html:
    level = declared().class_level
    shown = [code for code in one.classes(level) if mean(one.users(level, code)) is not None][:MOST_CHARTS]
    if not shown:
        return paragraph(f"No class has {SMALLEST_SHOWN} users in any month.")
    names = one.classes(level)
    drawn = [
        figure(
            f"{names[code]} ({code})",
            monthly(
                f"{names[code]}, users per 1,000 persons",
                one.months,
                one.users(level, code),
                unit="users per 1,000 person-months",
                changes=one.changes(level, code, "users"),
            ),
        )
        for code in shown
    ]
    note = "Users per 1,000 persons in each month; an upright line is where the level changes."
    return together(paragraph(note), side_by_side(*drawn))


def _classes(one: OfKind) -> Html:
    level, recent = declared().class_level, declared().recent_months
    heads = columns(
        *("class", "users per 1,000, by month", "#recent mean", "#year before", "#change"),
        *("DDD per 1,000 person-days", "#recent mean", ""),
    )
    rows = []
    for code, name in sorted(one.classes(level).items()):
        users, doses = one.users(level, code), one.doses(level, code)
        if mean(users) is None:
            continue
        now, before = mean(users[-recent:]), mean(users[: -recent or None])
        marks = one.changes(level, code, "users")
        rows.append(
            (
                f"{code} {name}",
                spark(f"{name}: users by month", users, [one.months.index(month) for month in marks]),
                figures.number(now, 1),
                figures.number(before, 1),
                _grown(now, before),
                spark(f"{name}: DDD by month", doses) if mean(doses) is not None else NOTHING,
                figures.number(mean(doses[-recent:]), 1),
                flag("new level") if marks else "",
            )
        )
    caption = f"Classes with {SMALLEST_SHOWN} users in a month; months with fewer are left out of the means"
    return table(heads, rows, caption) if rows else paragraph("")


def _grown(now: float | None, before: float | None) -> str:
    return NOTHING if now is None or before is None else figures.change(1000 * now, 1000 * before)


def heat(one: OfKind) -> Html:
    """Users of every class at every age in the recent months, each class on its own scale."""
    rows = {code: list(by_age.values()) for code, by_age in one.by_age(declared().class_level).items()}
    names = [band.partition("-")[0] for band in BANDS]
    return charts.heat("Users by class and age", rows, names, unit="users per 1,000 person-months")


def _heat_figure(one: OfKind) -> Html:
    level = declared().class_level
    names = one.classes(level)
    found = one.by_age(level)
    if not found:
        return paragraph("Too few users of any class.")
    heads = columns("class", *(f"#{band}" for band in BANDS))
    rows = [
        (f"{code} {names[code]}", *(figures.number(value, 1) for value in by_age.values()))
        for code, by_age in found.items()
    ]
    note = (
        f"The last {declared().recent_months} months, by first year of ten years of age. Each class on its "
        "own scale; blank: few users, or a number that would tell few."
    )
    numbers = table(heads, rows, "Users per 1,000 person-months by ten years of age")
    return figure("Users by class and age", heat(one), numbers=numbers, note=note)


def _method() -> Section:
    design = design_of(PACKAGE)
    few = paragraph(
        f"On this page counts of 1 to {SMALLEST_SHOWN - 1} are kept back, with the rates that rest on them "
        "and what would tell them."
    )
    return Section("design", "Design", together(few, prose(design.replace("## ", "### "))))
