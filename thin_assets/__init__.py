"""Data products from primary-care records: deliveries to OMOP CDM v5.4 to published feature tables."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thin_assets.published.reading.read import Form

__all__ = ["published_files", "read_published"]


def read_published(
    name: str,
    *,
    country: str | None = None,
    snapshot: str | dt.date | None = None,
    version: int | str | None = None,
    release: str | None = None,
    as_: "Form" = "polars",
    home: Path | str | None = None,
) -> Any:
    """A published table, all of it or one country or one month, now or as it was.

    name        product, for example `lung_cancer_features`
    country     code such as `GB`; None: every country
    snapshot    month such as `2024-03`; None: every month
    version     of the table, as `12`; `"v1"` or `"v1@12"` for that of an earlier major version
    release     name such as `2024Q1`, in place of a version
    as_         `polars` or `pandas` frame, `duckdb` relation, or `csr`: matrix, row ids and covariate ids
    home        folder of the platform, or `s3://bucket/prefix` where it shares a store; None: `THIN_HOME`, or
                `thin-home` in the working directory
    returns     rows sorted as published; none for a partition that was published without a row
    raises      NothingPublished when there is no such product, version or partition; ReleaseRefused when
                there is no such release; Recalled, with the reason, when what is asked for was taken back
    """
    from thin_assets.published.reading.read import read_published as read

    return read(
        name,
        country=country,
        snapshot=snapshot,
        version=version,
        release=release,
        as_=as_,
        home=home or _home(),
    )


def published_files(
    name: str,
    *,
    country: str,
    snapshot: str | dt.date,
    version: str | None = None,
    release: str | None = None,
    home: Path | str | None = None,
) -> Path:
    """Folder of a published report or model of one country and month.

    version    as the folder is called; None: the current one
    release    name such as `2024Q1`, in place of a version
    home       folder of the platform; None: `THIN_HOME`, or `thin-home` in the working directory
    raises     as `read_published`
    """
    from thin_assets.published.reading.find_files import find_files
    from thin_assets.published.reading.place import folder_only

    return find_files(
        name,
        folder_only(home or _home()),
        country=country,
        snapshot=snapshot,
        version=version,
        release=release,
    )


def _home() -> Path:
    from thin_assets.settings import Settings

    return Settings.load().home
