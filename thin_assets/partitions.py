"""The grid in which everything is built: country x monthly snapshot (keys such as `GB|2024-03-01`)."""

import dagster as dg

from thin_assets.domain.countries import COUNTRIES

FIRST_SNAPSHOT = "2023-01-01"

COUNTRY = dg.StaticPartitionsDefinition(list(COUNTRIES))
SNAPSHOT = dg.MonthlyPartitionsDefinition(start_date=FIRST_SNAPSHOT, end_offset=0)
GRID = dg.MultiPartitionsDefinition({"country": COUNTRY, "snapshot": SNAPSHOT})


def of_every_country(room: str, name: str) -> dg.AssetDep:
    """What an asset of a month stands on: the partitions of that month, whichever countries have one."""
    return dg.AssetDep([room, name], partition_mapping=dg.MultiToSingleDimensionPartitionMapping("snapshot"))
