"""Changes of level on the page, beside how many chance alone would give."""

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import paragraph, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.prescribing.changes import FALSE_POSITIVES, SHORTEST
from thin_assets.studies.prescribing.shown import OfKind, plain

MOST_SHOWN = 40
WORDS = {"users": "users", "incident_users": "incident users", "prescriptions": "prescriptions"}


def changes(one: OfKind) -> Html:
    """The strongest changes; series whose months count few are not shown."""
    rows = one.table("changes")
    keys = ["level", "class_code", "counted"]
    looked_at = rows.filter(pl.col("statistic").is_not_null()).select(keys).unique().height
    found = rows.filter(pl.col("month").is_not_null())
    flagged = found.select(keys).unique().height
    told = paragraph(
        f"{looked_at} series had enough to look at, {flagged} of them change their level. Of as many flat "
        f"series with independent months some {FALSE_POSITIVES * looked_at:.0f} would. Levels of a class and "
        "of its drugs change together, and every change is to be held against the persons observed."
    )
    shown = found.filter(pl.col("events") >= SMALLEST_SHOWN * len(one.months))
    strongest = shown.sort("statistic", *keys, "month", descending=[True, *[False] * 4]).head(MOST_SHOWN)
    heads = columns("class", "counted", "from", "#before", "#after", "#change", "#statistic")
    caption = f"Changes of level, strongest first, of at most {MOST_SHOWN}: per 1,000 person-months"
    body = [_row(one, row) for row in strongest.iter_rows(named=True)]
    return together(
        told, table(heads, body, caption) if body else paragraph("None with enough users is found.")
    )


def _row(one: OfKind, row: dict) -> tuple[str, ...]:
    before, after = _levels(one, row)
    return (
        f"{plain(row['class_name'])} ({row['level']})",
        WORDS[row["counted"]],
        figures.month(row["month"]),
        figures.number(before, 1),
        figures.number(after, 1),
        "new" if before == 0 else _grown(before, after),
        figures.number(row["statistic"], 1),
    )


def _grown(before: float | None, after: float | None) -> str:
    return NOTHING if before is None or after is None else figures.change(1000 * after, 1000 * before)


def _levels(one: OfKind, row: dict) -> tuple[float | None, float | None]:
    """Rates before and after; None of a level with few persons in each of its months next to the change."""
    persons = "users" if row["counted"] == "prescriptions" else row["counted"]
    of_class = one.totals.filter(level=row["level"], class_code=row["class_code"])
    counts = dict(of_class.select("month", persons).iter_rows())
    place = one.months.index(row["month"])
    beside = one.months[max(place - SHORTEST, 0) : place], one.months[place : place + SHORTEST]
    rates = row["rate_before"], row["rate_after"]
    return tuple(
        None if rate and max(counts.get(month, 0) for month in months) < SMALLEST_SHOWN else rate
        for rate, months in zip(rates, beside, strict=True)
    )
