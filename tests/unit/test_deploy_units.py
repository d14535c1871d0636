"""The systemd units: understood by systemd, hardened, and no webserver near data and keys."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.doors import UNITS
from tests.systemd import lay_out, require_small_exposure, units_laid_out, verified

SERVICES = sorted(path.stem for path in UNITS.glob("thin-*.service"))
INSTALL = UNITS.parent / "install"
RULE = (UNITS.parent / "nftables.conf").read_text(encoding="utf-8")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as `deploy/one-machine/install` lays them out, with this environment's programs."""
    return units_laid_out(INSTALL, tmp_path)


def told(service: str, name: str) -> list[str]:
    text = (UNITS / f"{service}.service").read_text(encoding="utf-8")
    return re.findall(rf"^{name}=(.+)$", text, re.MULTILINE)


def test_there_is_a_unit_for_each_part() -> None:
    assert SERVICES == ["thin-code", "thin-daemon", "thin-operators", "thin-readers"]
    target = (UNITS / "thin-assets.target").read_text(encoding="utf-8")
    assert [name for name in SERVICES if f"{name}.service" not in target] == []


def test_systemd_understands_every_line(units: Path) -> None:
    assert verified(units) == ""


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("ProtectSistem=strict", "Unknown key"), ("ExecStart=\nExecStart=/nowhere", "is not executable")],
)
def test_and_would_say_so_if_not(units: Path, line: str, complaint: str) -> None:
    (units / "thin-code.service.d").mkdir()
    (units / "thin-code.service.d" / "wrong.conf").write_text(f"[Service]\n{line}\n")
    assert complaint in verified(units)


@pytest.mark.parametrize("service", SERVICES)
def test_the_exposure_of_every_service_is_small(units: Path, service: str) -> None:
    require_small_exposure(units.parents[2], service)


@pytest.mark.parametrize("service", ["thin-operators", "thin-readers"])
def test_webservers_listen_on_loopback(service: str) -> None:
    assert "--host 127.0.0.1 --port" in told(service, "ExecStart")[0]


def test_no_page_and_no_command_opens_a_webserver_to_others() -> None:
    """Outside of containers, where only nginx is in reach."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    places = [ROOT / "Makefile", *pages, *(ROOT / "thin_assets").rglob("*.py")]
    starts = re.compile(r"^.*dagster(?:-webserver| dev)\b.*(?:-h|--host|-w|--workspace) .*$", re.MULTILINE)
    lines = [line for path in places for line in starts.findall(path.read_text(encoding="utf-8"))]
    assert len(lines) >= 2
    assert [line for line in lines if "127.0.0.1" not in line] == []
    assert [str(path) for path in places if "0.0.0.0" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("service", ["thin-operators", "thin-readers"])
def test_a_webserver_does_not_start_without_the_rule_of_its_port(service: str) -> None:
    assert told(service, "Requires") == ["ports-thin.service"]
    assert "ports-thin.service" in told(service, "After")[0].split()
    (port,) = re.findall(r"--port (\d+)", told(service, "ExecStart")[0])
    assert port in re.search(r"dport \{(.+)\}", RULE).group(1).replace(",", " ").split()


def test_only_the_readers_webserver_is_read_only() -> None:
    assert [one for one in SERVICES if "--read-only" in told(one, "ExecStart")[0]] == ["thin-readers"]


def test_the_code_server_has_a_socket_and_no_port() -> None:
    (command,) = told("thin-code", "ExecStart")
    assert "--socket ${THIN_CODE_SOCKET}" in command
    assert "--port" not in command
    assert told("thin-code", "RuntimeDirectoryMode") == ["0700"]


@pytest.mark.parametrize("folder", ["secrets", "restricted", "deliveries", "lake", "project", "truth"])
def test_no_webserver_sees_data_or_keys(folder: str) -> None:
    """Code server and daemon do: runs are theirs."""
    path = f"-/var/lib/thin-assets/{folder}"
    hides = [one for one in SERVICES if path in " ".join(told(one, "InaccessiblePaths")).split()]
    assert hides == ["thin-operators", "thin-readers"]


def test_installing_again_keeps_what_an_operator_has_made(tmp_path: Path) -> None:
    lay_out(INSTALL, tmp_path)
    site = tmp_path / "etc" / "nginx" / "thin-assets" / "site"
    theirs = [site / "operators.conf", site / "readers.htpasswd", tmp_path / "etc/thin-assets/environment"]
    ours = [site.parent / "door.conf", tmp_path / "etc/systemd/system/thin-.service.d/common.conf"]
    for path in (*theirs, *ours):
        path.write_text("changed", encoding="utf-8")
    lay_out(INSTALL, tmp_path)
    assert [path for path in theirs if path.read_text(encoding="utf-8") != "changed"] == []
    assert [path for path in ours if path.read_text(encoding="utf-8") == "changed"] == []


def test_what_holds_passwords_and_settings_is_not_for_everybody(tmp_path: Path) -> None:
    lay_out(INSTALL, tmp_path)
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in tmp_path.rglob("*")
        if path.suffix == ".htpasswd" or path.name == "environment"
    }
    assert modes == {"operators.htpasswd": 0o640, "readers.htpasswd": 0o640, "environment": 0o640}


def test_the_doors_are_laid_out_whole(tmp_path: Path) -> None:
    """Every file that nginx is told to include is there."""
    lay_out(INSTALL, tmp_path)
    nginx = tmp_path / "etc" / "nginx"
    included = {
        name
        for path in nginx.rglob("*.conf")
        for name in re.findall(
            r"^\s*include (thin-assets/\S+);", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert len(included) > 10
    assert [name for name in sorted(included) if not (nginx / name).is_file()] == []
