"""Hand events to whoever collects them: a server that speaks OpenLineage, or a file of lines."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from thin_assets.errors import SettingsError
from thin_assets.settings import Settings

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import RunEvent

_SECONDS = 15
_QUIET = {"facets": {"source_code_location": {"disabled": True}, "environment_variables": []}}
"""The client would add what it finds of this machine's files and environment."""


def client(settings: Settings) -> "OpenLineageClient":
    """A client for the settings of a home. Raises SettingsError where they cannot work."""
    try:
        from openlineage.client import OpenLineageClient
    except ImportError as error:
        raise SettingsError(
            "lineage is asked for, and openlineage-python is not installed",
            where="THIN_OPENLINEAGE_URL",
            remedy="install thin-assets[lineage]",
        ) from error
    return OpenLineageClient(config={"transport": _transport(settings), **_QUIET})


def _transport(settings: Settings) -> dict:
    url = settings.openlineage_url or ""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"type": "file", "log_file_path": parts.path, "append": True}
    if parts.scheme not in ("http", "https"):
        raise SettingsError(
            "lineage goes to http, https or file addresses only",
            where="THIN_OPENLINEAGE_URL",
            remedy="see docs/how-to/watch-the-platform.md",
        )
    key = settings.secret("openlineage_api_key")
    auth = {"auth": {"type": "api_key", "apiKey": key}} if key else {}
    return {"type": "http", "url": url, "timeout": _SECONDS, "retry": {"total": 0}, **auth}


def emit(settings: Settings, events: Iterable["RunEvent"]) -> int:
    """Send them in order; how many. Raises SettingsError when the receiver does not take one."""
    sender, count = client(settings), 0
    for event in events:
        try:
            sender.emit(event)
        except (requests.RequestException, OSError) as error:
            raise SettingsError(
                f"lineage was not taken: {type(error).__name__}",
                where=urlsplit(settings.openlineage_url or "").hostname or "file",
                remedy="the sensor asks again; see docs/how-to/watch-the-platform.md",
            ) from error
        count += 1
    return count
