"""The page of the tremor study: rates by year, age and sex, prevalence, trend, what else, treated with
what."""

from collections.abc import Iterator, Mapping

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import (
    Section,
    Tile,
    figure,
    page,
    paragraph,
    side_by_side,
    tiles,
)
from thin_assets.pages.intervals import forest, intervals
from thin_assets.pages.markup import Html
from thin_assets.pages.prose import prose
from thin_assets.pages.tables import bar, columns, table
from thin_assets.studies.essential_tremor.scene import (
    PERIOD,
    POINT,
    Scene,
    shown_comorbidities,
    shown_first_lines,
)
from thin_assets.studies.incidence_prevalence.page import RATE, SHARE, UNITS, by_age, numbers, scaled
from thin_assets.studies.incidence_prevalence.shown import ALL, Estimate
from thin_assets.studies.study import Drawn

PUBLISHED = (19.5, "published: 19.5")
"""Standardised to European ages, United Kingdom and France 2014-2019 (Antonazzo et al. 2022)."""

LEAD = (
    "How often it is newly recorded, and how many live with it. "
    "A number of 1 to 9, and what gives it away, is not shown."
)
WORDS = {"broad": "any record", "narrow": "no other cause", "strict": "confirmed"}


def draw(snapshot: Snapshot, tables: Mapping[str, pl.DataFrame]) -> Drawn:
    """Page and pictures; the same tables give the same bytes."""
    scene = Scene(tables)
    charts = dict(_charts(scene))
    country, month = COUNTRIES[snapshot.country].name, figures.month(snapshot.month)
    sections = [
        Section("summary", "Summary", tiles(_tiles(scene))),
        Section("incidence", "Incidence", _section(charts, "incidence", "Too few cases for a chart.")),
        Section("prevalence", "Prevalence", _section(charts, "prevalence", "Too few persons for a chart.")),
        Section("comorbidity", "What else they had before", _comorbidity(scene, charts)),
        Section("treatment", "First-line treatment", _treatment(scene)),
        Section("design", "Design", prose(scene.design.replace("## ", "### "))),
    ]
    text = page(
        f"Essential tremor: {country}, {month}",
        paragraph(LEAD),
        sections,
        kicker="Studies",
        foot=paragraph(f"thin-assets, {snapshot.key}"),
    )
    return Drawn(text, {title: chart for title, (_, chart, _, _) in charts.items()})


def _section(charts: Mapping[str, tuple], name: str, nothing: str) -> Html:
    found = [
        figure(title, chart, numbers=told, note=note)
        for title, (section, chart, told, note) in charts.items()
        if section == name
    ]
    return side_by_side(*found) if found else paragraph(nothing)


def _charts(scene: Scene) -> Iterator[tuple[str, tuple[str, Html, Html, str | None]]]:
    """Title to section, drawing, numbers and a note."""
    if drawn := _by_year(scene):
        yield "Incidence by year and definition", ("incidence", *drawn, UNITS[RATE])
    if drawn := _standardised(scene):
        yield (
            "Standardised incidence by year, any record",
            ("incidence", *drawn, f"{UNITS[RATE]}; European Standard Population 2013"),
        )
    if drawn := by_age("Incidence by sex and age", scene.incidence("broad"), RATE):
        yield "Incidence by sex and age, any record", ("incidence", *drawn, UNITS[RATE])
    if drawn := _prevalence_by_year(scene):
        yield "Prevalence by year", ("prevalence", *drawn, UNITS[SHARE])
    point = scene.prevalence(POINT)
    if point and (drawn := by_age("Prevalence by sex and age", point, SHARE)):
        title = f"Prevalence by sex and age, 1 January {point.total}"
        yield title, ("prevalence", *drawn, UNITS[SHARE])
    if drawn := _forest(scene):
        yield "Recorded before, against everybody", ("comorbidity", *drawn, _COMORBIDITY_NOTE)


_COMORBIDITY_NOTE = "observed over expected among all of the same calendar year, sex and ten years of age"


def _by_year(scene: Scene) -> tuple[Html, Html] | None:
    told = {name: scene.incidence(name) for name in WORDS}
    years = told["broad"].periods
    series = {WORDS[name]: [scene.incidence(name).estimate(year) for year in years] for name in WORDS}
    if not _has_two(series.values()):
        return None
    every = -(-len(years) // 8)
    chart = intervals(
        "Incidence by year and definition", series, years, unit=UNITS[RATE], every=every, joined=True
    )
    rows = [(name, year) for year in years for name in WORDS]
    return chart, _numbers_by_definition(scene, rows)


def _numbers_by_definition(scene: Scene, rows: list[tuple[str, str]]) -> Html:
    heads = columns("year and definition", "#persons at risk", "#cases", f"#{UNITS[RATE]}", "#95 % interval")
    cells = []
    for name, year in rows:
        told = scene.incidence(name)
        rate, events = told.estimate(year), told.events(year)
        ends = f"{rate[1]:,.1f} to {rate[2]:,.1f}" if rate else figures.NOTHING
        shown = figures.number(rate[0], 1) if rate else figures.NOTHING
        label = f"{year}, {WORDS[name]}"
        cells.append((label, figures.count(told.persons(year)), figures.count(events), shown, ends))
    return table(heads, cells, "– : kept back, or too few")


def _standardised(scene: Scene) -> tuple[Html, Html] | None:
    years = scene.incidence("broad").periods
    values = [scene.standardised("broad", year) for year in years]
    if not _has_two([values]):
        return None
    every = -(-len(years) // 8)
    chart = intervals(
        "Standardised incidence by year", {"any record": values}, years,
        unit=UNITS[RATE], every=every, joined=True, reference=PUBLISHED,
    )  # fmt: skip
    heads = columns("year", f"#{UNITS[RATE]}", "#95 % interval")
    rows = [(year, *_told(one)) for year, one in zip(years, values, strict=True)]
    return chart, table(heads, rows, "Directly standardised; – : kept back, or too few")


def _prevalence_by_year(scene: Scene) -> tuple[Html, Html] | None:
    point, period = scene.prevalence(POINT), scene.prevalence(PERIOD)
    if point is None or period is None:
        return None
    years = sorted({*point.periods, point.total, *period.periods, period.total})
    series = {
        "on 1 January": [scaled(point.estimate(year), SHARE) for year in years],
        "during the year": [scaled(period.estimate(year), SHARE) for year in years],
    }
    if not _has_two(series.values()):
        return None
    every = -(-len(years) // 8)
    chart = intervals("Prevalence by year", series, years, unit=UNITS[SHARE], every=every, joined=True)
    keys = [(told, year, ALL, ALL) for year in years for told in (point, period)]
    names = [f"{year}, {when}" for year in years for when in series]
    return chart, numbers(names, keys, SHARE, "year")


def _forest(scene: Scene) -> tuple[Html, Html] | None:
    rows = shown_comorbidities(scene.comorbidity)
    told = {one.title: one.ratio for one in rows}
    if not any(told.values()):
        return None
    heads = columns("condition", "#had it before", "#expected", "#ratio", "#95 % interval")
    cells = [(one.title, figures.count(one.count), one.expected, *_told(one.ratio, 2)) for one in rows]
    chart = forest("Recorded before, against everybody", told, unit=_COMORBIDITY_NOTE)
    return chart, table(heads, cells, "– : kept back, or too few")


def _comorbidity(scene: Scene, charts: Mapping[str, tuple]) -> Html:
    return _section(charts, "comorbidity", "Too few persons to tell.")


def _treatment(scene: Scene) -> Html:
    members, rows = shown_first_lines(scene.first_line)
    if not rows:
        return paragraph("Too few persons were observed for a year after to tell.")
    heads = columns("first within a year", "#persons", "#share", "")
    cells = [
        (title, figures.count(count), figures.percent(count, members), bar((count or 0) / members))
        for title, count in rows
    ]
    told = (
        f"Of {figures.count(members)} persons (any record) who were observed for a year after; – : kept back"
    )
    return table(heads, cells, told)


def _tiles(scene: Scene) -> Iterator[Tile]:
    whole = scene.incidence("broad")
    yield Tile("first records, all years", figures.count(whole.events(ALL)), "any record")
    rate = scene.standardised("broad", ALL)
    below = f"{rate[1]:.1f} to {rate[2]:.1f}; published 19.5" if rate else "too few"
    value = figures.number(rate[0] if rate else None, 1)
    yield Tile("standardised incidence per 100,000 person-years", value, below)
    point = scene.prevalence(POINT)
    share = scaled(point.estimate(point.total), SHARE) if point else None
    when = f", 1 January {point.total}" if point else ""
    below = f"{share[1] / 100:.2f} to {share[2] / 100:.2f}; published 1.28 and 1.36" if share else "too few"
    yield Tile(f"recorded prevalence per 1,000{when}", figures.number(share and share[0] / 100, 2), below)
    yield _tile_of_trend("rate ratio of a year to the year before", scene.trend("rate_ratio_per_year"))
    yield _tile_of_trend("rate ratio of men to women", scene.trend("rate_ratio_of_men"))


def _tile_of_trend(label: str, ratio: Estimate | None) -> Tile:
    below = f"{ratio[1]:.2f} to {ratio[2]:.2f}" if ratio else "too few"
    return Tile(label, figures.number(ratio[0] if ratio else None, 2), below)


def _told(one: Estimate | None, decimals: int = 1) -> tuple[str, str]:
    if one is None:
        return figures.NOTHING, figures.NOTHING
    return figures.number(one[0], decimals), f"{one[1]:,.{decimals}f} to {one[2]:,.{decimals}f}"


def _has_two(series: Iterator | list) -> bool:
    return any(sum(one is not None for one in values) > 1 for values in series)
