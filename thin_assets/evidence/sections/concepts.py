"""What is recorded: the most frequent concepts of each table, and which tables know a person."""

from thin_assets.evidence.comparison import persons_of
from thin_assets.evidence.reading import TABLES, Reading
from thin_assets.evidence.records import EVENTS, EventTable
from thin_assets.evidence.sections.scene import Scene
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import Section, figure, side_by_side, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import bar, columns, flag, table

MOST_SHOWN = 12
MOST_COMBINATIONS = 10


def concepts(scene: Scene) -> Section:
    """The concepts with most persons, table by table, beside last month."""
    shown = [one for one in EVENTS if not one.is_derived and one.name != "visit_occurrence"]
    parts = [_most_frequent(scene, one) for one in shown if persons_of(scene.now, one.base)]
    return Section("concepts", "Most frequent concepts", together(*parts))


def _most_frequent(scene: Scene, events: EventTable) -> Html:
    ours = persons_of(scene.now, events.base)
    theirs = persons_of(scene.before, events.base) if scene.before else {}
    most = sorted(ours.items(), key=lambda item: (-item[1], item[0]))[:MOST_SHOWN]
    longest = max(most[0][1], max(theirs.values(), default=0))
    rows = []
    for concept, persons in most:
        before = theirs.get(concept)
        mark = before / longest if before and not figures.is_few(before) else None
        rows.append(
            (
                scene.name(concept),
                figures.count(persons),
                figures.per_thousand(persons, scene.now.persons),
                bar(0 if figures.is_few(persons) else persons / longest, before=mark),
                _change(scene, persons, before),
            )
        )
    heads = columns("concept", "#persons", "#per 1,000", "", "#change")
    caption = f"{TABLES[events.name]}: {len(ours):,} concepts in use, the {len(rows)} with most persons"
    return together(tag("h3", TABLES[events.name]), table(heads, rows, caption))


def _change(scene: Scene, persons: int, before: int | None) -> Html | str:
    is_new = scene.before is not None and before is None and not figures.is_few(persons)
    return flag("new", kind="good") if is_new else figures.change(persons, before)


def overlap(scene: Scene) -> Section:
    """Which tables hold records of the same persons."""
    known, left = combinations(scene.now)
    shown, everyone = known[:MOST_COMBINATIONS], scene.now.persons
    sets = [name for name in TABLES.values() if any(name in members for members, _ in known)]
    rows = [
        (" + ".join(sorted(members)) or "no record", figures.count(count), figures.percent(count, everyone))
        for members, count in known
    ]
    numbers = table(columns("tables", "#persons", "#share"), rows, "Persons by the tables that know them")
    note = f"The {len(shown)} most frequent combinations; a person counts in one of them."
    if left:
        note += f" Rare combinations, {figures.count(left)} persons together, are left out."
    drawing = charts.upset("Persons by the tables that know them", sets, shown, unit="persons")
    return Section(
        "overlap",
        "Recorded together",
        side_by_side(
            figure("Tables that know the same person", drawing, numbers=numbers, note=note),
            _pairs(scene, sets),
        ),
    )


def combinations(reading: Reading) -> tuple[list[tuple[frozenset[str], int]], int]:
    """Combinations that are shown, most frequent first, and how many persons are in the others.

    Where the others together are few, the rarest that could be shown joins them: the total would tell them.
    """
    found = sorted(reading.counts(9006).items(), key=lambda item: (-item[1], item[0]))
    known = [(frozenset(_names(key)), count) for key, count in found if not figures.is_few(count)]
    left = sum(count for _, count in found if figures.is_few(count))
    while known and figures.is_few(left):
        left += known.pop()[1]
    return known, left


def _names(key: tuple[str, ...]) -> list[str]:
    return [TABLES[name] for name in key[0].split("+") if name] if key else []


def _pairs(scene: Scene, sets: list[str]) -> Html:
    """Of the persons with a record in one table, how many have one in another."""
    together_in = {
        (one, other): sum(
            count
            for key, count in scene.now.counts(9006).items()
            if one in (members := _names(key)) and other in members
        )
        for one in sets
        for other in sets
    }
    rows = [
        (one, *(figures.percent(together_in[one, other], together_in[one, one], 0) for other in sets))
        for one in sets
    ]
    heads = columns("of those with", *(f"#{name}" for name in sets))
    return table(heads, rows, "Share of the persons of a table that another table knows too")
