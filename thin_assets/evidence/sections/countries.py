"""This country beside the others of the same month, in numbers that do not depend on size."""

from collections.abc import Callable

from thin_assets.evidence.comparison import persons_of
from thin_assets.evidence.reading import DAYS_PER_YEAR, TABLES, Reading
from thin_assets.evidence.sections.activity import unmapped, yearly_rate
from thin_assets.evidence.sections.scene import FEMALE, Scene, country_name
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, figure, paragraph, side_by_side, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, table

MOST_SHOWN = 15
COMPARED = {"Conditions": 400, "Ingredients of drugs (eras)": 900, "Measurements": 1800}


def countries(scene: Scene) -> Section:
    """Size, rates and most frequent concepts, a column for each country."""
    title = "Beside other countries"
    if not scene.others:
        return Section("countries", title, paragraph("No other country of this month is built yet."))
    parts = [_figures(scene), _over_time(scene), *(_by_table(scene, name) for name in RATES)]
    prevalence = [_prevalence(scene, name, key) for name, key in COMPARED.items()]
    return Section("countries", title, together(side_by_side(*parts), *prevalence))


def _figures(scene: Scene) -> Html:
    rows: dict[str, Callable[[Reading], str]] = {
        "persons": lambda one: figures.count(one.persons),
        "women": lambda one: figures.percent(one.total(2, FEMALE), one.persons),
        "median age at first observation": lambda one: _median(one, 103),
        "median years of observation": lambda one: _median(one, 105, DAYS_PER_YEAR),
        "observed in the last month": lambda one: figures.percent(
            one.total(117, str(one.month)), one.persons
        ),
        "died": lambda one: figures.percent(sum(one.counts(502).values()), one.persons),
    }
    told = [(name, *(tell(one) for one in scene.everyone)) for name, tell in rows.items()]
    return table(_heads(scene, ""), told, "Persons in each country")


def _over_time(scene: Scene) -> Html:
    """All records of events for each person-year, a line for each country."""
    rates = {country_name(one): _all_rates(one) for one in scene.everyone}
    years = sorted({year for line in rates.values() for year in line})
    series = {name: [(float(year), line.get(year)) for year in years] for name, line in rates.items()}
    rows = [(str(year), *(figures.number(line.get(year), 1) for line in rates.values())) for year in years]
    title = "Records of events for each person-year, by year"
    labels = {float(year): str(year) for year in years[:: max(1, len(years) // 5)]}
    drawing = charts.lines(title, series, labels=labels, unit="records for each person-year")
    return figure(title, drawing, numbers=table(_heads(scene, "year"), rows, title))


def _all_rates(reading: Reading) -> dict[int, float]:
    found: dict[int, float] = {}
    for name in TABLES:
        for year, rate in yearly_rate(reading, name).items():
            found[year] = found.get(year, 0) + (rate or 0)
    return found


def _by_table(scene: Scene, title: str) -> Html:
    """One number of every table that any of the countries fills."""
    tell = RATES[title]
    filled = [name for name in TABLES if any(one.total(9000, name) for one in scene.everyone)]
    rows = [(TABLES[name], *(tell(one, name) for one in scene.everyone)) for name in filled]
    return table(_heads(scene, "table"), rows, title)


def _heads(scene: Scene, first: str) -> list:
    return columns(first, *(f"#{country_name(one)}" for one in scene.everyone))


def _median(reading: Reading, analysis_id: int, per: float = 1) -> str:
    spread = reading.shown(analysis_id)
    return figures.number(spread["median_value"] / per, 1) if spread else figures.NOTHING


def _rate(reading: Reading, name: str) -> str:
    years = sum(reading.person_years.values())
    records = reading.total(9000, name)
    return figures.number(records / years if years and not figures.is_few(records) else None, 2)


def _persons(reading: Reading, name: str) -> str:
    return figures.per_thousand(reading.total(9001, name), reading.persons)


RATES: dict[str, Callable[[Reading, str], str]] = {
    "Persons with a record, per 1,000": _persons,
    "Records for each person-year": _rate,
    "Records without a standard concept": unmapped,
}


def _prevalence(scene: Scene, title: str, analysis_id: int) -> Html:
    """Persons per 1,000 by concept: the most frequent ones of this country."""
    found = [(persons_of(one, analysis_id), one.persons) for one in scene.everyone]
    ours = found[0][0]
    most = sorted(ours, key=lambda concept: (-ours[concept], concept))[:MOST_SHOWN]
    rows = [
        (scene.name(concept), *(figures.per_thousand(them.get(concept, 0), all_) for them, all_ in found))
        for concept in most
    ]
    caption = f"{title}: persons per 1,000, all time; the {len(rows)} most frequent here"
    return together(tag("h3", title), table(_heads(scene, "concept"), rows, caption))
