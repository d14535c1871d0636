"""The grid of partitions: months down, countries across, in every field ten marks for ten rooms."""

from collections.abc import Mapping, Sequence

from thin_assets.domain.rooms import ROOMS
from thin_assets.operations.facts import Facts, Partition
from thin_assets.pages import figures
from thin_assets.pages.frame import together
from thin_assets.pages.markup import Html, tag

STATES = ("built", "old", "failed", "absent")
_WORDS = {
    "built": "built",
    "old": "made from something since replaced",
    "failed": "failed",
    "absent": "not built",
}
OPTIONAL = "text"
"""A room that is absent wherever no free text is let in, and is missed by nobody."""


def state_of(partition: Partition) -> str:
    """One word for a partition: failed, old, built, started or delivered."""
    states = {state for room, state in partition.rooms.items() if room != OPTIONAL}
    for word in ("failed", "old"):
        if word in states:
            return word
    if states == {"built"}:
        return "built"
    return "started" if "built" in states else "delivered"


def grid(facts: Facts) -> Html:
    """The table and what its marks mean."""
    rooms = [room for room in ROOMS if room != OPTIONAL or _has(facts, room)]
    found = {(one.snapshot.month, one.snapshot.country): one for one in facts.partitions}
    head = tag(
        "tr",
        tag("th", "month", scope="col"),
        [tag("th", code, scope="col", class_="field") for code in facts.countries],
    )
    rows = [
        tag(
            "tr",
            tag("th", f"{month:%Y-%m}", scope="row"),
            [_field(found.get((month, code)), f"{code} {month:%Y-%m}", rooms) for code in facts.countries],
        )
        for month in reversed(facts.months)
    ]
    told = f"A mark for each room: {', '.join(rooms)}. Newest month first."
    caption = tag("caption", told)
    table = tag("table", caption, tag("thead", head), tag("tbody", rows), class_="rooms")
    return together(_legend(), table)


def _has(facts: Facts, room: str) -> bool:
    return any(one.rooms[room] != "absent" for one in facts.partitions)


def _field(partition: Partition | None, name: str, rooms: Sequence[str]) -> Html:
    if partition is None:
        return tag("td", tag("span", "no delivery", class_="unseen"), class_="field none", title=name)
    word = state_of(partition)
    told = f"{name}: {word}" + _unlike(partition.rooms)
    marks = [tag("i", "", class_=state) for state in (partition.rooms[room] for room in rooms)]
    strip = tag("span", marks, class_="strip", role="img", aria_label=told)
    shown = None if word == "built" else tag("span", word, class_=f"word {word}")
    return tag("td", strip, shown, class_=f"field {word}", title=told)


def _unlike(rooms: Mapping[str, str]) -> str:
    """Rooms that are not built, with what they are instead."""
    unlike = [f"{room} {state}" for room, state in rooms.items() if state != "built" and room != OPTIONAL]
    return f" ({', '.join(unlike)})" if unlike else ""


def _legend() -> Html:
    marks = [
        tag("li", tag("span", tag("i", "", class_=state), class_="strip one"), _WORDS[state])
        for state in STATES
    ]
    return tag("ul", marks, class_="legend", aria_label="What the marks mean")


def shaded(rows: Mapping[str, Sequence[int]], heads: Sequence[str], caption: str) -> Html:
    """Bytes as a table of fields, darker where more; the last column is the sum of its row, not shaded."""
    most = max((value for values in rows.values() for value in values[:-1]), default=0) or 1
    head = tag("tr", tag("th", "", scope="col"), [tag("th", one, scope="col") for one in heads])
    body = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            [_shade(value, most) for value in values[:-1]],
            tag("td", tag("strong", megabytes(values[-1])), class_="number"),
        )
        for name, values in rows.items()
    ]
    table = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body), class_="shaded")
    return tag("div", table, class_="scroll", role="region", aria_label=caption, tabindex="0")


def _shade(value: int, most: int) -> Html:
    if not value:
        return tag("td", figures.NOTHING, class_="number")
    share = f"--share:{value / most:.3f}"
    return tag("td", tag("span", megabytes(value), class_="shade", style=share), class_="number")


def megabytes(size: float | None) -> str:
    """Bytes as people read them.

    >>> megabytes(1_500_000), megabytes(12_345_000_000), megabytes(4_000), megabytes(None)
    ('1.5 MB', '12.3 GB', '4 kB', '–')
    """
    if size is None:
        return figures.NOTHING
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size / 1e3:,.0f} kB"
