"""What a backfill leaves out: what is built from the current delivery, code, vocabulary and month before."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import PARTITION_NAME_TAG

from tests.deliveries import deliver
from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.known_assets import COMPARED, FIRST_SEEN
from thin_assets.instance.gaps import at_work, unbuilt
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.partitions import GRID
from thin_assets.resources.files import write_json
from thin_assets.resources.lake import Lake

MARCH = Snapshot.named("GB", "2024-03")
FEBRUARY = MARCH.previous
ROOMS = ("raw", "omop", "features")


def house(code: str = "1", content: str | None = None) -> list[dg.AssetsDefinition]:
    """Three rooms, one table each; omop has a version of its code, raw may have one of its content."""

    @dg.asset(key=["raw", "medical"], partitions_def=GRID)
    def raw() -> dg.MaterializeResult:
        return dg.MaterializeResult(data_version=dg.DataVersion(content) if content else None)

    @dg.asset(key=["omop", "person"], partitions_def=GRID, deps=[raw], code_version=code)
    def omop() -> None: ...

    @dg.asset(key=["features", "known"], partitions_def=GRID, deps=[omop], code_version="1")
    def features() -> None: ...

    return [raw, omop, features]


class World:
    """A home with a delivery of March, and an instance on which the three rooms are built."""

    def __init__(self, home: Path, instance: dg.DagsterInstance) -> None:
        self.lake, self.instance = Lake(home=str(home)), instance
        self.deliver()
        self.use_vocabulary("demo")

    def deliver(self, **tables: list) -> None:
        deliver(self.lake.deliveries, tables or None, snapshot=MARCH)

    def use_vocabulary(self, version: str) -> None:
        write_json(self.lake.vocabulary_versions / "current.json", {"version": version})

    def seal(self, snapshot: Snapshot, build: str) -> None:
        write_json(self.lake.sealed(snapshot) / "current.json", {"build": build})

    def build(self, assets: list[dg.AssetsDefinition], rooms: tuple[str, ...] = ROOMS) -> None:
        """Build rooms of March, and leave in the lake what rooms leave there."""
        delivery = complete_deliveries(self.lake.deliveries)[MARCH]
        self.lake.report("landing", MARCH, {"delivery": delivery, "files": []})
        self.lake.report("omop", MARCH, {"vocabulary": self.lake.vocabulary_version()})
        self.seal(MARCH, "b3")
        compared = self.lake.folder("features", FIRST_SEEN, MARCH) / COMPARED
        write_json(compared, {"build": "b3", "before": self._before()})
        chosen = [one for one in assets if one.key.path[0] in rooms]
        assert dg.materialize(chosen, instance=self.instance, partition_key=MARCH.key).success

    def _before(self) -> str | None:
        there = (self.lake.sealed(FEBRUARY) / "current.json").is_file()
        return "b2" if there else None

    def gaps(self, assets: list[dg.AssetsDefinition], rooms: tuple[str, ...] = ROOMS) -> list[Snapshot]:
        graph = dg.Definitions(assets).resolve_asset_graph()
        keys = [one.key for one in assets if one.key.path[0] in rooms]
        return unbuilt(self.instance, graph, self.lake, keys, [MARCH])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(tmp_path, instance)


def test_what_is_built_and_current_is_left_out(world: World) -> None:
    world.build(house())
    assert world.gaps(house()) == []


def test_what_was_never_built_or_never_delivered_is_not_built(world: World) -> None:
    assert world.gaps(house()) == [MARCH]
    graph = dg.Definitions(house()).resolve_asset_graph()
    nowhere = Snapshot.named("RO", "2024-03")
    assert unbuilt(world.instance, graph, world.lake, [house()[0].key], [nowhere]) == [nowhere]


def test_a_run_that_stopped_half_way_is_to_be_built(world: World) -> None:
    world.build(house(), ("raw", "omop"))
    assert world.gaps(house()) == [MARCH]
    assert world.gaps(house(), ("raw", "omop")) == []


def _delivered_again(world: World) -> None:
    world.deliver(medical=[{"patid": "P001", "medcode": "73211009"}])


def _other_vocabulary(world: World) -> None:
    world.use_vocabulary("v5.0 2026")


def _month_before_arrived(world: World) -> None:
    world.seal(FEBRUARY, "b2")


@pytest.mark.parametrize("change", [_delivered_again, _other_vocabulary, _month_before_arrived])
def test_what_was_made_from_something_since_replaced_is_to_be_built(
    world: World, change: Callable[[World], None]
) -> None:
    """A month that was built before the one before it knows less of what was late."""
    world.build(house())
    change(world)
    assert world.gaps(house()) == [MARCH]
    world.build(house())
    assert world.gaps(house()) == []


def test_what_another_version_of_the_code_made_is_to_be_built(world: World) -> None:
    world.build(house())
    assert world.gaps(house(code="2")) == [MARCH]
    assert world.gaps(house(code="2"), ("raw",)) == []


def test_a_room_that_was_built_again_asks_for_what_follows_unless_it_is_the_same(world: World) -> None:
    world.build(house(content="as delivered"))
    world.build(house(content="as delivered"), ("raw",))
    assert world.gaps(house()) == []
    world.build(house(content="mended"), ("raw",))
    assert world.gaps(house()) == [MARCH]


@dg.op
def nothing() -> None:
    """An op that does nothing."""


@dg.job
def of_a_partition() -> None:
    """A job whose runs are never executed."""
    nothing()


def test_what_waits_or_is_going_on_is_at_work(world: World) -> None:
    for month, status in enumerate((dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.SUCCESS), start=1):
        key = Snapshot("GB", dt.date(2024, month, 1)).key
        world.instance.create_run_for_job(of_a_partition, tags={PARTITION_NAME_TAG: key}, status=status)
    assert at_work(world.instance) == {"GB|2024-01-01"}
