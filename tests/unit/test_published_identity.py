"""Ids of a project: keyed, stable, one per id, and shared with no other project."""

import hashlib
import hmac
from pathlib import Path

import polars as pl
import pytest

from thin_assets.cli.setup import projects, write_project_keys
from thin_assets.domain.identity import SEPARATOR, KeyedHash
from thin_assets.errors import BrokenRules, MissingSecret
from thin_assets.published.persons import identity as room
from thin_assets.published.persons.identity import ENTRY, PERSON, Pseudonyms
from thin_assets.settings import Settings

KEY, OTHER = b"k" * 64, b"q" * 64
IDS = pl.Series([5, 3, 5, None, 2**62], dtype=pl.Int64)


def test_a_pseudonym_is_the_head_of_the_hmac_of_project_kind_and_id() -> None:
    text = SEPARATOR.join(("lung", PERSON, "5"))
    head = hmac.new(KEY, text.encode(), hashlib.sha256).digest()[:8]
    assert Pseudonyms(KEY, "lung").of(PERSON, IDS)[0] == int.from_bytes(head, "little") >> 1


def test_ids_stay_apart_in_their_order_and_null_stays_null() -> None:
    made = Pseudonyms(KEY, "lung").of(PERSON, IDS)
    assert made.dtype == pl.Int64 and made[0] == made[2] and made[3] is None
    assert made.n_unique() == IDS.n_unique() and made.drop_nulls().min() > 0


def test_the_same_key_makes_the_same_pseudonyms_whatever_else_is_asked_for() -> None:
    """A later month has more persons, in another order; those it shares keep their pseudonyms."""
    march = Pseudonyms(KEY, "lung").of(PERSON, pl.Series([1, 2, 3]))
    april = Pseudonyms(KEY, "lung").of(PERSON, pl.Series([9, 3, 2, 8, 1]))
    assert [april[4], april[2], april[1]] == march.to_list()


@pytest.mark.parametrize(
    ("key", "project", "kind"),
    [(OTHER, "lung", PERSON), (KEY, "colon", PERSON), (KEY, "lung", ENTRY)],
    ids=["another key", "another project under the same key", "another kind"],
)
def test_pseudonyms_of_another_kind_project_or_key_share_nothing(key: bytes, project: str, kind: str) -> None:
    ids = pl.Series(range(1, 5001))
    mine, theirs = Pseudonyms(KEY, "lung").of(PERSON, ids), Pseudonyms(key, project).of(kind, ids)
    assert not set(mine) & set(theirs)


def test_known_ids_and_a_wrong_key_tell_nobody() -> None:
    """Who holds every id of the lake, but not the key, tries them all in vain; with the key all are told."""
    ids = pl.Series(range(1, 3001))
    published = set(Pseudonyms(KEY, "lung").of(PERSON, ids))
    guesses = (KEY[:-1], KEY + b"k", b"lung", b"", KEY.upper(), OTHER)
    for guess in guesses:
        assert not published & set(Pseudonyms(guess, "lung").of(PERSON, ids))
    assert published == set(Pseudonyms(KEY, "lung").of(PERSON, ids))
    plain = {int.from_bytes(hashlib.sha256(str(one).encode()).digest()[:8], "little") >> 1 for one in ids}
    assert not published & plain


def test_two_ids_under_one_pseudonym_are_refused_without_naming_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Narrow(KeyedHash):
        """A hash of two values, so that three ids cannot stay apart."""

        def digest(self, text: str) -> bytes:
            return bytes([2 + 2 * (super().digest(text)[0] % 2), *bytes(31)])

    monkeypatch.setattr(room, "KeyedHash", Narrow)
    with pytest.raises(BrokenRules, match="share a pseudonym") as raised:
        Pseudonyms(KEY, "lung").of(PERSON, pl.Series([1111111, 2222222, 3333333]))
    assert "1111111" not in str(raised.value) and "kkkk" not in str(raised.value)


def test_a_project_without_a_key_publishes_nothing_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THIN_PROJECT_KEY_LUNG_CANCER", raising=False)
    with pytest.raises(MissingSecret, match="project lung_cancer") as raised:
        Settings(home=tmp_path).project_key("lung_cancer")
    assert "doctor --fix" in raised.value.remedy and "lung_cancer.key" in raised.value.where


def test_a_key_that_could_be_guessed_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THIN_PROJECT_KEY_LUNG_CANCER", "hunter2")
    with pytest.raises(MissingSecret) as raised:
        Settings(home=tmp_path).project_key("lung_cancer")
    assert "hunter2" not in str(raised.value)


def test_keys_of_projects_are_random_private_and_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THIN_PROJECT_KEY_LUNG_CANCER", raising=False)
    settings, other = Settings(home=tmp_path / "a"), Settings(home=tmp_path / "b")
    write_project_keys(settings)
    write_project_keys(other)
    first = settings.project_key("lung_cancer")
    write_project_keys(settings)
    assert settings.project_key("lung_cancer") == first != other.project_key("lung_cancer")
    assert len(first) == 64
    file = settings.project_key_file("lung_cancer")
    assert file.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in (file.parent, file.parents[1])} == {0o700}


def test_the_environment_may_hold_a_projects_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for project in projects(Settings(home=tmp_path)):
        monkeypatch.setenv(f"THIN_PROJECT_KEY_{project.upper()}", "from a vault, long enough to keep it")
    write_project_keys(Settings(home=tmp_path))
    assert Settings(home=tmp_path).project_key("lung_cancer").startswith(b"from a vault")
    assert not Settings(home=tmp_path).project_keys.exists()
