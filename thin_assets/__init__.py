"""Data products from primary-care records: deliveries to OMOP CDM v5.4 to published feature tables."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_published"]


def read_published(
    name: str,
    *,
    country: str | None = None,
    snapshot: str | dt.date | None = None,
    home: Path | str | None = None,
) -> "pl.DataFrame":
    """The current version of a published table, all of it or one country or one month.

    name       product, for example `lung_cancer_features`
    country    code such as `GB`; None: every country
    snapshot   month such as `2024-03`; None: every month
    home       folder of the platform; None: `THIN_HOME`, or `thin-home` in the working directory
    returns    rows sorted as published; none for a partition that was published without a row
    raises     NothingPublished when there is no such product, or the partition was never published
    """
    from thin_assets.published.read import read_published as read
    from thin_assets.settings import Settings

    return read(name, country=country, snapshot=snapshot, home=home or Settings.load().home)
