"""The end of a month, simulated: deliveries arrive, runs queue for machines, steps for slots of pools.

As the platform does it: a run takes a place on a machine when it begins and keeps it until it ends; one step
follows the other; a step of a pool waits within its run until a slot is free. Among waiting runs the one with
the smallest priority goes first, then the one that came first. Pools are of the instance, not of a machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import simpy


@dataclass(frozen=True)
class Work:
    """One step of a run: how many hours it takes once it may, and the pool that it needs a slot of."""

    step: str
    hours: float
    pool: str | None = None


@dataclass(frozen=True)
class Run:
    """One partition: the hour in which its delivery is there, and its steps in order."""

    name: str
    arrives: float
    steps: Sequence[Work]
    priority: int = 0


@dataclass(frozen=True)
class Site:
    """Where runs go: how many at once on all machines together, and slots of each pool."""

    runs_at_once: int
    pools: Mapping[str, int]


@dataclass(frozen=True)
class Ran:
    """What became of a run, in hours.

    queued     from arrival to its first step
    waited     within the run, for slots of pools
    after      end of each step, by its name
    """

    name: str
    arrived: float
    began: float
    ended: float
    waited: float
    after: Mapping[str, float]

    @property
    def queued(self) -> float:
        """Hours from arrival to begin."""
        return self.began - self.arrived


def simulate(runs: Sequence[Run], site: Site) -> list[Ran]:
    """All runs to their end, in the order in which they ended; the same runs always end the same."""
    world = simpy.Environment()
    places = simpy.PriorityResource(world, site.runs_at_once)
    pools = {name: simpy.Resource(world, slots) for name, slots in site.pools.items()}
    ended: list[Ran] = []
    for run in runs:
        world.process(_one(world, run, places, pools, ended))
    world.run()
    return ended


def makespan(ran: Sequence[Ran]) -> float:
    """Hours from the first arrival to the last end."""
    return max(one.ended for one in ran) - min(one.arrived for one in ran)


def _one(
    world: simpy.Environment,
    run: Run,
    places: simpy.PriorityResource,
    pools: Mapping[str, simpy.Resource],
    ended: list[Ran],
) -> Iterator[simpy.Event]:
    yield world.timeout(run.arrives)
    with places.request(priority=run.priority) as place:
        yield place
        began, waited, after = world.now, 0.0, {}
        for work in run.steps:
            asked = world.now
            if work.pool is None:
                yield world.timeout(work.hours)
            else:
                with pools[work.pool].request() as slot:
                    yield slot
                    waited += world.now - asked
                    yield world.timeout(work.hours)
            after[work.step] = world.now
    ended.append(Ran(run.name, run.arrives, began, world.now, waited, after))
