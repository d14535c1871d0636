"""A run that is alone in its partition: others wait, and what killed runs left is cleared away first.

The lock itself is in `resources/alone.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.alone import alone
from thin_assets.resources.lake import Lake
from thin_assets.resources.leftovers import leftovers_of, remove
from thin_assets.settings import Settings


@contextmanager
def alone_in(settings: Settings, partition: str, holder: str, told: Callable[[str], None]) -> Iterator[None]:
    """Be the only run of a partition while the block runs, and begin with a clean place.

    partition    `GB|2024-03-01`, or the month of what brings countries together
    told         of whom is waited for, and how much was cleared away
    Raises PartitionBusy.
    """

    def waiting(other: str) -> None:
        told(f"{partition} is being built by {other}: waiting for it to end")

    with alone(settings.home, partition, holder, settings.partition_patience, waiting):
        if "|" in partition:
            left = remove(leftovers_of(Lake(home=str(settings.home)), Snapshot.of(partition)))
            if left:
                told(f"{partition}: cleared away {left} leftovers of a run that was stopped")
        yield
