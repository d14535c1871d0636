"""Tables of the page: what is late, what failed last, what rooms cost, where the disk goes."""

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.operations.costs import costs_by_room
from thin_assets.operations.disk import EVERYWHERE
from thin_assets.operations.facts import Facts, Late
from thin_assets.operations.page.grid import megabytes, shaded
from thin_assets.pages import figures
from thin_assets.pages.frame import paragraph, together
from thin_assets.pages.markup import Child, Html, tag
from thin_assets.pages.tables import Column, bar, columns, flag, table

LAST = 12
"""Failures that are listed."""


def late(facts: Facts) -> Html:
    """A row for each country."""
    rows = [
        [
            tag("span", COUNTRIES[one.country].name),
            f"{one.delivered:%Y-%m}" if one.delivered else figures.NOTHING,
            f"{one.sealed:%Y-%m}" if one.sealed else figures.NOTHING,
            _owes(one),
        ]
        for one in facts.late
    ]
    looked = (
        f"Due days were looked at on {facts.looked}."
        if facts.looked
        else "No calendar yet: materialise landing/calendar to hold months against the days they are due."
    )
    heads = columns("country", "newest delivered", "newest sealed", "owes")
    whole = tag("div", table(heads, rows, "What each country owes"), class_="whole")
    return together(whole, paragraph(looked, class_="soft"))


def _owes(one: Late) -> Html:
    if one.missing:
        first = max(one.missing, key=lambda told: told[2])
        word = f"{first[0]} not {first[1]}, {first[2]} days late"
        more = f" and {len(one.missing) - 1} more" if one.missing[1:] else ""
        return together(flag(word, kind="bad"), more)
    if one.behind:
        return flag(f"{one.behind} month{'s' if one.behind > 1 else ''} behind the newest", kind="watch")
    return flag("nothing", kind="good")


def failures(facts: Facts) -> Html:
    """The last rooms that did not end well, newest first."""
    bad = facts.runs.filter(pl.col("outcome") != "built").sort("started", descending=True).head(LAST)
    if bad.is_empty():
        return paragraph(flag("none", kind="good"), " Every room of every run on record was built.")
    rows = [
        [
            f"{one['started']:%Y-%m-%d %H:%M}",
            one["partition"] or figures.NOTHING,
            one["room"],
            flag(one["outcome"], kind="bad"),
            _error(one["error"], one["exit_code"]),
            _run(one["run"], facts.ui_address),
        ]
        for one in bad.iter_rows(named=True)
    ]
    heads = columns("started (UTC)", "partition", "room", "outcome", "error", "run")
    return tag("div", table(heads, rows, "Rooms that did not end well, the last first"), class_="whole")


def _error(error: str | None, code: int | None) -> Child:
    if error is None:
        return figures.NOTHING
    return together(tag("code", error), f" exit {code}" if code else "")


def _run(run: str, address: str | None) -> Html:
    short = tag("code", run[:8], class_="id")
    return short if address is None else tag("a", short, href=f"{address.rstrip('/')}/runs/{run}")


def costs(facts: Facts) -> Html:
    """A row for each room, with a bar for its seconds."""
    found = costs_by_room(facts.runs).rows(named=True)
    longest = max((one["seconds"] or 0 for one in found), default=0) or 1
    rows = [
        [
            one["room"],
            str(one["runs"]),
            str(one["failed"]) if one["failed"] else figures.NOTHING,
            figures.number(one["seconds"], 1),
            bar((one["seconds"] or 0) / longest),
            figures.number(one["cpu_seconds"], 1),
            megabytes(one["peak_bytes"]),
            megabytes(one["written_bytes"]),
        ]
        for one in found
    ]
    heads = [
        *columns("room", "#runs", "#not built"),
        Column("seconds", True, "median of runs that built it"),
        Column(""),
        Column("CPU seconds", True, "median; of dbt and other children as well"),
        Column("peak memory", True, "the highest of all runs, of one process"),
        Column("written", True, "median of what was handed to the system to write"),
    ]
    return table(heads, rows, "Medians; peak memory: the highest")


def disk(facts: Facts) -> Html:
    """Rooms down, countries across."""
    present = [code for code in (*COUNTRIES, EVERYWHERE) if any(code in of for of in facts.disk.values())]
    rows = {
        room: [*(of.get(code, 0) for code in present), sum(of.values())] for room, of in facts.disk.items()
    }
    return shaded(rows, [*present, "together"], "Sizes of files; `all`: what is of no country alone")
