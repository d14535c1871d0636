"""Send alerts, each once to each receiver, however often it is found: what was sent is written down."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from thin_assets.errors import SettingsError
from thin_assets.operations.alerts.alert import Alert
from thin_assets.operations.alerts.channels import channels
from thin_assets.resources.files import locked
from thin_assets.settings import Settings


def sent_file(home: Path) -> Path:
    """What was sent, to whom, and when: a line for each."""
    return home / "logs" / "alerts.jsonl"


def send(settings: Settings, alerts: Iterable[Alert], now: dt.datetime) -> int:
    """Send what was not sent yet; returns how many messages went out.

    Raises SettingsError, after all others were tried, when a receiver does not take one: the sensor then asks
    again, and only what did not go out goes out.
    """
    path, found = sent_file(settings.home), list(alerts)
    refused, count = None, 0
    ways = list(channels(settings)) if found else []
    if not ways:
        return 0
    with locked(path):
        before = _sent(path)
        for alert in found:
            for way in ways:
                if (alert.key, way.name) not in before:
                    try:
                        way.send(alert, settings.ui_address)
                    except SettingsError as error:
                        refused = error
                        continue
                    _note(path, alert, way.name, now)
                    before.add((alert.key, way.name))
                    count += 1
    if refused is not None:
        raise refused
    return count


def _sent(path: Path) -> set[tuple[str, str]]:
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    told = [json.loads(line) for line in lines if line.endswith("\n")]
    return {(one["key"], one["to"]) for one in told}


def _note(path: Path, alert: Alert, to: str, now: dt.datetime) -> None:
    told = {"when": now.isoformat(timespec="seconds"), "to": to, "kind": alert.kind, "key": alert.key}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told, sort_keys=True) + "\n")
