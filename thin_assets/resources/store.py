"""A store of objects such as S3: whole objects by key, and a replacement of what was seen only.

No folder, no lock, no rename: what makes it safe is that the store itself refuses to replace an object that
is not the one which the writer saw (`If-Match`), or to write one that is there (`If-None-Match: *`).
"""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from thin_assets.errors import SettingsError, StoreMoved, StoreUnreachable
from thin_assets.resources.files import replacing
from thin_assets.resources.modes import is_private
from thin_assets.settings import Settings

T = TypeVar("T")
P = ParamSpec("P")

SCHEME = "s3://"
_RETRIES = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}
_TIMEOUT = {"timeout": timedelta(minutes=10), "connect_timeout": timedelta(seconds=10)}

LARGE = 64 * 1024 * 1024
"""Bytes above which a file is not held in memory as a whole."""

_HTTP = "AWS_ALLOW_HTTP"
"""An option of the client, not of the store, in the words of its library."""


@dataclass(frozen=True)
class Seen:
    """An object as it was read.

    tag    its ETag: what a replacement names
    """

    content: bytes
    tag: str


def _told(do: Callable[P, T]) -> Callable[P, T]:
    """What the store's client raises as an error that says what to do; keys and secrets are in none."""

    @wraps(do)
    def told(*arguments: P.args, **named: P.kwargs) -> T:
        from obstore.exceptions import BaseError

        try:
            return do(*arguments, **named)
        except BaseError as error:
            store = arguments[0]
            raise StoreUnreachable(
                f"the store of objects does not answer as it should ({type(error).__name__})",
                where=store.address,
                remedy="look at THIN_STORE, the endpoint, the keys and their rights: `thin-assets doctor`; "
                "see docs/how-to/keep-the-lake-in-an-object-store.md",
            ) from None

    return told


class Store:
    """Objects below one address.

    objects    of obstore: its own are S3 and, for tests, memory
    options    `AWS_...` by name, beyond those of the environment; for other clients of the same store
    """

    def __init__(self, objects: object, address: str, options: Mapping[str, str]) -> None:
        self.objects, self.address, self.options = objects, address.rstrip("/"), dict(options)

    def uri(self, key: str) -> str:
        """Where others find an object, or the objects below a key."""
        return f"{self.address}/{key}"

    @_told
    def read(self, key: str) -> Seen | None:
        """An object with its tag; None when there is none."""
        import obstore

        try:
            found = obstore.get(self.objects, key)
        except FileNotFoundError:
            return None
        return Seen(bytes(found.bytes()), found.meta["e_tag"])

    @_told
    def fetch(self, key: str, path: Path) -> bool:
        """An object as a file, whole or not at all; False when there is none."""
        import obstore

        try:
            found = obstore.get(self.objects, key)
        except FileNotFoundError:
            return False
        with replacing(path) as temporary, temporary.open("wb") as file:
            for part in found.stream(min_chunk_size=8 * 1024 * 1024):
                file.write(part)
        return True

    @_told
    def listed(self, prefix: str) -> dict[str, str]:
        """Tags of all objects below a folder, by key."""
        import obstore

        return {
            one["path"]: one["e_tag"]
            for page in obstore.list(self.objects, prefix.rstrip("/"))
            for one in page
        }

    @_told
    def folders(self, prefix: str) -> list[str]:
        """Keys of the folders in a folder, such as `published/cohort_incidence/v1`."""
        import obstore

        return sorted(obstore.list_with_delimiter(self.objects, prefix.rstrip("/"))["common_prefixes"])

    @_told
    def delete(self, key: str) -> None:
        """Delete an object, if it is there."""
        import obstore

        obstore.delete(self.objects, key)

    @_told
    def put_new(self, key: str, content: bytes | Path) -> bool:
        """Write an object that is not there yet; False, and nothing changed, when there is one.

        A large file goes in parts, which cannot be written on that condition: two writers at once both write.
        Keys of files are never given to other bytes, so that no reader can tell.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        if isinstance(content, Path) and content.stat().st_size > LARGE:
            return self._put_in_parts(key, content)
        try:
            obstore.put(self.objects, key, content, mode="create")
        except AlreadyExistsError:
            return False
        return True

    def _put_in_parts(self, key: str, file: Path) -> bool:
        import obstore

        try:
            obstore.head(self.objects, key)
        except FileNotFoundError:
            obstore.put(self.objects, key, file, use_multipart=True)
            return True
        return False

    @_told
    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object whatever stands there: for what has one writer, or what anybody may draw again."""
        import obstore

        obstore.put(self.objects, key, content)

    @_told
    def replace(self, key: str, content: bytes, seen: str | None) -> str:
        """Replace the object that was seen; its new tag.

        content    of this write alone, so that an answer that was lost on the way is known again
        seen       tag that it had; None: there was none
        Raises StoreMoved when it is another one by now.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            mode = "create" if seen is None else {"e_tag": seen}
            return obstore.put(self.objects, key, content, mode=mode)["e_tag"]
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            now = self.read(key)
            if now is not None and now.content == content:  # it was put, and the answer was lost
                return now.tag
        raise StoreMoved(
            "somebody else has changed what this was built on",
            where=self.uri(key),
            remedy="run it again: the run begins with what stands there now, and drops what was built beside",
        )


_USED: ContextVar[Store | None] = ContextVar("store", default=None)


@contextmanager
def using(store: Store) -> Iterator[None]:
    """Take this store for the one that homes share while the block runs, whatever the environment says."""
    token = _USED.set(store)
    try:
        yield
    finally:
        _USED.reset(token)


def shared_store() -> Store | None:
    """The store that homes share, from the environment; None where a home keeps everything to itself."""
    if (store := _USED.get()) is not None:
        return store
    settings = Settings.load()
    return None if settings.store is None else open_store(settings.store, settings.store_options)


def options_file() -> Path | None:
    """File of options that the environment names."""
    return Settings.load().store_options


@cache
def open_store(address: str, options: Path | None = None) -> Store:
    """The store at an address `s3://bucket/prefix`. Raises SettingsError for what is none.

    options    file of lines `AWS_ENDPOINT_URL=...`, beyond the environment
    """
    from obstore.store import S3Store

    if not address.startswith(SCHEME) or len(address) == len(SCHEME):
        raise SettingsError("no address of a store", where="THIN_STORE", remedy="write s3://bucket/prefix")
    told = read_options(options) if options else {}
    config = {name: value for name, value in told.items() if name != _HTTP}
    objects = S3Store.from_url(address, config=config, client_options=_client(told), retry_config=_RETRIES)
    return Store(objects, address, told)


def keeps_its_word(store: Store) -> bool:
    """Whether a store refuses what two writers must not both do. Raises StoreUnreachable."""
    key = f"probe/{uuid.uuid4().hex}"
    try:
        if not store.put_new(key, b"first") or store.put_new(key, b"second"):
            return False
        tag = store.replace(key, b"third", store.read(key).tag)
        store.replace(key, b"fourth", tag)
        try:
            store.replace(key, b"fifth", tag)
        except StoreMoved:
            return store.read(key).content == b"fourth"
        return False
    finally:
        store.delete(key)


def read_options(path: Path) -> dict[str, str]:
    """Options of a store from a file for its owner only, a line `NAME=value` each. Raises SettingsError."""
    if not path.is_file() or not is_private(path):
        raise SettingsError(
            "the options of the store are not in a file for its owner only",
            where=f"THIN_STORE_OPTIONS, {path}",
            remedy=f"write lines such as AWS_ENDPOINT_URL=https://... into it, and chmod 600 {path}",
        )
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    if any(not name.strip().startswith("AWS_") for name, _, _ in pairs):
        raise SettingsError("a line is no option of a store", where=str(path), remedy="write AWS_NAME=value")
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def _client(told: Mapping[str, str]) -> dict:
    is_plain = told.get(_HTTP) or os.environ.get(_HTTP, "")  # given one option, it looks for no other
    return _TIMEOUT | ({"allow_http": True} if is_plain.lower() == "true" else {})
