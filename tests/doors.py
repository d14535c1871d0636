"""The two doors as they are shipped: units' commands, nginx's files, put on free ports of this machine.

Belongs here: starting, stopping, asking. Does not belong here: what a door should answer.
"""

import base64
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT
from tests.waiting import free_port

NGINX = ROOT / "deploy" / "nginx"
UNITS = ROOT / "deploy" / "one-machine" / "systemd"
INSTALLED = "/opt/thin-assets"
"""Where the units say that the project lies."""

PASSWORDS = {"olga": "a pass for operators", "rita": "a pass for readers"}
MEMBERS = {"operators": ["olga"], "readers": ["olga", "rita"]}
"""Who may pass which door: an operator may look through the readers' door as well."""

STARTING_SECONDS = 300
_MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    {temporary}
    include thin-assets/doors.conf;
}}
"""
_OIDC = ((r"include thin-assets/sign-in-basic", "include thin-assets/sign-in-oidc"), (r"# (upstream)", r"\1"))
"""What an operator changes of the site for sign-in with an OpenID provider."""

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> dict:
        return json.loads(self.text)


@dataclass(frozen=True)
class Doors:
    """Where the doors are, and how to knock."""

    folder: Path
    port: int
    behind: Mapping[str, int] = field(default_factory=dict)
    """Ports of the webservers behind the doors."""

    def name(self, door: str) -> str:
        return f"{door}.localhost"

    def address(self, door: str) -> str:
        return f"https://{self.name(door)}:{self.port}"

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.folder / "door.crt")

    def ask(
        self,
        door: str,
        path: str,
        user: str | None = None,
        *,
        method: str = "GET",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        password: str | None = None,
    ) -> Answer:
        """One request on a connection of its own; `user` signs in, with `password` if one is given."""
        signed = {"Authorization": credentials(user, password)} if user else {}
        with self.knock(door) as wire:
            connection = http.client.HTTPSConnection(self.name(door), self.port, timeout=120)
            connection.sock = wire
            connection.request(method, path, body=body, headers={**signed, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))

    @contextmanager
    def knock(self, door: str) -> Iterator[ssl.SSLSocket]:
        """A connection to nginx that asks for a door by its name."""
        wire = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        with self.trust().wrap_socket(wire, server_hostname=self.name(door)) as secured:
            yield secured

    def graphql(self, door: str, query: str, user: str, variables: Mapping | None = None) -> Answer:
        return self.ask(
            *(door, "/graphql", user),
            method="POST",
            body=json.dumps({"query": query, "variables": variables or {}}),
            headers={"Content-Type": "application/json"},
        )


def credentials(user: str, password: str | None = None) -> str:
    """The header that signs a user in."""
    text = f"{user}:{PASSWORDS[user] if password is None else password}"
    return "Basic " + base64.b64encode(text.encode()).decode()


def command_of(unit: str, environment: Mapping[str, str]) -> list[str]:
    """What a shipped unit starts, with this environment's programs and this checkout."""
    text = (UNITS / f"{unit}.service").read_text(encoding="utf-8")
    line = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE).group(1)
    line = line.replace(f"{INSTALLED}/.venv/bin", str(Path(sys.executable).parent)).replace(
        INSTALLED, str(ROOT)
    )
    return [
        re.sub(r"\$\{(\w+)\}", lambda found: environment[found.group(1)], word) for word in shlex.split(line)
    ]


def webserver(door: str, environment: Mapping[str, str], port: int) -> list[str]:
    """The command of a door's webserver, on another port."""
    command = command_of(f"thin-{door}", environment)
    command[command.index("--port") + 1] = str(port)
    return command


@contextmanager
def running(command: list[str], log: Path, **how: object) -> Iterator[subprocess.Popen]:
    """A process, and what it started, for as long as the block; ended by their process group."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, **how
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        finally:
            _end_group(process.pid)


def _end_group(group: int) -> None:
    try:
        os.killpg(group, 9)
    except ProcessLookupError:
        return


def until(answers: object, process: subprocess.Popen, log: Path) -> None:
    """Wait until a server answers; show what it said when it ends, or never does."""
    deadline = time.monotonic() + STARTING_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers():
            return
        time.sleep(0.2)
    raise AssertionError(f"{process.args[0]} does not answer\n{log.read_text(errors='replace')[-4000:]}")


def listens(where: int | Path) -> bool:
    """Whether somebody takes connections at a port of loopback, or at a socket."""
    kind, address = (
        (socket.AF_INET, ("127.0.0.1", where)) if isinstance(where, int) else (socket.AF_UNIX, str(where))
    )
    with socket.socket(kind) as knocking:
        return knocking.connect_ex(address) == 0


def lay_out(folder: Path, home: Path, behind: Mapping[str, int], oauth2_proxy: int | None = None) -> Doors:
    """nginx's folder: the shipped files as they are, and a site on free ports, with a certificate.

    oauth2_proxy    port of what signs people in; None: nginx does, by name and password
    """
    doors = Doors(folder, free_port(), behind)
    installed = folder / "thin-assets"
    shutil.copytree(NGINX, installed)
    site = installed / "site"
    site.mkdir()
    changes = [
        (r"listen 443\b", f"listen 127.0.0.1:{doors.port}"),
        (r"(operators|readers)\.thin\.example", r"\1.localhost"),
        (r"/etc/ssl/thin-assets/\w+", str(folder / "door")),
        (r"/var/lib/thin-assets", str(home)),
        (r"/etc/nginx/thin-assets/site", str(site)),
        *(_OIDC if oauth2_proxy else ()),
        (r"127\.0\.0\.1:4180", f"127.0.0.1:{oauth2_proxy}"),
        (r"/var/log/nginx", str(folder)),
        (r"/run/thin-doors", str(folder)),
        *(
            (rf"(thin_{door}) {{[^}}]+}}", rf"\1 {{ server 127.0.0.1:{port}; }}")
            for door, port in behind.items()
        ),
    ]
    for example in sorted((NGINX / "site.example").iterdir()):
        text = example.read_text(encoding="utf-8")
        for pattern, new in changes:
            text = re.sub(pattern, new, text)
        (site / example.name).write_text(text, encoding="utf-8")
    for door, names in MEMBERS.items():
        lines = [f"{name}:{_hashed(PASSWORDS[name])}\n" for name in names]
        (site / f"{door}.htpasswd").write_text("".join(lines), encoding="utf-8")
    _certify(folder)
    temporary = "\n    ".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, temporary=temporary, user=user))
    return doors


def _hashed(password: str) -> str:
    done = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, text=True, capture_output=True, check=True
    )
    return done.stdout.strip()


def _certify(folder: Path) -> None:
    """A certificate that nobody but this test trusts: `door.crt` and `door.key`."""
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=doors of a test"),
            *("-addext", "subjectAltName=DNS:operators.localhost,DNS:readers.localhost"),
            *("-keyout", str(folder / "door.key"), "-out", str(folder / "door.crt")),
        ],
        capture_output=True,
        check=True,
    )


@contextmanager
def nginx(doors: Doors) -> Iterator[Doors]:
    """nginx in front of the webservers; looks at its configuration first, as an operator should."""
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(doors.folder), "-c", "nginx.conf"]
    looked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    assert "[warn]" not in looked.stderr, looked.stderr
    log = doors.folder / "nginx.log"
    with running(command, log) as process:
        until(lambda: listens(doors.port), process, log)
        yield doors


@contextmanager
def opened_doors(folder: Path, home: Path, environment: Mapping[str, str]) -> Iterator[Doors]:
    """Code server, two webservers and nginx of a home, started as the units say."""
    code = folder / "code.sock"
    environment = {**environment, "THIN_CODE_SOCKET": str(code), "THIN_HOME": str(home)}
    ports = {door: free_port() for door in MEMBERS}
    with ExitStack() as stack:
        log = folder / "code.log"
        server = stack.enter_context(
            running(command_of("thin-code", environment), log, env=environment, cwd=ROOT)
        )
        until(lambda: code.exists() and listens(code), server, log)
        for door, port in ports.items():
            log = folder / f"{door}-webserver.log"
            command = webserver(door, environment, port)
            process = stack.enter_context(running(command, log, env=environment, cwd=ROOT))
            until(lambda port=port: listens(port), process, log)
        yield stack.enter_context(nginx(lay_out(folder, home, ports)))
