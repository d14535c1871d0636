"""Measured values: how each measurement is distributed in each unit, beside last month."""

from collections.abc import Mapping

from thin_assets.evidence.reading import Reading
from thin_assets.evidence.sections.scene import Scene
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html, join, tag
from thin_assets.pages.tables import Column, columns, table

MOST_SHOWN = 40
LEAST_PERSONS = 30
"""Persons from which on percentiles are shown: the outer ones of fewer would be values of single persons."""

Spread = Mapping[str, float]
Key = tuple[str, ...]


def values(scene: Scene) -> Section:
    """A strip for each measurement and unit with enough persons, most records first."""
    found = scene.now.spread(1815)
    enough = {key: found[key] for key in found if scene.now.total(9008, *key) >= LEAST_PERSONS}
    most = sorted(enough, key=lambda key: (-enough[key]["count_value"], key))[:MOST_SHOWN]
    rows = [_row(scene, key, enough[key]) for key in sorted(most, key=lambda key: _order(scene, key))]
    heads = [
        *columns("measurement and unit", "percentiles 10 – 90", "#median", "#before", "#records", "#persons"),
        Column("outside range", is_number=True, note="of the records that carry a normal range"),
    ]
    told = paragraph(
        "Thin line: 10th to 90th percentile; box: quartiles; dot: median; ring: median of the month before."
        f" Percentiles are shown from {LEAST_PERSONS} persons on. Each strip has its own scale."
    )
    caption = f"{len(rows)} of {len(found)} pairs of measurement and unit"
    return Section("values", "Measured values", together(told, table(heads, rows, caption), _without(scene)))


def _order(scene: Scene, key: Key) -> tuple:
    return (scene.name(key[0]), -scene.now.spread(1815)[key]["count_value"], key)


def _row(scene: Scene, key: Key, spread: Spread) -> tuple:
    old = _known(scene.before, key)
    return (
        join([scene.name(key[0]), tag("span", scene.name(key[1] if len(key) > 1 else None), class_="soft")]),
        _strip(scene, key, spread, old),
        figures.measured(spread["median_value"]),
        figures.measured(old["median_value"] if old else None),
        figures.count(int(spread["count_value"])),
        figures.count(scene.now.total(9008, *key)),
        _outside(scene.now, key),
    )


def _known(reading: Reading | None, key: Key) -> Spread | None:
    """The distribution of another profile, where enough persons stand behind it."""
    if reading is None or reading.total(9008, *key) < LEAST_PERSONS:
        return None
    return reading.spread(1815).get(key)


def _strip(scene: Scene, key: Key, spread: Spread, old: Spread | None) -> Html:
    five = [spread[f"{name}_value"] for name in ("p10", "p25", "median", "p75", "p90")]
    before = old["median_value"] if old else None
    ends = [*five, *([] if before is None else [before])]
    width = (max(ends) - min(ends)) or 1.0
    told = ", ".join(figures.measured(value) for value in five)
    return charts.spread(
        *five,
        within=(min(ends) - 0.05 * width, max(ends) + 0.05 * width),
        before=before,
        title=f"{scene.name(key[0])}: percentiles 10, 25, 50, 75, 90 are {told}",
    )


def _outside(reading: Reading, key: Key) -> str:
    """Share of records below or above the range that came with them."""
    places = {place: reading.total(1818, *key, place) for place in ("Below Range Low", "Above Range High")}
    outside = sum(places.values())
    ranged = outside + reading.total(1818, *key, "Within Range")
    return figures.percent(outside, ranged) if ranged >= LEAST_PERSONS else figures.NOTHING


def _without(scene: Scene) -> Html:
    """Measurements without any value, and without a numeric one."""
    records = scene.now.total(9000, "measurement")
    rows = [
        (told, figures.count(scene.now.total(key)), figures.percent(scene.now.total(key), records))
        for told, key in (("no value at all", 1814), ("no numeric value", 1821))
    ]
    return table(columns("measurement records with", "#records", "#share"), rows, "Records without a value")
