"""Many publishers and one reader at the same moment, and a publisher that is killed: real processes."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.products import LUNG, publish
from thin_assets import read_published
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import BEGUN, PUBLISHED, entries, verify
from thin_assets.published.writing.commits import commits, partitions
from thin_assets.resources.files import read_json

pytestmark = pytest.mark.journey

ENTRIES, ROUNDS = 2_000, 3
MONTH = "2024-03-01"


def rows_of(build: str) -> int:
    """Every build has another number of rows, so that a mix of two has a number of its own."""
    return ENTRIES + int(build.removeprefix("b"))


def publish_rounds(home: str, country: str, start: float) -> list[int]:
    time.sleep(max(0.0, start - time.time()))
    builds = [f"b{number}" for number in range(1, ROUNDS + 1)]
    key = f"{country}|{MONTH}"
    return [publish(Path(home), key, rows_of(build), build=build).version for build in builds]


def read_on(home: str, stop: Event, found: "multiprocessing.Queue") -> None:
    """Read the whole table again and again; every partition that is not whole is a finding."""
    table, looks, broken = Shelf(Path(home), LUNG).table, 0, []
    while not stop.is_set() or not looks:
        if table.joinpath("_delta_log", f"{1:020}.json").is_file():
            seen = read_published(LUNG.name, home=home).group_by("country", "build").len()
            looks += 1
            broken += [row for row in seen.iter_rows() if row[2] != rows_of(row[1])]
            broken += seen.get_column("country").filter(seen.get_column("country").is_duplicated()).to_list()
    found.put((looks, broken))


def test_seven_countries_at_once_lose_nothing_and_a_reader_sees_whole_partitions_only(
    tmp_path: Path,
) -> None:
    """Three rounds of seven countries into a table that is not there yet."""
    spawn = multiprocessing.get_context("spawn")
    stop, found = spawn.Event(), spawn.Queue()
    reader = spawn.Process(target=read_on, args=(str(tmp_path), stop, found))
    reader.start()
    with spawn.Pool(len(COUNTRIES)) as pool:
        start = time.time() + 8
        versions = pool.starmap(publish_rounds, [(str(tmp_path), country, start) for country in COUNTRIES])
    stop.set()
    looks, broken = found.get(timeout=60)
    reader.join()
    table = Shelf(tmp_path, LUNG).table
    made = {commit.version: commit.snapshot.country for commit in commits(table)}
    told = {version: country for country, of in zip(COUNTRIES, versions, strict=True) for version in of}
    assert (broken, looks > 0) == ([], True)
    assert told == made
    assert sorted(made) == list(range(1, ROUNDS * len(COUNTRIES) + 1))
    assert {one.build for one in partitions(table).values()} == {f"b{ROUNDS}"}
    published = [line for line in entries(tmp_path) if line["event"] == PUBLISHED]
    assert {line["counts"]["version"] for line in published} == set(made)
    assert len(entries(tmp_path)) == verify(tmp_path) == 2 * len(made)
    for snapshot, commit in partitions(table).items():
        assert read_json(Shelf(tmp_path, LUNG).facts(snapshot))["version"] == commit.version


VICTIM = """
import sys, time
from pathlib import Path
from tests.products import publish
print("ready", flush=True)
sys.stdin.readline()
publish(Path(sys.argv[1]), "GB|2024-03-01", int(sys.argv[2]), build=sys.argv[3])
print("done", flush=True)
"""


def start_victim(home: Path, build: str) -> subprocess.Popen:
    """A publisher that has imported everything and waits for a line to begin."""
    return subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(home), str(rows_of(build) * 20), build],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.fault("publisher killed")
def test_a_publisher_that_is_killed_leaves_the_old_or_the_new_and_nobody_else_notices(
    tmp_path: Path,
) -> None:
    """Killed at six moments drawn at random within the time that it takes, while France publishes."""
    publish(tmp_path, f"GB|{MONTH}", 20 * rows_of("b0"), build="b0")
    begun = time.monotonic()
    publish(tmp_path, f"GB|{MONTH}", 20 * rows_of("b0"), build="b0")
    takes, moments = time.monotonic() - begun, random.Random(20240301)
    killed, standing = 0, "b0"
    for number in range(1, 7):
        build = f"b{number}"
        victim = start_victim(tmp_path, build)
        assert victim.stdout.readline() == "ready\n"
        with ThreadPoolExecutor() as meanwhile:
            france = meanwhile.submit(publish, tmp_path, f"FR|{MONTH}", rows_of(build), build=build)
            victim.stdin.write("go\n")
            victim.stdin.flush()
            time.sleep(moments.uniform(0, takes))
            victim.send_signal(signal.SIGKILL)
            killed += victim.wait() == -signal.SIGKILL
            france.result()
        seen = dict(_sizes(tmp_path))
        assert seen["FR"] == (build, rows_of(build))
        assert seen["GB"] in {(one, 20 * rows_of(one)) for one in (standing, build)}
        standing = seen["GB"][0]
    assert killed >= 3  # else none was in the middle of it
    again = publish(tmp_path, f"GB|{MONTH}", rows_of("b9"), build="b9")
    assert dict(_sizes(tmp_path))["GB"] == ("b9", rows_of("b9"))
    facts = read_json(Shelf(tmp_path, LUNG).facts(Snapshot.of(f"GB|{MONTH}")))
    assert (facts["build"], facts["version"]) == ("b9", again.version)
    assert verify(tmp_path) == len(entries(tmp_path))
    lines = {(one["partition"], one["build"], one["event"]) for one in entries(tmp_path)}
    assert {(f"FR|{MONTH}", f"b{number}", PUBLISHED) for number in range(1, 7)} < lines
    committed = {
        (commit.snapshot.key, commit.build, BEGUN) for commit in commits(Shelf(tmp_path, LUNG).table)
    }
    assert committed <= lines  # even those whose writer did not live to say that it was done


def _sizes(home: Path) -> list[tuple[str, tuple[str, int]]]:
    """Build and rows of each country; a country with two builds is a mix, and is there twice."""
    found = read_published(LUNG.name, home=home).group_by("country", "build").len()
    sizes = [(country, (build, rows)) for country, build, rows in found.iter_rows()]
    assert len(sizes) == len({country for country, _ in sizes})
    return sizes
