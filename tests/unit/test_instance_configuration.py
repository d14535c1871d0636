"""dagster.yaml of a home: sensible limits, SQLite or PostgreSQL, and no secret in it."""

from pathlib import Path

import pytest
import yaml

from tests.conftest import thin_assets
from thin_assets.errors import InstanceUnreachable, SettingsError
from thin_assets.instance.config import configuration, open_instance, prepare_instance
from thin_assets.instance.storage import require_reachable, server_url
from thin_assets.settings import Settings

NOBODY_LISTENS = "postgresql://thin:hush@127.0.0.1:1/dagster"


def settings_with(monkeypatch: pytest.MonkeyPatch, home: Path, **values: object) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"THIN_{name.upper()}", str(value))
    return Settings.load(home)


def test_sqlite_in_the_home_is_the_default(tmp_path: Path) -> None:
    told = configuration(Settings(home=tmp_path))
    assert told["storage"]["custom"]["class"] == "HeldSqliteStorage"
    assert "compute_logs" not in told


def test_a_run_that_vanished_is_tried_again_and_a_refused_delivery_is_not(tmp_path: Path) -> None:
    told = configuration(Settings(home=tmp_path))
    assert told["run_retries"] == {
        "enabled": True,
        "max_retries": 2,
        "retry_on_asset_or_op_failure": False,
    }
    assert configuration(Settings(home=tmp_path, run_retries=0))["run_retries"]["enabled"] is False


def test_a_run_that_hangs_is_given_up(tmp_path: Path) -> None:
    told = configuration(Settings(home=tmp_path, max_run_hours=1.5))["run_monitoring"]
    assert told["max_runtime_seconds"] == 5400


def test_dagster_reads_every_value_as_it_was_meant(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path, max_run_hours=2)) as instance:
        assert instance.run_monitoring_max_runtime_seconds == 7200
        assert instance.run_monitoring_start_timeout_seconds == 600
        assert (instance.run_retries_enabled, instance.run_retries_max_retries) == (True, 2)
        assert instance.run_retries_retry_on_asset_or_op_failure is False


def test_neither_address_nor_password_of_the_server_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = tmp_path / "password"
    password.write_text("not even this\n")
    settings = settings_with(
        monkeypatch,
        tmp_path / "home",
        instance_postgres_url=NOBODY_LISTENS,
        instance_postgres_password_file=password,
    )
    prepare_instance(settings)
    text = (settings.dagster_home / "dagster.yaml").read_text()
    config = yaml.safe_load(text)["storage"]["custom"]["config"]
    assert config == {"postgres_url": {"env": "THIN_INSTANCE_POSTGRES_URL"}, "password_file": str(password)}
    assert "hush" not in text + repr(settings)
    assert "not even this" not in text
    assert server_url(settings).password == "not even this"


def test_a_server_that_is_away_is_named_with_the_remedy_and_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with(monkeypatch, tmp_path, instance_postgres_url=NOBODY_LISTENS)
    with pytest.raises(InstanceUnreachable) as told:
        require_reachable(settings)
    assert told.value.where == "127.0.0.1:1/dagster"
    assert "start it" in told.value.remedy
    assert "hush" not in str(told.value)


def test_the_doctor_sees_that_the_server_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THIN_INSTANCE_POSTGRES_URL", NOBODY_LISTENS)
    done = thin_assets(tmp_path, "doctor", check=False)
    line = next(line for line in done.stdout.splitlines() if "PostgreSQL" in line)
    assert line.startswith("no")
    assert "THIN_INSTANCE_POSTGRES_URL" in done.stdout
    assert thin_assets(tmp_path, "doctor", "--fix", check=False).returncode == InstanceUnreachable.exit_code


@pytest.mark.parametrize("text", ["mysql://u:hush@h/db", "postgresql://u:hush@h", "hush hush", "://hush"])
def test_an_address_that_cannot_be_meant_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    settings = settings_with(monkeypatch, tmp_path, instance_postgres_url=text)
    with pytest.raises(SettingsError) as told:
        configuration(settings)
    assert "hush" not in str(told.value)


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    settings = settings_with(
        monkeypatch, tmp_path, instance_postgres_url=NOBODY_LISTENS, instance_postgres_password_file=gone
    )
    with pytest.raises(SettingsError, match="cannot be read") as told:
        configuration(settings)
    assert told.value.where == str(gone)


def test_a_home_kept_in_postgres_does_not_fall_back_to_sqlite_by_a_forgotten_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_instance(settings_with(monkeypatch, tmp_path, instance_postgres_url=NOBODY_LISTENS))
    monkeypatch.delenv("THIN_INSTANCE_POSTGRES_URL")
    with pytest.raises(SettingsError, match="is not set"):
        prepare_instance(Settings.load(tmp_path))
    (tmp_path / "dagster" / "dagster.yaml").unlink()
    prepare_instance(Settings.load(tmp_path))


def test_compute_logs_go_to_a_folder_or_to_an_object_store(tmp_path: Path) -> None:
    told = configuration(Settings(home=tmp_path, compute_logs=str(tmp_path / "logs")))["compute_logs"]
    assert (told["class"], told["config"]) == ("LocalComputeLogManager", {"base_dir": str(tmp_path / "logs")})
    told = configuration(Settings(home=tmp_path, compute_logs="memory://logs"))["compute_logs"]
    assert (told["class"], told["config"]["url"]) == ("FsspecComputeLogManager", "memory://logs")


def test_a_store_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere://"):
        configuration(Settings(home=tmp_path, compute_logs="nowhere://logs"))
