"""A store of objects: what it is asked, what it refuses, and that no key is told."""

from pathlib import Path

import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from thin_assets.cli.doctor import _of_the_store
from thin_assets.errors import SettingsError, StoreMoved, StoreUnreachable
from thin_assets.resources.extensions import _secret, let_read
from thin_assets.resources.store import (
    Store,
    keeps_its_word,
    open_store,
    read_options,
    shared_store,
    using,
)
from thin_assets.settings import Settings


@pytest.fixture
def store() -> Store:
    return Store(MemoryStore(), "memory://lake", {})


def options(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "store.options"
    path.touch()
    path.write_text(text)
    path.chmod(mode)
    return path


def test_an_object_is_written_once_and_replaced_only_by_who_has_seen_it(store: Store) -> None:
    assert store.put_new("a", b"first")
    assert not store.put_new("a", b"second")
    seen = store.read("a")
    assert seen.content == b"first"
    tag = store.replace("a", b"third", seen.tag)
    for old in (seen.tag, None):
        with pytest.raises(StoreMoved, match="memory://lake/a"):
            store.replace("a", b"fourth", old)
    assert (store.read("a").content, store.read("a").tag) == (b"third", tag)


def test_what_is_gone_cannot_be_replaced_unseen(store: Store) -> None:
    tag = store.replace("a", b"first", None)
    store.delete("a")
    with pytest.raises(StoreMoved):
        store.replace("a", b"second", tag)
    assert store.read("a") is None


def test_a_file_is_fetched_whole_or_not_at_all(store: Store, tmp_path: Path) -> None:
    big = bytes(range(256)) * 80_000
    (tmp_path / "from").write_bytes(big)
    store.put_new("folder/a", tmp_path / "from")
    assert store.fetch("folder/a", tmp_path / "new" / "to")
    assert (tmp_path / "new" / "to").read_bytes() == big
    assert not store.fetch("folder/none", tmp_path / "none")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["from", "to"]


def test_a_large_file_is_put_in_parts_and_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("thin_assets.resources.store.LARGE", 1_000_000)
    big = bytes(range(256)) * 80_000
    (tmp_path / "from").write_bytes(big)
    assert store.put_new("a", tmp_path / "from")
    (tmp_path / "from").write_bytes(big + b"more")
    assert not store.put_new("a", tmp_path / "from")
    assert store.read("a").content == big


def test_keys_are_listed_by_folder_and_not_by_how_they_begin(store: Store) -> None:
    for key in ("a/1", "a/b/2", "ab/3"):
        store.put(key, b"")
    assert sorted(store.listed("a")) == sorted(store.listed("a/")) == ["a/1", "a/b/2"]
    assert store.folders("a") == ["a/b"]


def test_a_store_that_keeps_its_word_is_known_and_nothing_is_left_of_the_probe(store: Store) -> None:
    assert keeps_its_word(store)
    assert store.listed("") == {}


class Forgetful(Store):
    """A store that lets every writer through, as some that speak S3 do."""

    def put_new(self, key: str, content: bytes | Path) -> bool:
        self.put(key, content)
        return True


class HalfForgetful(Store):
    """One that knows If-None-Match, and not If-Match."""

    def replace(self, key: str, content: bytes, seen: str | None) -> str:
        self.put(key, content)
        return self.read(key).tag


@pytest.mark.parametrize("kind", [Forgetful, HalfForgetful])
def test_a_store_that_lets_two_writers_through_is_not_fit(kind: type[Store], tmp_path: Path) -> None:
    store = kind(MemoryStore(), "memory://lake", {})
    assert not keeps_its_word(store)
    with using(store):
        ((_, check, remedy),) = _of_the_store(Settings(home=tmp_path))
        assert not check()
    assert "If-Match" in remedy
    assert store.listed("") == {}


def test_no_answer_is_an_error_that_names_the_store_and_no_key(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise GenericError("403 for AKIA-a-key with a-secret")

    monkeypatch.setattr("obstore.get", refuse)
    with pytest.raises(StoreUnreachable, match="memory://lake") as caught:
        store.read("a")
    assert "AKIA" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_without_the_setting_there_is_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THIN_STORE", raising=False)
    assert shared_store() is None
    assert _of_the_store(Settings()) == []


@pytest.mark.parametrize("address", ["bucket/prefix", "s3://", "file:///somewhere"])
def test_what_is_no_address_of_a_store_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="s3://bucket/prefix"):
        open_store(address)


def test_options_are_lines_of_a_file_for_its_owner_only(tmp_path: Path) -> None:
    path = options(tmp_path, "# of the lake\n\nAWS_REGION = eu-west-1\nAWS_SECRET_ACCESS_KEY='a=b'\n")
    assert read_options(path) == {"AWS_REGION": "eu-west-1", "AWS_SECRET_ACCESS_KEY": "a=b"}


@pytest.mark.parametrize(
    ("text", "mode"),
    [("AWS_REGION=x", 0o644), ("AWS_REGION=x", 0o640), ("a-secret\n", 0o600), ("X=1", 0o600)],
)
def test_other_options_are_refused_and_never_repeated(text: str, mode: int, tmp_path: Path) -> None:
    path = options(tmp_path, text, mode)
    with pytest.raises(SettingsError) as caught:
        read_options(path)
    assert text.strip() not in str(caught.value)
    with pytest.raises(SettingsError):
        read_options(tmp_path / "none")


def test_duckdb_is_told_the_same_as_others() -> None:
    told = {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
    }
    assert _secret(told) == {
        "key_id": "k",
        "secret": "s",
        "session_token": "t",
        "region": "eu-west-1",
        "endpoint": "127.0.0.1:9000",
        "use_ssl": "false",
        "url_style": "path",
    }


def test_duckdb_without_keys_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID"):
        let_read(None, Store(MemoryStore(), "s3://bucket", {}))
