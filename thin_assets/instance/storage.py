"""Where the instance keeps runs and events: SQLite in the home, or a PostgreSQL server that a team shares.

The address of the server comes from the environment, its password from there or from a file: `dagster.yaml`
names the variable and the file, and holds neither.
"""

import importlib.util
from pathlib import Path

import yaml
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from thin_assets.errors import InstanceUnreachable, SettingsError
from thin_assets.settings import POSTGRES_URL, Settings

HOW_TO = "docs/how-to/run-with-postgres.md"
_POSTGRES = "PatientPostgresStorage"
REMEDY = f"start it, or mend address, database or password ({POSTGRES_URL}); see {HOW_TO}"


def storage(settings: Settings) -> dict:
    """Where dagster.yaml says that runs and events are kept: files of the home by default.

    Raises SettingsError where a URL cannot be meant, where `dagster-postgres` is not installed, and where the
    home is kept in PostgreSQL already and no URL is set: a second, empty history would begin in SQLite.
    """
    if settings.instance_postgres_url is None:
        _require_never_in_postgres(settings)
        return _of("sqlite", "HeldSqliteStorage", {"base_dir": str(settings.dagster_home)})
    server_url(settings)
    if importlib.util.find_spec("dagster_postgres") is None:
        raise SettingsError(
            "dagster-postgres is not installed",
            where=POSTGRES_URL,
            remedy="pip install 'thin-assets[deploy]'",
        )
    config: dict = {"postgres_url": {"env": POSTGRES_URL}}
    if file := settings.instance_postgres_password_file:
        config["password_file"] = str(file.expanduser().resolve())
    return _of("postgres", _POSTGRES, config)


def _of(module: str, name: str, config: dict) -> dict:
    return {"module": f"thin_assets.instance.{module}", "class": name, "config": config}


def server_url(settings: Settings) -> URL:
    """Address of the server, with the password where one is given. Raises SettingsError."""
    assert settings.instance_postgres_url is not None
    return read_url(
        settings.instance_postgres_url.get_secret_value(), settings.instance_postgres_password_file
    )


def read_url(text: str, password_file: Path | None = None) -> URL:
    """A server's address, with the password of a file where one is named. Raises SettingsError."""
    try:
        url = make_url(text)
    except ArgumentError:
        url = None  # the text may hold a password: it is in no error
    if url is None or url.get_backend_name() != "postgresql" or not url.database:
        raise SettingsError(
            "the URL of the instance's PostgreSQL cannot be read",
            where=POSTGRES_URL,
            remedy=f"write postgresql://user@host:5432/database; see {HOW_TO}",
        ) from None
    return url if password_file is None else url.set(password=password_of(password_file, "PostgreSQL"))


def password_of(file: Path, server: str) -> str:
    """What a file of a password holds. Raises SettingsError, which names the file and the server."""
    try:
        return file.expanduser().read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"the file of {server}'s password cannot be read: {error.strerror}",
            where=str(file),
            remedy="mount the secret, or change the setting that names the file (THIN_..._PASSWORD_FILE); "
            f"see {HOW_TO}",
        ) from error


def unreachable(url: URL, reason: str) -> InstanceUnreachable:
    """The error of a server that does not answer: where it is meant to be, and what to do."""
    where = f"{url.host or 'local socket'}:{url.port or 5432}/{url.database}"
    return InstanceUnreachable(
        f"the instance's PostgreSQL does not let us in: {reason}",
        where=where,
        remedy=REMEDY,
    )


def require_reachable(settings: Settings) -> None:
    """Raises InstanceUnreachable when the server does not let us in; nothing to do for SQLite."""
    if settings.instance_postgres_url is not None:
        storage(settings)
        from thin_assets.instance.postgres import require

        require(server_url(settings))


def is_reachable(settings: Settings) -> bool:
    """True for SQLite, and when the server answers."""
    try:
        require_reachable(settings)
    except SettingsError:
        return False
    return True


def _require_never_in_postgres(settings: Settings) -> None:
    file = settings.dagster_home / "dagster.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None
    if told and told.get("storage", {}).get("custom", {}).get("class") == _POSTGRES:
        raise SettingsError(
            f"this home's instance is kept in PostgreSQL, and {POSTGRES_URL} is not set",
            where=str(file),
            remedy=f"set {POSTGRES_URL}; to begin anew in SQLite, delete that file first; see {HOW_TO}",
        )
