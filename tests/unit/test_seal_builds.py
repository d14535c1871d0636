"""The seal: named by content, immutable, and never half there."""

import errno
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cdm import write_cdm
from thin_assets.validated import seal as room
from thin_assets.validated.seal import seal

IDENTITY = {"delivery": "d1", "vocabulary": "v1", "code": "c1", "key": "k1"}
Candidate = Callable[..., Path]


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    """A candidate with some persons, in a folder of its own."""

    def drawn(name: str, persons: str = "1\n2") -> Path:
        return write_cdm(tmp_path / "omop" / f"candidate={name}", person=f"person_id\n{persons}")

    return drawn


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    return tmp_path / "cdm" / "country=GB" / "snapshot=2024-03-01"


def current(sealed: Path) -> str:
    return json.loads((sealed / "current.json").read_text())["build"]


def builds(sealed: Path) -> list[str]:
    return sorted(path.name for path in sealed.glob("build=*"))


def test_the_pointer_names_the_sealed_build_and_the_candidate_is_gone(
    candidate: Candidate, sealed: Path
) -> None:
    unsealed = candidate("a")
    build = seal(unsealed, sealed, IDENTITY)
    assert (build.folder, build.is_new, build.tables["person"]["rows"]) == (
        sealed / f"build={build.id}",
        True,
        2,
    )
    assert current(sealed) == build.id
    assert not unsealed.exists()
    assert (build.folder / "person" / "data.parquet").is_file()


def test_the_description_says_what_it_was_made_from_and_what_it_holds(
    candidate: Candidate, sealed: Path
) -> None:
    build = seal(candidate("a"), sealed, IDENTITY)
    told = json.loads((build.folder / "build.json").read_text())
    assert (told["build"], told["identity"]) == (build.id, IDENTITY)
    assert set(told["tables"]["person"]) == {"rows", "bytes", "sha256"}


def test_the_same_content_sealed_twice_is_one_build(candidate: Candidate, sealed: Path) -> None:
    first = seal(candidate("a"), sealed, IDENTITY)
    before = {path: path.stat().st_ino for path in first.folder.rglob("*")}
    again = seal(candidate("b"), sealed, IDENTITY)
    assert (again.id, again.is_new) == (first.id, False)
    assert {path: path.stat().st_ino for path in first.folder.rglob("*")} == before
    assert not list(sealed.parents[1].glob("omop/*"))


@pytest.mark.parametrize("part", IDENTITY)
def test_another_origin_is_another_build(candidate: Candidate, sealed: Path, part: str) -> None:
    first = seal(candidate("a"), sealed, IDENTITY)
    other = seal(candidate("b"), sealed, IDENTITY | {part: "other"})
    assert builds(sealed) == sorted({f"build={first.id}", f"build={other.id}"})
    assert current(sealed) == other.id


def test_other_rows_are_another_build_and_the_old_one_stays(candidate: Candidate, sealed: Path) -> None:
    first = seal(candidate("a"), sealed, IDENTITY)
    other = seal(candidate("b", persons="1\n2\n3"), sealed, IDENTITY)
    assert first.id != other.id
    assert (first.folder / "person" / "data.parquet").is_file()


def test_going_back_to_an_earlier_content_points_back_to_its_build(
    candidate: Candidate, sealed: Path
) -> None:
    first = seal(candidate("a"), sealed, IDENTITY)
    seal(candidate("b", persons="3"), sealed, IDENTITY)
    seal(candidate("c"), sealed, IDENTITY)
    assert current(sealed) == first.id
    assert len(builds(sealed)) == 2


@pytest.mark.parametrize("moment", ["_describe", "identify", "_flush", "_move", "write_json"])
def test_a_crash_at_any_moment_leaves_the_last_build_current_and_whole(
    candidate: Candidate, sealed: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """And the seal that is tried again afterwards succeeds."""
    first = seal(candidate("a"), sealed, IDENTITY)
    unsealed = candidate("b", persons="7")
    with monkeypatch.context() as patched:
        patched.setattr(room, moment, _crash)
        with pytest.raises(KeyboardInterrupt):
            seal(unsealed, sealed, IDENTITY)
    assert current(sealed) == first.id
    assert (first.folder / "person" / "data.parquet").is_file()
    again = seal(candidate("b", persons="7"), sealed, IDENTITY)
    assert current(sealed) == again.id


def test_a_crash_between_the_move_and_the_pointer_leaves_the_last_build_current(
    candidate: Candidate, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = seal(candidate("a"), sealed, IDENTITY)
    real = room.write_json

    def crash_at_pointer(path: Path, value: dict) -> None:
        return _crash() if path.name == "current.json" else real(path, value)

    with monkeypatch.context() as patched:
        patched.setattr(room, "write_json", crash_at_pointer)
        with pytest.raises(KeyboardInterrupt):
            seal(candidate("b", persons="7"), sealed, IDENTITY)
    assert current(sealed) == first.id
    again = seal(candidate("c", persons="7"), sealed, IDENTITY)
    assert (current(sealed), again.is_new) == (again.id, False)


def test_many_seals_of_one_partition_at_once_end_with_one_current_and_all_whole(
    candidate: Candidate, sealed: Path
) -> None:
    unsealed = [candidate(f"{number}", persons=str(number % 3)) for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: seal(one, sealed, IDENTITY), unsealed))
    assert builds(sealed) == sorted({f"build={build.id}" for build in found})
    assert len(builds(sealed)) == 3
    assert current(sealed) in {build.id for build in found}
    for build in found:
        names = {path.parent.name for path in build.folder.glob("*/data.parquet")}
        assert names == set(json.loads((build.folder / "build.json").read_text())["tables"])
    hidden = [path.name for path in sealed.iterdir() if path.name.startswith(".")]
    assert hidden == [".current.json.lock"]


def test_an_error_of_the_disk_is_not_mistaken_for_a_build_that_is_there(
    candidate: Candidate, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsealed = candidate("a")

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="another file system"):
        seal(unsealed, sealed, IDENTITY)
    assert (unsealed / "person" / "data.parquet").is_file()


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_pointer_remembers_the_build_that_readers_saw_before(candidate: Candidate, sealed: Path) -> None:
    """What a corrected delivery is compared with; sealing the same again does not lose it."""
    told = []
    for name, persons in (("a", "1\n2"), ("b", "1\n2\n3"), ("c", "1\n2\n3"), ("d", "1\n2")):
        build = seal(candidate(name, persons), sealed, IDENTITY)
        told.append((build.id, json.loads((sealed / "current.json").read_text()).get("before")))
    first, second = told[0][0], told[1][0]
    assert told == [(first, None), (second, first), (second, first), (first, second)]
