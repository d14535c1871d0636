"""What the generator planted in the lives of a country is found in the features that the platform builds.

The whole way: deliveries with defects, codes and free choices of a practice, OMOP, the seal, the cohort, its
matched controls, and the wide table of features.
"""

import polars as pl
import pytest

from tests.conftest import thin_assets
from tests.odds import odds_ratio
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.synthetic.parameters import rates

pytestmark = pytest.mark.journey

COUNTRY, MONTH, POPULATION = "GB", "2024-03", "lung_cancer_matched"
SMOKER, EX_SMOKER, NEVER_ANSWER = "c4298794811", "c4310250811", "c4144272811"
"""Columns of the last answer to a question about smoking."""


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Cases of lung cancer and their controls, with their features."""
    home = tmp_path_factory.mktemp("planted") / "home"
    partition = ("--country", COUNTRY, "--snapshot", MONTH)
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "generate", *partition, "--patients", "20000", "--seed", "5", "--effect", "lung_cancer")
    thin_assets(home, "run", *partition, "--until", "features")
    lake, snapshot = Lake(home=str(home)), Snapshot.named(COUNTRY, MONTH)
    labels, wide = (lake.read("features", f"{POPULATION}_{name}", snapshot) for name in ("labels", "wide"))
    return labels.join(wide, on="row_id")


@pytest.mark.parametrize(("sex", "concept"), [("m", 8507), ("f", 8532)])
def test_smoking_before_lung_cancer_has_its_planted_ratio(
    members: pl.DataFrame, sex: str, concept: int
) -> None:
    planted = _planted(exposure="smoker", sex=sex)
    low, high = _interval(members.filter(pl.col(f"c{concept}001") == 1), SMOKER)
    assert 1 < low < planted < high


def test_having_stopped_smoking_has_its_planted_ratio(members: pl.DataFrame) -> None:
    low, high = _interval(members, EX_SMOKER)
    assert 1 < low < _planted(exposure="ex_smoker", sex=None) < high


def _interval(members: pl.DataFrame, status: str) -> tuple[float, float]:
    """95 % interval of the odds ratio of those of one status against those who never smoked."""
    asked = members.filter((pl.col(status) == 1) | (pl.col(NEVER_ANSWER) == 1))
    _, low, high = odds_ratio(asked.select("set_id", "is_case", exposed=pl.col(status) == 1))
    return low, high


def _planted(**wanted: str | None) -> float:
    rows = rates("effects").filter(pl.col("effect") == "lung_cancer")
    for name, value in wanted.items():
        rows = rows.filter(pl.col(name).eq_missing(pl.lit(value, pl.String)))
    return rows["multiplier"].item()
