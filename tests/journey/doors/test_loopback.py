"""Who has a shell on the machine has loopback: the shipped rule lets only nginx and root to the webservers.

In a network namespace of its own, which ends with the test.
"""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.journey

RULE = ROOT / "deploy" / "one-machine" / "nftables.conf"
WEBSERVERS, ANOTHER = (3001, 3002), 3003
KNOCKING = """
import json, os, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
if sys.argv[1]:
    subprocess.run(["nft", "-f", sys.argv[1]], check=True)
    subprocess.run(["nft", "-f", sys.argv[1]], check=True)
listeners = [socket.create_server(("127.0.0.1", port)) for port in map(int, sys.argv[3].split())]
told = {}
for user in map(int, sys.argv[2].split()):
    for listener in listeners:
        port = listener.getsockname()[1]
        child = os.fork()
        if child == 0:
            os.setuid(user)
            with socket.socket() as knocking:
                os._exit(knocking.connect_ex(("127.0.0.1", port)) != 0)
        told[f"{user} {port}"] = os.waitpid(child, 0)[1] == 0
print(json.dumps(told))
"""


def let_in(rule: Path | str, users: list[str]) -> dict[tuple[str, int], bool]:
    """Whether each user reaches each port of loopback, where somebody listens."""
    numbers = {name: pwd.getpwnam(name).pw_uid for name in users}
    ports = (*WEBSERVERS, ANOTHER)
    command = [
        *("unshare", "--net", sys.executable, "-c", KNOCKING, str(rule)),
        *(" ".join(map(str, numbers.values())), " ".join(map(str, ports))),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    told = json.loads(done.stdout)
    return {(name, port): told[f"{number} {port}"] for name, number in numbers.items() for port in ports}


def test_only_nginx_and_root_reach_the_webservers() -> None:
    """Loaded twice, since an update does so; other ports are nobody's business."""
    assert os.geteuid() == 0, "a rule of the kernel is root's to load"
    told = let_in(RULE, ["root", "www-data", "nobody", "daemon"])
    reached = {name for (name, port), inside in told.items() if inside and port in WEBSERVERS}
    assert reached == {"root", "www-data"}
    assert all(inside for (_, port), inside in told.items() if port == ANOTHER)


def test_without_the_rule_everybody_would() -> None:
    assert all(let_in("", ["root", "nobody"]).values())
