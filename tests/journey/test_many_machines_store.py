"""Runs on machines that share no folder: each has a home of its own, and what they build goes to a store."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH, deliver
from tests.journey.test_postgres import left_half_done, rows_of, runs_of, told_of, why
from tests.machines import machine, node_of, wait_for
from tests.servers.postgres import postgres_server
from tests.servers.redis import redis_server
from tests.servers.s3 import s3_server, use_new_store
from thin_assets.definitions import build_definitions
from thin_assets.instance.backfills import submit_backfill
from thin_assets.instance.config import open_instance
from thin_assets.instance.daemon import daemon
from thin_assets.jobs import partitioned_assets
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

COUNTRIES = ("GB", "FR", "DE")
PARTITIONS = [f"{country}|{MONTH}-01" for country in COUNTRIES]
NAMES = ("a", "b")
ROOMS = {"landing", "raw", "text"}


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The home of the daemon's machine; beside it two homes with the same keys and deliveries."""
    folder = tmp_path_factory.mktemp("machines")
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server())
        broker = stack.enter_context(redis_server())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        use_new_store(patch, stack.enter_context(s3_server()), folder)
        patch.setenv("THIN_INSTANCE_POSTGRES_URL", postgres.create("machines"))
        patch.setenv("THIN_LAUNCHER", "celery")
        patch.setenv("THIN_CELERY_BROKER", broker.url())
        home = folder / "head"
        patch.setenv("THIN_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        for country in COUNTRIES:
            deliver(home, country, patients="40")
        thin_assets(home, "doctor", "--fix")
        for name in NAMES:
            for part in ("secrets", "deliveries"):
                shutil.copytree(home / part, folder / name / part)
            stack.enter_context(machine(folder / name, name))
        yield Settings.load()


def raw_of(home: Path) -> set[str]:
    """Partitions whose raw tables lie in a home."""
    found = (path.parent for path in home.glob("lake/raw/*/country=*/snapshot=*/*.parquet"))
    return {f"{path.parent.name[-2:]}|{path.name.removeprefix('snapshot=')}" for path in found}


def test_what_machines_built_at_once_is_seen_by_all(head: Settings) -> None:
    """Three partitions on two machines: each has what it built, and a home that built none fetches all."""
    graph = build_definitions(head).resolve_asset_graph()
    assets = [key for key in partitioned_assets(graph) if key.path[0] in ROOMS]
    with open_instance(head) as instance, daemon(head, instance):
        backfill = submit_backfill(instance, graph, assets, PARTITIONS)
        wait_for(lambda: instance.get_backfill(backfill).status.value.startswith("COMPLETED"), "the backfill")
        runs = runs_of(instance, backfill)
        failures = {run.run_id: why(instance, run) for of in runs.values() for run in of}

    assert {key: [run.status.value for run in of] for key, of in runs.items()} == dict.fromkeys(
        PARTITIONS, ["SUCCESS"]
    ), failures
    built = {name: {key for key, (run,) in runs.items() if node_of(run) == name} for name in NAMES}
    assert all(built.values()), built
    assert {name: raw_of(head.home.with_name(name)) for name in NAMES} == built
    assert raw_of(head.home) == set()

    fetch = ("--countries", ",".join(COUNTRIES), "--snapshots", MONTH, "--with-raw")
    thin_assets(head.home, "store", "fetch", *fetch)
    told = json.loads(thin_assets(head.home, "status", "--json").stdout)
    assert {row["partition"]: row["store"] for row in told} == dict.fromkeys(PARTITIONS, "in step")
    for key in PARTITIONS:
        assert sum(rows_of(head, key)) == told_of(head, key) > 0
    for home in (head.home, *(head.home.with_name(name) for name in NAMES)):
        assert left_half_done(home) == []
