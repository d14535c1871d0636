"""Settings: read once from the environment, refused with a sentence, secret where it must be."""

from pathlib import Path

import pytest

from thin_assets.cli.setup import write_random_key
from thin_assets.errors import MissingSecret, SettingsError
from thin_assets.settings import Settings


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THIN_HOME", str(tmp_path))
    monkeypatch.setenv("THIN_MEMORY_LIMIT", "2GB")
    settings = Settings.load()
    assert (settings.home, settings.memory_limit) == (tmp_path, "2GB")


def test_a_home_that_the_caller_names_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THIN_HOME", "elsewhere")
    assert Settings.load(tmp_path).home == tmp_path


def test_a_value_that_makes_no_sense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THIN_MAX_REJECTED_SHARE", "lots")
    with pytest.raises(SettingsError, match="THIN_MAX_REJECTED_SHARE"):
        Settings.load()


def test_without_a_key_nothing_can_be_pseudonymised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THIN_SECRET", raising=False)
    with pytest.raises(MissingSecret):
        Settings(home=tmp_path).pseudonym_key()


def test_a_random_key_is_for_its_owner_only_and_is_never_replaced(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write_random_key(settings)
    first = settings.pseudonym_key()
    write_random_key(settings)
    assert settings.pseudonym_key() == first
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    assert len(first) == 64


def test_the_environment_may_hold_the_key_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THIN_SECRET", "from a vault")
    assert Settings(home=tmp_path).pseudonym_key() == b"from a vault"
