"""Risk models in the lake: learned in one country and judged in another by nothing but a partition key."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
import pytest

from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.partitions import GRID
from thin_assets.published.declared.product import products
from thin_assets.published.row_assets import protected_rows
from thin_assets.resources.lake import Lake
from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk.train import Country, train
from thin_assets.studies.risk_assets import (
    MODELS,
    POPULATION,
    PREDICTORS,
    risk_model,
    risk_model_files,
)
from thin_assets.studies.risk_month_assets import risk_report, risk_validation, table_of
from thin_assets.studies.risk_score_assets import risk_scores

MONTH = "2024-03-01"
FR, GB, IT = (Snapshot.of(f"{code}|{MONTH}") for code in ("FR", "GB", "IT"))
LEVELS = {"FR": -2.2, "GB": -1.5, "IT": -2.2}
"""Log odds of lung cancer in two years: half as many again fall ill in the United Kingdom."""

PERSONS, PRACTICES = 700, 9


def world(snapshot: Snapshot) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People of whom smokers and those who cough have more lung cancer, in ten practices, two held out."""
    rng = np.random.default_rng(ord(snapshot.country[0]))
    after, count = next_month(snapshot.month), PERSONS * 4
    back = np.tile([0, 2, 4, 6], PERSONS)
    smoker, cough = rng.random(count) < 0.3, rng.random(count) < 0.1
    age = rng.integers(40, 85, count)
    log_odds = LEVELS[snapshot.country] + 1.2 * smoker + 1.0 * cough + 0.04 * (age - 62)
    ill = (rng.random(count) < 1 / (1 + np.exp(-log_odds))) & (back > 0)
    practice = np.repeat(rng.integers(0, PRACTICES, PERSONS), 4)
    entries = pl.DataFrame(
        {
            "population": "primary_care",
            "row_id": np.arange(count),
            "person_id": np.repeat(np.arange(PERSONS), 4),
            "index_date": [after.replace(year=after.year - years) for years in back.tolist()],
            "split": np.where(practice >= PRACTICES - 2, "held_out", "train"),
            "practice": practice,
            "sex": np.where(rng.random(count) < 0.5, "female", "male"),
            "age": age,
            "deprivation": [None] * count,
            "followed_days": np.where(ill, rng.integers(1, 730, count), 2000),
            "cause": np.where(ill, "lung_cancer", "censored"),
            "is_current": back == 0,
        },
        schema_overrides={"deprivation": pl.Float64, "age": pl.Int32, "followed_days": pl.Int32},
    )
    told = {"age": age, "smoker": smoker, "cough": cough}
    columns = [
        pl.Series(one.name, told.get(one.name, np.zeros(count))).cast(pl.Float64)
        for one in declared().predictors
    ]
    return entries, entries.select("population", "row_id").with_columns(columns)


def write_world(lake: Lake, snapshot: Snapshot) -> None:
    entries, predictors = world(snapshot)
    lake.write("studies", POPULATION, snapshot, entries)
    lake.write("studies", PREDICTORS, snapshot, predictors)
    lake.report_of_build("studies", snapshot, "b1", {})


def built(lake: Lake, *assets: dg.AssetsDefinition, at: str, config: dict | None = None) -> dict:
    """Metadata by asset name."""
    done = dg.materialize(
        list(assets),
        partition_key=at,
        instance=dg.DagsterInstance.ephemeral(),
        resources={"lake": lake},
        run_config={"ops": {"studies__risk_scores": {"config": config}}} if config else None,
    )
    return {
        event.asset_key.path[-1]: {name: told.value for name, told in event.materialization.metadata.items()}
        for event in done.get_asset_materialization_events()
    }


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Three countries that were learned, judged and scored."""
    lake = Lake(home=str(tmp_path_factory.mktemp("home")))
    for snapshot in (FR, GB, IT):
        write_world(lake, snapshot)
        built(lake, risk_model, risk_model_files, risk_scores, at=snapshot.key)
    built(lake, risk_validation, risk_report, at=MONTH)
    return lake


def table(lake: Lake, name: str) -> pl.DataFrame:
    return lake.read_month("studies", table_of(name), FR.month)


def metric(lake: Lake, name: str, country: str, how: str = "none", learner: str = "logistic") -> dict:
    rows = table(lake, "evaluation_statistics").filter(
        pl.col("site") == "lung",
        pl.col("horizon_years") == 2,
        pl.col("learner") == learner,
        pl.col("trained_in") == "FR",
        pl.col("country") == country,
        pl.col("evaluation") == "Validation",
        pl.col("recalibration") == how,
        pl.col("metric") == name,
    )
    return rows.row(0, named=True)


@pytest.mark.parametrize("learner", ["logistic", "lasso", "boosted"])
def test_a_model_of_one_country_ranks_the_people_of_another(lake: Lake, learner: str) -> None:
    for country in ("GB", "IT"):
        found = metric(lake, "AUROC", country, learner=learner)
        assert found["lower"] > 0.6 and found["value"] == pytest.approx(0.71, abs=0.05)


def test_its_level_is_off_where_more_fall_ill_and_recalibration_mends_it(lake: Lake) -> None:
    before, after = (metric(lake, "calibrationInLarge", "GB", how) for how in ("none", "intercept"))
    assert before["lower"] > 0.3
    assert after["lower"] < 0 < after["upper"]
    assert metric(lake, "Eavg", "GB", "intercept")["value"] < metric(lake, "Eavg", "GB")["value"]
    at_home = metric(lake, "calibrationInLarge", "IT")
    assert at_home["lower"] < 0.1 and abs(at_home["value"]) < 0.3


def test_models_of_all_countries_but_one_are_judged_in_that_one(lake: Lake) -> None:
    rows = table(lake, "evaluation_statistics").filter(pl.col("trained_in").str.starts_with("not "))
    pairs = set(rows.select("trained_in", "country").rows())
    assert pairs == {("not FR", "FR"), ("not GB", "GB"), ("not IT", "IT")}


def test_held_out_practices_teach_nothing_and_judge_at_home(lake: Lake) -> None:
    row = table(lake, "risk_model").filter(
        pl.col("trained_in") == "FR", pl.col("site") == "lung", pl.col("is_trained")
    )
    assert row["practices"].max() == PRACTICES - 2
    told = table(lake, "evaluation_statistics").filter(
        pl.col("evaluation") == "Test", pl.col("country") == "FR"
    )
    assert {"AUROC", "calibrationSlope", "Eavg", "BrierScore"} <= set(told["metric"])


def test_what_cannot_be_learned_says_why_and_stops_nothing(lake: Lake) -> None:
    rows = lake.read("studies", "risk_model", FR).filter(pl.col("site") == "breast")
    assert rows.height and rows["why_not"].unique().to_list() == ["fewer than 20 events"]
    assert not rows["is_handed_out"].any()


def test_learning_again_writes_the_same_bytes(lake: Lake) -> None:
    def contents() -> dict[str, bytes]:
        folders = [
            lake.folder("studies", name, IT) for name in ("risk_model", "risk_model_files", "risk_scores")
        ]
        return {
            str(path): path.read_bytes()
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    before = contents()
    built(lake, risk_model, risk_model_files, risk_scores, at=IT.key)
    assert len(before) > 8 and contents() == before


def test_judging_and_drawing_again_writes_the_same_bytes(lake: Lake) -> None:
    page = lake.root / "studies" / "risk_report" / f"snapshot={MONTH}" / "index.html"
    names = ("evaluation_statistics", "threshold_summary", "risk_model")
    folders = [lake.month_folder("studies", table_of(name), FR.month) for name in names]
    files = [page, *(folder / "data.parquet" for folder in folders)]
    before = [file.read_bytes() for file in files]
    built(lake, risk_validation, risk_report, at=MONTH)
    assert before == [file.read_bytes() for file in files]


def test_what_is_handed_out_holds_models_their_predictors_and_how_to_use_them(lake: Lake) -> None:
    folder = lake.folder("studies", "risk_model_files", FR)
    names = {path.name for path in folder.iterdir()}
    assert {"README.md", "predictors.json", "models.csv", "lung_2y_logistic.json"} <= names
    assert "{" not in (folder / "README.md").read_text(encoding="utf-8")
    told = json.loads((folder / "lung_2y_logistic.json").read_text(encoding="utf-8"))
    assert (told["trained_in"], told["snapshot"], told["builds"]) == ("FR", MONTH, {"FR": "b1"})
    assert (lake.folder("studies", "risk_model", FR) / MODELS / "lung_2y_logistic.json").is_file()


def test_a_country_is_scored_by_the_model_of_another_if_it_asks_so(lake: Lake, tmp_path: Path) -> None:
    other = Lake(home=str(tmp_path))
    for snapshot in (FR, GB):
        write_world(other, snapshot)
    built(other, risk_model, at=FR.key)
    told = built(other, risk_scores, at=GB.key, config={"trained_in": "FR", "trained_at": "2024-03"})
    rows = other.read("studies", "risk_scores", GB)
    assert told["risk_scores"]["trained"] == FR.key and rows["trained_in"].unique().to_list() == ["FR"]
    assert rows["is_listed"].sum() == np.ceil(0.02 * rows.height)
    assert rows["reasons"].list.first().head(5).is_in(["smokes", "cough", "age, years"]).all()


def test_scores_are_watched_against_those_of_the_month_before(lake: Lake, tmp_path: Path) -> None:
    other = Lake(home=str(tmp_path))
    february = FR.previous
    for snapshot in (february, FR):
        write_world(other, snapshot)
        built(other, risk_model, risk_scores, at=snapshot.key)
    assert other.read("studies", "risk_monitoring", february)["psi_since_month"].to_list() == [None]
    found = other.read("studies", "risk_monitoring", FR).row(0, named=True)
    assert found["psi_since_month"] < 0.1 and found["status"] == "ok"
    assert found["ratio_lower"] < 1 < found["ratio_upper"]


def test_the_work_list_that_is_published_names_nobody_of_the_lake(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    monkeypatch.setenv("THIN_PROJECT_KEY_CANCER_RISK", "a key of the tests, which is long enough")
    product = products()["risk_work_list"]
    made = protected_rows(lake, GB, product, products(), duckdb.connect())
    exact = lake.read("studies", "risk_scores", GB).filter(pl.col("is_listed"))
    assert made.rows.height == exact.height and made.rows["rank"].to_list() == exact["rank"].to_list()
    for name in ("person_id", "row_id", "practice"):
        assert not set(made.rows[name]) & set(exact[name])
    assert set(made.rows.columns) == set(product.schema) - {"country", "snapshot", "build"}
    assert made.rows["reason_1"].null_count() == 0


def test_a_new_model_of_a_country_asks_for_its_month_and_the_report_of_it(tmp_path: Path) -> None:
    @dg.asset(key=risk_model.key, partitions_def=GRID)
    def model() -> None:
        """Stands for the models of a country."""

    assets = [model, risk_validation, risk_report]
    definitions = dg.Definitions(assets, resources={"lake": Lake(home=str(tmp_path))})
    instance = dg.DagsterInstance.ephemeral()
    before = dg.evaluate_automation_conditions(definitions, instance)
    instance.report_runless_asset_event(dg.AssetMaterialization(risk_model.key, partition=GB.key))
    after = dg.evaluate_automation_conditions(definitions, instance, cursor=before.cursor)
    asked = [after.get_requested_partitions(asset.key) for asset in (risk_validation, risk_report)]
    assert asked == [{MONTH}, {MONTH}]


def test_the_report_shows_what_the_tables_hold(lake: Lake) -> None:
    text = (lake.root / "studies" / "risk_report" / f"snapshot={MONTH}" / "index.html").read_text(
        encoding="utf-8"
    )
    found = metric(lake, "AUROC", "GB")
    assert f"{found['value']:.2f} ({found['lower']:.2f} to {found['upper']:.2f})" in text
    assert dt.date.fromisoformat(MONTH).strftime("%B %Y") in text


def test_a_world_in_which_all_fall_ill_teaches_nothing_and_says_why() -> None:
    """Fewer than twenty who stayed well teach no model, as fewer than twenty who fell ill."""
    entries, predictors = world(FR)
    everybody = entries.with_columns(cause=pl.lit("lung_cancer"), followed_days=pl.lit(30, pl.Int32))
    country = Country("FR", everybody, predictors, next_month(FR.month), "b1")
    trained = train({"FR": country}, "FR", FR.month, declared())
    assert not trained.models
    why = {row["why_not"] for row in trained.rows if row["site"] == "lung" and row["horizon_years"] == 2}
    assert why == {"fewer than 20 without the event"}
