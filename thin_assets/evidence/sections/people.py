"""Persons and their observation time."""

from collections.abc import Mapping

from thin_assets.domain.disclosure import complement, is_disclosive
from thin_assets.evidence.reading import DAYS_PER_YEAR, Reading, by_year, summed
from thin_assets.evidence.sections.scene import FEMALE, MALE, Scene, place, safe, year_marks
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, figure, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table

BAND, LAST_BAND = 5, 90
AGE_BAND = 10


def persons(scene: Scene) -> Section:
    """Who they are: age and sex of the living, age when observation began."""
    parts = side_by_side(_pyramid(scene), _ages(scene))
    return Section("persons", "Persons", together(parts, _sexes(scene)))


def _pyramid(scene: Scene) -> Html:
    shown = pyramid_cells(scene.now)
    bands = [_band(low) for low in range(0, LAST_BAND + 1, BAND)]
    rows = [(band, shown[FEMALE, band], shown[MALE, band]) for band in bands]
    numbers = table(
        columns("age", "#women", "#men"),
        [(band, _kept(women), _kept(men)) for band, women, men in rows],
        f"Living persons by age at the end of {figures.month(scene.now.snapshot.month)}",
    )
    return figure(
        "Age and sex of the living",
        charts.pyramid("Living persons by age and sex", rows, sides=("Women", "Men")),
        numbers=numbers,
        note="Age is the calendar year less the year of birth. Groups below 10 are left blank.",
    )


def pyramid_cells(reading: Reading) -> dict[tuple[str, str], int | None]:
    """Living persons by sex and five years of age; None where a small count could be told."""
    year = reading.snapshot.cutoff.year
    bands = [_band(low) for low in range(0, LAST_BAND + 1, BAND)]
    counts = {(sex, band): 0 for sex in (FEMALE, MALE) for band in bands}
    for (born, sex), count in reading.counts(11).items():
        if sex in (FEMALE, MALE):
            counts[sex, _band(max(0, year - int(born)))] += count
    totals = {(sex, "all"): sum(counts[sex, band] for band in bands) for sex in (FEMALE, MALE)}
    sums = [(total, [(total[0], band) for band in bands]) for total in totals]
    few = {key for key, count in counts.items() if is_disclosive(count)}
    hidden = complement(counts | totals, few, sums)
    return {key: None if key in hidden else count for key, count in counts.items()}


def _band(age: int) -> str:
    low = min(age // BAND * BAND, LAST_BAND)
    return f"{low}+" if low == LAST_BAND else f"{low}-{low + BAND - 1}"


def _kept(count: int | None) -> str:
    return "kept back" if count is None else figures.count(count)


def _ages(scene: Scene) -> Html:
    """Age at the start of the first observation period, ten years each."""
    found = summed(scene.now.counts(101), lambda key: min(max(int(key[0]), 0) // AGE_BAND, 9))
    names = {low: f"{AGE_BAND * low}s" if low < 9 else "90+" for low in range(10)}
    bars = {names[low]: safe(found.get(low, 0)) for low in names}
    rows = [(names[low], figures.count(found.get(low, 0))) for low in names]
    return figure(
        "Age when observation began",
        charts.histogram("Persons by age at first observation", bars, unit="persons"),
        numbers=table(columns("age", "#persons"), rows, "Persons by age at first observation"),
        note="First observation period of each person.",
    )


def _sexes(scene: Scene) -> Html:
    rows = []
    for (sex,), count in sorted(scene.now.counts(2).items()):
        age = scene.now.shown(104, sex)
        died = scene.now.shown(506, sex)
        rows.append(
            (
                scene.name(sex).lower(),
                figures.count(count),
                figures.percent(count, scene.now.persons),
                _median(age),
                _median(died),
            )
        )
    heads = columns("sex", "#persons", "#share", "#median age at first observation", "#median age at death")
    return table(heads, rows, "Persons by sex, the dead included")


def _median(spread: Mapping[str, float] | None) -> str:
    return figures.number(spread["median_value"] if spread else None)


def observation(scene: Scene) -> Section:
    """How long they are observed, and in which months."""
    return Section(
        "observation",
        "Observation time",
        side_by_side(_observed(scene), _lengths(scene), _comings(scene), _periods(scene)),
    )


def _observed(scene: Scene) -> Html:
    series = {"this snapshot": scene.now, "the one before": scene.before}
    drawn = {
        name: [(place(month), safe(count)) for month, count in _months(reading)]
        for name, reading in series.items()
        if reading
    }
    by_june = [
        (str(month // 100), figures.count(count)) for month, count in _months(scene.now) if month % 100 == 6
    ]
    months = [month for month, _ in _months(scene.now)]
    return figure(
        "Persons observed in each month",
        charts.lines("Persons observed by month", drawn, labels=year_marks(months), unit="persons"),
        numbers=table(columns("June of", "#persons"), by_june, "Persons with a day of observation in June"),
        note="At least one day of observation in the month.",
    )


def _months(reading: Reading) -> list[tuple[int, int]]:
    return sorted((int(month), count) for (month,), count in reading.counts(117).items())


def _lengths(scene: Scene) -> Html:
    found = summed(scene.now.counts(108), lambda key: int(int(key[0]) * 30 / DAYS_PER_YEAR))
    longest = max(found, default=0)
    bars = {str(year): safe(found.get(year, 0)) for year in range(longest + 1)}
    rows = [(f"{year} to {year + 1}", figures.count(found.get(year, 0))) for year in range(longest + 1)]
    length = scene.now.shown(105)
    note = None
    if length:
        middle, low, high = (length[f"{name}_value"] / DAYS_PER_YEAR for name in ("median", "p25", "p75"))
        note = f"Median {middle:.1f} years; half of the persons between {low:.1f} and {high:.1f}."
    drawing = charts.histogram(
        "Persons by years of observation", bars, unit="persons", every=max(1, longest // 8)
    )
    return figure(
        "Length of observation in years",
        drawing,
        numbers=table(columns("years", "#persons"), rows, "Persons by length of the first period"),
        note=note,
    )


def _comings(scene: Scene) -> Html:
    came, left = (by_year({int(m): n for (m,), n in scene.now.counts(key).items()}) for key in (111, 112))
    years = sorted(came.keys() | left.keys())
    series = {
        "begins": [(float(year), safe(came.get(year, 0))) for year in years],
        "ends": [(float(year), safe(left.get(year, 0))) for year in years],
    }
    step = max(1, len(years) // 6)
    rows = [(str(year), figures.count(came.get(year, 0)), figures.count(left.get(year, 0))) for year in years]
    return figure(
        "Periods that begin and end, by year",
        charts.lines("Periods by year", series, labels={y: str(y) for y in years[::step]}, unit="persons"),
        numbers=table(columns("year", "#begin", "#end"), rows, "Persons whose period begins or ends"),
        note="The last year holds everybody who is still observed at the cut-off.",
    )


def _periods(scene: Scene) -> Html:
    rows = sorted((int(times), count) for (times,), count in scene.now.counts(113).items())
    told = [
        (str(times), figures.count(count), figures.percent(count, scene.now.persons)) for times, count in rows
    ]
    return table(
        columns("periods of a person", "#persons", "#share"), told, "Persons by number of observation periods"
    )
