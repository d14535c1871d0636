"""The page of a feature table: what it shows, and what it keeps back."""

import datetime as dt
import re

import polars as pl
import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.drift import DRIFT
from thin_assets.features.page import draw_features
from thin_assets.features.page_scene import Scene

GB = Snapshot("GB", dt.date(2024, 3, 1))
PROFILE = {
    "covariate_id": pl.Int64,
    "split": pl.String,
    "is_case": pl.Boolean,
    "entries": pl.UInt32,
    "with_covariate": pl.UInt32,
    "mean_value": pl.Float64,
    "auc": pl.Float64,
    "is_judged": pl.Boolean,
    "is_flagged": pl.Boolean,
}
GROUPS = {("train", True): 40, ("train", False): 90, ("tuning", True): 12, ("tuning", False): 20}

COUNTS = {("train", True): 20, ("train", False): 45, ("tuning", True): 11, ("tuning", False): 10}
SHARES = "Prevalence by split and case"


def scene(
    groups: dict[tuple[str, bool], int] | None = None,
    counts: dict[tuple[str, bool], int] | None = None,
    *,
    auc: float = 0.6,
    others: dict | None = None,
    drift: pl.DataFrame | None = None,
) -> Scene:
    """A page about one covariate, `cough`, with its entries by group."""
    groups = groups or GROUPS
    counts = counts or COUNTS
    told = (1.0, auc, True, auc > 0.9)
    rows = [(5, *group, size, counts.get(group, 0), *told) for group, size in groups.items()]
    rows.append((5, "all", None, sum(groups.values()), sum(counts.values()), *told))
    return Scene(
        population="lung",
        snapshot=GB,
        build="b1",
        covariates=pl.DataFrame({"covariate_id": [5], "covariate_name": ["cough"]}),
        profile=pl.DataFrame(rows, schema=PROFILE, orient="row"),
        drift=pl.DataFrame(schema=DRIFT) if drift is None else drift,
        others=others or {},
    )


def cells(page: str, heading: str) -> list[list[str]]:
    """Rows of a section's tables, as text."""
    section = page.split(f"<h2>{heading}</h2>")[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    return [re.findall(r">([^<>]+)</t[hd]>", row) for row in rows]


def test_prevalence_is_shown_by_split_and_case() -> None:
    page = draw_features(scene())
    assert ["cough", "86", "50.0 %", "50.0 %", "91.7 %", "50.0 %"] in cells(page, SHARES)
    assert ["train", "40", "90"] in cells(page, "Entries")


def test_a_small_group_cannot_be_told_from_the_others() -> None:
    """15 cases, 12 of them in one split: the other 3 would be told, so the 12 are kept back too."""
    groups = {("train", True): 12, ("tuning", True): 3, ("train", False): 90, ("tuning", False): 20}
    rows = cells(draw_features(scene(groups, {("train", False): 40})), "Entries")
    assert ["train", "–", "90"] in rows and ["tuning", "&lt;10", "20"] in rows


def test_a_small_cell_cannot_be_told_from_the_sum_of_its_row() -> None:
    """86 entries have it, and 3 of one group: another group is kept back beside it."""
    counts = {("train", True): 20, ("train", False): 45, ("tuning", True): 3, ("tuning", False): 18}
    rows = cells(draw_features(scene(counts=counts)), SHARES)
    assert ["cough", "86", "50.0 %", "50.0 %", "–", "–"] in rows


@pytest.mark.parametrize(("auc", "is_flagged"), [(0.6, False), (0.97, True)])
def test_a_covariate_that_tells_the_outcome_is_pointed_out(auc: float, is_flagged: bool) -> None:
    section = draw_features(scene(auc=auc)).split("<h2>What a single covariate tells</h2>")[1]
    assert (">look<" in section.split("</section>")[0]) == is_flagged


def test_other_countries_stand_beside_it() -> None:
    page = draw_features(scene(others={"FR": scene().profile}))
    assert ["cough", "53.1 %", "53.1 %"] in cells(page, "Beside other countries")
    assert "<svg" in page.split("<h2>Beside other countries</h2>")[1].split("</section>")[0]


def test_what_moved_is_listed_and_what_blocks_says_so() -> None:
    rows = [
        (5, 100, 600, 1000, 1000, 0.9, None, "block", False),
        (6, 5, 3, 1000, 1000, 0.0, None, "ok", False),
    ]
    page = draw_features(scene(drift=pl.DataFrame(rows, schema=DRIFT, orient="row")))
    assert ["cough", "100", "600", "0.900"] in [row[:4] for row in cells(page, "Since last month")]
    assert ">blocks<" in page


def test_without_a_month_before_the_page_says_so() -> None:
    assert "The month before is not built." in draw_features(scene())


def test_the_same_tables_give_the_same_bytes() -> None:
    assert draw_features(scene()) == draw_features(scene())
