"""The page of the engine: every analysis and outcome by year, sex and age, small numbers kept back."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, figure, page, paragraph, side_by_side, together
from thin_assets.pages.intervals import intervals
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.incidence_prevalence.declared import Analyses, Analysis, Prevalence
from thin_assets.studies.incidence_prevalence.incidence import ALL
from thin_assets.studies.incidence_prevalence.periods import OVERALL
from thin_assets.studies.incidence_prevalence.shown import Estimate, Told, apart, told
from thin_assets.studies.study import Drawn

RATE, SHARE = "incidence_100000_pys", "prevalence"
LEAD = "Crude rates and shares with 95 % intervals. A number of 1 to 9, and what gives it away, is not shown."
UNITS = {RATE: "per 100,000 person-years", SHARE: "per 100,000 persons"}
FACTORS = {RATE: 1.0, SHARE: 100_000.0}
SEXES = {ALL: "all", "female": "women", "male": "men"}


def draw(declared: Analyses, snapshot: Snapshot, tables: Mapping[str, pl.DataFrame]) -> Drawn:
    """Page and pictures; the same tables give the same bytes."""
    country, month = COUNTRIES[snapshot.country].name, figures.month(snapshot.month)
    sections, pictures = [], {}
    shown = _judged(declared.prevalence, tables["prevalence"], SHARE)
    shown |= _judged(declared.incidence, tables["incidence"], RATE, beside=list(shown.values()))
    for name, one in (declared.incidence | declared.prevalence).items():
        measure = SHARE if isinstance(one, Prevalence) else RATE
        parts = [outcome_body(words(outcome), shown[name, outcome], measure) for outcome in one.outcomes]
        pictures |= {
            f"{words(name)}: {title}": chart for _, charts in parts for title, chart in charts.items()
        }
        told = together(paragraph(rules_of(declared, one)), *(body for body, _ in parts))
        sections.append(Section(name, words(name), told))
    text = page(
        f"{declared.title}: {country}, {month}",
        paragraph(LEAD),
        sections,
        kicker="Studies",
        foot=paragraph(f"thin-assets, {snapshot.key}"),
    )
    return Drawn(text, pictures)


def _judged(
    analyses: Mapping[str, Analysis], rows: pl.DataFrame, measure: str, beside: Sequence[Told] = ()
) -> dict[tuple[str, str], Told]:
    """Every analysis and outcome, apart from each other: also those of another analysis are on the page."""
    keys = [(name, outcome) for name, one in analyses.items() for outcome in one.outcomes]
    each = [
        judged(rows.filter(analysis=name, outcome=outcome), measure, analyses[name]) for name, outcome in keys
    ]
    return dict(zip(keys, apart(each, beside), strict=True))


def judged(rows: pl.DataFrame, measure: str, one: Analysis) -> Told:
    """One outcome as it may be shown; a prevalence by sex and age is that of its last period."""
    if measure == RATE:
        total = OVERALL if one.interval == OVERALL else ALL
        return told(rows, measure, periods_add_up=True, total=total)
    last = rows.get_column("period").max() if rows.height else ALL
    return told(rows, measure, periods_add_up=False, total=str(last))


def outcome_body(title: str, shown: Told, measure: str) -> tuple[Html, dict[str, Html]]:
    """Charts over time and by age, or a sentence that there is nothing to show."""
    charts = dict(_charts(title, shown, measure))
    if not charts:
        count = figures.count(shown.events(shown.total))
        return paragraph(f"{title}: too few for a chart ({count})."), {}
    drawn = [figure(name, chart, numbers=numbers) for name, (chart, numbers) in charts.items()]
    return side_by_side(*drawn), {name: chart for name, (chart, _) in charts.items()}


def _charts(title: str, shown: Told, measure: str) -> Iterator[tuple[str, tuple[Html, Html]]]:
    periods = shown.periods if measure == RATE else [*shown.periods, shown.total]
    if drawn := over_time(title, shown, periods, measure):
        yield f"{title}, {UNITS[measure]}", drawn
    if drawn := by_age(title, shown, measure):
        when = "" if measure == RATE else f", {shown.total}"
        yield f"{title} by sex and age{when}, {UNITS[measure]}", drawn


def over_time(title: str, shown: Told, periods: list[str], measure: str) -> tuple[Html, Html] | None:
    """A chart of the periods and its numbers; None where fewer than two may be shown."""
    values = [scaled(shown.estimate(period), measure) for period in periods]
    if sum(one is not None for one in values) < 2:
        return None
    every = -(-len(periods) // 8)
    chart = intervals(title, {title: values}, periods, unit=UNITS[measure], every=every, joined=True)
    return chart, numbers(periods, [(shown, period, ALL, ALL) for period in periods], measure, "period")


def by_age(title: str, shown: Told, measure: str) -> tuple[Html, Html] | None:
    """A chart of the bands of age, women and men together and apart, and its numbers; None where nothing
    may be shown."""
    bands = sorted(
        {band for _, _, band in shown.cells} - {ALL}, key=lambda band: int(band.rstrip("+").split("-")[0])
    )
    series = {
        named: [scaled(shown.estimate(shown.total, sex, band), measure) for band in bands]
        for sex, named in SEXES.items()
    }
    if not any(one is not None for values in series.values() for one in values):
        return None
    chart = intervals(title, series, bands, unit=UNITS[measure])
    keys = [(shown, shown.total, sex, band) for band in bands for sex in SEXES]
    names = [f"{named}, {band}" for band in bands for named in SEXES.values()]
    return chart, numbers(names, keys, measure, "sex and age")


def scaled(estimate: Estimate | None, measure: str) -> Estimate | None:
    """An estimate in the unit of the page."""
    return None if estimate is None else tuple(end * FACTORS[measure] for end in estimate)


def numbers(names: list[str], keys: list[tuple], measure: str, head: str) -> Html:
    """What a chart shows, as a table."""
    heads = columns(
        head, "#persons", "#events" if measure == RATE else "#ill", f"#{UNITS[measure]}", "#95 % interval"
    )
    rows = []
    for name, (shown, *key) in zip(names, keys, strict=True):
        estimate = scaled(shown.estimate(*key), measure)
        interval = f"{estimate[1]:,.1f} to {estimate[2]:,.1f}" if estimate else figures.NOTHING
        rate = figures.number(estimate[0], 1) if estimate else figures.NOTHING
        rows.append(
            (name, figures.count(shown.persons(*key)), figures.count(shown.events(*key)), rate, interval)
        )
    return table(heads, rows, f"{UNITS[measure]}; – : kept back, or nobody")


def rules_of(declared: Analyses, one: Analysis) -> str:
    """An analysis in a sentence."""
    who = declared.denominators[one.denominator]
    told = [f"Observed for {who.days_prior_observation} days before", f"by {one.interval}"]
    if who.target:
        told.append(f"in the cohort {who.target}")
    if one.complete_database_intervals:
        told.append("intervals that are observed from their first day to their last")
    if isinstance(one, Prevalence):
        told.append(f"{one.type} prevalence" + (f" at the {one.time_point}" if one.type == "point" else ""))
        if one.full_contribution:
            told.append("present the whole interval")
    else:
        washout = "without end" if one.outcome_washout is None else f"of {one.outcome_washout} days"
        told.append(f"washout {washout}")
        told.append("events repeated" if one.repeated_events else "first event")
    return "; ".join(told) + "."


def words(name: str) -> str:
    """A name as a title.

    >>> words("essential_tremor_broad")
    'Essential tremor broad'
    """
    return name.replace("_", " ").capitalize()
