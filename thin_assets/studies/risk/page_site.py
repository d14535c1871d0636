"""One site of the report: how its models travel, what recalibration mends, what they would find."""

from collections.abc import Mapping

import polars as pl

from thin_assets.pages import figures
from thin_assets.pages.frame import Section, figure, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, table
from thin_assets.studies.risk.declared import Site
from thin_assets.studies.risk.drawings import travels
from thin_assets.studies.risk.page_judged import decisions, groups, interval, recalibration
from thin_assets.studies.risk.page_scene import Scene, about, folded

NOTHING = paragraph("Nothing that rests on enough events.")


def section(scene: Scene, site: Site) -> Section | None:
    """A site; where nothing may be shown of it, that is said."""
    found = scene.metrics(pl.col("site") == site.name)
    title = f"{site.title[0].upper()}{site.title[1:]}"
    if not found:
        return Section(site.name, title, paragraph("Too few events to show a figure, in any country."))
    parts = {
        "validation": _validation(scene, site, found),
        "recalibration": recalibration(scene, site),
        "decisions": decisions(scene, site),
        "groups": groups(scene, site),
        "predictors": _predictors(scene, site),
    }
    titles = {
        "validation": "Telling apart, at home and abroad",
        "recalibration": "Calibration, before and after",
        "decisions": "Whom to look at",
        "groups": "Groups",
        "predictors": "Predictors",
    }
    return Section(
        site.name,
        title,
        together(
            *(
                tag("div", tag("h3", titles[name]), part or NOTHING, id=f"{site.name}-{name}")
                for name, part in parts.items()
            )
        ),
    )


def _model(row: Mapping) -> str:
    return f"{row['trained_in']}, {row['horizon_years']} y, {row['learner']}"


def _validation(scene: Scene, site: Site, found: list[dict]) -> Html:
    closely = [row for row in scene.metrics(*scene.headline(site)) if row["evaluation"] != "CV"]
    seen: dict[str, dict] = {}
    for row in closely:
        seen.setdefault(row["trained_in"], {})[row["country"]] = row["none"]["AUROC"][0]
    heads = columns(
        *("learned in", "judged in", "by", "#events", "#AUROC", "#C-index", "#AUPRC"),
        *("#in the large", "#slope", "#Eavg", "#Brier, scaled", "#spread of practices"),
    )
    rows = [
        (
            *(_model(row), row["country"], row["evaluation"]),
            about(int(row["none"]["outcomeCount"][0])),
            *(interval(row["none"].get(name)) for name in ("AUROC", "CIndex", "AUPRC")),
            *(interval(row["none"].get(name)) for name in ("calibrationInLarge", "calibrationSlope")),
            interval(row["none"].get("Eavg"), 4),
            interval(row["none"].get("BrierScaled"), 3),
            interval(row["none"].get("practiceSpread")),
        )
        for row in found
    ]
    every = table(heads, rows, f"Every model of {site.title}, where enough events judge it")
    numbers = folded("All models, learners and horizons", every)
    asked = scene.told.scoring
    drawing = travels(f"How models of {site.title} travel", seen, scene.countries) if seen else None
    if drawing is None:
        return numbers
    note = f"Rows taught, columns judge: {asked.learner}, {asked.horizon} years. White: too few events."
    return together(figure(f"AUROC of {site.title} by country", drawing, note=note), numbers)


def _predictors(scene: Scene, site: Site) -> Html | None:
    rows = scene.tables["covariate_summary"].filter(*scene.headline(site))
    sources = rows["trained_in"].unique(maintain_order=True).to_list()
    if not sources:
        return None
    weights = {(row["title"], row["trained_in"]): row["weight"] for row in rows.iter_rows(named=True)}
    titles = [scene.told.predictor(name).title for name in site.directions]
    told = [
        (title, *(figures.number(weights.get((title, one)), 2) for one in sources))
        for title in titles
        if any((title, one) in weights for one in sources)
    ]
    heads = columns("predictor", *(f"#{one}" for one in sources))
    asked = scene.told.scoring
    note = paragraph(
        f"Log odds by standard deviation, {asked.learner}, {asked.horizon} years; nothing where fewer than "
        "ten persons have it."
    )
    return together(note, table(heads, told, "Weights by the country that taught"))
