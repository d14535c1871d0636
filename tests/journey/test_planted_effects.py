"""What the generator planted in the lives of a country is found in what the platform builds.

The whole way: an enriched delivery with defects, codes of the country and local ones, OMOP, the seal, the
cohort, its matched controls, the wide table of features, and the association scan.
"""

import json
from collections.abc import Iterator
from pathlib import Path

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
PATIENTS, FACTORS = 2000, 200
SMOKER, EX_SMOKER, NEVER_ANSWER = "c4298794811", "c4310250811", "c4144272811"
"""Columns of the last answer to a question about smoking."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A country of whom many get lung cancer, with factors under local codes that its vocabulary knows."""
    home = tmp_path_factory.mktemp("planted") / "home"
    partition = ("--country", COUNTRY, "--snapshot", MONTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIN_VOCABULARY", str(home / f"bundle-wide-{FACTORS}"))
        much = ("--enrich", "lung_cancer", "--wide", str(FACTORS), "--effect", "lung_cancer")
        thin_assets(home, "generate", *partition, "--patients", str(PATIENTS), "--seed", "5", *much)
        thin_assets(home, "doctor", "--fix")
        thin_assets(home, "run", *partition, "--until", "studies")
        yield home


@pytest.fixture(scope="module")
def lake(home: Path) -> Lake:
    return Lake(home=str(home))


@pytest.fixture(scope="module")
def members(lake: Lake) -> pl.DataFrame:
    """Cases of lung cancer and their controls, with their features."""
    snapshot = Snapshot.named(COUNTRY, MONTH)
    labels, wide = (lake.read("features", f"{POPULATION}_{name}", snapshot) for name in ("labels", "wide"))
    return labels.join(wide, on="row_id")


def test_what_is_built_is_what_the_truth_says(home: Path, lake: Lake) -> None:
    """Persons of an enriched delivery, and entries under local codes among those of the country."""
    truth = json.loads((home / "truth" / COUNTRY / f"{MONTH}.json").read_text())
    build = lake.current_build(Snapshot.named(COUNTRY, MONTH))
    conditions = pl.read_parquet(build / "condition_occurrence" / "data.parquet")
    local = conditions.filter(pl.col("condition_concept_id") >= FIRST_CONCEPT)
    assert pl.read_parquet(build / "person" / "data.parquet").height == truth["cdm_rows"]["person"]
    assert local.height > 10 * FACTORS
    assert local["condition_source_value"].str.contains(r"^F\d{5}$").all()
    assert (local["condition_concept_id"] == local["condition_source_concept_id"]).all()


def test_most_people_who_get_the_cancer_are_in_the_cohort(home: Path, members: pl.DataFrame) -> None:
    """The rest is too new to the practice, had another cancer before, or carries a planted fault."""
    truth = json.loads((home / "truth" / COUNTRY / f"{MONTH}.json").read_text())
    ill = truth["sampling"]["population"]["lung"]
    assert 0.7 * ill < members["is_case"].sum() <= ill


def test_factors_are_scanned_as_conditions_of_their_own(lake: Lake) -> None:
    found = lake.read("studies", "association_scan", Snapshot.named(COUNTRY, MONTH))
    local = found.filter((pl.col("exposure_kind") == "local_condition") & (pl.col("scan") == "lung_cancer"))
    assert local.filter(pl.col("window") == "1-10").height > FACTORS / 5
    assert set(local["chapter"]) == {"Local"}
    others = found.filter(pl.col("exposure_kind") == "condition")
    assert others.filter(pl.col("exposure_code").str.contains(r"^F\d{5}$")).is_empty()


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
