"""The page of a feature table: prevalence by split, case and country, and what changed since last month.

Counts of 1 to 9 are kept back, and every share that would tell them.
"""

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.features.drift import BLOCK, ENOUGH_ENTRIES, WATCH
from thin_assets.features.page_scene import Scene, whole_counts
from thin_assets.features.profile import MOST_AUC
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, Tile, figure, page, paragraph, tiles, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, flag, table

MOST_SHOWN = 25
SPLITS = ("train", "tuning", "held_out")
_BINS = {"0": 0.001, "to 0.01": 0.01, "to 0.05": 0.05, "to 0.1": WATCH, "to 0.25": BLOCK, "more": 1e9}


def draw_features(scene: Scene) -> str:
    """The page as HTML; the same tables give the same bytes."""
    month = figures.month(scene.snapshot.month)
    country = COUNTRIES[scene.snapshot.country].name
    sections = [_overview(scene), _prevalence(scene), _countries(scene), _alone(scene), _drift(scene)]
    return page(
        f"Features of {scene.population}, {country}, {month}",
        paragraph("What was known of each entry on the day before its index date, in counts."),
        sections,
        kicker="Profile of a feature table",
        foot=paragraph(f"thin-assets, {scene.snapshot.key}, build ", tag("code", scene.build)),
    )


def _overview(scene: Scene) -> Section:
    entries = sum(scene.groups.values())
    cases = sum(count for (_, is_case), count in scene.groups.items() if is_case)
    hidden = scene.hidden_groups()
    shown = [
        Tile("entries", figures.count(entries)),
        Tile("cases", figures.count(cases)),
        Tile("covariates", figures.count(scene.covariates.height)),
        Tile("changes that block", str(_stopping(scene).height), f"PSI above {BLOCK}"),
    ]
    rows = [
        (split, *(_kept_back(scene.groups.get(group, 0), group in hidden) for group in _both(split)))
        for split in SPLITS
    ]
    told = table(columns("split", "#cases", "#controls"), rows, "Entries by split, a practice in one of them")
    return Section("overview", "Entries", together(tiles(shown), told))


def _prevalence(scene: Scene) -> Section:
    groups = [(split, it) for split in SPLITS for it in (True, False) if scene.groups.get((split, it))]
    heads = columns("covariate", "#entries", *(f"#{split} {_kind(it)}" for split, it in groups))
    rows = []
    for covariate in scene.most_frequent(MOST_SHOWN):
        hidden = scene.hidden_cells(covariate)
        shares = [
            figures.NOTHING
            if group in hidden
            else figures.percent(scene.counts.get((covariate, *group), 0), scene.groups[group])
            for group in groups
        ]
        rows.append((scene.name(covariate), figures.count(scene.counts[covariate, "all", None]), *shares))
    caption = f"Share of entries that have a covariate; the {len(rows)} most frequent that not all have"
    return Section("prevalence", "Prevalence by split and case", table(heads, rows, caption))


def _both(split: str) -> tuple[tuple[str, bool], ...]:
    return (split, True), (split, False)


def _kept_back(count: int, is_hidden: bool) -> str:
    """A count; one that is kept back because sums would tell a small one says so."""
    return figures.NOTHING if is_hidden and not figures.is_few(count) else figures.count(count)


def _kind(is_case: bool) -> str:
    return "cases" if is_case else "controls"


def _countries(scene: Scene) -> Section:
    """The most frequent covariates beside other countries of the month."""
    title = "Beside other countries"
    if not scene.others:
        return Section("countries", title, paragraph("No other country of this month is built yet."))
    profiles = {scene.snapshot.country: scene.profile, **scene.others}
    found = {COUNTRIES[code].name: whole_counts(profile) for code, profile in profiles.items()}
    most = scene.most_frequent(MOST_SHOWN)
    rows = [
        (
            scene.name(covariate),
            *(figures.percent(counts.get(covariate, 0), entries) for counts, entries in found.values()),
        )
        for covariate in most
    ]
    caption = "Share of entries; not recorded is not the same as absent"
    numbers = table(columns("covariate", *(f"#{name}" for name in found)), rows, caption)
    strips = {
        name: [_share(counts.get(covariate, 0), entries) for covariate in most]
        for name, (counts, entries) in found.items()
    }
    drawing = charts.heat(
        caption, strips, [scene.name(covariate) for covariate in most], unit="share", every=1000
    )
    return Section("countries", title, figure("Prevalence by country", drawing, numbers=numbers))


def _share(count: int, entries: int) -> float | None:
    return None if figures.is_few(count) or figures.is_few(entries) or not entries else count / entries


def _alone(scene: Scene) -> Section:
    """Covariates that tell the outcome alone."""
    whole = scene.profile.filter((pl.col("split") == "all") & pl.col("is_judged"))
    title = "What a single covariate tells"
    if whole.is_empty():
        return Section("alone", title, paragraph("There are too few cases, or controls."))
    far = (pl.col("auc") - 0.5).abs()
    shown = whole.filter(pl.col("with_covariate") >= 10).sort(far.neg(), "covariate_id").head(MOST_SHOWN)
    rows = [
        (
            scene.name(row["covariate_id"]),
            figures.count(row["with_covariate"]),
            figures.number(row["auc"], 3),
            flag("look", kind="bad") if row["is_flagged"] else "",
        )
        for row in shown.iter_rows(named=True)
    ]
    caption = f"Covariates farthest from an AUC of 0.5; above {MOST_AUC} one may know the outcome"
    return Section("alone", title, table(columns("covariate", "#entries", "#AUC", ""), rows, caption))


def _drift(scene: Scene) -> Section:
    title = "Since last month"
    if scene.drift.is_empty():
        return Section("drift", title, paragraph("The month before is not built."))
    bars, low = {}, -1.0
    for name, high in _BINS.items():
        bars[name] = float(scene.drift.filter((pl.col("psi") > low) & (pl.col("psi") <= high)).height)
        low = high
    drawing = charts.histogram("Covariates by PSI", bars, unit="covariates")
    note = (
        f"Up to {WATCH} is stable; above {BLOCK} stops what follows until it is acknowledged. With fewer than"
        f" {ENOUGH_ENTRIES} entries nothing is judged."
    )
    parts = [figure("How far covariates moved", drawing, numbers=_bars(bars), note=note)]
    movers = scene.drift.filter(pl.col("status").is_in(["watch", "block"]))
    parts.append(_changes(scene, movers.sort(pl.col("psi").neg(), "covariate_id"), "Covariates that moved"))
    for change in ("new", "vanished"):
        parts.append(_changes(scene, scene.drift.filter(pl.col("change") == change), f"Covariates {change}"))
    return Section("drift", title, together(*parts))


def _bars(bars: dict[str, float]) -> Html:
    rows = [(name, f"{count:,.0f}") for name, count in bars.items()]
    return table(columns("PSI", "#covariates"), rows, "Covariates by PSI")


def _changes(scene: Scene, found: pl.DataFrame, title: str) -> Html:
    """The first of some changes; a covariate of few entries on both sides is only counted."""
    most = pl.max_horizontal("with_before", "with_now")
    shown = found.filter(most >= 10).sort(most, "covariate_id", descending=[True, False]).head(MOST_SHOWN)
    rows = [
        (
            scene.name(row["covariate_id"]),
            figures.count(row["with_before"]),
            figures.count(row["with_now"]),
            figures.number(row["psi"], 3),
            _mark(row),
        )
        for row in shown.iter_rows(named=True)
    ]
    caption = f"{title}: {found.height:,}, of which {len(rows)} of enough entries are shown"
    return table(columns("covariate", "#before", "#now", "#PSI", ""), rows, caption)


def _mark(row: dict) -> Html | str:
    if row["status"] == "block":
        return flag("acknowledged" if row["is_acknowledged"] else "blocks", kind="bad")
    return flag("watch") if row["status"] == "watch" else ""


def _stopping(scene: Scene) -> pl.DataFrame:
    return scene.drift.filter((pl.col("status") == "block") & ~pl.col("is_acknowledged"))
