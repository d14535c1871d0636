"""Records over time: how many, how dense, how much of them unmapped."""

from collections.abc import Mapping

from thin_assets.evidence.reading import TABLES, Reading, by_year
from thin_assets.evidence.sections.scene import Scene, place, safe, year_marks
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, figure, side_by_side, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, table


def records(scene: Scene) -> Section:
    """Each table of events: size, persons, and its rate month by month."""
    charted = [name for name in TABLES if scene.now.total(9000, name)]
    drawn = side_by_side(*(_rate(scene, name) for name in charted))
    return Section("records", "Records", together(_sizes(scene), tag("h3", _RATES), drawn))


_RATES = "Records for each person-year of observation, month by month"


def _sizes(scene: Scene) -> Html:
    now, before = scene.now, scene.before
    rows = []
    for name in TABLES:
        count, persons = now.total(9000, name), now.total(9001, name)
        each = now.shown(9002, name)
        rows.append(
            (
                TABLES[name],
                figures.count(count),
                figures.change(count, before.total(9000, name) if before else None),
                figures.count(persons),
                figures.percent(persons, now.persons),
                figures.number(each["median_value"] if each else None),
                unmapped(now, name),
            )
        )
    heads = columns(
        *("table", "#records", "#change", "#persons", "#of all persons", "#median per person", "#unmapped")
    )
    return table(heads, rows, "Records of each table; change against the snapshot before")


def unmapped(reading: Reading, name: str) -> str:
    """Share of a table's records without a standard concept, as people read it."""
    records = reading.total(9000, name)
    return figures.percent(sum(reading.of_table(9004, name).values()), records, 2)


def _rate(scene: Scene, name: str) -> Html:
    readings = {"this snapshot": scene.now, "the one before": scene.before}
    series = {
        told: [(place(month), rate) for month, rate in monthly_rate(reading, name).items()]
        for told, reading in readings.items()
        if reading
    }
    yearly = yearly_rate(scene.now, name)
    numbers = table(
        columns("year", "#records per person-year"),
        [(str(year), figures.number(rate, 2)) for year, rate in yearly.items()],
        f"{TABLES[name]}: records for each person-year",
    )
    usual = _usual(list(monthly_rate(scene.now, name).values()))
    drawing = charts.lines(
        f"{TABLES[name]}: records for each person-year",
        series,
        labels=year_marks(scene.now.months),
        unit="records for each person-year",
        height=170,
        most=usual,
    )
    return figure(TABLES[name], drawing, numbers=numbers, note="Higher peaks are cut off." if usual else None)


def _usual(rates: list[float | None]) -> float | None:
    """Top of a scale that leaves out the rush of records when a practice joins; None: nothing needs it."""
    known = sorted(rate for rate in rates if rate is not None)
    if not known:
        return None
    high = 1.3 * known[int(0.95 * (len(known) - 1))]
    return high if known[-1] > 2 * high else None


def monthly_rate(reading: Reading, name: str) -> dict[int, float | None]:
    """Records for each person-year in months with enough persons; None where they are few."""
    counts, years = reading.of_table(9003, name), reading.person_years
    return {month: _divided(counts.get(month, 0), years[month]) for month in reading.months}


def yearly_rate(reading: Reading, name: str) -> dict[int, float | None]:
    """Records for each person-year, by calendar year, over months with enough persons."""
    months = reading.months
    counts = reading.of_table(9003, name)
    records = by_year({month: counts.get(month, 0) for month in months})
    years = by_year({month: reading.person_years[month] for month in months})
    return {year: _divided(records[year], years[year]) for year in sorted(years)}


def _divided(count: int, years: float) -> float | None:
    return None if safe(count) is None or not years else count / years


def density(scene: Scene) -> Section:
    """Two strips of years: how much is recorded, and how much of it found no concept."""
    rates = {TABLES[name]: yearly_rate(scene.now, name) for name in TABLES if scene.now.total(9000, name)}
    shares = {
        TABLES[name]: share for name in TABLES if any((share := _unmapped_by_year(scene.now, name)).values())
    }
    parts = [
        _strip(
            "Data density by year",
            rates,
            "Records for each person-year. Each table has its own scale: dark is its busiest year.",
            "records for each person-year",
        )
    ]
    if shares:
        note = "Share of records without a standard concept, in percent. One scale for all tables."
        parts.append(_strip("Unmapped records by year", shares, note, "percent unmapped", one_scale=True))
    return Section("density", "Density and mapping over time", side_by_side(*parts))


def _unmapped_by_year(reading: Reading, name: str) -> dict[int, float | None]:
    months = reading.months
    counts, missed = reading.of_table(9003, name), reading.of_table(9004, name)
    whole = by_year({month: counts.get(month, 0) for month in months})
    part = by_year({month: missed.get(month, 0) for month in months})
    return {
        year: 100 * part[year] / whole[year] if whole[year] >= 10 and safe(part[year]) is not None else None
        for year in sorted(whole)
    }


def _strip(
    title: str, rows: Mapping[str, dict[int, float | None]], note: str, unit: str, *, one_scale: bool = False
) -> Html:
    years = sorted({year for row in rows.values() for year in row})
    fields = {name: [row.get(year) for year in years] for name, row in rows.items()}
    drawing = charts.heat(
        title,
        fields,
        [str(year) for year in years],
        unit=unit,
        every=max(1, len(years) // 6),
        one_scale=one_scale,
    )
    cells = [(str(year), *(figures.number(rows[name].get(year), 2) for name in rows)) for year in years]
    numbers = table(columns("year", *(f"#{name}" for name in rows)), cells, f"{title}: {unit}")
    return figure(title, drawing, numbers=numbers, note=note)


def visits(scene: Scene) -> Section:
    """Contacts by kind, with their length."""
    now = scene.now
    rows = []
    for (concept,), count in sorted(now.counts(201).items(), key=lambda item: -item[1]):
        stay = now.shown(213, concept)
        before = scene.before.total(201, concept) if scene.before else None
        rows.append(
            (
                scene.name(concept),
                figures.count(count),
                figures.change(count, before),
                figures.count(now.total(200, concept)),
                figures.per_thousand(now.total(200, concept), now.persons),
                f"{stay['median_value']:.0f} / {stay['p90_value']:.0f}" if stay else figures.NOTHING,
            )
        )
    heads = columns(
        *("kind of visit", "#visits", "#change", "#persons", "#per 1,000 persons", "#days: median / p90")
    )
    kinds = table(heads, rows, "Visits by concept")
    return Section("visits", "Visits", together(_visitors(scene), kinds) if rows else kinds)


def _visitors(scene: Scene) -> Html:
    """Of the persons observed in a month, how many had a visit of each kind."""
    now = scene.now
    kinds = sorted(now.counts(200), key=lambda key: (-now.total(200, *key), key))[:MOST_KINDS]
    shares = {
        scene.name(kind): {
            month: _per_thousand(now.total(202, kind, str(month)), now.total(117, str(month)))
            for month in now.months
        }
        for (kind,) in kinds
    }
    series = {name: [(place(month), rate) for month, rate in line.items()] for name, line in shares.items()}
    rows = [
        (str(month // 100), *(figures.number(line[month]) for line in shares.values()))
        for month in now.months
        if month % 100 == 1
    ]
    title = "Persons with a visit in the month, of 1,000 observed"
    drawing = charts.lines(title, series, labels=year_marks(now.months), unit="persons of 1,000")
    numbers = table(columns("January of", *(f"#{name}" for name in shares)), rows, title)
    note = "Months with fewer than 10 such persons are left blank."
    return figure(title, drawing, numbers=numbers, note=note)


MOST_KINDS = 4


def _per_thousand(part: int, persons: int) -> float | None:
    return None if safe(part) is None or not persons else 1000 * part / persons


def deaths(scene: Scene) -> Section:
    """Deaths for each 1,000 person-years, by year."""
    died = by_year({int(month): count for (month,), count in scene.now.counts(502).items()})
    years = by_year({month: scene.now.person_years[month] for month in scene.now.months})
    rates = {
        year: 1000 * died.get(year, 0) / lived if died.get(year, 0) >= 10 else None
        for year, lived in sorted(years.items())
    }
    rows = [
        (str(year), figures.count(died.get(year, 0)), figures.number(rate, 1)) for year, rate in rates.items()
    ]
    drawing = charts.histogram(
        "Deaths for each 1,000 person-years",
        {str(year): rate for year, rate in rates.items()},
        unit="deaths for each 1,000 person-years",
        every=max(1, len(rates) // 7),
    )
    numbers = table(columns("year", "#deaths", "#for each 1,000 person-years"), rows, "Deaths by year")
    title = "Deaths for each 1,000 person-years"
    by_age = summed_by_decile(scene.now)
    ages = {f"{10 * low}s" if low < 9 else "90+": safe(by_age.get(low, 0)) for low in range(10)}
    at_age = figure(
        "Age at death",
        charts.histogram("Deaths by age", ages, unit="persons"),
        numbers=table(
            columns("age", "#deaths"),
            [(name, figures.count(by_age.get(low, 0))) for low, name in enumerate(ages)],
            "Deaths by age",
        ),
        note="Ten years of age each; groups below 10 are left blank.",
    )
    note = "Years with fewer than 10 deaths are left blank; the first and the last year may be incomplete."
    return Section(
        "deaths", "Deaths", side_by_side(figure(title, drawing, numbers=numbers, note=note), at_age)
    )


def summed_by_decile(reading: Reading) -> dict[int, int]:
    """Deaths by ten years of age, 90 and more together."""
    found: dict[int, int] = {}
    for (_, _, decile), count in reading.counts(504).items():
        low = min(max(int(decile), 0), 9)
        found[low] = found.get(low, 0) + count
    return found
