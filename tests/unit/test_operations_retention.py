"""What goes and what stays: builds, raw tables, vocabularies and half-done things, asked anew before each."""

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from typer.testing import CliRunner

from tests.products import HAND
from thin_assets.cli import app
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.instance.config import open_instance
from thin_assets.operations.retention import carry_out as hand
from thin_assets.operations.retention.carry_out import carry_out, marks
from thin_assets.operations.retention.needs import needs
from thin_assets.operations.retention.plan import REMOVED, Ground, Needs, Removal, plan
from thin_assets.operations.retention.policy import Policy
from thin_assets.published.record import audit
from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
GB = Snapshot.named("GB", "2024-03")
NOBODY = Needs({}, {}, is_idle=True)
POLICY = Policy.load()


def policy(**parts: dict) -> Policy:
    """The project's policy with other numbers."""
    return Policy.model_validate(POLICY.model_dump() | parts)


def aged(path: Path, days: float) -> Path:
    """A file or folder, and what is in it, last changed so many days before now."""
    when = NOW.timestamp() - days * 86_400
    for one in (*path.rglob("*"), path):
        os.utime(one, (when, when))
    return path


def ground(home: Path, needed: Needs = NOBODY, rules: Policy = POLICY) -> Ground:
    return Ground(home, rules, needed, NOW)


def build(home: Path, name: str, days: float, *, snapshot: Snapshot = GB, vocabulary: str = "v1") -> Path:
    """A sealed build that was made so many days before now; the last one made is current."""
    folder = Lake(home=str(home)).build_folder(snapshot, name)
    (folder / "person").mkdir(parents=True)
    (folder / "person" / "data.parquet").write_bytes(b"x" * 1000)
    write_json(
        folder / "build.json", {"build": name, "identity": {"delivery": name, "vocabulary": vocabulary}}
    )
    write_json(folder.parent / "current.json", {"build": name})
    return aged(folder, days)


def raw(home: Path, snapshot: Snapshot, delivery: str) -> Path:
    """Two raw tables that were made from a delivery."""
    lake = Lake(home=str(home))
    for table in ("patient", "medical"):
        file = lake.file("raw", table, snapshot)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 10)
    lake.report("raw", snapshot, {"delivery": delivery})
    return lake.root / "raw"


def paths(found: Iterable[Removal], home: Path) -> list[tuple[str, str]]:
    return [(one.kind, one.path.relative_to(home / "lake").as_posix()) for one in found]


def tidy(at: Ground, needed: Needs | None = None) -> list[bool]:
    """Carry the whole plan out."""
    done = marks(at.home)
    return [carry_out(one, at, HAND, lambda: needed or at.needs, done) for one in plan(at)]


def thrown_away(home: Path) -> list[dict]:
    return [one for one in audit.entries(home) if one["event"] == hand.THROWN_AWAY]


def test_current_and_one_earlier_build_stay_by_default(tmp_path: Path) -> None:
    for number, days in ((1, 40), (2, 30), (3, 20)):
        build(tmp_path, f"b{number}", days)
    assert paths(plan(ground(tmp_path)), tmp_path) == [
        ("build", "cdm/country=GB/snapshot=2024-03-01/build=b1")
    ]


def test_a_build_that_is_current_stays_however_old_it_is(tmp_path: Path) -> None:
    build(tmp_path, "new", 1)
    build(tmp_path, "put back", 400)
    rules = policy(builds={"earlier": 0})
    (found,) = plan(ground(tmp_path, rules=rules))
    assert (found.build, found.partition) == ("new", GB.key)
    assert found.bytes == 1000 + (found.path / "build.json").stat().st_size


def test_what_a_release_names_and_what_a_run_works_on_stays(tmp_path: Path) -> None:
    build(tmp_path, "b1", 2)
    build(tmp_path, "b2", 1)
    rules = policy(builds={"earlier": 0})
    named = Needs({"b1": "release lung_cancer_features 2024Q1"}, {}, is_idle=True)
    busy = Needs({}, {GB: "a run"}, is_idle=False)
    assert [plan(ground(tmp_path, one, rules)) for one in (named, busy)] == [[], []]
    assert [one.build for one in plan(ground(tmp_path, NOBODY, rules))] == ["b1"]


def test_the_build_that_the_pointer_names_as_the_one_before_stays(tmp_path: Path) -> None:
    for number, days in ((1, 40), (2, 30), (3, 20)):
        build(tmp_path, f"b{number}", days)
    write_json(Lake(home=str(tmp_path)).sealed(GB) / "current.json", {"build": "b3", "before": "b1"})
    found = plan(ground(tmp_path, rules=policy(builds={"earlier": 0})))
    assert [one.build for one in found] == ["b2"]


def test_without_a_current_build_nothing_of_a_partition_goes(tmp_path: Path) -> None:
    for name in ("b1", "b2", "b3"):
        build(tmp_path, name, 90)
    (Lake(home=str(tmp_path)).sealed(GB) / "current.json").unlink()
    assert plan(ground(tmp_path)) == []


def test_removing_leaves_a_line_with_what_and_why_and_nothing_on_the_disk(tmp_path: Path) -> None:
    build(tmp_path, "b1", 40)
    build(tmp_path, "b2", 30)
    at = ground(tmp_path, rules=policy(builds={"earlier": 0}))
    assert tidy(at) == [True]
    (line,) = thrown_away(tmp_path)
    assert (line["partition"], line["build"], line["who"]) == (GB.key, "b1", HAND.who)
    assert line["counts"]["path"] == "lake/cdm/country=GB/snapshot=2024-03-01/build=b1"
    assert "no release names it" in line["reason"]
    left = [path.name for path in Lake(home=str(tmp_path)).sealed(GB).iterdir() if path.is_dir()]
    assert left == ["build=b2"]
    assert audit.verify(tmp_path) == 1
    assert plan(at) == []


def test_what_has_become_current_since_the_plan_stays(tmp_path: Path) -> None:
    build(tmp_path, "b1", 40)
    build(tmp_path, "b2", 30)
    at = ground(tmp_path, rules=policy(builds={"earlier": 0}))
    (found,) = plan(at)
    write_json(found.path.parent / "current.json", {"build": "b1"})
    assert not carry_out(found, at, HAND, lambda: NOBODY, set())
    assert found.path.is_dir()
    assert thrown_away(tmp_path) == []


def test_a_run_that_began_since_the_plan_keeps_its_partition(tmp_path: Path) -> None:
    build(tmp_path, "b1", 40)
    build(tmp_path, "b2", 30)
    at = ground(tmp_path, rules=policy(builds={"earlier": 0}))
    assert tidy(at, Needs({}, {GB: "a run"}, is_idle=False)) == [False]
    assert (Lake(home=str(tmp_path)).build_folder(GB, "b1") / "person").is_dir()


@pytest.mark.parametrize("killed_in", ["record", "remove_tree"])
def test_a_tidying_that_was_killed_is_ended_by_the_next_and_written_down_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    build(tmp_path, "b1", 40)
    build(tmp_path, "b2", 30)
    at = ground(tmp_path, rules=policy(builds={"earlier": 0}))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(audit if killed_in == "record" else hand, killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            tidy(at)
    (aside,) = Lake(home=str(tmp_path)).sealed(GB).glob(f"{REMOVED}*")
    assert (aside / "person").is_dir()
    assert tidy(at) == [True]
    assert not aside.exists()
    assert len(thrown_away(tmp_path)) == 1
    assert read_json(aside.parent / "current.json") == {"build": "b2"}


def test_raw_stays_as_long_as_a_build_stands_on_it_unless_months_are_told(tmp_path: Path) -> None:
    old, new = Snapshot.named("GB", "2023-12"), GB
    for snapshot in (old, new):
        build(tmp_path, f"d{snapshot.folder}", 1, snapshot=snapshot)
        raw(tmp_path, snapshot, f"d{snapshot.folder}")
    assert plan(ground(tmp_path)) == []
    rules = policy(raw={"months": 3})
    assert paths(plan(ground(tmp_path, rules=rules)), tmp_path) == [
        ("raw", f"raw/{table}/country=GB/snapshot=2023-12-01") for table in ("medical", "patient")
    ]
    assert plan(ground(tmp_path, rules=policy(raw={"months": 4}))) == []


def test_raw_that_no_build_was_made_from_is_work_to_be_done_and_stays(tmp_path: Path) -> None:
    raw(tmp_path, Snapshot.named("GB", "2023-01"), "refused")
    build(tmp_path, "other", 1, snapshot=Snapshot.named("GB", "2023-01"))
    raw(tmp_path, GB, "new")
    assert plan(ground(tmp_path, rules=policy(raw={"months": 1}))) == []


def test_a_candidate_that_a_pointer_names_waits_and_others_go_when_they_are_old(tmp_path: Path) -> None:
    lake = Lake(home=str(tmp_path))
    folder = lake.candidates(GB)
    for name, days in (("named", 90), ("old", 15), ("young", 13)):
        (folder / f"candidate={name}").mkdir(parents=True)
        aged(folder / f"candidate={name}", days)
    write_json(folder / "candidate.json", {"candidate": "candidate=named", "identity": {}})
    assert paths(plan(ground(tmp_path)), tmp_path) == [
        ("candidate", "omop/country=GB/snapshot=2024-03-01/candidate=old")
    ]


def test_vocabularies_of_builds_that_stay_stay(tmp_path: Path) -> None:
    versions = Lake(home=str(tmp_path)).vocabulary_versions
    for name in ("current", "of earlier", "of gone", "of none", "young"):
        (versions / f"version={name}").mkdir(parents=True)
        aged(versions / f"version={name}", 5 if name == "young" else 100)
    write_json(versions / "current.json", {"version": "current"})
    build(tmp_path, "b1", 3, vocabulary="of gone")
    build(tmp_path, "b2", 2, vocabulary="of earlier")
    build(tmp_path, "b3", 1, vocabulary="current")
    at = ground(tmp_path)
    assert paths(plan(at), tmp_path)[1:] == [
        ("vocabulary", "vocabulary/version=of gone"),
        ("vocabulary", "vocabulary/version=of none"),
    ]
    assert tidy(at) == [True, True, True]
    assert sorted(path.name for path in versions.glob("version=*")) == [
        "version=current",
        "version=of earlier",
        "version=young",
    ]


def test_no_vocabulary_and_nothing_half_done_goes_while_any_run_works(tmp_path: Path) -> None:
    lake = Lake(home=str(tmp_path))
    (lake.vocabulary_versions / "version=unused").mkdir(parents=True)
    aged(lake.vocabulary_versions / "version=unused", 100)
    half = lake.root / "features" / ".data.parquet.0a1b2c3d"
    half.parent.mkdir()
    half.touch()
    spilled, unnamed = tmp_path / "spill" / "dbt-x", tmp_path / "published" / "x" / ".v1.0a1b2c3d"
    for folder in (spilled, unnamed):
        folder.mkdir(parents=True)
    for path in (half, spilled, unnamed):
        aged(path, 3)
    lock = lake.root / "features" / ".data.parquet.lock"
    lock.touch()
    aged(lock, 300)
    busy = Needs({}, {Snapshot.named("FR", "2024-01"): "a run"}, is_idle=False)
    assert plan(ground(tmp_path, busy)) == []
    found = plan(ground(tmp_path))
    assert [one.path for one in found if one.kind == "leftover"] == [
        *(half, unnamed, spilled),
    ]
    assert tidy(ground(tmp_path)) == [True, True, True, True]
    assert lock.exists()
    assert not any(path.exists() for path in (half, unnamed, spilled))


def test_a_home_may_lie_in_a_hidden_folder(tmp_path: Path) -> None:
    half = tmp_path / ".data" / "home" / "lake" / "features" / ".data.parquet.0a1b2c3d"
    half.parent.mkdir(parents=True)
    half.touch()
    aged(half, 3)
    assert [one.path for one in plan(ground(half.parents[2]))] == [half]


def test_runs_that_wait_or_work_are_needs(tmp_path: Path) -> None:
    with dg.instance_for_test() as instance:
        for status, month in (("SUCCESS", "01"), ("STARTED", "02"), ("NOT_STARTED", "03"), ("FAILURE", "04")):
            create_run_for_test(
                instance,
                status=dg.DagsterRunStatus(status),
                tags={"dagster/partition": f"GB|2024-{month}-01"},
            )
        found = needs(tmp_path, {}, instance)
    assert sorted(one.key for one in found.busy) == ["GB|2024-02-01", "GB|2024-03-01"]
    assert not found.is_idle


def test_a_policy_that_cannot_be_read_names_what_is_wrong(tmp_path: Path) -> None:
    own = tmp_path / "policy.yaml"
    own.write_text("builds: {earlier: -1}\nraw: {months: 3}\n")
    with pytest.raises(SettingsError, match=r"builds\.earlier.*candidates"):
        Policy.load(own)
    with pytest.raises(SettingsError, match="FileNotFoundError"):
        Policy.load(tmp_path / "none.yaml")


def test_the_command_shows_first_removes_when_asked_and_leaves_alone_what_runs_work_on(
    tmp_path: Path,
) -> None:
    french = Snapshot.named("FR", "2024-03")
    for snapshot in (GB, french):
        for number, days in ((1, 40), (2, 30), (3, 20)):
            build(tmp_path, f"{snapshot.country}{number}", days, snapshot=snapshot)
    with open_instance(Settings(home=tmp_path)) as instance:
        tags = {"dagster/partition": french.key}
        create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags=tags)

    def shown(*options: str) -> str:
        runner = CliRunner(env={"COLUMNS": "160", "NO_COLOR": "1"})
        return runner.invoke(app, ["--home", str(tmp_path), "tidy", *options]).stdout

    dry = shown()
    assert "May go" in dry and "GB|2024-03-01" in dry and "nothing was removed" in dry
    assert "left alone, because runs work on them: FR|2024-03-01" in dry
    assert len(list((tmp_path / "lake/cdm").glob("*/*/build=*"))) == 6
    assert "Removed" in shown("--apply")
    left = {path.name for path in (tmp_path / "lake/cdm").glob("*/*/build=*")}
    assert left == {f"build={name}" for name in ("GB2", "GB3", "FR1", "FR2", "FR3")}
    assert "nothing may go" in shown()
