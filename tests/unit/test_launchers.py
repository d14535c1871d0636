"""Where runs are executed: which launcher is configured, and what the one of workers says of a run."""

import ast
import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.launcher.base import LaunchRunContext, WorkerStatus

from tests.conftest import ROOT, thin_assets
from tests.servers.redis import Redis, redis_server
from thin_assets.errors import BrokerUnreachable, SettingsError
from thin_assets.instance import broker as of_workers
from thin_assets.instance.broker import Sign, client
from thin_assets.instance.celery_launcher import NODE, CeleryRunLauncher
from thin_assets.instance.code import contents
from thin_assets.instance.config import configuration
from thin_assets.instance.launcher import WORKER
from thin_assets.instance.launchers import broker_url
from thin_assets.settings import Settings

POSTGRES = "postgresql://thin@db.internal:5432/dagster"
REDIS = "redis://broker.internal:6379/0"
KNOW_CELERY = {"broker.py", "celery_launcher.py", "celery_worker.py"}


def celery(monkeypatch: pytest.MonkeyPatch, home: Path, **values: object) -> Settings:
    """Settings of a home whose runs are for workers."""
    told = {"launcher": "celery", "celery_broker": REDIS, "instance_postgres_url": POSTGRES, "home": home}
    told |= values
    for name, value in told.items():
        if value is not None:
            monkeypatch.setenv(f"THIN_{name.upper()}", str(value))
    return Settings.load(home)


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Modules that a file imports, and whether it does so as it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        yield from ((name, node in tree.body) for name in names)


def test_nothing_but_what_is_for_workers_loads_celery() -> None:
    """Neither a run nor a command nor the daemon does, where runs are executed beside it."""
    files = list((ROOT / "thin_assets").rglob("*.py"))
    asks = {
        path.name for path in files for name, _ in imported(path) if name.split(".")[0] in {"celery", "redis"}
    }
    assert asks == KNOW_CELERY
    theirs = {f"thin_assets.instance.{Path(name).stem}" for name in KNOW_CELERY}
    load = {path.name for path in files for name, at_once in imported(path) if at_once and name in theirs}
    assert load <= KNOW_CELERY


def test_by_default_runs_start_warm_beside_the_daemon(tmp_path: Path) -> None:
    told = configuration(Settings(home=tmp_path))
    assert told["run_launcher"] == {"module": "thin_assets.instance.launcher", "class": "WarmRunLauncher"}
    assert told["run_monitoring"] == {
        "enabled": True,
        "start_timeout_seconds": 600,
        "cancel_timeout_seconds": 300,
        "max_runtime_seconds": 86400,
        "poll_interval_seconds": 10,
        "free_slots_after_run_end_seconds": 10,
    }


def test_workers_are_configured_without_address_or_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a run may wait for one longer than a process takes to start."""
    told = configuration(celery(monkeypatch, tmp_path, celery_broker="rediss://thin:hush@broker.internal"))
    assert told["run_launcher"]["class"] == "CeleryRunLauncher"
    assert told["run_monitoring"]["start_timeout_seconds"] == 3600
    assert not [word for word in ("hush", "broker.internal") if word in yaml.safe_dump(told)]


@pytest.mark.parametrize("address", [None, "amqp://u:hush@h", "hush", "redis://", "redis:///0"])
def test_a_broker_that_cannot_be_meant_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    with pytest.raises(SettingsError, match="address of a Redis") as told:
        configuration(celery(monkeypatch, tmp_path, celery_broker=address))
    assert told.value.where == "THIN_CELERY_BROKER"
    assert "hush" not in str(told.value)


def test_machines_cannot_share_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="SQLite"):
        configuration(celery(monkeypatch, tmp_path, instance_postgres_url=None))


def test_the_password_comes_from_a_file_whatever_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text("a/b@c:d\n")
    told = {"celery_broker": "redis://thin@h:6380/1", "celery_broker_password_file": file}
    assert broker_url(celery(monkeypatch, tmp_path, **told)) == "redis://thin:a%2Fb%40c%3Ad@h:6380/1"
    file.unlink()
    with pytest.raises(SettingsError, match="Redis's password cannot be read"):
        broker_url(Settings.load(tmp_path))


def test_a_certificate_is_looked_at_unless_somebody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery by itself takes any."""
    for told, meant in {
        "rediss://h/0": "rediss://h/0?ssl_cert_reqs=required",
        "rediss://h/0?ssl_ca_certs=/ca": "rediss://h/0?ssl_ca_certs=/ca&ssl_cert_reqs=required",
        "rediss://h/0?ssl_cert_reqs=none": "rediss://h/0?ssl_cert_reqs=none",
        "redis://h/0": "redis://h/0",
    }.items():
        assert broker_url(celery(monkeypatch, tmp_path, celery_broker=told)) == meant


def test_a_worker_that_would_get_no_run_does_not_start(tmp_path: Path) -> None:
    done = thin_assets(tmp_path, "worker", check=False)
    assert done.returncode == SettingsError.exit_code
    assert "THIN_LAUNCHER=celery" in done.stderr


def test_machines_agree_by_what_files_say_not_by_when_they_were_written(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    own = tmp_path / "cohorts" / "smokers.json"
    own.parent.mkdir()
    own.write_text("{}")
    before = contents(settings)
    os.utime(own, (0, 0))
    assert contents(settings) == before
    assert contents(Settings(home=tmp_path, cohorts=tmp_path / "none")) != before
    own.write_text("[]")
    assert contents(settings) != before


@pytest.fixture(scope="module")
def server() -> Iterator[Redis]:
    with redis_server() as running:
        yield running


@pytest.fixture
def settings(server: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    server.client().flushall()
    return celery(monkeypatch, tmp_path, celery_broker=server.url(), worker_silence=0.6)


def sign(settings: Settings, run_id: str = "a run") -> Sign:
    return Sign(client(settings), run_id, settings.worker_silence)


def test_of_two_processes_one_has_a_run(settings: Settings) -> None:
    assert sign(settings).claim("one@here")
    assert not sign(settings).claim("two@there")
    assert sign(settings, "another run").claim("two@there")


def test_a_sign_fades_when_nobody_gives_it_any_more(settings: Settings) -> None:
    assert sign(settings).claim("one@here")
    until = time.monotonic() + 60
    while sign(settings).is_there():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_sign_is_given_again_and_again_and_taken_away_at_the_end(settings: Settings, server: Redis) -> None:
    """A broker that lost it, as by a restart, is told again; one that is away stops nobody."""
    with sign(settings).kept("one@here"):
        for _ in range(2):
            server.client().flushall()
            until = time.monotonic() + 60
            while not sign(settings).is_there():
                assert time.monotonic() < until
                time.sleep(0.05)
    assert not sign(settings).is_there()
    server.stop()
    try:
        with sign(settings).kept("one@here"):
            time.sleep(0.3)
    finally:
        server.start()


def test_a_run_is_lost_after_its_silence_and_not_at_the_first_look(settings: Settings) -> None:
    launcher, run = CeleryRunLauncher(), dg.DagsterRun("any", run_id="a run", tags={NODE: "one@here"})
    assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    until = time.monotonic() + 60
    while (told := launcher.check_run_worker_health(run)).status is WorkerStatus.RUNNING:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert told.status is WorkerStatus.NOT_FOUND
    assert "no sign of this run from one@here" in told.msg
    assert "tried again" in told.msg


def test_a_run_that_no_worker_took_is_told_with_the_remedy(settings: Settings) -> None:
    told = CeleryRunLauncher().get_run_worker_debug_info(dg.DagsterRun("any"))
    assert "start `thin-assets worker` on more machines" in told


def test_a_run_of_a_command_elsewhere_is_left_alone(settings: Settings) -> None:
    run = dg.DagsterRun("any", tags={WORKER: "elsewhere:1:1"})
    assert CeleryRunLauncher().check_run_worker_health(run).status is WorkerStatus.RUNNING


def test_what_is_sent_is_an_id_and_a_digest(settings: Settings, server: Redis) -> None:
    of_workers.send(of_workers.application(settings), "the-id", "the-digest")
    (message,) = server.client().lrange(of_workers.QUEUE, 0, -1)
    told = yaml.safe_load(message)
    assert told["headers"]["argsrepr"] == "['the-id', 'the-digest']"
    assert told["content-type"] == "application/json"
    assert str(settings.home) not in message
    assert POSTGRES not in message


def test_a_broker_that_is_away_is_named_with_the_remedy_and_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    celery(monkeypatch, tmp_path, celery_broker="redis://:hush@127.0.0.1:1/0")
    monkeypatch.setattr(of_workers, "_SENT_AGAIN", {"max_retries": 1, "interval_start": 0})
    run = dg.DagsterRun("any", tags={NODE: "one@here"})
    launcher = CeleryRunLauncher()
    for ask in (
        lambda: launcher.launch_run(LaunchRunContext(run, None)),
        lambda: launcher.check_run_worker_health(run),
    ):
        with pytest.raises(BrokerUnreachable) as told:
            ask()
        assert told.value.where == "127.0.0.1:1"
        assert "start Redis" in told.value.remedy
        assert "hush" not in str(told.value)
