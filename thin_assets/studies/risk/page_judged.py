"""What judging a site's models abroad came to: calibration, decisions, groups."""

from functools import partial

import polars as pl

from thin_assets.pages import figures
from thin_assets.pages.frame import figure, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.risk.declared import Site
from thin_assets.studies.risk.drawings import calibration, decision_curve
from thin_assets.studies.risk.page_scene import (
    FEWEST_EVENTS,
    Scene,
    about,
    folded,
    joined_tenths,
    shown_groups,
)
from thin_assets.studies.risk.validate import NOT

WAYS = {"none": "as it came", "intercept": "level", "intercept_and_slope": "level and spread"}


def interval(told: tuple | None, decimals: int = 2) -> str:
    """A value with its interval."""
    if told is None or told[0] is None:
        return figures.NOTHING
    value, lower, upper = told
    shown = figures.number(value, decimals)
    if lower is None:
        return shown
    return f"{shown} ({figures.number(lower, decimals)} to {figures.number(upper, decimals)})"


def _pair(trained_in: str, country: str) -> str:
    """Where a model was learned and judged."""
    return f"learned {'elsewhere' if trained_in.startswith(NOT) else f'in {trained_in}'}, judged in {country}"


def recalibration(scene: Scene, site: Site) -> Html | None:
    """Calibration of models abroad: drawn, and in numbers, before and after recalibration."""
    abroad = (pl.col("evaluation") == "Validation", *scene.headline(site))
    rows = scene.shown("calibration_summary", *abroad)
    drawn = []
    for keys, mine in scene.drawn(rows).group_by("trained_in", "country", maintain_order=True):
        curves = {
            WAYS[how]: [(x, y) for x, y, _, _ in joined_tenths(mine.filter(pl.col("recalibration") == how))]
            for how in WAYS
        }
        curves = {name: curve for name, curve in curves.items() if len(curve) > 1}
        if curves:
            title = f"{site.title}, {_pair(*keys)}"
            drawn.append(figure(title, calibration(title, curves)))
    heads = columns(
        "learned in", "judged in", "recalibrated", "#in the large", "#slope", "#Eavg", "#E90", "#Emax"
    )
    told = [
        (
            *(row["trained_in"], row["country"], WAYS[how]),
            *(interval(row[how].get(name)) for name in ("calibrationInLarge", "calibrationSlope")),
            *(interval(row[how].get(name), 4) for name in ("Eavg", "E90", "Emax")),
        )
        for row in scene.metrics(*abroad)
        for how in WAYS
        if how in row
    ]
    if not told:
        return None
    whole = table(heads, told, "Level and spread, before and after recalibration")
    return together(side_by_side(*drawn), folded("Every country", whole))


def decisions(scene: Scene, site: Site) -> Html | None:
    """Decision curves, and what the highest scores would find."""
    abroad = (pl.col("evaluation") == "Validation", *scene.headline(site))
    rows = scene.shown("threshold_summary", *abroad)
    if rows.is_empty():
        return None
    drawn = []
    enough = pl.col("true_positives") >= FEWEST_EVENTS
    by_risk = scene.drawn(rows).filter(pl.col("chosen_by") == "risk")
    by_risk = by_risk.with_columns(pl.when(enough).then("net_benefit").alias("net_benefit"))
    for keys, mine in by_risk.group_by("trained_in", "country", maintain_order=True):
        series = {
            WAYS[how]: mine.filter(pl.col("recalibration") == how)["net_benefit"]
            for how in ("none", "intercept_and_slope")
        }
        series["everybody"] = mine.filter(pl.col("recalibration") == "none")["net_benefit_all"]
        series = {name: values.to_list() for name, values in series.items() if len(values)}
        title = f"Decision curve of {site.title}, {_pair(*keys)}"
        drawn.append(figure(title, decision_curve(title, scene.told.thresholds, series)))
    heads = columns(
        *(
            "learned in",
            "judged in",
            "#top",
            "#from a risk of",
            "#PPV",
            "#found of all",
            "#looked at for one",
        ),
    )
    top = rows.filter((pl.col("chosen_by") == "share") & (pl.col("recalibration") == "none"))
    told = [
        (
            *(row["trained_in"], row["country"], f"{row['at']:.0%}", _percent(row["threshold"])),
            *(
                (_percent(row["ppv"]), _percent(row["sensitivity"]))
                if row["true_positives"] >= FEWEST_EVENTS
                else (figures.NOTHING,) * 2
            ),
            figures.number(row["assessed_per_case"], 1)
            if row["true_positives"] >= FEWEST_EVENTS
            else figures.NOTHING,
        )
        for row in top.iter_rows(named=True)
    ]
    note = paragraph(
        "Nothing is told of a share in which fewer than ten fell ill; curves are left open where those who "
        "would be found are so few."
    )
    return together(side_by_side(*drawn), note, folded("The highest scores", table(heads, told, "Shares")))


def _percent(value: float | None) -> str:
    return figures.NOTHING if value is None else f"{100 * value:.1f} %"


def groups(scene: Scene, site: Site) -> Html | None:
    """How models do in groups, abroad."""
    abroad = (pl.col("evaluation") == "Validation", *scene.headline(site))
    rows = scene.shown("demographic_summary", *abroad)
    parts = [
        shown_groups(mine)
        for _, mine in rows.group_by("trained_in", "country", "grouped_by", maintain_order=True)
    ]
    if not parts:
        return None
    number = partial(figures.number, decimals=2)
    told = [
        (
            *(row["trained_in"], row["country"], row["grouped_by"].replace("_", " "), row["group"]),
            *(about(row[name]) for name in ("entries", "events")),
            *(_percent(row[name]) for name in ("mean_risk", "observed_risk")),
            interval((row["auroc"], row["auroc_lower"], row["auroc_upper"])),
            number(row["observed_risk"] / row["mean_risk"]),
        )
        for row in pl.concat(parts).iter_rows(named=True)
    ]
    heads = columns(
        *("learned in", "judged in", "by", "group", "#entries", "#events", "#risk told", "#risk that came"),
        *("#AUROC", "#came / told"),
    )
    return folded("Age, sex and deprivation", table(heads, told, "Groups with ten events or more"))
