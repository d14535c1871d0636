"""The whole page."""

from collections import Counter
from importlib.resources import files

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.operations.facts import Facts
from thin_assets.operations.page.grid import grid, megabytes, state_of
from thin_assets.operations.page.tables import costs, disk, failures, late
from thin_assets.operations.page.trends import minutes, trends
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, Tile, page, paragraph, tiles, together
from thin_assets.pages.markup import Html, tag

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""The page loads nothing and runs nothing."""


def draw_page(facts: Facts) -> str:
    """The page as HTML; the same facts give the same bytes."""
    head = (
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("style", Html(_style())),
    )
    lead = paragraph(
        f"As of {facts.at:%Y-%m-%d %H:%M} UTC. Counts of rows, checks and runs; nothing here is of a patient."
    )
    return page(
        "Operations",
        lead,
        _sections(facts) if facts.partitions else [_nothing()],
        kicker="The platform",
        foot=paragraph("thin-assets. For those who look after it; not a published product."),
        head=head,
    )


def _style() -> str:
    return files("thin_assets.operations.page").joinpath("page.css").read_text(encoding="utf-8")


def _nothing() -> Section:
    text = "No delivery has arrived and nothing is built: docs/tutorials/first-partition.md begins with one."
    return Section("partitions", "Partitions", paragraph(text))


def _sections(facts: Facts) -> list[Section]:
    return [
        Section("partitions", "Partitions", together(_tiles(facts), grid(facts))),
        Section("late", "What is late", late(facts)),
        Section("failures", "What failed last", failures(facts)),
        Section("trends", "From month to month", trends(facts)),
        Section("costs", "What rooms cost", costs(facts)),
        Section("disk", "Disk", disk(facts)),
    ]


def _tiles(facts: Facts) -> Html:
    states = Counter(state_of(one) for one in facts.partitions)
    behind = [one.country for one in facts.late if one.missing or one.behind]
    took = [one for values in minutes(facts).values() for one in values if one is not None]
    middle = pl.Series(took, dtype=pl.Float64).median()
    rejected, delivered = (
        sum(getattr(one, name) or 0 for one in facts.partitions) for name in ("rejected", "delivered")
    )
    return tiles(
        [
            Tile("built", str(states["built"]), f"of {len(facts.partitions)} partitions"),
            Tile("need a look", str(states["failed"] + states["old"]), "failed, or made from something old"),
            Tile("late", str(len(behind)), ", ".join(behind) or f"of {len(COUNTRIES)} countries"),
            Tile("minutes", figures.number(middle, 1), "for a partition, median"),
            Tile(
                "rejected", f"{100 * rejected / delivered:.2f} %" if delivered else figures.NOTHING, "of rows"
            ),
            Tile("disk", megabytes(sum(sum(of.values()) for of in facts.disk.values())), "all of the home"),
        ]
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else figures.NOTHING
