"""What passed, on the page: beside covariates, by dose, and year by year before the diagnosis."""

import polars as pl

from thin_assets.pages import figures
from thin_assets.pages.charts import lines
from thin_assets.pages.forest import Line, forest
from thin_assets.pages.frame import figure, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.scan.declared import Scan, Scans
from thin_assets.studies.scan.page_scene import Scene, share_of

MOST_AGAIN, MOST_CURVES = 10, 6


def looked_again(scene: Scene, told: Scans, scan: Scan) -> Html:
    """What was looked at again of a site; a sentence where nothing is."""
    parts = [_adjusted(scene, told, scan), _doses(scene, told, scan), _onset(scene, told, scan)]
    there = [part for part in parts if part is not None]
    if not there:
        return paragraph("No exposure that may be shown passed: none is looked at again.")
    return together(*there)


def _adjusted(scene: Scene, told: Scans, scan: Scan) -> Html | None:
    found = []
    for name, rows in _of_passed(scene, told, scan, scene.adjusted, MOST_AGAIN):
        shown = [(code, crude, one) for code, crude, one in rows if one["odds_ratio"] is not None]
        if shown:
            found.append((name, shown))
    if not found:
        return None
    groups = [(name, [line for row in rows for line in _beside(*row)]) for name, rows in found]
    numbers = table(
        columns("exposure", "country", "#odds ratio", "#adjusted", "#p", "#calibrated p", "beside"),
        [_adjusted_row(name, *row) for name, rows in found for row in rows],
        "Unadjusted and adjusted, by country",
    )
    title = f"Adjusted, {scan.words}, {told.lagged_window} years before"
    return figure(
        title,
        forest(title, groups),
        numbers=numbers,
        note="Squares are as scanned; diamonds beside smoking, body mass index and visits before the lag.",
    )


def _beside(code: str, crude: dict, adjusted: dict) -> list[Line]:
    return [
        (code, crude["odds_ratio"], crude["lower"], crude["upper"], False),
        (f"{code} adjusted", adjusted["odds_ratio"], adjusted["lower"], adjusted["upper"], True),
    ]


def _adjusted_row(name: str, code: str, crude: dict, adjusted: dict) -> tuple[str, ...]:
    calibrated = crude["calibrated_p"]
    return (
        *(name, code, _ratio(crude), _ratio(adjusted), f"{adjusted['p_value']:.1e}"),
        figures.NOTHING if calibrated is None else f"{calibrated:.1e}",
        adjusted["adjusted_for"] or "nothing",
    )


def _ratio(row: dict) -> str:
    return f"{row['odds_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"


def _doses(scene: Scene, told: Scans, scan: Scan) -> Html | None:
    found = []
    for name, rows in _of_passed(scene, told, scan, scene.doses, MOST_AGAIN):
        shown = [
            (code, one) for code, _, one in rows if scene.is_shown(one) and one["odds_ratio"] is not None
        ]
        if len(shown) > 1:
            found.append((name, shown))
    if not found:
        return None
    groups = [
        (
            name,
            [
                (f"{code} {one['days']}", one["odds_ratio"], one["lower"], one["upper"], False)
                for code, one in rows
            ],
        )
        for name, rows in found
    ]
    numbers = table(
        columns("drug", "country", "days", "#odds ratio", "#p of trend"),
        [
            (name, code, one["days"], _ratio(one), f"{one['trend_p']:.1e}")
            for name, rows in found
            for code, one in rows
        ],
        "Odds ratios against the unexposed, by days with a prescription",
    )
    title = f"Dose, {scan.words}, {told.lagged_window} years before"
    note = "Days with a prescription, against those without any. Classes of few persons are kept back."
    return figure(title, forest(title, groups), numbers=numbers, note=note)


def _of_passed(
    scene: Scene, told: Scans, scan: Scan, tables: dict, most: int
) -> list[tuple[str, list[tuple[str, dict, dict]]]]:
    """Exposures that may be shown, by pooled p, with the rows of each country that is: (code, crude, row)."""
    rows: dict[tuple, list[dict]] = {}
    for code, frame in tables.items():
        for one in frame.filter(pl.col("scan") == scan.name).iter_rows(named=True):
            rows.setdefault((code, one["exposure_id"]), []).append(one)
    found = []
    for pooled in scene.pooled(scan.name, told.lagged_window).iter_rows(named=True):
        shown = scene.shown_countries((scan.name, told.lagged_window, pooled["exposure_id"]))
        mine = [
            (code, crude, one)
            for code, crude in shown.items()
            if _is_finite(crude)
            for one in rows.get((code, pooled["exposure_id"]), [])
        ]
        if mine:
            found.append((pooled["exposure_name"], mine))
    return found[:most]


def _is_finite(row: dict) -> bool:
    """Whether an estimate has two ends: one of few persons may have none."""
    return (row["lower"] or 0) > 0 and (row["upper"] or float("inf")) < float("inf")


def _onset(scene: Scene, told: Scans, scan: Scan) -> Html | None:
    followed = scene.followed(scan.name)
    drawn = [
        _curve(scene, scan, exposure)
        for exposure in _by_pooled_p(scene, told, scan, set(followed))
        if any(share_of(one, "cases") is not None for one in followed[exposure])
    ]
    if not drawn:
        return None
    note = paragraph(
        "Share of cases and of controls with a record in each year before the index, of those observed "
        "through that year, in the countries in which the exposure passed. What rests on few is left open."
    )
    return together(note, side_by_side(*drawn[:MOST_CURVES]))


def _by_pooled_p(scene: Scene, told: Scans, scan: Scan, among: set[int]) -> list[int]:
    _, windows = told.published()
    found: dict[int, float] = {}
    for window in windows:
        for row in scene.pooled(scan.name, window).iter_rows(named=True):
            exposure = row["exposure_id"]
            if exposure in among:
                found[exposure] = min(found.get(exposure, 1.0), row["random_p"])
    return sorted(found, key=lambda exposure: (found[exposure], exposure))


def _curve(scene: Scene, scan: Scan, exposure: int) -> Html:
    years = scene.followed(scan.name)[exposure]
    name, countries = years[0]["exposure_name"], years[0]["countries"]
    series = {
        side: [(-one["year"], _percent(share_of(one, side))) for one in reversed(years)]
        for side in ("cases", "controls")
    }
    numbers = table(
        columns("#year before", "#cases, %", "#controls, %"),
        [
            (str(one["year"]), *(figures.number(_percent(share_of(one, side)), 1) for side in series))
            for one in years
        ],
        f"{name}: share with a record, by year before the index",
    )
    title = f"{name}, {scan.words}"
    labels = {-one["year"]: str(one["year"]) for one in years}
    drawing = lines(title, series, labels=labels, unit="percent with a record, by year before the index")
    return figure(f"{name}, by year before", drawing, numbers=numbers, note=countries)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
