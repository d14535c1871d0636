"""Data products from primary-care records: deliveries to OMOP CDM v5.4 to published feature tables."""

from thin_assets.published.read import read_published

__all__ = ["read_published"]
