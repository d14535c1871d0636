"""The page of all cohorts of a partition: one static file, small counts kept back.

A step of the attrition is shown where ten persons or more were lost until the next step that is shown, or
nobody was: else the difference of two shown steps would count the few.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN, complement, hidden_parts
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import charts, figures
from thin_assets.pages.figures import FEW, NOTHING, is_few
from thin_assets.pages.frame import Section, bullets, figure, page, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, flag, table

KEPT_BACK = "kept back"
"""What stands for a number of ten and more that would give a smaller one away."""

MOST_CONCEPTS = 10
"""Concepts shown of each cohort."""


@dataclass(frozen=True)
class Findings:
    """What the page draws from; frames as the cohorts and studies rooms write them.

    matched    counts of matched sets by cohort
    """

    snapshot: Snapshot
    build: str
    definitions: pl.DataFrame
    attrition: pl.DataFrame
    counts: pl.DataFrame
    index_events: pl.DataFrame
    overlap: pl.DataFrame
    change: pl.DataFrame
    incidence: pl.DataFrame
    matched: dict[str, dict[str, int]]

    @property
    def names(self) -> dict[int, str]:
        """Name of each definition by id, in order of the name."""
        rows = self.definitions.sort("cohort_definition_name")
        return dict(rows.select("cohort_definition_id", "cohort_definition_name").iter_rows())

    @property
    def titles(self) -> dict[int, str]:
        """What its author called each definition."""
        rows = self.definitions.select("cohort_definition_id", "cohort_definition_description").iter_rows()
        return {cohort: told.rpartition("; sha256 ")[0] for cohort, told in rows}

    def of(self, frame: pl.DataFrame, cohort: int) -> pl.DataFrame:
        """Rows of one cohort."""
        return frame.filter(pl.col("cohort_definition_id") == cohort)


def draw_cohorts(found: Findings) -> str:
    """The page as HTML; the same findings give the same bytes."""
    country, month = COUNTRIES[found.snapshot.country].name, figures.month(found.snapshot.month)
    sections = (_overview(found), _overlap(found), _matched(found), *_each(found), _method())
    return page(
        f"Cohorts of {country}, {month}",
        paragraph(
            f"Who enters each cohort until the end of {month}, how often, and who is lost at which rule."
        ),
        [one for one in sections if one is not None],
        kicker="Cohorts of a sealed OMOP build",
        foot=paragraph(f"thin-assets, {found.snapshot.key}, build ", tag("code", found.build)),
    )


def _overview(found: Findings) -> Section:
    heads = columns(
        *(
            "cohort",
            "#persons",
            "#before",
            "#rate per 100,000 person-years",
            "#95 % interval",
            "since last month",
        )
    )
    rows = [_overview_row(found, cohort, name) for cohort, name in found.names.items()]
    return Section("overview", "All cohorts", table(heads, rows, "Persons, crude incidence, change"))


def _overview_row(found: Findings, cohort: int, name: str) -> tuple:
    change = found.of(found.change, cohort).row(0, named=True)
    total = found.of(found.incidence, cohort).filter(sex="all", age_band="all").row(0, named=True)
    link = tag("a", name, href=f"#{name}")
    return (link, figures.count(change["persons"]), _before(change), *_rate(total), _since(change))


def _before(change: dict) -> str:
    """Persons of the month before, where the difference to now counts nobody or ten and more."""
    before = change["persons_before"]
    if before is None or is_few(before) or not is_few(abs(change["persons"] - before)):
        return figures.count(before)
    return KEPT_BACK


def _rate(total: dict) -> tuple[str, str]:
    if total["rate_per_100000"] is None:
        return NOTHING, NOTHING
    rate, low, high = (
        figures.number(total[key], 1) for key in ("rate_per_100000", "rate_lower", "rate_upper")
    )
    return rate, f"{low} to {high}"


def _since(change: dict) -> Html:
    """Whether a cohort may be compared with last month's, and how many were lost or moved."""
    if change["persons_before"] is None:
        return flag("not built then", kind="watch")
    if change["is_redefined"]:
        return flag("redefined", kind="watch")
    if change["lost"] or change["moved"]:
        told = [f"{key} {figures.count(change[key])}" for key in ("lost", "moved") if change[key]]
        return flag(", ".join(told), kind="watch")
    return flag("nobody lost or moved", kind="good")


def _overlap(found: Findings) -> Section:
    """Pairs with many persons in common; the first column is the whole."""
    told = paragraph(f"Pairs of cohorts that share {SMALLEST_SHOWN} persons or more.")
    shown = found.overlap.filter(pl.col("persons_in_both") >= SMALLEST_SHOWN)
    names = found.names
    rows = sorted(_overlap_row(row, names) for row in shown.iter_rows(named=True))
    heads = columns("cohort", "also in", "#persons", "#in both", "#other before", "#same day", "#other after")
    found_any = table(heads, rows, "Persons in two cohorts") if rows else paragraph("There is none.")
    return Section("overlap", "Overlap", together(told, found_any))


def _overlap_row(row: dict, names: dict[int, str]) -> tuple[str, ...]:
    parts = ("other_before", "other_same_day", "other_after")
    counts = {name: row[name] for name in ("persons", "persons_in_both", *parts)}
    few = {name for name in parts if is_few(counts[name])}
    rest = row["persons"] - row["persons_in_both"]
    if is_few(rest):
        few.add("persons_in_both")
    hidden = complement(counts, few, [("persons_in_both", parts)])
    pair = (names[row["cohort_definition_id"]], names[row["other_cohort_definition_id"]])
    return (*pair, *(_kept(counts[name], name in hidden) for name in counts))


def _kept(count: int, is_hidden: bool) -> str:
    if not is_hidden:
        return figures.count(count)
    return FEW if is_few(count) else KEPT_BACK


def _matched(found: Findings) -> Section | None:
    if not found.matched:
        return None
    heads = columns("cohort", "#sets", "#incomplete", "#without a control")
    rows = [
        (cohort, *(figures.count(counts[key]) for key in ("sets", "incomplete sets", "sets without control")))
        for cohort, counts in sorted(found.matched.items())
    ]
    return Section(
        "matched", "Matched controls", table(heads, rows, "Sets that have fewer controls than asked for")
    )


def _each(found: Findings) -> Iterator[Section]:
    """One section per cohort."""
    for cohort, name in found.names.items():
        body = together(
            paragraph(found.titles[cohort]),
            _attrition(found, cohort),
            *_entries(found, cohort),
            _events(found, cohort),
        )
        yield Section(name, name, body)


def _attrition(found: Findings, cohort: int) -> Html:
    steps = found.of(found.attrition, cohort).sort("step").select("rule", "persons").rows()
    rows = list(zip((rule for rule, _ in steps), shown_steps([count for _, count in steps]), strict=True))
    return table(columns("step", "#persons"), rows, "Persons left after each rule")


def shown_steps(persons: list[int]) -> list[str]:
    """Persons of each step, of which no two that are shown differ by one to nine.

    The last step is the cohort itself, which is shown elsewhere too: what is kept back is what came before.
    >>> shown_steps([120, 100, 97, 80, 80])
    ['120', 'kept back', '97', '80', '80']
    """
    shown, last = [], None
    for count in reversed(persons):
        if is_few(count):
            shown.append(FEW)
        elif last is None or not is_few(count - last):
            shown.append(figures.count(count))
            last = count
        else:
            shown.append(KEPT_BACK)
    return shown[::-1]


def _entries(found: Findings, cohort: int) -> Iterator[Html]:
    """Entries by year, and by age and sex; a cell that is small, or gives one away, is left blank."""
    counts = found.of(found.counts, cohort)
    years = _cells(counts, ["year"])
    if any(years.values()):
        points = {"persons": [(float(year), count) for (year,), count in years.items()]}
        rows = [(str(year), _blank(count)) for (year,), count in years.items()]
        numbers = table(columns("year", "#persons"), rows, "Persons by year of entry")
        labels = {float(year): str(year) for (year,) in years if year % 5 == 0}
        chart = charts.lines("Persons by year of entry", points, labels=labels, unit="persons")
        yield figure("Year of entry", chart, numbers=numbers, note="Years with fewer than 10 are left blank.")
    ages = _cells(counts, ["age_band", "sex"])
    if any(ages.values()):
        bands = sorted({band for band, _ in ages}, key=lambda band: int(band.rstrip("+").partition("-")[0]))
        rows = [(band, *(_blank(ages.get((band, sex))) for sex in ("female", "male"))) for band in bands]
        yield table(columns("age at entry", "#women", "#men"), rows, "Persons by age at entry and sex")


def _cells(counts: pl.DataFrame, keys: list[str]) -> dict[tuple, int | None]:
    """Persons by key; None where the count is small, or would give a small one away with the total."""
    rows = counts.group_by(keys).agg(pl.col("persons").sum()).sort(keys).rows()
    cells = {tuple(row[:-1]): row[-1] for row in rows}
    few = {key for key, count in cells.items() if is_few(count)}
    hidden = hidden_parts(cells, few)
    return {key: None if key in hidden else count for key, count in cells.items()}


def _blank(count: int | None) -> str:
    return NOTHING if count is None else figures.count(count)


def _events(found: Findings, cohort: int) -> Html:
    """The most frequent concepts; one that all but a few have is kept back, for it tells of the few."""
    events = found.of(found.index_events, cohort).sort("persons", "concept_id", descending=[True, False])
    total = found.of(found.change, cohort).item(0, "persons")
    rows = [
        (row["concept_name"], str(row["concept_id"]), row["cdm_table"], _of_all(row["persons"], total))
        for row in events.head(MOST_CONCEPTS).iter_rows(named=True)
    ]
    heads = columns("concept", "#id", "table", "#persons")
    caption = f"What brought them in: the {MOST_CONCEPTS} most frequent concepts of the index date"
    return table(heads, rows, caption)


def _of_all(count: int, total: int) -> str:
    return _kept(count, is_few(total - count))


def _method() -> Section:
    points = [
        f"Counts of 1 to {SMALLEST_SHOWN - 1} persons are shown as {FEW}; a larger number is kept back where "
        "it would tell one of them.",
        "Crude incidence: persons who enter, over everybody in observation from the day on which the "
        "observation asked for is complete. Persons whom a rule refuses stay in the denominator.",
        "Age is the calendar year of entry less the year of birth.",
        "Lost: in the cohort last month, not in it now. Moved: with another index date now. Both are rare as "
        "long as nothing is redefined: records were corrected, or patients left the delivery.",
        "A person with two concepts on the index date counts in both.",
    ]
    return Section("method", "How to read this", bullets(points))
