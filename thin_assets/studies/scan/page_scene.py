"""What the page of a scan may show: estimates that rest on enough persons, in each country and together.

An odds ratio of a country is shown over ten exposed cases and 30 exposed controls or more. A pooled one is
shown where the countries together have as many. Where one country alone is kept back beside a pooled
estimate, that with the fewest exposed cases is kept back with it: else what is shown would tell what is not.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    adjusted, doses, onset    what passed, looked at again, by code of the country
    """

    month: dt.date
    found: Mapping[str, pl.DataFrame]
    windows: Mapping[str, pl.DataFrame]
    across: pl.DataFrame
    adjusted: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    doses: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    onset: Mapping[str, pl.DataFrame] = field(default_factory=dict)

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

    @staticmethod
    def is_shown(row: dict) -> bool:
        """Whether an estimate rests on enough persons who are exposed."""
        return rate_is_shown(row["exposed_cases"], row["exposed_controls"])

    def followed(self, scan: str) -> dict[int, list[dict]]:
        """Years before the index of each exposure that passed, countries together, and which they are."""
        frames = [
            frame.filter(pl.col("scan") == scan).with_columns(country=pl.lit(code))
            for code, frame in sorted(self.onset.items())
        ]
        found: dict[int, list[dict]] = {}
        if not frames:
            return found
        rows = (
            pl.concat(frames)
            .group_by("exposure_id", "year")
            .agg(
                pl.col("exposure_name").first(),
                pl.col("country").sort().str.join(", ").alias("countries"),
                pl.col("cases", "controls", "exposed_cases", "exposed_controls").sum(),
            )
        )
        for row in rows.sort("exposure_id", "year").iter_rows(named=True):
            found.setdefault(row["exposure_id"], []).append(row)
        return found


def share_of(row: dict, side: str) -> float | None:
    """Share of the cases, or controls, of a year with a record in it; None where it rests on few persons."""
    exposed, looked_at = row[f"exposed_{side}"], row[side]
    return exposed / looked_at if rate_is_shown(exposed, looked_at) else None
