"""What the page of risk models draws from, and what it keeps back.

Counts are shown to the nearest five, from ten on; a figure rests on ten events and 30 entries. Tenths of the
scores are joined until they do. Of groups that add up, one that is kept back takes another with it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from thin_assets.domain.disclosure import hidden_parts, rate_is_shown
from thin_assets.pages import figures
from thin_assets.pages.markup import Html, tag
from thin_assets.studies.risk.declared import Models, Site
from thin_assets.studies.risk.validate import NOT

FEWEST_EVENTS, FEWEST_ENTRIES = 10, 30


def folded(summary: str, body: Html) -> Html:
    """What a reader opens if they want all of it."""
    return tag("details", tag("summary", summary), body)


def about(count: int) -> str:
    """A count to the nearest five; few are kept back."""
    return figures.count(count) if figures.is_few(count) else figures.count(5 * round(count / 5))


@dataclass(frozen=True)
class Scene:
    """Tables of a month, exact; frames as `contract.py` has them, by name."""

    month: dt.date
    told: Models
    tables: Mapping[str, pl.DataFrame]

    @cached_property
    def countries(self) -> list[str]:
        """Codes of the countries that taught or judged."""
        return sorted(set(self.tables["cumulative_incidence"]["country"]))

    def headline(self, site: Site) -> tuple:
        """Filter of the models that the page looks at closely: those that score."""
        asked = self.told.scoring
        return (
            pl.col("site") == site.name,
            pl.col("horizon_years") == asked.horizon,
            pl.col("learner") == asked.learner,
        )

    def drawn(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that are drawn: of models of all countries but one where there are any, else of all."""
        pooled = rows.filter(pl.col("trained_in").str.starts_with(NOT))
        return rows if pooled.is_empty() else pooled

    def title(self, site: str) -> str:
        """What a site is called."""
        return self.told.site(site).title

    def metrics(self, *chosen: pl.Expr) -> list[dict]:
        """One row per model, country and evaluation that rests on enough events: metrics by recalibration."""
        keys = ["site", "horizon_years", "learner", "trained_in", "country", "evaluation"]
        rows = self.tables["evaluation_statistics"].filter(*chosen)
        found: dict[tuple, dict] = {}
        for row in rows.iter_rows(named=True):
            key = tuple(row[name] for name in keys)
            one = found.setdefault(key, {name: row[name] for name in keys} | {"none": {}})
            told = (row["value"], row["lower"], row["upper"])
            one.setdefault(row["recalibration"], {})[row["metric"]] = told
        return [row for row in found.values() if self._is_shown(row)]

    def _is_shown(self, row: Mapping) -> bool:
        """Of both outcomes enough: where nearly all fell ill, who did not are the few."""
        events, entries = (row["none"].get(name, (0,))[0] for name in ("outcomeCount", "knownAtHorizon"))
        return rate_is_shown(int(min(events, entries - events)), int(entries))

    def shown(self, table: str, *chosen: pl.Expr) -> pl.DataFrame:
        """Rows of a table of those models and countries whose figures rest on enough events."""
        keys = ["site", "horizon_years", "learner", "trained_in", "country", "evaluation"]
        allowed = [{name: row[name] for name in keys} for row in self.metrics(*chosen)]
        frame = self.tables[table].filter(*chosen)
        if not allowed:
            return frame.clear()
        return frame.join(pl.DataFrame(allowed), on=keys, how="semi", maintain_order="left")


def joined_tenths(rows: pl.DataFrame) -> Iterator[tuple[float, float, int, int]]:
    """Mean score, observed risk, entries and events of tenths, joined from the highest down to enough.

    rows    of one model, country and recalibration; what is left at the lowest end joins the last part
    """
    parts: list[list[dict]] = []
    open_part: list[dict] = []
    for row in rows.sort("tenth", descending=True).iter_rows(named=True):
        open_part.append(row)
        entries, events = (sum(one[name] for one in open_part) for name in ("entries", "events"))
        if events >= FEWEST_EVENTS and entries >= FEWEST_ENTRIES:
            parts.append(open_part)
            open_part = []
    if parts:
        parts[-1] += open_part
    for part in reversed(parts):
        entries = sum(one["entries"] for one in part)
        means = (
            sum(one[name] * one["entries"] for one in part) / entries
            for name in ("mean_risk", "observed_risk")
        )
        yield (*means, entries, sum(one["events"] for one in part))


def shown_groups(rows: pl.DataFrame) -> pl.DataFrame:
    """Groups of one model and grouping whose figures may be shown; they add up to what is shown above."""
    events = dict(rows.select("group", "events").iter_rows())
    few = {
        group
        for group, count, entries in rows.select("group", "events", "entries").iter_rows()
        if not rate_is_shown(count, entries)
    }
    return rows.filter(~pl.col("group").is_in(list(hidden_parts(events, few))))
