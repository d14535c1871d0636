"""The report of a month: what was learned where, how far it travels, what it would find."""

from collections.abc import Iterator, Mapping

import polars as pl

from thin_assets.domain.disclosure import rate_is_shown
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, Tile, bullets, page, paragraph, tiles, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, flag, table
from thin_assets.studies.risk import page_site
from thin_assets.studies.risk.page_scene import Scene, about, folded
from thin_assets.studies.risk.tripod import filled

LIMITS = (
    "A high score is no cause; to lower a predictor lowers no risk.",
    "The outcome is what practices recorded. Who is looked at more is found more.",
    "Who leaves a practice is stood for by those who stay; that is right where leaving has nothing to do "
    "with the risk. Where observation is inferred from visits, this is a strong assumption.",
    "Where deaths are not recorded the dead have left, and risks of the old are a little too high.",
    "The level of a synthetic, enriched country is of no country.",
    "Groups and models are many; a difference between two of them may be chance.",
    "A prospective validation, in practices that did not deliver, is still to be made.",
)


def draw_report(scene: Scene) -> str:
    """The page as HTML; the same tables give the same bytes."""
    sites = [page_site.section(scene, site) for site in scene.told.sites]
    sections = [
        Section("summary", "Summary", _summary(scene)),
        Section("design", "Design", _design(scene)),
        Section("counts", "Whom, and what came after", _counts(scene)),
        Section("learned", "What was learned", _learned(scene)),
        *[one for one in sites if one is not None],
        Section("use", "Use", _use(scene)),
        Section("limits", "Limits", bullets(LIMITS)),
        Section("tripod", "TRIPOD+AI", _tripod(scene)),
    ]
    return page(
        f"Risk models, {figures.month(scene.month)}",
        paragraph("First cancers in general practice: learned in one country, judged in the others."),
        sections,
        kicker="Studies",
        foot=paragraph(f"thin-assets, {scene.month:%Y-%m}, countries: {', '.join(scene.countries)}"),
    )


def _summary(scene: Scene) -> Html:
    models = scene.tables["risk_model"]
    asked = scene.told.scoring
    abroad = [
        row["none"]["AUROC"][0]
        for site in scene.told.sites
        for row in scene.metrics(*scene.headline(site))
        if row["evaluation"] == "Validation" and row["none"].get("AUROC")
    ]
    spread = f"{min(abroad):.2f} to {max(abroad):.2f}" if abroad else figures.NOTHING
    return together(
        tiles(
            [
                Tile("countries", str(len(scene.countries)), ", ".join(scene.countries)),
                Tile("models learned", f"{int(models['is_trained'].sum())}", f"of {models.height} asked for"),
                Tile("AUROC abroad", spread, f"{asked.learner}, {asked.horizon} years"),
            ]
        ),
        paragraph(
            f"{scene.told.populations[0].title[0].upper()}{scene.told.populations[0].title[1:]}. "
            "Each country teaches models of its own; each judges those of the others, before and after "
            "recalibration."
        ),
    )


def _design(scene: Scene) -> Html:
    told = scene.told
    points = [
        "Landmarks: the day after the month, and the same day of the ten years before; of a horizon of some "
        "years every so many, so that periods do not overlap. For the onset of diabetes, its day.",
        f"Outcome: first cancer of the site within {', '.join(map(str, told.horizons))} years. Death "
        "and another first cancer compete with it.",
        "Who left observation before the horizon has no weight; those who stayed as long stand for them.",
        "Predictors end on the day before the landmark. A value that is not known is filled, and counted "
        "as unknown.",
        f"Learned from practices that are not held out, with {told.fewest_events} events or more; the "
        "penalty by leaving a third of them out in turn.",
        "Intervals are of 95 %, of persons, not of entries.",
    ]
    rows = [
        (one.name, one.title, ", ".join(map(str, one.horizons or told.horizons))) for one in told.learners
    ]
    return together(
        bullets(points),
        table(columns("learner", "what it is", "horizons, years"), rows, "Learners"),
        paragraph("Figures rest on ten events and 30 entries; counts are told to the nearest five."),
    )


_RESTS_ON = {"risk": "events", "risk_of_death": "deaths", "risk_without_competition": "events"}
"""Which count each risk would tell: it is shown where that may be."""


def _counts(scene: Scene) -> Html:
    heads = columns(
        *("site", "country", "#horizon, years", "#entries", "#persons", "#events", "#died first"),
        *("#other cancer first", "#left", "#risk", "#risk of death", "#risk if nothing competed"),
    )
    rows = []
    for row in scene.tables["cumulative_incidence"].iter_rows(named=True):
        counts = (
            about(row[name]) for name in ("entries", "persons", "events", "deaths", "other_cancers", "lost")
        )
        shares = (
            _percent(row[name] if rate_is_shown(row[count], row["entries"]) else None)
            for name, count in _RESTS_ON.items()
        )
        rows.append((scene.title(row["site"]), row["country"], str(row["horizon_years"]), *counts, *shares))
    return together(
        paragraph(
            "Risks by Aalen and Johansen; the last column by Kaplan and Meier, as if nothing else could "
            "happen."
        ),
        table(heads, [row for row in rows if row[2] == str(scene.told.scoring.horizon)], "In counts"),
        folded("All horizons", table(heads, rows, "All horizons in counts")),
    )


def _percent(value: float | None) -> str:
    return figures.NOTHING if value is None else f"{100 * value:.2f} %"


def _learned(scene: Scene) -> Html:
    heads = columns(
        *(
            "site",
            "learned in",
            "#horizon, years",
            "learner",
            "#entries",
            "#events",
            "#practices",
            "#predictors",
        ),
        *("#attack", ""),
    )
    rows = [
        (
            *(scene.title(row["site"]), row["trained_in"], str(row["horizon_years"]), row["learner"]),
            *(about(row[name]) for name in ("entries", "events")),
            str(row["practices"]),
            str(row["predictors"]) if row["is_trained"] else figures.NOTHING,
            figures.number(row["membership_auc"], 2),
            _fate(row),
        )
        for row in scene.tables["risk_model"].iter_rows(named=True)
    ]
    note = (
        "The attack tries to tell from the loss who taught the model: 0.5 is guessing. A model that tells "
        "more than 0.55, and more than chance, is not handed out."
    )
    asked = scene.told.scoring
    closely = [row for row in rows if row[2:4] == (str(asked.horizon), asked.learner)]
    return together(
        paragraph(note),
        table(heads, closely, "Models that score"),
        folded("All models", table(heads, rows, "All models")),
    )


def _fate(row: Mapping) -> Html | str:
    if not row["is_trained"]:
        return row["why_not"]
    return flag("learned", kind="good") if row["is_handed_out"] else flag("kept back", kind="bad")


def _use(scene: Scene) -> Html:
    asked = scene.told.scoring
    points = [
        f"The work list of a month holds the highest {asked.share:.0%} of a site by the {asked.learner} "
        f"model of {asked.horizon} years, with up to {asked.reasons} reasons a person.",
        "It is for clinicians of the practice, in the secure zone. It decides nothing.",
        "Scores and levels are watched each month: a shift above 0.25, or a level that is off by half, asks "
        "for a look.",
    ]
    return bullets(points)


def _tripod(scene: Scene) -> Html:
    rows = [
        (f"{item} {section}", asks, tag("span", told, " ", tag("a", "see", href=f"#{where}")))
        for item, section, asks, where, told in _placed(scene)
    ]
    heads = columns("item", "what it asks", "what is told")
    return table(heads, rows, "Items in our words, after TRIPOD+AI (Collins 2024)")


def _placed(scene: Scene) -> Iterator[tuple[str, str, str, str, str]]:
    """Items with an address on this page: parts of a site lead to the first site."""
    there = [site.name for site in scene.told.sites if scene.metrics(pl.col("site") == site.name)]
    of_site = {"validation", "recalibration", "groups", "predictors"}
    for item, section, asks, where, told in filled(scene):
        place = "summary" if where == "top" else where
        if where in of_site:
            place = f"{there[0]}-{where}" if there else "learned"
        yield item, section, asks, place, told
