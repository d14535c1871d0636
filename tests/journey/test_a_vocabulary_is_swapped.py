"""Another vocabulary comes into use while a partition is half built: each build keeps its own."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH, deliver
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingVocabulary
from thin_assets.instance.config import QUIET, open_instance
from thin_assets.jobs import partitioned_assets
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings
from thin_assets.vocabulary import DEMO

pytestmark = pytest.mark.journey

BELGIUM = Snapshot.named("BE", MONTH)
AFTER_OMOP = ("validated", "cohorts", "features", "studies", "published")


def other_vocabulary(folder: Path) -> Path:
    """The demo bundle, but that every clinical concept is of domain Type Concept there."""
    shutil.copytree(DEMO, folder)
    concept = folder / "CONCEPT.csv"
    lines = [line.split("\t") for line in concept.read_text(encoding="utf-8").split("\n") if line]
    domain = lines[0].index("domain_id")
    for line in lines[1:]:
        line[domain] = "Type Concept"
    concept.write_text("\n".join("\t".join(line) for line in lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home whose candidate was made with one vocabulary before another came into use; and that one."""
    home = tmp_path_factory.mktemp("swapped") / "home"
    deliver(home, "BE", patients="60")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "run", "--country", "BE", "--snapshot", MONTH, "--until", "omop")
    before = Lake(home=str(home)).vocabulary_version()
    settings = Settings(home=home, vocabulary=other_vocabulary(home.parent / "bundle"))
    with open_instance(settings) as instance:
        build_definitions(settings).resolve_job_def("load_vocabulary").execute_in_process(
            instance=instance, run_config=QUIET
        )
        definitions = build_definitions(settings)
        keys = partitioned_assets(definitions.resolve_asset_graph())
        later = [key for key in keys if key.path[0] in AFTER_OMOP]
        definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, partition_key=BELGIUM.key, asset_selection=later, run_config=QUIET
        )
    return home, before


@pytest.mark.fault("vocabulary swapped")
def test_it_is_judged_and_read_with_the_one_it_was_made_with(
    swapped: tuple[Path, str], tmp_path: Path
) -> None:
    """Held against the one in use, every condition would be of the wrong domain."""
    home, before = swapped
    lake = Lake(home=str(home))
    build = lake.current_build(BELGIUM)
    identity = json.loads((build / "build.json").read_text(encoding="utf-8"))["identity"]
    assert (identity["vocabulary"], lake.vocabulary_version() != before) == (before, True)
    failed = lake.reported("validated", BELGIUM)["failed_checks"]
    assert [check for check in failed if check["check_name"] == "fkDomain"] == []
    assert lake.reported("published", BELGIUM)["build"] == build.name.partition("=")[2]


def test_what_is_exported_brings_its_own_vocabulary(swapped: tuple[Path, str], tmp_path: Path) -> None:
    home, _ = swapped
    out = tmp_path / "omop.duckdb"
    thin_assets(home, "export-duckdb", "--country", "BE", "--snapshot", MONTH, "--out", str(out))
    with duckdb.connect(str(out), read_only=True) as con:
        domains = con.sql("select count(distinct domain_id) from cdm.concept").fetchone()[0]
    assert domains > 1


def test_without_it_a_later_room_says_which_one_is_gone(swapped: tuple[Path, str], tmp_path: Path) -> None:
    home, before = swapped
    shutil.rmtree(Lake(home=str(home)).vocabulary(before))
    arguments = ("--country", "BE", "--snapshot", MONTH, "--out", str(tmp_path / "omop.duckdb"))
    done = thin_assets(home, "export-duckdb", *arguments, check=False)
    assert done.returncode == MissingVocabulary.exit_code
    assert before in done.stderr
