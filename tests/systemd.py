"""Units as they are laid out on a machine, and what systemd's own tools say of them."""

import json
import subprocess
import sys
from pathlib import Path

from tests.doors import INSTALLED

AT_MOST = 1.5
"""Exposure of a service, from 0 to 10, as `systemd-analyze security` reckons it."""


def lay_out(install: Path, root: Path) -> None:
    """Lay everything out below a folder as on a machine."""
    subprocess.run([install, "--root", root], check=True, capture_output=True)


def units_laid_out(install: Path, root: Path) -> Path:
    """The folder of units of a machine, with this environment's programs."""
    lay_out(install, root)
    folder = root / "etc" / "systemd" / "system"
    for path in folder.glob("*.service"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"{INSTALLED}/.venv/bin", str(Path(sys.executable).parent)))
    return folder


def verified(units: Path) -> str:
    """What systemd has to say of the units of a folder; nothing when they are fine."""
    done = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *(str(path) for path in sorted(units.iterdir()) if path.is_file()),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{units}:", "PATH": "/usr/bin:/bin"},
    )
    return done.stderr + ("" if done.returncode == 0 else f"ended with {done.returncode}")


def require_small_exposure(root: Path, service: str) -> None:
    """A service of a machine is exposed by `AT_MOST`; names what it leaves open otherwise."""
    done = subprocess.run(
        [
            *("systemd-analyze", "security", "--offline=true", f"--root={root}"),
            *("--json=short", f"--threshold={int(10 * AT_MOST)}", f"{service}.service"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert len(found) > 50
    assert done.returncode == 0, [one["name"] for one in found if not one["set"]]
