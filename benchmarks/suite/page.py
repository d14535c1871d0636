"""What the suite measured, as an HTML page with its history, and as the table of the reference."""

from collections.abc import Iterable, Iterator, Mapping

from benchmarks.suite.history import RATIOS, Line
from benchmarks.suite.registry import Row, rows
from thin_assets.pages.charts import lines as line_chart
from thin_assets.pages.frame import Section, figure, page, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, flag, table

NAMES = {"to_floor": "to the floor", "to_peer": "to the peer"}
_NOTHING = "–"


def shown(value: float) -> str:
    """A ratio with three digits; one far below one as a part of one.

    >>> [shown(value) for value in (0.0123, 5.25, 1234.5, 1 / 170_000)]
    ['0.0123', '5.25', '1,234', '1/170,000']
    """
    if 0 < value < 0.01:
        return f"1/{float(f'{1 / value:.3g}'):,.0f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def seconds(value: float) -> str:
    """CPU seconds with three digits.

    >>> seconds(0.00123), seconds(1234.5)
    ('0.00123', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def newest(lines: Iterable[Line]) -> dict[int, dict[str, Line]]:
    """The last line of each row, by size; smallest size first, rows in the order of their declaration."""
    found: dict[int, dict[str, Line]] = {}
    for line in lines:
        found.setdefault(line["size"], {})[line["row"]] = line
    return {size: {row: found[size][row] for row in rows() if row in found[size]} for size in sorted(found)}


def benchmarks_page(lines: list[Line]) -> str:
    """The page; the same lines give the same bytes."""
    sections = [
        Section(f"size-{size}", f"Size {size:,}", together(_table(size, last), _charts(size, last, lines)))
        for size, last in newest(lines).items()
    ]
    lead = paragraph(
        "CPU of what the platform does, to a floor that moves the same bytes and thinks nothing, and to what"
        " others would use. Lower is better; ratios can be compared between machines, seconds cannot."
    )
    return page("Speed", lead, sections, kicker="The platform", foot=paragraph("thin-assets: make bench"))


def _table(size: int, last: Mapping[str, Line]) -> Html:
    heads = columns("what", "#CPU s", "floor", "#to the floor", "peer", "#to the peer", "#peak MB")
    body = [_cells(rows()[name], line) for name, line in last.items()]
    return table(heads, body, f"Newest measurement of each row at size {size:,}")


def _cells(row: Row, line: Line) -> list[object]:
    return [
        f"{row.name}: {row.ours}",
        seconds(line["ours_cpu"]),
        row.floor or _NOTHING,
        _judged(line["to_floor"], row.wanted("to_floor", line["size"])),
        row.peer or _NOTHING,
        _judged(line["to_peer"], row.wanted("to_peer", line["size"])),
        f"{line['peak_mb']:,}",
    ]


def _judged(ratio: float | None, wanted: float | None) -> object:
    if ratio is None:
        return _NOTHING
    if wanted is None:
        return shown(ratio)
    kind, word = ("good", "at most") if ratio <= wanted else ("bad", "wanted: at most")
    return together(shown(ratio), " ", flag(f"{word} {wanted:g}", kind=kind))


def _charts(size: int, last: Mapping[str, Line], lines: list[Line]) -> Html:
    """A chart of each row that was measured more than once: its ratios, run by run."""
    drawn = []
    for name in last:
        runs = [line for line in lines if line["row"] == name and line["size"] == size]
        if len(runs) > 1:
            drawn.append(figure(name, _chart(name, runs), note=f" {len(runs)} runs, oldest left"))
    return side_by_side(*drawn)


def _chart(name: str, runs: list[Line]) -> Html:
    series = {
        NAMES[ratio]: [(float(place), run[ratio]) for place, run in enumerate(runs)]
        for ratio in RATIOS
        if runs[-1][ratio] is not None
    }
    ends = {0.0: runs[0]["date"][:10], float(len(runs) - 1): runs[-1]["date"][:10]}
    return line_chart(f"{name}, ratios", series, labels=ends, unit="CPU, ratio")


def reference_page(lines: Iterable[Line]) -> str:
    """The newest measurement of each row, as Markdown."""
    return "\n".join(_reference(newest(lines))) + "\n"


def _reference(found: Mapping[int, Mapping[str, Line]]) -> Iterator[str]:
    yield "# Benchmarks"
    yield "Written from `benchmarks/history.jsonl`, to which `make bench SIZE=10000` adds a line for each"
    yield "row. Ratios are of CPU seconds in one run: to a *floor*, which moves the same bytes and thinks"
    yield "nothing, and to a *peer*, which others would use. `benchmarks/claims.csv` says which figure of the"
    yield "docs is measured by which row; [how the suite works](../explanation/performance.md#the-suite)."
    for size, last in found.items():
        some = next(iter(last.values()))
        yield f"\n**Size {size:,}**, newest of each row; {some['machine']}, {some['date'][:10]}.\n"
        yield "| row | what | CPU s | to the floor | floor | to the peer | peer | peak MB |"
        yield "| --- | --- | ---: | ---: | --- | ---: | --- | ---: |"
        for name, line in last.items():
            row = rows()[name]
            ratios = [_told(line[ratio], row.wanted(ratio, size)) for ratio in RATIOS]
            cells = (f"`{name}`", row.ours, seconds(line["ours_cpu"]), ratios[0], row.floor or "", ratios[1])
            yield f"| {' | '.join(cells)} | {row.peer or ''} | {line['peak_mb']:,} |"


def _told(ratio: float | None, wanted: float | None) -> str:
    if ratio is None:
        return ""
    return shown(ratio) if wanted is None else f"{shown(ratio)} (wanted: at most {wanted:g})"
