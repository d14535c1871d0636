"""Two homes, two machines as it were, share a lake in a store of objects: real processes, a server of S3."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.conftest import ROOT, thin_assets
from tests.journey.conftest import MONTH, deliver
from tests.products import LUNG
from tests.servers.s3 import opened, options_of, s3_server, use_new_store
from thin_assets import published_files, read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import Recalled, StoreMoved
from thin_assets.instance.config import prepare_instance
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import PUBLISHED, entries, verify
from thin_assets.published.writing.commits import commits
from thin_assets.resources import units
from thin_assets.resources.extensions import let_read
from thin_assets.resources.files import read_json
from thin_assets.resources.lake import Lake
from thin_assets.resources.shared import WorkingCopy
from thin_assets.resources.sharing import pull_partition
from thin_assets.resources.store import Store, shared_store
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

GB = Snapshot.named("GB", MONTH)
PARTITION = ("--country", "GB", "--snapshot", MONTH)
POINTER = units.partition(GB).pointer
PATIENTS = "40"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def lake(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, Path]]:
    """A home that built a partition up to the seal and put it; the address and the options of its store."""
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as environment:
        address, options = use_new_store(environment, server, folder)
        deliver(folder / "a", "GB", patients=PATIENTS)
        thin_assets(folder / "a", "doctor", "--fix")
        thin_assets(folder / "a", "run", *PARTITION, "--until", "validated")
        yield folder / "a", address, options


@pytest.fixture
def store(lake: tuple[Path, str, Path]) -> Store:
    return opened(*lake[1:])


def another(home: Path, folder: Path) -> Path:
    """A home with the same keys, and nothing else."""
    shutil.copytree(home / "secrets", folder / "secrets")
    return folder


def digests(folder: Path, pattern: str) -> dict[str, str]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.glob(pattern) if path.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(found.items())}


def test_another_machine_goes_on_from_the_sealed_build(lake: tuple[Path, str, Path], tmp_path: Path) -> None:
    """From nothing but keys and the store, Dagster there derives what the first machine does, to the byte."""
    home, address, options = lake
    b = another(home, tmp_path / "b")
    (row,) = json.loads(thin_assets(b, "status", "--json").stdout)
    assert (row["partition"], row["store"], row["build"]) == (GB.key, "behind", None)
    thin_assets(b, "store", "fetch", "--countries", "GB", "--snapshots", MONTH)
    build = Lake(home=str(b)).current_build(GB)
    assert digests(b, "lake/cdm/**/*.parquet") == digests(home, "lake/cdm/**/*.parquet")
    assert not (b / "lake" / "raw").exists()
    materialise(b, 'group:"evidence"')
    thin_assets(home, "run", *PARTITION, "--since", "evidence", "--until", "evidence")
    rooms = "lake/[elrv][evaou]*/**/*.*"  # evidence, reports, raw, validated, vocabulary
    derived = digests(b, "lake/evidence/**/*.parquet")
    assert len(derived) > 3
    assert derived == digests(home, "lake/evidence/**/*.parquet")
    for one in (home, b):
        (row,) = json.loads(thin_assets(one, "status", "--json").stdout)
        assert (row["store"], row["rooms"]["evidence"], row["build"]) == ("in step", "built", build.name[6:])
    assert digests(b, rooms) == digests(home, rooms)
    assert "ok   the store refuses the second of two writers" in thin_assets(b, "doctor").stdout


def materialise(home: Path, selection: str) -> None:
    """What the Dagster UI would launch: a run in a process of its own, by the executor of the definitions."""
    command = [str(Path(sys.executable).with_name("dagster")), "asset", "materialize"]
    command += ["-m", "thin_assets.definitions", "--select", selection, "--partition", GB.key]
    told = {"THIN_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    (home / "dagster").mkdir(mode=0o700)
    prepare_instance(Settings(home=home))
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False, timeout=580
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_sealed_tables_are_read_from_the_store_itself(lake: tuple[Path, str, Path], store: Store) -> None:
    """DuckDB follows the pointer as a home does: current.json, the build, its tables."""
    home, address, _ = lake
    con = duckdb.connect()
    let_read(con, store)
    (build,) = con.sql(f"select build from read_json('{address}/{POINTER}')").fetchone()
    folder = f"{address}/lake/cdm/{GB.partition_folder}/build={build}"
    here = Lake(home=str(home)).current_build(GB)
    for table in ("person", "measurement", "drug_exposure"):
        rows = con.sql(f"from read_parquet('{folder}/{table}/data.parquet', hive_partitioning = false)")
        assert rows.fetchall() == con.read_parquet(str(here / table / "data.parquet")).fetchall()
        assert len(rows) > 0


SEALER = """
import os, signal, sys
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ThinError
from thin_assets.resources.lake import Lake
from thin_assets.resources.sharing import shared_run
from thin_assets.resources.store import Store
from thin_assets.validated.seal import seal

import polars as pl

home, who, dies = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "dies"
snapshot, lake = Snapshot.named("FR", "2024-03"), Lake(home=str(home))
if dies:
    Store.replace = lambda *told: os.kill(os.getpid(), signal.SIGKILL)
try:
    with shared_run(home, snapshot.key, ["validated"]):
        print("began", flush=True)
        sys.stdin.readline()
        candidate = lake.candidates(snapshot) / "candidate=1"
        (candidate / "person").mkdir(parents=True)
        pl.DataFrame({"person_id": [1, 2], "who": who}).write_parquet(candidate / "person" / "data.parquet")
        seal(candidate, lake.sealed(snapshot), {"who": who, "vocabulary": "none"})
        lake.report("validated", snapshot, {"who": who})
except ThinError as error:
    print(type(error).__name__, error.remedy, flush=True)
    sys.exit(error.exit_code)
print("sealed", flush=True)
"""
"""A run that seals a build of its own: it says when it has fetched, and waits for a line to go on."""

FR = Snapshot.named("FR", MONTH)


def sealer(home: Path, who: str, *, dies: bool = False) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", SEALER, str(home), who, "dies" if dies else "lives"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "began\n"
    return process


def finish(*processes: subprocess.Popen) -> list[tuple[int, str]]:
    """Let them all go on at once; exit code and last words of each."""
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=300)[0] for process in processes]
    return [(process.returncode, text.strip()) for process, text in zip(processes, said, strict=True)]


def standing(folder: Path) -> tuple[str | None, list[str]]:
    """Whose build and whose report a home sees that begins with nothing."""
    pull_partition(WorkingCopy(folder, shared_store()), FR)
    pointer = read_json(folder / units.partition(FR).pointer)
    told = [read_json(path) for path in sorted(folder.glob(f"lake/cdm/{FR.partition_folder}/*/build.json"))]
    assert [f"build={pointer['build']}"] == [f"build={one['build']}" for one in told]
    return Lake(home=str(folder)).reported("validated", FR)["who"], [one["identity"]["who"] for one in told]


def test_of_two_homes_that_seal_one_partition_at_once_one_wins_and_one_is_told(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice: where nothing stood, and where both began from what stood. Then one is killed before the end."""
    address, options = use_new_store(monkeypatch, server, tmp_path)
    a, b = tmp_path / "a", tmp_path / "b"
    for number in (1, 2):
        names = f"a{number}", f"b{number}"
        ended = finish(sealer(a, names[0]), sealer(b, names[1]))
        assert sorted(code for code, _ in ended) == [0, StoreMoved.exit_code]
        (winner,) = (who for who, (code, _) in zip(names, ended, strict=True) if code == 0)
        (words,) = (text for code, text in ended if code)
        assert words.startswith("StoreMoved") and "run it again" in words
        assert standing(tmp_path / f"reader {number}") == (winner, [winner])
    objects = set(opened(address, options).listed(""))
    ((code, _),) = finish(sealer(a, "a3", dies=True))
    assert code == -signal.SIGKILL
    assert len(set(opened(address, options).listed("")) - objects) > 1  # its files are there ...
    assert standing(tmp_path / "reader 3") == (winner, [winner])  # ... and nobody sees them
    assert finish(sealer(b, "b4")) == [(0, "sealed")]
    assert standing(tmp_path / "reader 4") == ("b4", ["b4"])


PUBLISHER = """
import sys
from pathlib import Path

from tests.products import LUNG, REPORT, publish, publish_page
from thin_assets.resources.shared_products import published_together

home, country, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("began", flush=True)
sys.stdin.readline()
for number in range(1, rounds + 1):
    key, build = f"{country}|2024-03-01", f"b{number}"
    text = f"{country} {number}"
    done = published_together(home, "project", LUNG.name, lambda: publish(home, key, 50 + number, build))
    published_together(home, REPORT.zone, REPORT.name, lambda: publish_page(home, key, text, build))
    print(done.version, flush=True)
"""
"""A machine that publishes a table and a page of a country again and again."""


def publisher(home: Path, country: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(home), country, "3"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "began\n"
    return process


@pytest.fixture(scope="module")
def published(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, Path]]:
    """Three homes published three rounds each, at once, into a product that was not there."""
    folder = tmp_path_factory.mktemp("publishers")
    with pytest.MonkeyPatch.context() as environment:
        address, options = use_new_store(environment, server, folder)
        ended = finish(*(publisher(folder / country, country) for country in COUNTRIES))
        assert [code for code, _ in ended] == [0] * len(COUNTRIES)
        (folder / "versions.json").write_text(json.dumps([text.split() for _, text in ended]))
        yield folder, address, options


COUNTRIES, ROUNDS = ("GB", "FR", "DE"), 3


def test_homes_that_publish_at_once_lose_no_commit(published: tuple[Path, str, Path]) -> None:
    folder, address, options = published
    told = json.loads((folder / "versions.json").read_text())
    versions = sorted(int(one) for of in told for one in of)
    assert versions == list(range(1, len(COUNTRIES) * ROUNDS + 1))
    reader = folder / "reader"
    rows = read_published(LUNG.name, home=reader)
    sizes = dict(rows.group_by("country").len().iter_rows())
    assert sizes == dict.fromkeys(COUNTRIES, 50 + ROUNDS)
    made = {commit.version: commit.snapshot.country for commit in commits(Shelf(reader, LUNG).table)}
    assert made == {int(one): code for code, of in zip(COUNTRIES, told, strict=True) for one in of}
    for code, of in zip(COUNTRIES, told, strict=True):
        facts = read_json(Shelf(reader, LUNG).facts(Snapshot.named(code, MONTH)))
        assert (facts["version"], facts["build"]) == (int(of[-1]), f"b{ROUNDS}")
        page = published_files("cohort_report", country=code, snapshot=MONTH, home=reader)
        assert (page / "index.html").read_text() == f"{code} {ROUNDS}"


def test_every_home_has_a_record_of_its_own_and_it_is_whole(published: tuple[Path, str, Path]) -> None:
    folder, address, options = published
    store = opened(address, options)
    for code in COUNTRIES:
        name = read_json(folder / code / "store" / "home.json")["name"]
        there = store.read(f"audit/{name}/audit.jsonl").content
        assert there == (folder / code / "audit" / "audit.jsonl").read_bytes()
        copied = folder / f"record of {code}"
        (copied / "audit").mkdir(parents=True)
        for file in ("audit.jsonl", "audit.head.json"):
            (copied / "audit" / file).write_bytes(store.read(f"audit/{name}/{file}").content)
        events = [one["event"] for one in entries(copied)]
        assert verify(copied) == len(events) == 4 * ROUNDS
        assert events.count(PUBLISHED) == 2 * ROUNDS


@pytest.mark.parametrize("form", ["polars", "pandas", "duckdb"])
def test_a_reader_with_nothing_but_the_address_reads_what_is_published(
    form: str, published: tuple[Path, str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, address, _ = published
    monkeypatch.delenv("THIN_STORE")
    rows = read_published(LUNG.name, country="GB", home=address, as_=form)
    assert len(rows) == 50 + ROUNDS


def test_a_lake_moves_to_another_store_with_every_version(
    published: tuple[Path, str, Path], server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched whole into a home, it is read there without a store, and put elsewhere."""
    home, one = tmp_path / "home", ("--countries", "GB", "--snapshots", MONTH)
    thin_assets(home, "store", "fetch", *one, "--with-tables")
    before = {number: len(read_published(LUNG.name, home=home, version=number)) for number in (1, 9)}
    monkeypatch.delenv("THIN_STORE")
    here = {number: len(read_published(LUNG.name, home=home, version=number)) for number in (1, 9)}
    assert here == before == {1: before[1], 9: (50 + ROUNDS) * len(COUNTRIES)}
    use_new_store(monkeypatch, server, tmp_path)
    assert LUNG.name in thin_assets(home, "store", "put").stderr
    assert "nothing" in thin_assets(home, "store", "put").stderr
    assert len(read_published(LUNG.name, home=tmp_path / "another", version=1)) == before[1]
    page = published_files("cohort_report", country="FR", snapshot=MONTH, home=tmp_path / "another")
    assert (page / "index.html").read_text() == f"FR {ROUNDS}"


def test_nobody_is_taken_out_of_a_home_and_left_in_the_store(
    published: tuple[Path, str, Path], tmp_path: Path
) -> None:
    refused = thin_assets(tmp_path, "opt-out", "--country", "GB", "--file", "-", check=False)
    assert (refused.returncode, "somebody-opts-out" in refused.stderr) == (40, True)


def test_a_reader_from_the_store_is_told_of_a_recall(
    published: tuple[Path, str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one home takes back is refused to whoever reads the store, with the reason."""
    folder, address, _ = published
    told = json.loads((folder / "versions.json").read_text())
    last = {code: int(of[-1]) for code, of in zip(COUNTRIES, told, strict=True)}
    thin_assets(folder / "operator", "recall", LUNG.name, "--reason", "a unit", "--version", str(last["FR"]))
    monkeypatch.delenv("THIN_STORE")
    with pytest.raises(Recalled, match="a unit"):
        read_published(LUNG.name, country="FR", version=last["FR"], home=address)
    sizes = dict(read_published(LUNG.name, home=address).group_by("country").len().iter_rows())
    assert sizes == {"GB": 50 + ROUNDS, "DE": 50 + ROUNDS, "FR": 50 + ROUNDS - 1}


CONSUMER = ROOT / ".venv-consumer" / "bin" / "python"
PAGE = (ROOT / "docs" / "how-to" / "keep-the-lake-in-an-object-store.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_of_the_page_run_without_this_project(
    block: str, published: tuple[Path, str, Path], server: str, tmp_path: Path
) -> None:
    _, address, _ = published
    code = block.replace("s3://bucket/prefix", address) + "\nprint(len(table))"
    project = "thin_assets" in code
    command = [sys.executable, "-c", code] if project else [str(CONSUMER), "-I", "-c", code]
    told = options_of(server) | ({"PYTHONPATH": str(ROOT)} if project else {})
    done = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(50 + ROUNDS)]
