"""The grid in which everything is built: country x monthly snapshot (keys such as `GB|2024-03-01`)."""

import dagster as dg

from thin_assets.domain.countries import COUNTRIES

FIRST_SNAPSHOT = "2023-01-01"

COUNTRY = dg.StaticPartitionsDefinition(list(COUNTRIES))
SNAPSHOT = dg.MonthlyPartitionsDefinition(start_date=FIRST_SNAPSHOT, end_offset=0)
GRID = dg.MultiPartitionsDefinition({"country": COUNTRY, "snapshot": SNAPSHOT})
