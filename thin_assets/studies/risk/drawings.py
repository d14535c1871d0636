"""Drawings of risk models: calibration, decision curves, and how far models travel."""

from collections.abc import Iterable, Mapping, Sequence

from thin_assets.pages.charts import heat, lines
from thin_assets.pages.markup import Html
from thin_assets.pages.scale import ticks, top

Curve = Sequence[tuple[float, float]]
"""Score and observed risk of parts of the entries."""

PER = 1000
"""Net benefit is told for so many people."""


def calibration(title: str, curves: Mapping[str, Curve]) -> Html:
    """Observed risk by score, in percent, beside the line on which both agree."""
    most = 100 * top([value for curve in curves.values() for pair in curve for value in pair])
    series: dict[str, list] = {"as told": [(0.0, 0.0), (most, most)]}
    series |= {name: [(100 * x, 100 * y) for x, y in curve] for name, curve in curves.items()}
    labels = {float(value): f"{value:g} %" for value in ticks(0, most)}
    return lines(title, series, labels=labels, unit="observed risk in percent, by score", most=most)


def decision_curve(
    title: str, thresholds: Iterable[float], curves: Mapping[str, Sequence[float | None]]
) -> Html:
    """Net benefit for 1,000 people by threshold; below nothing it is not drawn."""
    names = {float(place): f"{100 * value:g} %" for place, value in enumerate(thresholds)}
    series = {
        name: [
            (place, None if value is None or value < 0 else PER * value)
            for place, value in zip(names, values, strict=True)
        ]
        for name, values in curves.items()
    }
    return lines(title, series, labels=names, unit=f"net benefit for {PER:,} people, by threshold of risk")


def travels(title: str, found: Mapping[str, Mapping[str, float | None]], countries: Sequence[str]) -> Html:
    """How much better than chance each model ranks in each country: AUROC above a half."""
    rows = {
        name: [None if own.get(code) is None else max(own[code] - 0.5, 0.0) for code in countries]
        for name, own in found.items()
    }
    return heat(title, rows, list(countries), unit="AUROC above 0.5, darker is higher", one_scale=True)
