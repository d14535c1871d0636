"""Image and compose file: linted, without rights that nobody needs, and only nginx in reach."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

from tests.conftest import ROOT

FOLDER = ROOT / "deploy" / "containers"
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = sorted(name for name, one in SERVICES.items() if one["image"].startswith("thin-assets"))
IMAGE = (FOLDER / "Containerfile").read_text(encoding="utf-8")
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))


def linted(text: str) -> list[str]:
    """Rules that an image's file breaks."""
    done = subprocess.run(
        [HADOLINT, "--config", str(FOLDER / "hadolint.yaml"), "--format", "json", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return [one["code"] for one in json.loads(done.stdout)]


def test_the_image_is_linted() -> None:
    assert linted(IMAGE) == []


def test_and_the_linter_looks() -> None:
    assert "DL3002" in linted(IMAGE + "USER root\n")
    assert "DL3007" in linted(IMAGE.replace("python:3.11-slim-bookworm", "python:latest"))


def test_the_compose_file_is_of_the_specification() -> None:
    """Read by compose-spec's own rules, once YAML's merges are done; a wrong word is refused."""
    assert sorted(PyCompose.from_json(json.dumps(COMPOSE)).service_names()) == sorted(SERVICES)
    with pytest.raises(ValueError, match="restarts"):
        PyCompose.from_json(json.dumps(COMPOSE | {"services": {"a": {"image": "b", "restarts": "c"}}}))


def test_the_image_is_built_from_the_lock_alone() -> None:
    installs = [line for line in re.split(r"\n(?=\S)", IMAGE.replace("\\\n", " ")) if "pip install" in line]
    commands = [part for line in installs for part in line.split("&&") if "pip install" in part]
    assert len(commands) == 2
    assert all("--no-deps" in command for command in commands)
    first, second = commands
    assert "--require-hashes" in first
    assert "requirements-deploy.lock" in first
    assert "--no-build-isolation" in second
    assert "curl" not in IMAGE
    assert "ADD " not in IMAGE


def test_the_image_runs_as_nobody_special() -> None:
    assert re.findall(r"^USER (.+)$", IMAGE, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in IMAGE


def test_what_the_image_copies_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+)$", IMAGE, re.MULTILINE)
    sources = [source for line in copied for source in line.split()[:-1]]
    assert len(sources) > 5
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_nothing_but_nginx_is_reached_from_outside() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["nginx"]
    assert [name for name, one in SERVICES.items() if one["networks"] != ["inside"]] == ["nginx"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_of_ours_drops_all_rights(name: str) -> None:
    """And those of others keep the few that they say."""
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert name not in OURS or "cap_add" not in service


def test_no_webserver_sees_data() -> None:
    """What starts runs does, and what sets the home up, and ends; nginx sees published pages, to read."""
    mounts = {name: [str(one) for one in service.get("volumes", ())] for name, service in SERVICES.items()}
    sees = [name for name, volumes in mounts.items() if "home:/var/lib/thin-assets" in volumes]
    assert sees == ["setup", "code", "daemon"]
    (published,) = [one for one in SERVICES["nginx"]["volumes"] if isinstance(one, dict)]
    assert (published["volume"], published["read_only"]) == ({"subpath": "published"}, True)


def test_the_operators_webserver_can_stop_a_run_and_the_readers_cannot() -> None:
    """A run is a process beside the daemon: who shall end it must see it, by the same name of a machine."""
    assert SERVICES["operators"]["pid"] == "service:daemon"
    assert SERVICES["operators"]["hostname"] == SERVICES["daemon"]["hostname"]
    assert [name for name, one in SERVICES.items() if "pid" in one] == ["operators"]


def test_one_webserver_is_read_only_and_the_other_is_not() -> None:
    commands = {name: SERVICES[name]["command"] for name in ("operators", "readers")}
    assert commands["readers"] == [*commands["operators"], "--read-only"]


def test_secrets_are_files() -> None:
    assert all(set(one) == {"file"} for one in COMPOSE["secrets"].values())
    variables = {
        name: value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|KEY|TOKEN", name)
    }
    assert variables
    assert all(value.startswith("/run/secrets/") for value in variables.values())
