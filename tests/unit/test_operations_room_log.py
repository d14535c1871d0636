"""Every room of every run leaves a line: what it counted, what it cost, what stopped it."""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingFiles
from thin_assets.instance.config import open_instance
from thin_assets.operations import measure
from thin_assets.operations.measure import Meter, Usage, highest_peak
from thin_assets.operations.room_lines import room_of
from thin_assets.operations.room_log import append, read, room_log
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

MARCH = Snapshot.named("GB", "2024-03")
PLANTED = "Marjorie Featherstonehaugh"
MEGABYTE = 2**20


@dg.asset(key=["raw", "patient"], partitions_def=GRID)
def raw_patient(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Spends memory, and a child's time; reports as the room does."""
    home = context.instance.root_directory
    lake = Lake(home=str(Path(home).parent))
    lake.report("raw", MARCH, {"delivery": "d", "delivered": 10, "accepted": 7, "rejected": 3})
    bytearray(64 * MEGABYTE)
    subprocess.run([sys.executable, "-S", "-c", "sum(range(3_000_000))"], check=True)
    return dg.MaterializeResult(metadata={"dagster/row_count": 7})


@dg.asset(key=["landing", "inspection"], partitions_def=GRID)
def refused() -> None:
    raise MissingFiles(f"no file of {PLANTED}", where="landing", remedy="ask again")


@dg.asset(key=["landing", "broken"], partitions_def=GRID)
def broken() -> None:
    raise ValueError(PLANTED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def run(settings: Settings, *assets: dg.AssetsDefinition, succeeds: bool = True) -> list[dict]:
    """Lines after one run of the assets for the partition."""
    with open_instance(settings) as instance:
        done = dg.materialize(list(assets), instance=instance, partition_key=MARCH.key, raise_on_error=False)
    assert done.success is succeeds
    return list(read(settings.home))


def test_a_room_that_was_built_says_what_it_counted_and_what_it_cost(settings: Settings) -> None:
    (line,) = run(settings, raw_patient)
    told = ("partition", "room", "outcome", "steps", "rows_in", "rows_out", "rejected", "error")
    assert {name: line[name] for name in told} == {
        "partition": "GB|2024-03-01",
        "room": "raw",
        "outcome": "built",
        "steps": 1,
        "rows_in": 10,
        "rows_out": 7,
        "rejected": 3,
        "error": None,
    }
    assert line["cpu_seconds"] > 0
    assert line["seconds"] > 0
    assert line["peak_bytes"] > 64 * MEGABYTE
    assert line["child_peak_bytes"] > MEGABYTE
    assert line["written_bytes"] > 100


@pytest.mark.parametrize(
    ("asset", "error", "code"), [(refused, "MissingFiles", 21), (broken, "ValueError", None)]
)
def test_a_room_that_failed_names_the_class_of_the_error_and_nothing_it_says(
    settings: Settings, asset: dg.AssetsDefinition, error: str, code: int | None
) -> None:
    (line,) = run(settings, asset, succeeds=False)
    assert (line["room"], line["outcome"], line["error"], line["exit_code"]) == (
        "landing",
        "failed",
        error,
        code,
    )
    assert line["failed_step"] == asset.op.name
    assert PLANTED not in room_log(settings.home).read_text()


def test_every_room_of_a_run_has_one_line(settings: Settings) -> None:
    lines = run(settings, refused, raw_patient, succeeds=False)
    assert sorted((line["room"], line["outcome"]) for line in lines) == [
        ("landing", "failed"),
        ("raw", "built"),
    ]
    assert len({line["run"] for line in lines}) == 1


@pytest.mark.parametrize(
    ("step", "keys", "trace", "room"),
    [
        ("features__lung_cancer", [], [], "features"),
        ("raw", [], [], "raw"),
        ("profile", ["evidence"], [], "evidence"),
        ("profile", [], ['  File "/x/thin_assets/evidence/profile_assets.py", line 3'], "evidence"),
        ("profile", [], ["  File somewhere"], "profile"),
    ],
)
def test_the_room_of_a_step(step: str, keys: list[str], trace: list[str], room: str) -> None:
    assert room_of(step, keys, trace) == room


def test_a_full_log_makes_room_and_keeps_older_lines(tmp_path: Path) -> None:
    for number in range(60):
        append(tmp_path, [{"number": number, "text": "x" * 80}], most_bytes=1000)
    kept = [line["number"] for line in read(tmp_path)]
    assert kept == list(range(kept[0], 60))
    assert 40 <= len(kept) < 60
    assert room_log(tmp_path).stat().st_size <= 1000


def test_half_a_line_is_not_read(tmp_path: Path) -> None:
    append(tmp_path, [{"a": 1}])
    with room_log(tmp_path).open("a") as file:
        file.write('{"a": ')
    assert list(read(tmp_path)) == [{"a": 1}]


def test_lines_of_processes_that_write_at_once_are_all_there_and_whole(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from thin_assets.operations.room_log import append\n"
        "[append(Path(sys.argv[1]), [{'who': sys.argv[2], 'n': n}], 2000) for n in range(50)]"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who]) for who in "abc"]
    assert [one.wait(timeout=120) for one in writers] == [0, 0, 0]
    files = room_log(tmp_path).parent.glob("rooms*.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len(lines) == 150


def kernel_forgets_peaks() -> bool:
    """Whether a process may begin its peak anew, asked of a process of its own; some sandboxes refuse."""
    code = (
        "import re; peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "bytearray(256 << 20); high = peak()\n"
        "open('/proc/self/clear_refs', 'w').write('5'); raise SystemExit(peak() > high - (128 << 10))"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_peak_is_that_of_the_stretch_where_the_system_lets_it_be_forgotten() -> None:
    bytearray(256 * MEGABYTE)
    high = Meter()
    bytearray(256 * MEGABYTE)
    before = high.stop().peak_bytes
    after = Meter().stop().peak_bytes
    if kernel_forgets_peaks():
        assert after < before - 128 * MEGABYTE
    else:
        assert after >= before
    assert highest_peak() >= before


def test_a_peak_that_cannot_be_forgotten_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "status").write_text("Name:\tpython\nVmHWM:\t    2048 kB\n")
    monkeypatch.setattr(measure, "_PROC", tmp_path)
    (tmp_path / "clear_refs").mkdir()
    assert Meter().stop().peak_bytes == 2 * MEGABYTE


def test_the_peak_is_asked_to_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_PROC", tmp_path)
    Meter()
    assert (tmp_path / "clear_refs").read_text() == "5"


def test_stretches_add_up_and_the_higher_peak_counts() -> None:
    both = Usage(1, 2, 30, 0, 5) + Usage(1, 1, 20, 7, None)
    assert both == Usage(2, 3, 30, 7, 5)
