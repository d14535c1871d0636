"""What a worker's machine and its Redis are given: understood by systemd, hardened, and enough for Celery."""

import hashlib
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.conftest import ROOT
from tests.systemd import lay_out, require_small_exposure, units_laid_out, verified
from tests.waiting import free_port
from thin_assets.errors import BrokerUnreachable
from thin_assets.instance.broker import Sign, application, client, is_reachable, reaching, send
from thin_assets.settings import Settings

FOLDER = ROOT / "deploy" / "many-machines"
INSTALL = FOLDER / "install"
UNIT = (FOLDER / "systemd" / "thin-worker.service").read_text(encoding="utf-8")
REDIS = (FOLDER / "redis.conf").read_text(encoding="utf-8")
PASSWORD = "of a test"
PATIENCE_SECONDS = 60


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine as `deploy/many-machines/install` lays it out, with this environment's programs."""
    units_laid_out(INSTALL, tmp_path)
    return tmp_path


def test_systemd_understands_every_line(root: Path) -> None:
    assert verified(root / "etc" / "systemd" / "system") == ""


def test_its_exposure_is_small(root: Path) -> None:
    require_small_exposure(root, "thin-worker")


def test_it_waits_for_its_runs_and_is_started_again() -> None:
    """A run gets no signal of systemd's: only the worker does, and waits for it."""
    assert re.findall(r"^(KillMode|TimeoutStopSec|Restart)=(.+)$", UNIT, re.MULTILINE) == [
        ("KillMode", "mixed"),
        ("TimeoutStopSec", "12h"),
        ("Restart", "always"),
    ]


def test_every_setting_that_is_named_is_there(root: Path) -> None:
    """And none holds a password; the file of a machine that is laid out is not for everybody."""
    path = root / "etc" / "thin-assets" / "environment"
    told = dict(re.findall(r"^(\w+)=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    ours = {name.removeprefix("THIN_").lower() for name in told if name.startswith("THIN_")}
    assert len(ours) > 5
    assert ours - set(Settings.model_fields) == set()
    assert path.stat().st_mode & 0o777 == 0o640
    assert not [value for value in told.values() if re.search(r"://[^@/]*:[^@/]+@", value)]


def test_laying_it_out_again_keeps_what_an_operator_has_made(root: Path) -> None:
    theirs = [
        root / "etc" / "thin-assets" / "environment",
        root / "etc" / "systemd" / "system" / "thin-worker.service.d" / "network.conf",
    ]
    for path in theirs:
        path.write_text("changed", encoding="utf-8")
    lay_out(INSTALL, root)
    assert {path.read_text(encoding="utf-8") for path in theirs} == {"changed"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Redis by the file that is shipped, on loopback: the folder of its certificate, and its port."""
    folder = tmp_path_factory.mktemp("broker")
    port = free_port()
    for name in ("redis", "other"):
        certify(folder, name)
    (user,) = re.findall(r"`(user thin .+?)`", REDIS)
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    (folder / "users.acl").write_text(f"user default off\n{user.replace('<sha256>', digest)}\n")
    told = REDIS.replace("bind broker.internal", "bind 127.0.0.1").replace(
        "tls-port 6379", f"tls-port {port}"
    )
    told = told.replace("/etc/redis/tls/ca.crt", f"{folder}/redis.crt")
    told = told.replace("/etc/redis/tls", str(folder)).replace("/etc/redis", str(folder))
    (folder / "redis.conf").write_text(f"{told}dir {folder}\n")
    process = subprocess.Popen(["redis-server", folder / "redis.conf"], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not listens(port):
            assert process.poll() is None and time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.05)
        yield folder, port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def certify(folder: Path, name: str) -> None:
    """A certificate of localhost, and its key."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=broker of a test"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")),
        ],
        capture_output=True,
        check=True,
    )


def settings_of(server: tuple[Path, int], authority: str = "redis", name: str = "localhost") -> Settings:
    folder, port = server
    (folder / "password").write_text(PASSWORD)
    return Settings(
        launcher="celery",
        celery_broker=f"rediss://thin@{name}:{port}/0?ssl_ca_certs={folder}/{authority}.crt",
        celery_broker_password_file=folder / "password",
    )


def test_redis_as_shipped_is_enough_for_a_broker(server: tuple[Path, int]) -> None:
    """Over TLS, as a user with few rights: a run is sent and taken, a sign given, and workers asked."""
    settings = settings_of(server)
    app = application(settings)
    assert is_reachable(settings)
    send(app, "the-id", "the-digest")
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("thin-runs").get(timeout=PATIENCE_SECONDS)
        assert message.payload[0] == ["the-id", "the-digest"]
        message.ack()
    assert app.control.inspect(timeout=0.2).ping() is None
    assert Sign(client(settings), "the-id", 60).claim("one@here")
    for beyond in ("config get *", "flushall", "keys *", "acl list", "shutdown"):
        with pytest.raises(redis.exceptions.NoPermissionError):
            client(settings).execute_command(*beyond.split())


@pytest.mark.parametrize(("authority", "name"), [("other", "localhost"), ("redis", "127.0.0.1")])
def test_another_certificate_or_name_is_refused(server: tuple[Path, int], authority: str, name: str) -> None:
    """By Celery as by ourselves."""
    settings = settings_of(server, authority, name)
    assert not is_reachable(settings)
    with pytest.raises(BrokerUnreachable), reaching(settings), application(settings).connection() as one:
        one.ensure_connection(max_retries=1, interval_start=0)


def test_nobody_comes_in_without_a_password(server: tuple[Path, int]) -> None:
    folder, port = server
    unknown = redis.Redis(host="localhost", port=port, ssl=True, ssl_ca_certs=str(folder / "redis.crt"))
    with pytest.raises(redis.exceptions.AuthenticationError):
        unknown.ping()
