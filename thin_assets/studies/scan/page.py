"""The page of a scan: design, counts, multiplicity, plots, hits by country, and what not to read in it."""

import math

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.pages import figures
from thin_assets.pages.forest import Line, forest
from thin_assets.pages.frame import Section, bullets, figure, page, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, flag, table
from thin_assets.studies.scan.associations import SIGNIFICANT
from thin_assets.studies.scan.declared import Scan, Scans, in_words
from thin_assets.studies.scan.drawings import manhattan, volcano
from thin_assets.studies.scan.names import all_chapters
from thin_assets.studies.scan.page_again import looked_again
from thin_assets.studies.scan.page_scene import KEY, Scene

MOST_HITS = 15
LIMITS = (
    "An association before a diagnosis is no cause: within a year it is often the cancer that brought "
    "the exposure; the lagged window leaves that year out, and no more.",
    "The scan adjusts for nothing but sex, age, practice and time of the index date. Who sees the doctor "
    "more often has more of every code; what passed is shown again beside visits, smoking and body mass "
    "index, as recorded before the lag. Who was not asked, or not weighed, is a class of its own.",
    "Doses and years are shown of what passed alone: that it stands out there proves nothing anew.",
    "A calibrated p supposes that an exposure errs as the negative controls do.",
    "A condition, its ICD-10 category and the drugs for it are different tests of nearly the same thing.",
    "Lambda counts known effects too: it may exceed 1 without any fault of the design.",
    "A measurement is high or low by the range recorded with it; where none was recorded it is no exposure.",
)


def draw_scan(scene: Scene, told: Scans) -> str:
    """The page as HTML; the same tables give the same bytes."""
    sites = [_site(scene, told, scan) for scan in told.scans]
    return page(
        f"Association scan, {figures.month(scene.month)}",
        paragraph("Every exposure that is frequent enough, before each cancer, in matched sets; one by one."),
        [_design(told), _counts(scene), *sites, Section("limits", "Limits", bullets(LIMITS))],
        kicker="Studies",
        foot=paragraph(f"thin-assets, {scene.month:%Y-%m}, countries: {', '.join(sorted(scene.found))}"),
    )


def _design(told: Scans) -> Section:
    every = [("all others", one) for one in told.windows]
    every += [(_title(scan), one) for scan in told.scans for one in scan.windows]
    rows = [
        (whose, one.name, one.title, f"{one.from_days:,} to {one.to_days:,}", f"{one.asked_days:,}")
        for whose, one in every
    ]
    heads = columns("site", "window", "years", "#days before", "#observed days asked")
    points = (
        "Each case is compared with its matched controls; the odds ratio is the maximum of the conditional "
        "likelihood, its interval that of the profile likelihood.",
        "Members observed for too short a time are left out; the others of a set are looked at equally far "
        "back.",
        "What passes in it (false discovery rate below 0.05) is looked at again beside smoking, body mass "
        "index and visits, and by dose; what passes in any window below, year by year.",
        f"Tested where {told.fewest_exposed} members or more are exposed, {told.smallest_share:.1%} of them.",
        f"Read for causes: window {told.lagged_window}, which leaves out the last year.",
    )
    return Section(
        "design", "Design", together(bullets(points), table(heads, rows, "Windows before the index"))
    )


def _counts(scene: Scene) -> Section:
    """Sets and tests of each country; what multiplicity made of them."""
    heads = columns(
        *("country", "site", "window", "#sets", "#left out", "#tests", "#Bonferroni", "#FDR", "#lambda"),
        *("#negative controls", "#of them p < 0.05", "#their mean", "#their scatter"),
    )
    rows = [
        (
            *(COUNTRIES[code].name, in_words(row["scan"]), row["window"]),
            *(_about(row["sets"]), _about(row["left_out"])),
            *(f"{row[name]:,}" for name in ("tested", "significant", "discovered")),
            figures.number(row["inflation"], 2),
            *(f"{row[name]:,}" for name in ("controls_tested", "controls_found")),
            *(figures.number(row[name], 2) for name in ("null_mean", "null_sd")),
        )
        for code, frame in sorted(scene.windows.items())
        for row in frame.iter_rows(named=True)
    ]
    note = paragraph(
        "Tests are corrected within a site, window and country. Lambda rests on tests of 20 informative sets "
        "or more; there is none where no test has so many. Mean and scatter are of the log odds ratios of "
        "negative controls, beyond their standard errors; there are none from fewer than five. Sets and "
        "members are told to the nearest five."
    )
    return Section("counts", "Counts and multiplicity", together(note, table(heads, rows, "Sets and tests")))


def _about(count: int) -> str:
    """A count of persons to the nearest five: windows share sets, and exact counts would tell of few."""
    return figures.count(count) if figures.is_few(count) else figures.count(5 * round(count / 5))


def _site(scene: Scene, told: Scans, scan: Scan) -> Section:
    windows = [one for one in told.of(scan).windows if one.published]
    parts = [_window(scene, scan, one.name, one.title) for one in windows]
    parts.append(looked_again(scene, told.of(scan), scan))
    return Section(scan.name, _title(scan), together(*parts))


def _title(scan: Scan) -> str:
    return scan.words[0].upper() + scan.words[1:]


def _window(scene: Scene, scan: Scan, window: str, title: str) -> Html:
    every = scene.across.filter((pl.col("scan") == scan.name) & (pl.col("window") == window))
    rows = scene.pooled(scan.name, window)
    kept_back = every.height - rows.height
    head = paragraph(
        f"{title[0].upper()}{title[1:]}: {every.height:,} exposures tested in any country, "
        f"{kept_back:,} of them kept back, for they rest on few persons."
    )
    if rows.is_empty():
        return head
    line = -math.log10(SIGNIFICANT / every.height)
    dots = [
        (
            row["exposure_name"],
            row["chapter"],
            row["random_odds_ratio"],
            -math.log10(max(row["random_p"], 1e-300)),
        )
        for row in rows.iter_rows(named=True)
    ]
    name = f"{scan.words}, {window} years before"
    numbers = _hits(scene, rows.head(MOST_HITS))
    return together(
        head,
        side_by_side(
            figure(f"Manhattan, {name}", manhattan(name, dots, chapters=all_chapters(), line=line)),
            figure(f"Volcano, {name}", volcano(name, dots, line=line)),
        ),
        figure(
            f"The strongest, {name}",
            forest(name, [_lines(scene, row) for row in rows.head(MOST_HITS).iter_rows(named=True)]),
            numbers=numbers,
            note="Squares are countries, diamonds all of them together by random effects.",
        ),
    )


def _lines(scene: Scene, row: dict) -> tuple[str, list[Line]]:
    shown = scene.shown_countries(tuple(row[name] for name in KEY))
    lines = [
        (code, one["odds_ratio"], one["lower"], one["upper"], False)
        for code, one in shown.items()
        if one["odds_ratio"] and math.isfinite(one["odds_ratio"])
    ]
    pooled = ("together", row["random_odds_ratio"], row["random_lower"], row["random_upper"], True)
    return row["exposure_name"], [*lines, pooled]


def _hits(scene: Scene, rows: pl.DataFrame) -> Html:
    heads = columns("exposure", "kind", "countries", "#odds ratio", "#interval", "#p", "#I2", "")
    found = [
        (
            *(row["exposure_name"], in_words(row["exposure_kind"]), row["tested_in"]),
            figures.number(row["random_odds_ratio"], 2),
            f"{row['random_lower']:.2f} to {row['random_upper']:.2f}",
            f"{row['random_p']:.1e}",
            figures.NOTHING if row["i2"] is None else f"{row['i2']:.0%}",
            _mark(row),
        )
        for row in rows.iter_rows(named=True)
    ]
    return table(heads, found, "Pooled by random effects, the smallest p first")


def _mark(row: dict) -> Html | str:
    if row["is_replicated"]:
        return flag("heterogeneous") if row["is_heterogeneous"] else flag("replicated", kind="good")
    return flag("opposed", kind="bad") if row["is_opposed"] else ""
