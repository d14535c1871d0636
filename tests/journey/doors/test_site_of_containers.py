"""The sites that containers and cluster bring: read by the real nginx, with files where it finds them."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.doors import NGINX, lay_out

pytestmark = pytest.mark.journey

SITES = {
    "containers": ROOT / "deploy" / "containers" / "site",
    "kubernetes": ROOT / "deploy" / "kubernetes" / "site",
}


@pytest.mark.parametrize("site", SITES)
def test_nginx_takes_the_site(site: str, tmp_path: Path) -> None:
    """Names of services are not known here, and files of secrets are elsewhere: nothing else is changed."""
    folder = Path(tempfile.mkdtemp(prefix="doors-"))
    try:
        lay_out(folder, tmp_path, {})
        installed = folder / "thin-assets" / "site"
        for path in SITES[site].iterdir():
            text = re.sub(r"server [a-z-]+:(\d+);", r"server 127.0.0.1:\1;", path.read_text(encoding="utf-8"))
            text = re.sub(r"/run/secrets/\w+\.(crt|key)", rf"{folder}/door.\1", text)
            (installed / path.name).write_text(text.replace("/run/thin-doors", str(folder)))
        command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-t"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "syntax is ok" in told.stderr
        assert told.returncode == 0, told.stderr
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("site", SITES)
def test_a_site_has_the_files_of_the_example(site: str) -> None:
    assert {path.name for path in SITES[site].iterdir()} == {
        p.name for p in (NGINX / "site.example").iterdir()
    }
