"""The page of all countries of a month: use of each class, guideline measures, changes, and revisions."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages import charts, figures
from thin_assets.pages.figures import NOTHING, is_few
from thin_assets.pages.frame import Section, figure, page, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.prescribing.declared import Measure, declared
from thin_assets.studies.prescribing.drawings import intervals
from thin_assets.studies.prescribing.drugs import ALL, NONE
from thin_assets.studies.prescribing.page_measures import recent_value
from thin_assets.studies.prescribing.shown import OfKind, mean, plain

MOST_CHARTS = 8


@dataclass(frozen=True)
class Findings:
    """What the page draws from.

    tables       of the study, by country
    across       as `contract.Across`
    revisions    as `contract.Revision`
    """

    month: dt.date
    tables: Mapping[str, Mapping[str, pl.DataFrame]]
    across: pl.DataFrame
    revisions: pl.DataFrame

    @property
    def kind(self) -> str:
        """The kind of record that most countries have; of several the one that is declared first."""
        order = [*declared().record_kinds, "other"]
        of = self.across.filter(pl.col("class_code") != NONE, pl.col("class_code") != ALL)
        counted = dict(of.group_by("record_kind").agg(pl.col("country").n_unique()).iter_rows())
        return max(order, key=lambda kind: (counted.get(kind, 0), -order.index(kind)))

    @property
    def countries(self) -> list[str]:
        """Countries with records of that kind, in the order of the project."""
        there = set(self.across.filter(record_kind=self.kind)["country"])
        return [code for code in COUNTRIES if code in there]

    def of(self, country: str) -> OfKind:
        """Tables of a country."""
        return OfKind(self.kind, self.tables[country])

    @property
    def classes(self) -> pl.DataFrame:
        """Rows of `across` of the kind, by class."""
        return self.across.filter(pl.col("record_kind") == self.kind, pl.col("class_code") != NONE)


def draw_across(found: Findings) -> tuple[str, dict[str, Html]]:
    """The page as HTML, and its pictures by title; the same findings give the same bytes."""
    month = figures.month(found.month)
    lead = paragraph(
        f"Use of each class of drugs, as {found.kind}, in {len(found.countries)} countries: the months until "
        f"the end of {month}. Other kinds of record are on the pages of the countries."
    )
    sections = [
        Section("overview", "Countries", _overview(found)),
        Section("classes", "Classes by country", _classes(found)),
        Section("months", "Month by month", _months(found)),
        Section("measures", "Guideline measures", side_by_side(*_measures(found))),
        Section("changes", "Changes of level", _changes(found)),
        Section("revisions", "Since the snapshot before", _revisions(found)),
    ]
    foot = paragraph(f"thin-assets, {found.month:%Y-%m}. {declared().ddd_source}.")
    drawn = page(
        f"Prescribing across countries, {month}", lead, sections, kicker="Prescribing observatory", foot=foot
    )
    return drawn, {"Users by class and country": heat(found)}


def _overview(found: Findings) -> Html:
    heads = columns(
        *("country", "#persons observed", "#users per 1,000", "#at the same sex and age"),
        *("#DDD per 1,000 person-days", "#at the same sex and age"),
    )
    rows = []
    for row in found.classes.filter(class_code=ALL).iter_rows(named=True):
        days = found.tables[row["country"]]["prescribing_person_days"].filter(sex=ALL, age_band=ALL)
        persons = days.sort("month")["persons"][-1]
        rows.append((_name(row["country"]), figures.count(persons), *_numbers(row)))
    note = (
        f"All drugs, the last {declared().recent_months} months; persons of the last month. Countries differ "
        "in what they record and how it was mapped, not in prescribing alone."
    )
    return together(
        paragraph(note), table(heads, rows, "Users per 1,000 person-months and defined daily doses")
    )


def _numbers(row: dict) -> tuple[str, ...]:
    keys = ("users_per_1000", "users_per_1000_standardised", "ddd_per_1000", "ddd_per_1000_standardised")
    if row["most_users"] < SMALLEST_SHOWN:
        return (NOTHING,) * len(keys)
    return tuple(figures.number(row[key], 1) for key in keys)


def heat(found: Findings) -> Html:
    """Standardised users by class and country, each class on its own scale."""
    rows = {code: [_shown(row) for row in part] for code, _, part in _by_class(found)}
    return charts.heat(
        "Users by class and country",
        rows,
        found.countries,
        unit="users per 1,000 person-months, same sex and age",
    )


def _by_class(found: Findings) -> Iterator[tuple[str, str, list[dict | None]]]:
    """Code, name and the row of each country; classes that some country may show."""
    for (code,), part in sorted(found.classes.partition_by("class_code", as_dict=True).items()):
        rows = {row["country"]: row for row in part.iter_rows(named=True)}
        told = [rows.get(country) for country in found.countries]
        if code != ALL and any(_shown(row) is not None for row in told):
            yield code, plain(part["class_name"][0]), told


def _shown(row: dict | None) -> float | None:
    if row is None or row["most_users"] < SMALLEST_SHOWN:
        return None
    return row["users_per_1000_standardised"]


def _classes(found: Findings) -> Html:
    heads = columns("class", *(f"#{country}" for country in found.countries), "#highest over median")
    rows = []
    for code, name, told in _by_class(found):
        values = (figures.number(_shown(row), 1) for row in told)
        rows.append((f"{code} {name}", *values, figures.number(_spread(told), 1)))
    note = (
        "At the same sex and age; each class on its own scale; blank: fewer than "
        f"{SMALLEST_SHOWN} users in every month."
    )
    numbers = table(heads, rows, "Users per 1,000 person-months, at the same sex and age")
    return together(figure("Users by class and country", heat(found), note=note), numbers)


def _spread(told: list[dict | None]) -> float | None:
    """The highest number over the median, of those that are shown: that of all would tell the others."""
    there = [value for value in map(_shown, told) if value is not None]
    middle = median(there) if len(there) > 1 else 0
    return max(there) / middle if middle else None


def _months(found: Findings) -> Html:
    level = declared().class_level
    most = found.classes.filter(pl.col("class_code") != ALL).group_by("class_code", "class_name").agg(
        pl.col("users_per_1000").sum()
    ).sort("users_per_1000", "class_code", descending=[True, False])  # fmt: skip
    drawn = []
    for code, name in most.select("class_code", "class_name").iter_rows():
        series = {_name(country): found.of(country).users(level, code) for country in found.countries}
        if sum(mean(values) is not None for values in series.values()) and len(drawn) < MOST_CHARTS:
            drawn.append(_lines(f"{plain(name)} ({code})", series, found.of(found.countries[0]).months))
    return together(paragraph("Crude users per 1,000 person-months."), side_by_side(*drawn))


def _lines(title: str, series: dict[str, list], months: list[dt.date]) -> Html:
    points = {name: list(enumerate(values)) for name, values in series.items()}
    labels = {place: f"{month:%Y-%m}" for place, month in enumerate(months) if month.month in (1, 7)}
    heads = columns("month", *(f"#{name}" for name in series))
    rows = [
        (f"{month:%Y-%m}", *(figures.number(values[place], 1) for values in series.values()))
        for place, month in enumerate(months)
    ]
    drawing = charts.lines(title, points, labels=labels, unit="users per 1,000 person-months", height=190)
    return figure(title, drawing, numbers=table(heads, rows, title))


def _measures(found: Findings) -> Iterator[Html]:
    for told in declared().measures:
        values = {_name(country): _measure(found.of(country), told) for country in found.countries}
        if any(values.values()):
            rows = [
                (name, *(figures.number(one, 1) for one in value))
                if value
                else (name, NOTHING, NOTHING, NOTHING)
                for name, value in values.items()
            ]
            numbers = table(columns("country", "#value", "#from", "#to"), rows, told.title)
            yield figure(told.title, intervals(told.title, values), numbers=numbers, note=told.source)


def _measure(one: OfKind, told: Measure) -> tuple[float, float, float] | None:
    """Value and interval of the recent months together."""
    found = recent_value(one, told, one.table("measures").filter(measure=told.name))
    return found and found[2:]


def _changes(found: Findings) -> Html:
    """Classes whose users change their level, with the country and the month."""
    rows = found.classes.filter(
        pl.col("new_level_from").is_not_null(), pl.col("most_users") >= SMALLEST_SHOWN
    )
    body = [
        (
            plain(name),
            ", ".join(f"{_name(country)} {since:%Y-%m}" for country, since in zip(where, when, strict=True)),
        )
        for name, where, when in rows.group_by("class_name", maintain_order=True)
        .agg("country", "new_level_from")
        .iter_rows()
    ]
    if not body:
        return paragraph("No country has a class whose users change their level.")
    note = (
        "What changes everywhere at once comes from medicine; what changes in one country may be its records."
    )
    told = table(columns("class", "last change of users"), body, "Changes of level")
    return together(paragraph(note), _ends(found), told)


def _ends(found: Findings) -> Html | None:
    """A warning of countries where observation ends with the last record."""
    names = [_name(code) for code in found.countries if COUNTRIES[code].observation == "events"]
    if not names:
        return None
    return paragraph(
        f"{', '.join(names)}: nobody signs on to a list, and observation ends with the last record. Rates "
        "rise towards the end."
    )


def _revisions(found: Findings) -> Html:
    """How much the calendar months of the snapshot before have changed since: all drugs."""
    rows = found.revisions.filter(record_kind=found.kind, class_code=ALL)
    if rows.is_empty():
        return paragraph("No country has the snapshot before.")
    heads = columns(
        "country", "#months", "#users before", "#users now", "#change", "#months that changed by 1 % or more"
    )
    body = []
    for (country,), part in rows.partition_by("country", as_dict=True, maintain_order=True).items():
        before, now = int(part["users_before"].sum()), int(part["users"].sum())
        moved = part.filter(
            (pl.col("users") - pl.col("users_before")).abs() >= 0.01 * pl.col("users_before")
        ).height
        told = (
            (figures.count(before), figures.count(now))
            if not is_few(abs(now - before))
            else (NOTHING, figures.count(now))
        )
        change = figures.change(now, before) if not is_few(abs(now - before)) else "few"
        body.append((_name(country), str(part.height), *told, change, str(moved)))
    return table(heads, body, "Users of any drug in the calendar months that both snapshots hold, added up")


def _name(country: str) -> str:
    return COUNTRIES[country].name
