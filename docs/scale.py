"""`docs/explanation/scale.md`: 69 million patients, from what was measured and what is assumed."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.scale import engines
from benchmarks.scale.fit import growth
from benchmarks.scale.walk import STEPS
from benchmarks.scale.world import (
    Measured,
    Outcome,
    Plan,
    assumptions,
    due_hour,
    finished,
    history,
    lines,
    measured,
    month,
    of_step,
    patients_by_country,
    plan_of,
    rooms_of,
)
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS

CHART = "../images/month-end.svg"
GB = 1e9


def scale_page() -> str:
    """The page: measured, fitted, worked out."""
    found, told = measured(), assumptions()
    patients = patients_by_country(told["patients"])
    plans = [plan_of(site, told["machines"]) for site in told["sites"].values()]
    parts = [
        _INTRODUCTION,
        *_measured(found),
        *_fitted(found),
        *_patients(patients, told["patients"]),
        *_storage(found, patients, told["storage"]),
        *_sites(found, patients, plans, told),
        _MEANING + _reach(found, patients) + _spark(engines.measured()),
    ]
    return "\n".join(parts) + "\n"


_INTRODUCTION = """
# From a laptop to 69 million patients
What seven countries and twelve months would take: worked out from partitions that were measured, and from
assumptions that stand in one file. Nobody has run 69 million patients.

| to see | look at |
| --- | --- |
| what was measured | `benchmarks/scale/measured/<patients>.json` |
| what is assumed | `benchmarks/scale/assumptions.yaml`: patients, machines, prices, how long files stay |
| the sums | `benchmarks/scale/world.py`, `fit.py`, `month_end.py` |

```
python -m benchmarks.scale --patients 100000 --home FOLDER --memory 8GB --json FILE
python -m docs.generate
```
The first walks one delivery of Great Britain through all rooms. Each room is a command of its own, as an
operator gives it (`thin-assets run --room omop`), the start of Python and Dagster included. A home that was
begun goes on with the room that was not finished. The second writes this page from all files that are there.
"""

_MEANING = """
## What it does not tell
- Synthetic patients of Great Britain stand for all: a delivery of a country with shorter records is smaller.
- One partition is one country and month, and one engine builds it. Ten machines build a month no sooner than
  its largest country is built on one of them; only Spark divides a country.
- Every month is built whole. A build that reuses what did not change costs less.
- Beyond the largest partition that was measured, the fit is a straight line. A step that no longer fits into
  memory spills, and leaves it; what memory a run has is assumed.
- Machines that fail, deliveries that come late or twice, people who look at results: none of it is simulated.
  Pages across countries and the release of a month come after the last country, and take minutes.
"""


def _measured(found: Measured) -> Iterator[str]:
    sizes = list(found)
    largest = {step: list(of_step(found, step).values())[-1] for step in STEPS}
    yield "## Measured"
    yield _paragraph(
        "CPU seconds by number of patients; empty where a walk has not come to. Of the largest: what it cost"
        " to its **floor**, which reads and writes the same and thinks nothing"
        " (`benchmarks/scale/floors.py`), rows read or written in a CPU second, and the most memory of all"
        " processes at once."
    )
    yield ""
    heads = [f"{size:,}" for size in sizes]
    yield from _table(
        ["step", *heads, "per patient, to the size before", "to the floor", "rows per CPU s", "peak MB"],
        [
            [
                step,
                *(_seconds(one[step].cpu) if step in one else "" for one in found.values()),
                _growth(found, step),
                f"{largest[step].cpu / largest[step].floor_cpu:,.1f}",
                f"{max(largest[step].rows_read, largest[step].rows_written) / largest[step].cpu:,.0f}",
                f"{max(largest[step].peak_mb, largest[step].tree_mb):,}",
            ]
            for step in STEPS
        ],
    )
    whole = {size: sum(one[room].cpu for room in ROOMS) for size, one in finished(found).items()}
    last = growth(whole)[max(whole)]
    yield ""
    sums = ", ".join(f"{cpu:,.0f}" for cpu in whole.values())
    yield _paragraph(
        f"All rooms, without generating: {sums} CPU seconds. A patient of the largest partition that came"
        f" through all of them costs {last:.2f} times one of the partition before (wanted at one million: at"
        f" most 1.2)."
    )
    yield ""


def _reach(found: Measured, patients: Mapping[str, int]) -> str:
    times = max(patients.values()) / max(finished(found))
    return (
        f"- The largest country has {times:,.0f} times as many patients as the largest partition measured.\n"
    )


def _spark(found: list[dict]) -> str:
    small, large = sorted({one["patients"] for one in found})
    return (
        f"- On Spark a patient more costs {engines.times(found):.1f} times the CPU of DuckDB, between"
        f" {small:,} and {large:,} patients\n"
        "  (`python -m benchmarks.scale.engines`). Only the transformation was measured, on one machine:"
        " other\n  rooms are taken to be alike, and what machines of a cluster send each other is left out.\n"
    )


def _growth(found: Measured, step: str) -> str:
    """Of the largest size."""
    told = growth({size: one.cpu for size, one in of_step(found, step).items()})
    return f"{told[max(told)]:.2f}"


def _fitted(found: Measured) -> Iterator[str]:
    cpu, size = lines(found, "cpu"), lines(found, "bytes_written")
    by_thread = {room.name: room for room in rooms_of(found)}
    million = 1_000_000
    yield "## Fitted"
    yield _paragraph(
        "A fixed part and a part for each patient, by least squares of relative errors without negative"
        " parts (`scipy.optimize.nnls`). *Alone* is what one thread works while the others wait; more threads"
        " do not shorten it. Most of a fixed part is the start of Python and Dagster, which a run of all"
        " rooms pays once; that of cohorts is compiling their definitions, once a home."
    )
    yield ""
    yield from _table(
        ["room", "fixed, CPU s", "a million patients, CPU s", "of which alone", "GB written"],
        [
            [
                room,
                f"{cpu[room].fixed:,.1f}",
                f"{million * cpu[room].each:,.0f}",
                f"{_share(by_thread[room].own.each, cpu[room].each)}",
                f"{million * size[room].each / GB:,.2f}",
            ]
            for room in ROOMS
        ],
    )
    yield ""


def _share(part: float, whole: float) -> str:
    return f"{min(part / whole, 1.0):.0%}".replace("%", " %") if whole else ""


def _patients(patients: Mapping[str, int], told: Mapping) -> Iterator[str]:
    yield "## Who"
    yield _paragraph(
        f"{told['total'] / 1e6:,.0f} million ({told['source']}). Where a country is not told, it has its"
        f" share of the rest by {told['others']['source']}."
    )
    yield ""
    yield from _table(
        ["country", "million patients", "from"],
        [
            [
                COUNTRIES[country].name,
                f"{people / 1e6:.1f}",
                told["known"].get(country, {"source": "share of the rest"})["source"],
            ]
            for country, people in patients.items()
        ],
    )
    yield ""


@dataclass(frozen=True)
class Kept:
    """Bytes of one kind of file: those of a month, and those of the months that stay."""

    kind: str
    a_month: float
    months: int

    @property
    def kept(self) -> float:
        """Bytes of all months that stay."""
        return self.a_month * self.months


def storage(found: Measured, patients: Mapping[str, int], told: Mapping) -> list[Kept]:
    """What all countries take: deliveries, raw, and everything that is made of them."""
    size, people = lines(found, "bytes_written"), sum(patients.values())
    rest = [room for room in ROOMS if room != "raw"]

    def kind(title: str, steps: list[str], months: int) -> Kept:
        return Kept(title, people * sum(size[step].each for step in steps), months)

    return [
        kind("deliveries, as packed", ["generate"], told["months_of_deliveries"]),
        kind("raw tables", ["raw"], told["months_of_raw"]),
        kind("sealed builds, and all that is made of them", rest, told["months_of_the_rest"]),
    ]


def _storage(found: Measured, patients: Mapping[str, int], told: Mapping) -> Iterator[str]:
    kinds = storage(found, patients, told)
    yield "## Storage"
    yield from _table(
        ["what", "a month, TB", "months that stay", "TB"],
        [[one.kind, f"{one.a_month / 1e12:.2f}", str(one.months), f"{one.kept / 1e12:.1f}"] for one in kinds],
    )
    whole = sum(one.kept for one in kinds)
    euro = whole / GB * told["copies"] * told["euro_per_gb_month"]
    yield ""
    yield _paragraph(
        f"{whole / 1e12:.1f} TB, in {told['copies']} copies at {told['euro_per_gb_month']:.2f} euro per GB"
        f" and month (assumed): {_euro(euro)} euro a month."
    )
    yield ""


def _sites(found: Measured, patients: Mapping[str, int], plans: list[Plan], told: Mapping) -> Iterator[str]:
    work = rooms_of(found)
    months = [month(plan, patients, work) for plan in plans]
    years = [history(plan, patients, work, told["months"]) for plan in plans]
    hour = told["deliveries"]["hour"]
    yield "## A month, and a history"
    yield _paragraph(
        "Simulated (`simpy`) with the queue, the pools and one run for each country and month, as the"
        f" platform has them. *A month*: each country delivers at {hour}:00 on its day of"
        f" `thin_assets/domain/due.csv`. *A history*: {told['months']} months of every country are there at"
        " once, oldest first. Money is for the cores that runs keep, as if rented for that time alone;"
        f" prices are {told['machines']['prices']}."
    )
    yield ""
    yield from _table(
        ["", *(plan.title for plan in plans)],
        [
            ["cores", *(f"{plan.cores:,}" for plan in plans)],
            ["runs at once, threads of each", *(f"{one.runs_at_once}, {one.threads:.0f}" for one in plans)],
            ["**a month**: hours of the longest run", *(_hours(one.longest) for one in months)],
            ["hours from the last delivery to the end", *(_hours(_after_last(one)) for one in months)],
            ["sealed on its day (`due.csv`)", *(_in_time(one) for one in months)],
            ["core hours", *(f"{one.core_hours:,.0f}" for one in months)],
            ["euro", *(_euro(one.euro) for one in months)],
            [f"**{told['months']} months at once**: hours", *(_hours(one.hours) for one in years)],
            ["core hours", *(f"{one.core_hours:,.0f}" for one in years)],
            ["euro", *(_euro(one.euro) for one in years)],
        ],
    )
    yield ""
    yield f"![The month's end on each site]({CHART})"
    yield ""
    yield _paragraph(
        "Days of the month after: light while a run waits in the queue, dark while it is built, a mark at the"
        " end of the day on which the build is to be sealed."
    )


def _after_last(one: Outcome) -> float:
    return max(run.ended for run in one.ran) - max(run.arrived for run in one.ran)


def _in_time(one: Outcome) -> str:
    late = [run.name for run in one.ran if run.after["validated"] > due_hour(run.name)]
    return (
        "all"
        if not late
        else f"{len(one.ran) - len(late)} of {len(one.ran)}; late: {', '.join(sorted(late))}"
    )


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False)


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Markdown; the first column is of words, the others of numbers."""
    yield f"| {' | '.join(heads)} |"
    yield "| --- |" + " ---: |" * (len(heads) - 1)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _seconds(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _hours(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _euro(value: float) -> str:
    """To two digits: more would be a precision that the assumptions have not."""
    digits = max(len(f"{value:.0f}") - 2, 0)
    return f"{round(value, -digits):,.0f}"
