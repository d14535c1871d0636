"""The items of TRIPOD+AI (Collins 2024) in our words, and what this report tells to each."""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from thin_assets.pages import figures
from thin_assets.studies.risk.page_scene import Scene


def filled(scene: Scene) -> Iterator[tuple[str, str, str, str, str]]:
    """Item, section, what it asks, the part of the page that answers, and what is told."""
    told = scene.told
    facts = {
        "sites": ", ".join(site.title for site in told.sites),
        "population": "; ".join(one.title for one in told.populations),
        "countries": ", ".join(scene.countries),
        "month": figures.month(scene.month),
        "horizons": ", ".join(map(str, told.horizons)),
        "predictors": str(len(told.predictors)),
        "fewest_events": str(told.fewest_events),
        "share": f"{told.scoring.share:.0%}",
    }
    for row in items():
        yield (*(row[name] for name in ("item", "section", "asks", "where")), row["told"].format_map(facts))


@cache
def items() -> list[dict[str, str]]:
    """Every row of `tripod.csv`."""
    text = files("thin_assets.studies.risk").joinpath("tripod.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
