"""69 million patients worked out: what their partitions cost, where, how long, and for how much."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml

from benchmarks.scale.fit import Line, fitted, hours_on, parallel
from benchmarks.scale.month_end import Ran, Run, Site, Work, makespan, simulate
from benchmarks.scale.walk import Step, rooms
from thin_assets.domain.due import default_text, read_due
from thin_assets.domain.pools import MEMORY, PUBLISHER, TEXT
from thin_assets.domain.rooms import ROOMS

MEASURED = Path(__file__).parent / "measured"
"""`<patients>.json`: figures of walks, as `python -m benchmarks.scale --json` writes them."""

THREADS_MEASURED = 2
Measured = Mapping[int, Mapping[str, Step]]
"""Steps by number of patients and name."""


@cache
def assumptions() -> dict:
    """What was not measured: `assumptions.yaml`."""
    text = files("benchmarks.scale").joinpath("assumptions.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def measured(folder: Path = MEASURED) -> dict[int, dict[str, Step]]:
    """Every walk that was kept, smallest first."""
    found = {}
    for path in folder.glob("*.json"):
        steps = [Step(**record) for record in json.loads(path.read_text(encoding="utf-8"))]
        found[steps[0].patients] = {step.step: step for step in steps}
    return dict(sorted(found.items()))


def patients_by_country(told: Mapping) -> dict[str, int]:
    """Patients of each country: those that are known, and the rest by inhabitants; they add up to the total.

    >>> known, others = {"GB": {"patients": 40}}, {"inhabitants": {"FR": 2, "BE": 1}}
    >>> patients_by_country({"total": 100, "known": known, "others": others})
    {'GB': 40, 'FR': 40, 'BE': 20}
    """
    known = {country: one["patients"] for country, one in told["known"].items()}
    inhabitants = told["others"]["inhabitants"]
    rest, whole = told["total"] - sum(known.values()), sum(inhabitants.values())
    shares = {country: round(rest * people / whole) for country, people in inhabitants.items()}
    largest = max(shares, key=shares.__getitem__)
    shares[largest] += rest - sum(shares.values())
    return known | shares


def finished(found: Measured) -> Measured:
    """The walks that came through all rooms."""
    return {size: one for size, one in found.items() if one.keys() >= set(ROOMS)}


def of_step(found: Measured, step: str) -> dict[int, Step]:
    """A step at every size at which it was measured: a walk may not have come to it yet."""
    return {size: one[step] for size, one in found.items() if step in one}


def lines(found: Measured, of: str) -> dict[str, Line]:
    """Fixed part and part for each patient of one figure of every step."""
    steps = {name for size in found.values() for name in size}
    return {
        step: fitted({size: getattr(one, of) for size, one in of_step(found, step).items()})
        for step in ("generate", *ROOMS)
        if step in steps
    }


@dataclass(frozen=True)
class Room:
    """What a room costs by patients: seconds that one thread works alone, and seconds that threads share."""

    name: str
    own: Line
    shared: Line
    pool: str | None

    def hours(self, patients: int, plan: "Plan") -> float:
        """Hours of a partition on a site; what one thread does alone is done there by Python too."""
        shared = self.shared.at(patients) * plan.shared_times
        return plan.times * hours_on([(self.own.at(patients), shared)], plan.threads)


def rooms_of(found: Measured) -> list[Room]:
    """The rooms that a delivery walks through, fitted."""
    parts = {room: {size: _parts(one) for size, one in of_step(found, room).items()} for room in ROOMS}
    return [
        Room(
            room,
            fitted({size: own for size, (own, _) in by_size.items()}),
            fitted({size: shared for size, (_, shared) in by_size.items()}),
            rooms()[room].get("pool"),
        )
        for room, by_size in parts.items()
    ]


def _parts(step: Step) -> tuple[float, float]:
    return parallel(step.cpu, step.alone, THREADS_MEASURED)


@dataclass(frozen=True)
class Plan:
    """A site, as assumed: how many runs go at once, and what one run has.

    threads       of one run
    cores_of_run  cores that a run keeps from others; `cores` are those of all machines
    times         CPU seconds there to one measured; `shared_times` on top, for work that threads share
    """

    title: str
    runs_at_once: int
    threads: float
    cores_of_run: float
    times: float
    shared_times: float
    cores: int
    euro_per_core_hour: float

    @property
    def site(self) -> Site:
        """For the simulation."""
        slots = dict.fromkeys((MEMORY, TEXT), self.runs_at_once)
        return Site(self.runs_at_once, slots | {PUBLISHER: assumptions()["machines"]["publisher_slots"]})


def plan_of(site: Mapping, machines: Mapping) -> Plan:
    """Runs side by side as cores and memory allow; on Spark as many as told, which share all cores."""
    cores, times = site["machines"] * site["cores"], machines["cpu_times"]
    price = site["euro_per_machine_hour"] / site["cores"]
    if spark := site.get("spark"):
        beside = spark["runs_at_once"]
        threads, kept = cores * spark["used_share"] / beside, cores / beside
        return Plan(site["title"], beside, threads, kept, times, spark["cpu_times"], cores, price)
    threads = min(machines["threads_of_a_run"], site["cores"])
    beside = min(site["cores"] // threads, int(site["memory_gb"] // machines["memory_of_a_run_gb"]))
    return Plan(site["title"], site["machines"] * beside, threads, threads, times, 1.0, cores, price)


@dataclass(frozen=True)
class Outcome:
    """What became of a month, or of a history, on a site."""

    plan: Plan
    ran: list[Ran]

    @property
    def hours(self) -> float:
        """From the first arrival to the last end."""
        return makespan(self.ran)

    @property
    def longest(self) -> float:
        """Hours of the longest run, waiting for slots included."""
        return max(one.ended - one.began for one in self.ran)

    @property
    def core_hours(self) -> float:
        """Hours of cores that runs kept."""
        return self.plan.cores_of_run * sum(one.ended - one.began for one in self.ran)

    @property
    def euro(self) -> float:
        """For the cores that runs kept, as if machines were rented for that time alone."""
        return self.core_hours * self.plan.euro_per_core_hour


def month(plan: Plan, patients: Mapping[str, int], work: list[Room]) -> Outcome:
    """One month: every country arrives on its day (domain/due.csv)."""
    hour = assumptions()["deliveries"]["hour"]
    due = read_due(default_text())
    arrives = {country: 24 * (due[country].delivered_by - 1) + hour for country in patients}
    runs = [_run(country, arrives[country], patients[country], plan, work) for country in patients]
    return Outcome(plan, simulate(runs, plan.site))


def history(plan: Plan, patients: Mapping[str, int], work: list[Room], months: int) -> Outcome:
    """So many months of every country, all there at once, oldest month first."""
    runs = [
        _run(f"{country} {number}", 0, people, plan, work)
        for number in range(months)
        for country, people in patients.items()
    ]
    return Outcome(plan, simulate(runs, plan.site))


def due_hour(country: str) -> float:
    """The last hour of the day on which a country's build is to be sealed."""
    return 24.0 * read_due(default_text())[country].sealed_by


def _run(name: str, arrives: float, patients: int, plan: Plan, work: list[Room]) -> Run:
    steps = [Work(room.name, room.hours(patients, plan), room.pool) for room in work]
    return Run(name, arrives, steps)
