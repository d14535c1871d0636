"""What we stand on: pinned by hash, in a bill of materials, and audited where there is internet."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)((?:.*\\\n)+.*)", re.MULTILINE)
TOOLS = ROOT / ".venv-audit" / "bin"


def pins(lock: str) -> dict[tuple[str, str], set[str]]:
    """Hashes by name and version."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        (name.lower(), version): set(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest))
        for name, version, rest in PIN.findall(text)
    }


def recipe(target: str) -> str:
    """What `make` would run, a command a line."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", target], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.replace("\\\n", " ").replace("\t", " ").replace(" && ", "\n")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_every_lock_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = pins(lock)
    assert len(found) == len(re.findall(r"^[\w.-]+.*==", text, re.MULTILINE)) > 10
    assert [pin for pin, hashes in found.items() if not hashes] == []
    assert "://" not in re.sub(r"#.*", "", text), "no address of an index, no package from elsewhere"


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The bill that `make sbom` writes of the core; the tool holds it to CycloneDX's schema itself."""
    file: Path = tmp_path_factory.mktemp("sbom") / "sbom.json"
    command = [
        *(str(TOOLS / "cyclonedx-py"), "requirements", "--pyproject", "pyproject.toml", "--validate"),
        *("--output-reproducible", "--output-format", "JSON", "-o", str(file), "requirements.lock"),
    ]
    assert " ".join(command[1:6]) in recipe("sbom")
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_bill_names_every_pin_with_its_hashes(bill: dict) -> None:
    named = {
        (one["name"].lower(), one["version"]): {
            told["content"] for place in one["externalReferences"] for told in place.get("hashes", ())
        }
        for one in bill["components"]
    }
    assert named == pins("requirements.lock")


def test_the_bill_says_what_it_is_of(bill: dict) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "thin-assets"
    assert {one["purl"].split("@")[0] for one in bill["components"]} >= {
        "pkg:pypi/dagster",
        "pkg:pypi/duckdb",
    }


def test_the_audit_is_strict() -> None:
    """Without `--strict` pip-audit ends well when it could look up nothing."""
    lines = [line for line in recipe("audit").splitlines() if "pip-audit --" in line]
    audited = {lock for lock in LOCKS for line in lines if line.endswith(f" {lock}")}
    assert audited == set(LOCKS)
    assert all("--strict" in line and "--require-hashes" in line for line in lines)


def test_the_audit_knows_its_options() -> None:
    done = subprocess.run(
        [TOOLS / "pip-audit", "--help"], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert [
        option for option in ("--strict", "--require-hashes", "--disable-pip") if option not in done.stdout
    ] == []
