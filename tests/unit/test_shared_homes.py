"""Homes that share a store: what one put the other gets, whole or not at all; nobody is overwritten."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import StoreDamaged, StoreMoved
from thin_assets.resources import units
from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.shared import WorkingCopy
from thin_assets.resources.store import Store, using
from thin_assets.resources.sums import keep_sum, require_whole, sum_file

GB = Snapshot.named("GB", "2024-03")
UNIT = units.partition(GB)
PRODUCT = units.product("published", "cohort_incidence")
COHORT = f"lake/cohorts/cohort/{GB.partition_folder}/data.parquet"
REPORT = f"lake/reports/{GB.partition_folder}/raw.json"
FACTS = "published/cohort_incidence/facts/country={}/snapshot=2024-03-01.json"


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(MemoryStore(), "memory://lake", {})
    with using(store):
        yield store


@pytest.fixture
def a(store: Store, tmp_path: Path) -> WorkingCopy:
    return WorkingCopy(tmp_path / "a", store)


@pytest.fixture
def b(store: Store, tmp_path: Path) -> WorkingCopy:
    return WorkingCopy(tmp_path / "b", store)


def write(copy: WorkingCopy, name: str, text: str) -> None:
    path = copy.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read(copy: WorkingCopy, name: str) -> str | None:
    path = copy.home / name
    return path.read_text() if path.is_file() else None


def seal(copy: WorkingCopy, build: str, text: str) -> None:
    """A build of one table and the pointer to it."""
    write(copy, f"lake/cdm/{GB.partition_folder}/build={build}/person/data.parquet", text)
    write_json(copy.home / UNIT.pointer, {"build": build})


def seen_by(store: Store, home: Path) -> dict[str, str]:
    """What a home that has nothing yet gets of the partition."""
    copy = WorkingCopy(home, store)
    copy.pull(UNIT)
    return {name: path.read_text() for name, path in UNIT.files(home)}


def test_an_empty_home_gets_the_bytes_and_the_pointer_of_another(a: WorkingCopy, b: WorkingCopy) -> None:
    seal(a, "b1", "persons")
    write(a, COHORT, "members")
    assert a.push(UNIT)
    b.pull(UNIT)
    assert dict(_texts(a)) == dict(_texts(b))
    assert read_json(b.home / UNIT.pointer) == {"build": "b1"}
    assert not b.push(UNIT)  # nothing was changed there


def _texts(copy: WorkingCopy) -> Iterator[tuple[str, str]]:
    yield from ((name, path.read_text()) for name, path in UNIT.files(copy.home))


def test_what_is_not_wanted_is_not_fetched_and_is_still_named(
    a: WorkingCopy, b: WorkingCopy, store: Store, tmp_path: Path
) -> None:
    raw = f"lake/raw/patient/{GB.partition_folder}/data.parquet"
    write(a, raw, "patients")
    write(a, COHORT, "members")
    a.push(UNIT)
    b.pull(UNIT, lambda name: not name.startswith("lake/raw/"))
    assert (read(b, raw), read(b, COHORT)) == (None, "members")
    write(b, COHORT, "other members")
    b.push(UNIT)
    assert seen_by(store, tmp_path / "c") == {raw: "patients", COHORT: "other members"}
    b.pull(UNIT)
    assert read(b, raw) == "patients"


def test_what_is_out_of_date_and_not_wanted_does_not_stay(a: WorkingCopy, b: WorkingCopy) -> None:
    write(a, COHORT, "members")
    a.push(UNIT)
    b.pull(UNIT)
    write(a, COHORT, "other members")
    a.push(UNIT)
    b.pull(UNIT, lambda name: False)
    assert read(b, COHORT) is None


def test_of_two_homes_that_seal_one_partition_one_wins_and_the_other_is_told(
    a: WorkingCopy, b: WorkingCopy, store: Store, tmp_path: Path
) -> None:
    write(a, REPORT, "{}")
    a.push(UNIT)
    a.pull(UNIT)
    b.pull(UNIT)
    seal(a, "b1", "persons of a")
    seal(b, "b2", "persons of b")
    a.push(UNIT)
    with pytest.raises(StoreMoved, match="run it again"):
        b.push(UNIT)
    seen = seen_by(store, tmp_path / "c")
    assert [text for name, text in seen.items() if "build=" in name] == ["persons of a"]
    assert read_json(tmp_path / "c" / UNIT.pointer) == {"build": "b1"}
    b.pull(UNIT)  # as the run does that is started again
    assert read_json(b.home / UNIT.pointer) == {"build": "b1"}
    assert not (b.home / f"lake/cdm/{GB.partition_folder}/build=b2/person/data.parquet").exists()
    seal(b, "b2", "persons of b")
    assert b.push(UNIT)
    assert read_json(b.home / UNIT.pointer) == {"build": "b2"}


def test_two_homes_that_share_a_partition_for_the_first_time_do_not_mix(
    a: WorkingCopy, b: WorkingCopy
) -> None:
    """The second had one already: it is neither overwritten nor deleted, and its owner is asked."""
    write(a, COHORT, "members")
    write(b, COHORT, "other members")
    a.push(UNIT)
    for together in (b.pull, b.push):
        with pytest.raises(StoreMoved):
            together(UNIT)
    assert read(b, COHORT) == "other members"


def test_the_same_bytes_are_no_quarrel(a: WorkingCopy, b: WorkingCopy) -> None:
    for copy in (a, b):
        write(copy, COHORT, "members")
    a.push(UNIT)
    b.pull(UNIT)
    assert not b.push(UNIT)


def test_who_loses_the_first_race_of_all_may_run_again(a: WorkingCopy, b: WorkingCopy) -> None:
    """Both began with nothing, so that what the loser built is of that run: the rerun drops it."""
    for copy in (a, b):
        copy.pull(UNIT)
        write(copy, COHORT, f"members of {copy.home.name}")
    a.push(UNIT)
    with pytest.raises(StoreMoved, match="run it again"):
        b.push(UNIT)
    b.pull(UNIT)
    assert read(b, COHORT) == "members of a"


def test_a_pointer_does_not_outlive_the_build_that_it_names(a: WorkingCopy, b: WorkingCopy) -> None:
    """The winner did not come as far as the seal: for the loser, too, nothing is sealed."""
    for copy in (a, b):
        copy.pull(UNIT)
    write(a, REPORT, "{}")
    seal(b, "b1", "persons")
    a.push(UNIT)
    b.pull(UNIT)
    assert not (b.home / UNIT.pointer).exists()


@pytest.mark.parametrize("large", [10, 1])
def test_a_file_that_changes_while_it_is_put_is_not_put_under_another_digest(
    large: int, a: WorkingCopy, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of one partition in one home: no object holds other bytes than its key says."""
    for module in ("store", "shared"):
        monkeypatch.setattr(f"thin_assets.resources.{module}.LARGE", large)
    write(a, COHORT, "members")
    put = WorkingCopy._put

    def put_late(self: WorkingCopy, files: dict) -> None:
        write(a, COHORT, "others!")
        put(self, files)

    monkeypatch.setattr(WorkingCopy, "_put", put_late)
    with pytest.raises(StoreMoved, match="one run of a partition at a time"):
        a.push(UNIT)
    assert store.listed("") == {}
    monkeypatch.setattr(WorkingCopy, "_put", put)
    a.push(UNIT)
    assert seen_by(store, tmp_path / "c") == {COHORT: "others!"}


class Killed(Exception):
    pass


class DiesBeforeTheIndex(Store):
    """A client that is gone when everything is put but the object that names it."""

    def replace(self, key: str, content: bytes, seen: str | None) -> str:
        raise Killed


def test_files_without_an_index_are_seen_by_nobody(a: WorkingCopy, store: Store, tmp_path: Path) -> None:
    seal(a, "b1", "persons")
    write(a, COHORT, "members")
    a.push(UNIT)
    before = seen_by(store, tmp_path / "c")
    seal(a, "b2", "other persons")
    write(a, COHORT, "other members")
    objects = set(store.listed(""))
    with pytest.raises(Killed):
        WorkingCopy(a.home, DiesBeforeTheIndex(store.objects, store.address, {})).push(UNIT)
    assert len(set(store.listed("")) - objects) == 2
    assert seen_by(store, tmp_path / "d") == before
    a.push(UNIT)  # what the home has is put by whoever runs there next
    assert seen_by(store, tmp_path / "e")[COHORT] == "other members"


class AnswersAreLost(Store):
    """A client that does not hear that it was heard, and asks again."""

    def __init__(self, objects: object, address: str) -> None:
        super().__init__(objects, address, {})
        self.lost = 0

    def replace(self, key: str, content: bytes, seen: str | None) -> str:
        super().replace(key, content, seen)
        self.lost += 1
        return super().replace(key, content, seen)


def test_an_answer_that_was_lost_is_no_loss(store: Store, tmp_path: Path) -> None:
    """The second time the store refuses, for what it has is no longer what was seen: it is what was put."""
    told = AnswersAreLost(store.objects, store.address)
    copy = WorkingCopy(tmp_path / "a", told)
    write(copy, COHORT, "members")
    copy.push(UNIT)
    write(copy, COHORT, "other members")
    copy.push(UNIT)
    assert told.lost == 2
    assert seen_by(store, tmp_path / "c") == {COHORT: "other members"}


def test_an_object_that_is_not_what_was_put_is_refused(a: WorkingCopy, b: WorkingCopy, store: Store) -> None:
    write(a, COHORT, "members")
    a.push(UNIT)
    (key,) = (key for key in store.listed("lake/cohorts"))
    store.put(key, b"something else")
    with pytest.raises(StoreDamaged, match="a copy of the bucket"):
        b.pull(UNIT)
    assert read(b, COHORT) is None
    store.delete(key)
    with pytest.raises(StoreDamaged):
        b.pull(UNIT)


def test_two_homes_may_publish_different_partitions_of_a_product(
    a: WorkingCopy, b: WorkingCopy, store: Store, tmp_path: Path
) -> None:
    write(a, FACTS.format("GB"), "1")
    write(a, "published/cohort_incidence/card.html", "drawn by a")
    a.push(PRODUCT)
    b.pull(PRODUCT)
    write(a, FACTS.format("GB"), "2")
    write(a, "published/cohort_incidence/card.html", "drawn by a again")
    write(b, FACTS.format("FR"), "1")
    write(b, "published/cohort_incidence/card.html", "drawn by b")
    a.push(PRODUCT)
    b.push(PRODUCT)
    assert read(b, FACTS.format("GB")) == "2"
    c = WorkingCopy(tmp_path / "c", store)
    c.pull(PRODUCT)
    found = {name.rpartition("/")[2]: path.read_text() for name, path in PRODUCT.files(c.home)}
    assert found == {"snapshot=2024-03-01.json": "2", "card.html": "drawn by b"}
    assert (read(c, FACTS.format("GB")), read(c, FACTS.format("FR"))) == ("2", "1")


def test_two_homes_may_not_publish_the_same_partition_unseen(a: WorkingCopy, b: WorkingCopy) -> None:
    write(a, FACTS.format("GB"), "1")
    a.push(PRODUCT)
    b.pull(PRODUCT)
    write(a, FACTS.format("GB"), "of a")
    write(b, FACTS.format("GB"), "of b")
    a.push(PRODUCT)
    with pytest.raises(StoreMoved, match="cohort_incidence"):
        b.push(PRODUCT)
    b.pull(PRODUCT)
    assert read(b, FACTS.format("GB")) == "of a"


def test_what_is_deleted_from_a_product_is_deleted_for_all(a: WorkingCopy, b: WorkingCopy) -> None:
    write(a, FACTS.format("GB"), "1")
    write(a, FACTS.format("FR"), "1")
    a.push(PRODUCT)
    b.pull(PRODUCT)
    (a.home / FACTS.format("GB")).unlink()
    write(b, FACTS.format("DE"), "1")
    a.push(PRODUCT)
    b.push(PRODUCT)  # b had it still, and does not bring it back
    a.pull(PRODUCT)
    b.pull(PRODUCT)
    for copy in (a, b):
        assert [read(copy, FACTS.format(code)) for code in ("GB", "FR", "DE")] == [None, "1", "1"]


def test_a_home_that_lost_its_lake_takes_nothing_from_the_others(a: WorkingCopy, b: WorkingCopy) -> None:
    """A working copy may be thrown away: the partition stands in the store."""
    write(a, COHORT, "members")
    write(a, REPORT, "{}")
    a.push(UNIT)
    (a.home / COHORT).unlink()
    write(a, REPORT, '{"rows": 1}')
    a.push(UNIT)
    b.pull(UNIT)
    assert (read(b, COHORT), read(b, REPORT)) == ("members", '{"rows": 1}')
    a.pull(UNIT)
    assert read(a, COHORT) == "members"


def test_the_vocabulary_in_use_is_not_changed_by_two(a: WorkingCopy, b: WorkingCopy) -> None:
    """Two may load versions at once; which is in use is said by one."""
    unit = units.vocabulary()
    for copy, version in ((a, "v1"), (b, "v2")):
        write(copy, f"lake/vocabulary/version={version}/concept.parquet", version)
        write_json(copy.home / unit.pointer, {"version": version})
    a.push(unit)
    with pytest.raises(StoreMoved):
        b.push(unit)
    b.pull(unit, lambda name: "version=v1" in name)
    assert read_json(b.home / unit.pointer) == {"version": "v1"}
    write_json(b.home / unit.pointer, {"version": "v2"})
    assert b.push(unit)
    a.pull(unit)
    assert read(a, "lake/vocabulary/version=v2/concept.parquet") == "v2"
    assert read_json(a.home / unit.pointer) == {"version": "v2"}


def test_what_is_fetched_is_as_open_as_its_zone(a: WorkingCopy, b: WorkingCopy) -> None:
    """Whatever the mode of the home: the lake is for its owner only, and so is the register."""
    b.home.mkdir(mode=0o755)
    others = (units.register(), units.product("project", "persons"), PRODUCT)
    files = ("restricted/opted_out/GB.txt", "project/persons/releases.json", FACTS.format("GB"))
    write(a, COHORT, "members")
    for name in files:
        write(a, name, "1")
    for unit in (UNIT, *others):
        a.push(unit)
        b.pull(unit)
    modes = {path.name: path.stat().st_mode & 0o777 for path in b.home.iterdir()}
    private = dict.fromkeys(("lake", "restricted", "store"), 0o700)
    assert modes == private | {"project": 0o750, "published": 0o755}
    assert (b.home / COHORT).stat().st_mode & 0o077 == 0
    assert (b.home / FACTS.format("GB")).stat().st_mode & 0o777 == 0o644


def test_candidates_locks_and_tables_of_delta_are_no_part_of_what_is_shared(tmp_path: Path) -> None:
    for name in (
        f"lake/omop/{GB.partition_folder}/candidate=1/person/data.parquet",
        f"lake/cohorts/cohort/{GB.partition_folder}/.data.parquet.1234",
        f"lake/published/cohort_incidence_ledger/{GB.partition_folder}/data.parquet",
        "published/cohort_incidence/v1/_delta_log/00000000000000000000.json",
        "published/cohort_incidence/v1/country=GB/part-0.parquet",
        "published/cohort_incidence/.v1.lock",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [*UNIT.files(tmp_path), *PRODUCT.files(tmp_path)] == []
    assert [name for name, _ in units.ledger("cohort_incidence", "GB").files(tmp_path)] == [
        f"lake/published/cohort_incidence_ledger/{GB.partition_folder}/data.parquet"
    ]


def test_a_table_that_was_fetched_has_the_checksum_of_what_it_is_now(a: WorkingCopy, b: WorkingCopy) -> None:
    """That of the table which stood there before would make it look damaged."""
    for copy, text in ((a, "members"), (b, "members")):
        write(copy, COHORT, text)
        keep_sum(copy.home / COHORT)
    a.push(UNIT)
    b.pull(UNIT)
    write(a, COHORT, "other members")
    keep_sum(a.home / COHORT)
    a.push(UNIT)
    b.pull(UNIT)
    table = require_whole(b.home / COHORT, "here", "again")
    assert (table.read_text(), sum_file(table).is_file()) == ("other members", True)
    write(a, COHORT, "no members")
    a.push(UNIT)
    b.pull(UNIT, lambda name: False)
    assert not sum_file(table).exists()
