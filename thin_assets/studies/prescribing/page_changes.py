"""Changes of level on the page, beside how many chance alone would give."""

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages import figures
from thin_assets.pages.frame import paragraph, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, table
from thin_assets.studies.prescribing.changes import FALSE_POSITIVES
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
    body = [_row(row) for row in strongest.iter_rows(named=True)]
    return together(
        told, table(heads, body, caption) if body else paragraph("None with enough users is found.")
    )


def _row(row: dict) -> tuple[str, ...]:
    before, after = row["rate_before"], row["rate_after"]
    return (
        f"{plain(row['class_name'])} ({row['level']})",
        WORDS[row["counted"]],
        figures.month(row["month"]),
        figures.number(before, 1),
        figures.number(after, 1),
        figures.change(1000 * after, 1000 * before) if before else "new",
        figures.number(row["statistic"], 1),
    )
