"""A Dagster server of one home, and a headless Chromium to look at it with; `docs.screenshots` uses both.

Belongs here: starting, waiting and stopping. Does not belong here: what should be seen on a page.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.waiting import free_port
from thin_assets.errors import SettingsError
from thin_assets.instance.config import WORKSPACE, environment
from thin_assets.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
VIEWPORT = {"width": 1600, "height": 1000}
PHONE = {"width": 390, "height": 844}
STARTING_SECONDS = 180
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { __typename ... on PythonError { message } }
} } } }"""


@contextmanager
def served(home: Path, log: Path) -> Iterator[str]:
    """`dagster dev` of a home in a process group of its own: gives its address, then stops the whole group.

    log     file that receives everything the server says
    """
    address = f"http://127.0.0.1:{free_port()}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "dagster", "dev", "-w", str(WORKSPACE)),
                *("-h", "127.0.0.1", "-p", address.rpartition(":")[2]),
            ],
            env=environment(Settings.load(home)),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=WORKSPACE.parent,
            start_new_session=True,
        )
    try:
        _wait_until_loaded(address, process, log)
        yield address
    finally:
        _stop_group(process)


def _wait_until_loaded(address: str, process: subprocess.Popen, log: Path) -> None:
    """Return when the server answers and its code location is loaded; otherwise show what the server said."""
    deadline = time.monotonic() + STARTING_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        locations = _locations(address)
        if locations and all(entry["loadStatus"] == "LOADED" for entry in locations):
            faults = [entry["locationOrLoadError"].get("message") for entry in locations]
            assert not any(faults), f"the definitions do not load: {faults}"
            return
        time.sleep(0.5)
    raise AssertionError(f"dagster dev is not ready at {address}\n{log.read_text(errors='replace')[-4000:]}")


def _locations(address: str) -> list[dict]:
    """Code locations the server knows; none while it does not answer."""
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": _LOCATIONS}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return []


def _stop_group(process: subprocess.Popen) -> None:
    """Ask the server to stop as Ctrl-C would, then end whatever of its group is left."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window. Raises SettingsError where it is not installed."""
    if not CHROMIUM.is_file():
        raise SettingsError("no browser", where=str(CHROMIUM), remedy="run `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, viewport: dict[str, int], file: Path, asked: list[str]) -> Iterator[Page]:
    """A static page from its file; what it asks for and what it says to the console goes into `asked`."""
    with browser.new_context(viewport=viewport) as context:
        page = context.new_page()
        page.on("request", lambda one: asked.append(one.url))
        page.on("console", lambda message: asked.append(message.text))
        page.goto(file.as_uri())
        yield page
