"""Homes that publish together: ledgers of other machines are known, and whoever is second tries again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from tests.control import aggregate, cells, shown
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import StoreMoved
from thin_assets.published.control_assets import controlled
from thin_assets.resources import units
from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.first_put import put_everything
from thin_assets.resources.lake import Lake
from thin_assets.resources.shared import WorkingCopy
from thin_assets.resources.shared_products import home_name, published_together
from thin_assets.resources.sharing import show_build, standing
from thin_assets.resources.store import Store, using

TABLE = aggregate()
COUNTS = {("a", "f"): 40, ("a", "m"): 46, ("b", "f"): 60, ("b", "m"): 75}
FEBRUARY, MARCH = (Snapshot.named("GB", month) for month in ("2024-02", "2024-03"))


@pytest.fixture(autouse=True)
def store() -> Iterator[Store]:
    store = Store(MemoryStore(), "memory://lake", {})
    with using(store):
        yield store


def lake_with(home: Path, snapshot: Snapshot, women: int) -> Lake:
    lake = Lake(home=str(home))
    lake.write("studies", "a_table", snapshot, cells(COUNTS | {("a", "f"): women}))
    return lake


def publish(lake: Lake, snapshot: Snapshot) -> int | None:
    with controlled(lake, TABLE, snapshot) as found:
        return shown(found.rows)["a", "f"]


def test_a_month_is_compared_with_the_month_before_that_another_machine_published(tmp_path: Path) -> None:
    """Alone, 58 would be told as 60, and the step from 55 would tell more than the rules allow."""
    assert publish(lake_with(tmp_path / "a", FEBRUARY, 53), FEBRUARY) == 55
    assert publish(lake_with(tmp_path / "b", MARCH, 58), MARCH) == 55


def test_two_months_at_once_on_two_machines_are_decided_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second had begun before the first wrote anything down: it is refused, and decided again."""
    monkeypatch.setattr("thin_assets.resources.shared_products.WAIT_SECONDS", 0)
    first, second = (
        lake_with(tmp_path / home, month, women)
        for home, month, women in (("a", FEBRUARY, 53), ("b", MARCH, 58))
    )
    told: list[int | None] = []

    def decide() -> int | None:
        with controlled_late(second) as found:
            return shown(found.rows)["a", "f"]

    def controlled_late(lake: Lake):  # noqa: ANN202
        if not told:  # while the second computes, the first publishes
            read = Lake.read

            def read_and_be_overtaken(self: Lake, *what: object) -> object:
                if self.home == lake.home and not told:
                    told.append(publish(first, FEBRUARY))
                return read(self, *what)

            monkeypatch.setattr(Lake, "read", read_and_be_overtaken)
        return controlled(lake, TABLE, MARCH)

    assert published_together(tmp_path / "b", "published", TABLE.name, decide) == 55
    assert told == [55]


def test_a_publication_that_never_gets_through_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("thin_assets.resources.shared_products.WAIT_SECONDS", 0)
    tried = []

    def overtaken() -> None:
        tried.append(1)
        raise StoreMoved("another was first", where="here", remedy="run it again")

    with pytest.raises(StoreMoved):
        published_together(tmp_path, "published", "a_table", overtaken)
    assert len(tried) == 10


def test_nothing_is_published_from_a_build_that_another_machine_has_overtaken(tmp_path: Path) -> None:
    unit = units.partition(MARCH)
    for name in ("a", "b"):
        write_json(tmp_path / name / unit.pointer, {"build": name})
    show_build(tmp_path / "a", MARCH)
    show_build(tmp_path / "a", MARCH)  # it stands there: nothing to do
    with pytest.raises(StoreMoved):
        show_build(tmp_path / "b", MARCH)


def test_a_home_knows_how_it_stands(tmp_path: Path, store: Store) -> None:
    a, b = (WorkingCopy(tmp_path / name, store) for name in ("a", "b"))
    assert standing(a.home) == {}
    report = a.home / "lake" / "reports" / MARCH.partition_folder / "raw.json"
    write_json(report, {"rows": 1})
    a.push(units.partition(MARCH))
    assert (standing(a.home), standing(b.home)) == ({MARCH: "in step"}, {MARCH: "behind"})
    write_json(report, {"rows": 2})
    assert standing(a.home) == {MARCH: "ahead"}


def test_a_home_that_begins_to_share_puts_all_that_it_has_once(tmp_path: Path, store: Store) -> None:
    a = WorkingCopy(tmp_path / "a", store)
    files = {
        f"lake/reports/{MARCH.partition_folder}/raw.json": "{}",
        f"lake/studies/a_table/{MARCH.partition_folder}/data.parquet": "rows",
        "lake/studies/across/snapshot=2024-03-01/data.parquet": "countries",
        f"lake/published/a_table_ledger/{MARCH.partition_folder}/data.parquet": "told",
        "lake/vocabulary/version=v1/concept.parquet": "words",
        "lake/vocabulary/current.json": '{"version": "v1"}',
        "restricted/opted_out/GB.txt": "7\n",
        "published/a_table/releases.json": "{}",
        "audit/audit.jsonl": "a line\n",
    }
    for name, text in files.items():
        (a.home / name).parent.mkdir(parents=True, exist_ok=True)
        (a.home / name).write_text(text)
    known = [("published", "a_table"), ("project", "another")]
    done = put_everything(a, known)
    assert done == [
        *("register of opt-outs", "vocabulary", MARCH.key, "all countries of 2024-03"),
        *("ledger of a_table in GB", "a_table"),
    ]
    assert put_everything(a, known) == []
    b = WorkingCopy(tmp_path / "b", store)
    every = (units.register(), units.vocabulary(), units.partition(MARCH), units.month(MARCH.month))
    for unit in (*every, units.ledger("a_table", "GB"), units.product("published", "a_table")):
        b.pull(unit)
    here = {name: (b.home / name).read_text() for name in files if (b.home / name).is_file()}
    version = read_json(b.home / "lake/vocabulary/current.json")
    assert version == {"version": "v1"}
    assert {name for name in files if name not in here} == {"audit/audit.jsonl"}
    there = store.read(f"audit/{home_name(a.home)}/audit.jsonl").content
    assert there == b"a line\n"
