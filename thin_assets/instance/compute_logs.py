"""What runs print: kept in a folder of the home, in another folder, or in an object store through fsspec.

The settings name a folder or a URL and never a credential: fsspec reads those from the environment, those of
S3 as the AWS clients do, and others as `FSSPEC_<PROTOCOL>_<OPTION>`.
"""

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import fsspec
from dagster import Field, IntSource, StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.cloud_storage_compute_log_manager import (
    PollingComputeLogSubscriptionManager,
    TruncatingCloudStorageComputeLogManager,
)
from dagster._core.storage.compute_log_manager import ComputeIOType
from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION, LocalComputeLogManager
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from thin_assets.errors import SettingsError
from thin_assets.settings import Settings

UPLOAD_SECONDS = 30
"""How often what a run has printed so far is shown to others."""


def compute_logs(settings: Settings) -> dict:
    """What dagster.yaml says of compute logs: nothing for the folder of the home, the default.

    Raises SettingsError for a URL of a protocol that fsspec does not know, or whose library is not installed.
    """
    told = settings.compute_logs
    if told is None:
        return {}
    if "://" not in told:
        folder = str(Path(told).expanduser().resolve())
        return {"compute_logs": _of("dagster", "LocalComputeLogManager", {"base_dir": folder})}
    _require_known(told)
    local = str(settings.spill / "compute_logs")
    config = {"url": told, "local_dir": local, "upload_interval": UPLOAD_SECONDS}
    return {"compute_logs": _of("thin_assets.instance.compute_logs", "FsspecComputeLogManager", config)}


def _of(module: str, name: str, config: dict) -> dict:
    return {"module": module, "class": name, "config": config}


def _require_known(url: str) -> None:
    protocol = url.partition("://")[0]
    try:
        fsspec.get_filesystem_class(protocol)
    except (ValueError, ImportError) as error:
        raise SettingsError(
            f"compute logs cannot be kept at {protocol}://: {error}",
            where="THIN_COMPUTE_LOGS",
            remedy="name a folder, or install the library of that protocol (s3fs, adlfs, gcsfs)",
        ) from error


class FsspecComputeLogManager(TruncatingCloudStorageComputeLogManager, ConfigurableClass):
    """Captured in a local folder while a step runs, then moved to `<url>/<run>/compute_logs/<file>.out|.err`.

    url                where fsspec writes, such as `s3://bucket/logs`
    local_dir          where logs are while a step runs, and while they are looked at
    upload_interval    seconds between uploads of what is there so far; None: at the end only
    """

    def __init__(
        self,
        url: str,
        local_dir: str,
        upload_interval: int | None = None,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__()
        self._files, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        self._url, self._interval, self._inst_data = url.rstrip("/"), upload_interval, inst_data
        self._local = LocalComputeLogManager(local_dir)
        self._subscriptions = PollingComputeLogSubscriptionManager(self)

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """How dagster.yaml describes it."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What dagster.yaml may say."""
        return {
            "url": StringSource,
            "local_dir": StringSource,
            "upload_interval": Field(IntSource, is_required=False),
        }

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "FsspecComputeLogManager":
        """Made by Dagster from dagster.yaml."""
        return cls(**config_value, inst_data=inst_data)

    @property
    def local_manager(self) -> LocalComputeLogManager:
        """Where logs are while a step runs."""
        return self._local

    @property
    def upload_interval(self) -> int | None:
        """Seconds between uploads."""
        return self._interval

    def display_path_for_type(self, log_key: Sequence[str], io_type: ComputeIOType) -> str:
        """Address of a log, as the user interface shows it."""
        return self._url + self._place(log_key, io_type).removeprefix(self._root)

    def download_url_for_type(self, log_key: Sequence[str], io_type: ComputeIOType) -> None:
        """None: who may look into the store asks the store."""

    def cloud_storage_has_logs(
        self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False
    ) -> bool:
        """Whether a log was uploaded; `partial`: what was there before its step ended."""
        return self._files.exists(self._place(log_key, io_type, partial))

    def download_from_cloud_storage(
        self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False
    ) -> None:
        """Bring a log to the local folder, where it is read from."""
        path = Path(self._local.get_captured_local_path(log_key, IO_TYPE_EXTENSION[io_type], partial=partial))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._files.get_file(self._place(log_key, io_type, partial), str(path))

    def delete_logs(self, log_key: Sequence[str] | None = None, prefix: Sequence[str] | None = None) -> None:
        """Delete a log, or all below a prefix, here and in the store."""
        self._local.delete_logs(log_key=log_key, prefix=prefix)
        places = [posixpath.join(self._root, *prefix)] if prefix else []
        if log_key:
            places = [self._place(log_key, kind, part) for kind in ComputeIOType for part in (False, True)]
        for place in places:
            if self._files.exists(place):
                self._files.rm(place, recursive=True)

    def get_log_keys_for_log_key_prefix(
        self, log_key_prefix: Sequence[str], io_type: ComputeIOType
    ) -> list[list[str]]:
        """Keys of the logs below a prefix that were uploaded."""
        ending = f".{IO_TYPE_EXTENSION[io_type]}"
        folder = posixpath.join(self._root, *log_key_prefix)
        found = self._files.ls(folder, detail=False) if self._files.exists(folder) else []
        names = sorted(posixpath.basename(path) for path in found if path.endswith(ending))
        return [[*log_key_prefix, name.removesuffix(ending)] for name in names]

    def on_subscribe(self, subscription: Any) -> None:
        """Somebody watches a log."""
        self._subscriptions.add_subscription(subscription)

    def on_unsubscribe(self, subscription: Any) -> None:
        """And no longer."""
        self._subscriptions.remove_subscription(subscription)

    def dispose(self) -> None:
        """Stop watching."""
        self._subscriptions.dispose()
        super().dispose()

    def _upload_file_obj(
        self, data: IO[bytes], log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False
    ) -> None:
        place = self._place(log_key, io_type, partial)
        self._files.makedirs(posixpath.dirname(place), exist_ok=True)
        self._files.pipe_file(place, data.read())

    def _place(self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False) -> str:
        *folders, name = log_key
        ending = f"{IO_TYPE_EXTENSION[io_type]}{'.partial' if partial else ''}"
        return posixpath.join(self._root, *folders, f"{name}.{ending}")
