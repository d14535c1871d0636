"""What the page of a scan may show: estimates that rest on enough persons, in each country and together.

An odds ratio of a country is shown over ten exposed cases and 30 exposed controls or more. A pooled one is
shown where the countries together have as many. Where one country alone is kept back beside a pooled
estimate, that with the fewest exposed cases is kept back with it: else what is shown would tell what is not.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from thin_assets.domain.disclosure import rate_is_shown

KEY = ("scan", "window", "exposure_id")


@dataclass(frozen=True)
class Scene:
    """What the page draws from, exact; frames as `contract.py` has them.

    found      associations by code of the country
    windows    design in counts by code of the country
    across     all countries together
    """

    month: dt.date
    found: Mapping[str, pl.DataFrame]
    windows: Mapping[str, pl.DataFrame]
    across: pl.DataFrame

    def pooled(self, scan: str, window: str) -> pl.DataFrame:
        """Pooled estimates that may be shown, by p; nothing where no country tested."""
        mine = (pl.col("scan") == scan) & (pl.col("window") == window)
        rows = self.across.filter(mine & pl.col("random_p").is_not_null())
        shown = [rate_is_shown(*self._exposed(key)) for key in rows.select(KEY).iter_rows()]
        return rows.filter(pl.Series(shown, dtype=pl.Boolean)).sort("random_p", "exposure_id")

    def _exposed(self, key: tuple) -> tuple[int, int]:
        rows = self.of_countries(key)
        return sum(row["exposed_cases"] for row in rows.values()), sum(
            row["exposed_controls"] for row in rows.values()
        )

    def of_countries(self, key: tuple) -> dict[str, dict]:
        """Row of each country that tested an exposure, by its code; exact."""
        return self._rows.get(tuple(key), {})

    @cached_property
    def _rows(self) -> dict[tuple, dict[str, dict]]:
        rows: dict[tuple, dict[str, dict]] = {}
        for code, frame in sorted(self.found.items()):
            for row in frame.iter_rows(named=True):
                rows.setdefault(tuple(row[name] for name in KEY), {})[code] = row
        return rows

    def shown_countries(self, key: tuple) -> dict[str, dict]:
        """Rows of the countries whose estimate may be shown."""
        rows = self.of_countries(key)
        shown = {
            code: row
            for code, row in rows.items()
            if rate_is_shown(row["exposed_cases"], row["exposed_controls"])
        }
        if shown and len(rows) - len(shown) == 1:
            shown.pop(min(shown, key=lambda code: (shown[code]["exposed_cases"], code)))
        return shown
