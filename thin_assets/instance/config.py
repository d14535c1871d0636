"""`dagster.yaml` of a home, and the instance that it describes."""

import os
from pathlib import Path

import dagster as dg
import yaml

from thin_assets.instance.compute_logs import compute_logs
from thin_assets.instance.launchers import patience_with_runs, run_launcher
from thin_assets.instance.queue import queue_configuration, set_pools
from thin_assets.instance.storage import require_reachable, storage
from thin_assets.operations.room_handler import handler_config
from thin_assets.resources.files import replacing
from thin_assets.settings import Settings

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"

_HEADER = "# Written by thin-assets; change the settings of the home (THIN_...) rather than this file.\n"

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
"""Configuration of runs in this process: the event log keeps everything, the terminal shows faults."""


def environment(settings: Settings) -> dict[str, str]:
    """Environment of every process that serves this home."""
    return os.environ | {
        "THIN_HOME": str(settings.home),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DO_NOT_TRACK": "1",
    }


def configuration(settings: Settings) -> dict:
    """What `dagster.yaml` of a home says."""
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        **queue_configuration(settings),
        "run_launcher": run_launcher(settings),
        "run_monitoring": run_monitoring(settings),
        "run_retries": {
            "enabled": settings.run_retries > 0,
            "max_retries": settings.run_retries,
            "retry_on_asset_or_op_failure": False,  # a delivery that was refused is refused again
        },
        "retention": RETENTION,
        "code_servers": {"local_startup_timeout": CODE_SECONDS},
        "storage": {"custom": storage(settings)},
        "python_logs": handler_config(settings.home),
        **compute_logs(settings),
    }


CODE_SECONDS = 600
"""Within this a code server has loaded the definitions, on a busy machine as well."""

RETENTION = {
    "schedule": {"purge_after_days": 365},
    "sensor": {"purge_after_days": {"skipped": 7, "failure": 90, "started": 90, "success": 365}},
    "auto_materialize": {"purge_after_days": 30},
}
"""How long ticks are kept: those of a sensor that found nothing come by the thousand. Runs and their events:
`history.py`."""


def run_monitoring(settings: Settings) -> dict:
    """After how long a run is given up that does not start, does not end, or is not cancelled."""
    return {
        "enabled": True,
        **patience_with_runs(settings),
        "cancel_timeout_seconds": 300,
        "max_runtime_seconds": round(settings.max_run_hours * 3600),
        "poll_interval_seconds": 10,
        "free_slots_after_run_end_seconds": 10,
    }


def prepare_instance(settings: Settings) -> None:
    """Write dagster.yaml into the home, so that UI, daemon and command line share one instance."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    text = _HEADER + yaml.safe_dump(configuration(settings), sort_keys=False)
    path = settings.dagster_home / "dagster.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of the home; a context manager. Raises InstanceUnreachable at once."""
    require_reachable(settings)
    prepare_instance(settings)
    instance = dg.DagsterInstance.from_config(str(settings.dagster_home))
    set_pools(instance, settings)
    return instance
