"""Which launcher `dagster.yaml` names: processes beside the daemon, or workers on many machines.

Knows nothing of Celery: only where the launcher of workers is asked for, it has to be installed.
"""

import importlib.util
from urllib.parse import quote, urlsplit

from thin_assets.errors import SettingsError
from thin_assets.instance.storage import password_of
from thin_assets.settings import CELERY_BROKER, POSTGRES_URL, Settings

HOW_TO = "docs/how-to/run-on-many-machines.md"
REMEDY = f"start Redis, or mend its address or password ({CELERY_BROKER}); see {HOW_TO}"

START_SECONDS = 600
"""After how long a run is given up that does not start: four processes that import everything at once, on a
small machine."""

WAITING_SECONDS = 3600
"""The same where a run may have to wait for a free worker."""

_SCHEMES = {"redis", "rediss"}


def run_launcher(settings: Settings) -> dict:
    """What dagster.yaml says of the launcher; neither address nor password of a broker is in it.

    Raises SettingsError where workers are asked for and no broker, no PostgreSQL or no Celery is there.
    """
    if settings.launcher == "warm":
        return {"module": "thin_assets.instance.launcher", "class": "WarmRunLauncher"}
    broker_url(settings)
    if settings.instance_postgres_url is None:
        raise SettingsError(
            "machines cannot share an instance that is kept in SQLite",
            where=POSTGRES_URL,
            remedy="keep it in PostgreSQL; see docs/how-to/run-with-postgres.md",
        )
    if importlib.util.find_spec("celery") is None:
        raise SettingsError(
            "Celery is not installed", where="THIN_LAUNCHER", remedy="pip install 'thin-assets[deploy]'"
        )
    return {"module": "thin_assets.instance.celery_launcher", "class": "CeleryRunLauncher"}


def patience_with_runs(settings: Settings) -> dict:
    """What run monitoring is told that depends on the launcher, in seconds."""
    if settings.launcher == "warm":
        return {"start_timeout_seconds": START_SECONDS}
    return {"start_timeout_seconds": WAITING_SECONDS, "cancellation_thread_poll_interval_seconds": 5}


def broker_url(settings: Settings) -> str:
    """Address of the broker, with the password where one is given; TLS is looked at. Raises SettingsError."""
    told = settings.celery_broker
    text = "" if told is None else told.get_secret_value()
    url = urlsplit(text)
    if url.scheme not in _SCHEMES or not url.hostname:
        raise SettingsError(  # the text may hold a password: it is in no error
            "there is no address of a Redis that runs are sent through",
            where=CELERY_BROKER,
            remedy=f"write redis://host:6379/0, or rediss:// for TLS; see {HOW_TO}",
        )
    if url.scheme == "rediss" and "ssl_cert_reqs=" not in url.query:
        # without it Celery takes any certificate
        url = url._replace(query="&".join(filter(None, (url.query, "ssl_cert_reqs=required"))))
    if settings.celery_broker_password_file is None:
        return url.geturl()
    password = quote(password_of(settings.celery_broker_password_file, "Redis"), safe="")
    place = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{url.username or ''}:{password}@{place}").geturl()


def place_of(settings: Settings) -> str:
    """Host and port of the broker, for errors."""
    url = urlsplit(broker_url(settings))
    return f"{url.hostname}:{url.port or 6379}"
