"""What the generator planted in the lives of a country is found in the features that the platform builds.

The whole way: deliveries with defects, codes and free choices of a practice, OMOP, the seal, the cohort, its
matched controls, and the wide table of features. Factors under local codes travel along.
"""

import polars as pl
import pytest

from tests.conftest import thin_assets
from tests.odds import odds_ratio
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.synthetic.codes.factors import FIRST_CONCEPT
from thin_assets.synthetic.parameters import rates

pytestmark = pytest.mark.journey

COUNTRY, MONTH, POPULATION = "GB", "2024-03", "lung_cancer_matched"
FACTORS = 50
SMOKER, EX_SMOKER, NEVER_ANSWER = "c4298794811", "c4310250811", "c4144272811"
"""Columns of the last answer to a question about smoking."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A country with its features, under a vocabulary that knows the factors."""
    home = tmp_path_factory.mktemp("planted") / "home"
    partition = ("--country", COUNTRY, "--snapshot", MONTH)
    planted = ("--effect", "lung_cancer", "--wide", str(FACTORS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIN_SECRET", "the same persons in every run of this test")
        patch.setenv("THIN_VOCABULARY", str(home / f"bundle-wide-{FACTORS}"))
        thin_assets(home, "generate", *partition, "--patients", "12000", "--seed", "5", *planted)
        thin_assets(home, "doctor", "--fix")
        thin_assets(home, "run", *partition, "--until", "features")
    return Lake(home=str(home))


@pytest.fixture(scope="module")
def members(lake: Lake) -> pl.DataFrame:
    """Cases of lung cancer and their controls, with their features."""
    snapshot = Snapshot.named(COUNTRY, MONTH)
    labels, wide = (lake.read("features", f"{POPULATION}_{name}", snapshot) for name in ("labels", "wide"))
    return labels.join(wide, on="row_id")


def test_a_code_of_a_local_concept_becomes_that_concept(lake: Lake) -> None:
    build = lake.current_build(Snapshot.named(COUNTRY, MONTH))
    conditions = pl.read_parquet(build / "condition_occurrence" / "data.parquet")
    local = conditions.filter(pl.col("condition_source_value").str.contains(r"^F\d{5}$"))
    named = FIRST_CONCEPT + local["condition_source_value"].str.slice(1).cast(pl.Int64)
    assert local["condition_concept_id"].n_unique() == FACTORS
    assert (local["condition_concept_id"] == named).all()
    assert (local["condition_source_concept_id"] == named).all()


@pytest.mark.parametrize(("sex", "concept"), [("m", 8507), ("f", 8532)])
def test_smoking_before_lung_cancer_has_its_planted_ratio(
    members: pl.DataFrame, sex: str, concept: int
) -> None:
    """Of some twenty cases of either sex, which is enough for a direction; both together are no chance."""
    planted = _planted(exposure="smoker", sex=sex)
    ratio, low, high = _estimate(members.filter(pl.col(f"c{concept}001") == 1), SMOKER)
    assert ratio > 1 and low < planted < high


def test_that_smokers_fall_ill_more_often_is_no_chance(members: pl.DataFrame) -> None:
    _, low, _ = _estimate(members, SMOKER)
    assert low > 1


def test_having_stopped_smoking_neither_protects_nor_passes_what_was_planted(
    members: pl.DataFrame,
) -> None:
    """Of some twenty cases no more can be asked."""
    _, low, high = _estimate(members, EX_SMOKER)
    assert low < _planted(exposure="ex_smoker", sex=None) and high > 1


def _estimate(members: pl.DataFrame, status: str) -> tuple[float, float, float]:
    """Odds ratio of those of one status against those who never smoked, with its 95 % interval."""
    asked = members.filter((pl.col(status) == 1) | (pl.col(NEVER_ANSWER) == 1))
    return odds_ratio(asked.select("set_id", "is_case", exposed=pl.col(status) == 1))


def _planted(**wanted: str | None) -> float:
    rows = rates("effects").filter(pl.col("effect") == "lung_cancer")
    for name, value in wanted.items():
        rows = rows.filter(pl.col(name).eq_missing(pl.lit(value, pl.String)))
    return rows["multiplier"].item()
