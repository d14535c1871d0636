"""Features as Dagster builds them: known time over snapshots, the blocking check, the page, the exports."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import meds
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from scipy.sparse import load_npz

from tests.feature_worlds import INDEX, MEMBERS, Record, members_at, numbered, write_build
from tests.feature_worlds import write_words as write_vocabulary
from thin_assets.cli.export_population import export_population
from thin_assets.definitions import build_resources
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.features import drift
from thin_assets.features.assets import features_asset
from thin_assets.features.catalogue import Population, catalogue
from thin_assets.features.known_assets import first_seen, known_late
from thin_assets.features.meds_export import write_meds
from thin_assets.features.page_assets import page_asset
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings

MAY, JUNE, JULY = (Snapshot.of(f"GB|2024-0{month}-01") for month in (5, 6, 7))
POPULATION = catalogue().population("lung_cancer")
NOW = dt.date(2024, 7, 1)


def ago(table: str, person: int, concept: int, days: int, **more: object) -> Record:
    """A record so many days before 1 July 2024; the grid of partitions begins in 2023."""
    return Record(table, person, concept, days - (NOW - INDEX).days, **more)


COUGH = ago("condition_occurrence", 1, 100, 30)
HBA1C = ago("measurement", 2, 300, 20, value=7, unit=8554)
BACK_DATED = ago("condition_occurrence", 3, 201826, 40)
SENTINEL = ago("condition_occurrence", 1, 443392, 1)


class Home:
    """A lake with sealed builds that a test draws, and the assets of features."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(home=folder)
        self.lake = Lake(home=str(folder))
        self.resources = build_resources(settings)
        self.warehouse: Warehouse = self.resources["warehouse"]
        write_vocabulary(self.lake.vocabulary_versions / "version=test")

    def seal(self, snapshot: Snapshot, build: str, *records: Record, index: dt.date = NOW) -> None:
        """A sealed build of these records; all members enter the cohort on the index date."""
        folder = self.lake.sealed(snapshot) / f"build={build}"
        write_build(folder, list(records))
        (folder / "build.json").write_text(json.dumps({"identity": {"vocabulary": "test"}}))
        (folder.parent / "current.json").write_text(json.dumps({"build": build}))
        self.lake.write("cohorts", POPULATION.cohort, snapshot, members_at(index))

    def build(self, snapshot: Snapshot, *, fails: bool = False) -> dg.ExecuteInProcessResult:
        assets = [first_seen, features_asset(POPULATION), page_asset(POPULATION)]
        done = dg.materialize(
            assets,
            partition_key=snapshot.key,
            instance=dg.DagsterInstance.ephemeral(),
            resources=self.resources,
            raise_on_error=not fails,
        )
        assert done.success != fails
        return done

    def long(self, snapshot: Snapshot) -> pl.DataFrame:
        return self.lake.read("features", POPULATION.name, snapshot)

    def read(self, table: str, snapshot: Snapshot) -> pl.DataFrame:
        return self.lake.read("features", f"{POPULATION.name}_{table}", snapshot)

    def concepts(self, snapshot: Snapshot) -> set[int]:
        return set(self.read("covariate_ref", snapshot)["concept_id"])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_a_record_that_a_later_snapshot_brings_shows_from_its_month_on(home: Home) -> None:
    """It is dated 40 days before 1 July, and was first delivered in July."""
    may, later = numbered([COUGH, HBA1C]), numbered([COUGH, HBA1C, BACK_DATED])
    home.seal(MAY, "m", *may, index=dt.date(2024, 6, 30))
    home.seal(JULY, "j", *later, index=dt.date(2024, 6, 30))
    home.build(JULY)
    assert 201826 not in home.concepts(JULY)  # the index lies in June, and June did not know it
    home.seal(JULY, "k", *later, index=dt.date(2024, 7, 1))
    home.build(JULY)
    assert 201826 in home.concepts(JULY)


def test_the_order_in_which_months_are_built_changes_no_byte(home: Home) -> None:
    """Months that were never compared are compared when they are needed."""
    home.seal(MAY, "m", *numbered([COUGH]), index=dt.date(2024, 5, 30))
    home.seal(JUNE, "n", *numbered([COUGH, HBA1C]), index=dt.date(2024, 5, 30))
    home.seal(JULY, "o", *numbered([COUGH, HBA1C, BACK_DATED]), index=dt.date(2024, 5, 30))
    home.build(JULY)
    first = home.lake.file("features", POPULATION.name, JULY).read_bytes()
    for snapshot in (MAY, JUNE, JULY):
        home.build(snapshot)
    assert home.lake.file("features", POPULATION.name, JULY).read_bytes() == first
    late = known_late(home.lake, home.warehouse, JULY)
    assert late["known_from"].to_list() == [JULY.month, JUNE.month]  # the diagnosis, then the measurement


def test_a_month_that_was_built_again_is_compared_again(home: Home) -> None:
    home.seal(MAY, "m", *numbered([COUGH]))
    home.seal(JUNE, "n", *numbered([COUGH, HBA1C]))
    assert known_late(home.lake, home.warehouse, JUNE).height == 1
    home.seal(JUNE, "p", *numbered([COUGH, HBA1C, BACK_DATED]))
    assert known_late(home.lake, home.warehouse, JUNE).height == 2
    home.seal(MAY, "q", *numbered([COUGH, HBA1C, BACK_DATED]))
    assert known_late(home.lake, home.warehouse, JUNE).is_empty()


def test_a_large_change_stops_the_page_until_it_is_acknowledged(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "ENOUGH_ENTRIES", 1)
    everybody = [ago("condition_occurrence", person, 100, 90) for person in MEMBERS]
    home.seal(MAY, "m", *numbered(everybody), index=dt.date(2024, 8, 1))
    home.seal(JUNE, "n", index=dt.date(2024, 8, 1))
    home.build(MAY)
    failed = home.build(JUNE, fails=True)
    (stable, _) = sorted(failed.get_asset_check_evaluations(), key=lambda one: one.check_name)
    assert not stable.passed and stable.severity == dg.AssetCheckSeverity.ERROR
    assert not (home.lake.folder("features", f"{POPULATION.name}_page", JUNE) / "index.html").exists()
    blocking = home.read("drift", JUNE).filter(pl.col("status") == "block")["covariate_id"]
    monkeypatch.setattr(
        "thin_assets.features.tables.acknowledged_for", lambda name, snapshot: frozenset(blocking)
    )
    home.build(JUNE)
    page = (home.lake.folder("features", f"{POPULATION.name}_page", JUNE) / "index.html").read_text()
    assert "acknowledged" in page or "of enough entries are shown" in page


def test_no_count_below_ten_stands_on_the_page(home: Home) -> None:
    """Four members: neither their number nor a share of them is told."""
    home.seal(JULY, "j", *numbered([COUGH, HBA1C]))
    home.build(JULY)
    page = (home.lake.folder("features", f"{POPULATION.name}_page", JULY) / "index.html").read_text()
    assert "&lt;10" in page and "condition 100 cough, any time before" in page
    assert "25.0 %" not in page and "<dd>4</dd>" not in page


def test_the_tables_beside_say_who_what_and_where(home: Home) -> None:
    home.seal(JULY, "j", *numbered([COUGH, HBA1C]))
    home.build(JULY)
    labels, splits, wide = (home.read(name, JULY) for name in ("labels", "splits", "wide"))
    assert labels["person_id"].to_list() == list(MEMBERS) and labels["is_case"].all()
    assert splits["row_id"].to_list() == wide["row_id"].to_list() == labels["row_id"].to_list()
    assert set(home.read("analysis_ref", JULY)["analysis_id"]) == set(catalogue().analyses())
    assert set(home.long(JULY)["covariate_id"]) == set(home.read("covariate_ref", JULY)["covariate_id"])


def exported(home: Home, kind: str, folder: Path, lag: int = 0) -> Path:
    folder.mkdir()
    export_population(home.lake, home.warehouse, JULY, POPULATION.name, kind, lag, folder)
    return folder


def test_a_sparse_matrix_holds_the_values_of_the_long_table(home: Home, tmp_path: Path) -> None:
    home.seal(JULY, "j", *numbered([COUGH, HBA1C]))
    home.build(JULY)
    folder = exported(home, "csr", tmp_path / "csr")
    matrix = load_npz(folder / "matrix.npz")
    rows, columns = (pl.read_parquet(folder / f"{name}.parquet") for name in ("rows", "columns"))
    long = home.long(JULY)
    assert (matrix.format, matrix.shape, matrix.nnz) == ("csr", (rows.height, columns.height), long.height)
    dense = matrix.toarray()
    for row, covariate, value in long.select("row_id", "covariate_id", "value").iter_rows():
        place = rows["row_id"].index_of(row), columns["covariate_id"].index_of(covariate)
        assert dense[place] == value
    assert np.count_nonzero(dense) == np.count_nonzero(long["value"].to_numpy())


def test_arrow_files_hold_the_tables_of_the_lake(home: Home, tmp_path: Path) -> None:
    home.seal(JULY, "j", *numbered([COUGH, HBA1C]))
    home.build(JULY)
    folder = exported(home, "arrow", tmp_path / "arrow")
    assert pl.read_ipc(folder / "features_long.arrow").equals(home.long(JULY))
    assert pl.read_ipc(folder / "labels.arrow").equals(home.read("labels", JULY))


def test_an_export_with_a_lag_holds_only_analyses_that_leave_out_as_much(home: Home, tmp_path: Path) -> None:
    old = ago("condition_occurrence", 1, 201826, 100)
    home.seal(JULY, "j", *numbered([COUGH, HBA1C, old]))
    home.build(JULY)
    rows = pl.read_ipc(exported(home, "arrow", tmp_path / "lag", lag=90) / "features_long.arrow")
    concepts = home.read("covariate_ref", JULY).join(rows, on="covariate_id", how="semi")["concept_id"]
    assert 201826 in concepts and 100 not in concepts and 300 not in concepts


def test_a_meds_dataset_keeps_the_schema_and_ends_before_the_index(home: Home, tmp_path: Path) -> None:
    """Nothing of the index day or later, nothing that became known later, nothing of the outcome."""
    outcome = ago("condition_occurrence", 4, 443388, 10)
    home.seal(MAY, "m", *numbered([COUGH, HBA1C]), index=dt.date(2024, 6, 30))
    home.seal(JULY, "j", *numbered([COUGH, HBA1C, SENTINEL, BACK_DATED, outcome]), index=dt.date(2024, 6, 30))
    home.build(JULY)
    folder = exported(home, "meds", tmp_path / "meds")
    events = pl.concat([pl.read_parquet(path) for path in folder.glob("data/*/*.parquet")])
    assert sorted(events.filter(pl.col("time") > dt.datetime(2000, 1, 1))["code"]) == [
        "LOINC/m300",
        "SNOMED/c100",
    ]
    assert events["time"].max() < dt.datetime(2024, 6, 30)
    assert set(events.filter(pl.col("code") == "MEDS_BIRTH")["subject_id"]) == set(MEMBERS)
    schemas = {"data": meds.DataSchema, "labels": meds.LabelSchema}
    for name, schema in schemas.items():
        for path in folder.glob(f"{name}/**/*.parquet"):
            schema.validate(pq.read_table(path))
    meds.SubjectSplitSchema.validate(pq.read_table(folder / meds.subject_splits_filepath))
    meds.CodeMetadataSchema.validate(pq.read_table(folder / meds.code_metadata_filepath))
    meds.DatasetMetadataSchema.validate(json.loads((folder / meds.dataset_metadata_filepath).read_text()))
    labels = pl.concat([pl.read_parquet(path) for path in folder.glob("labels/*.parquet")])
    assert set(labels["prediction_time"]) == {dt.datetime(2024, 6, 29, 23, 59, 59, 999999)}


def test_a_subject_of_two_splits_cannot_be_told_to_meds(tmp_path: Path) -> None:
    from thin_assets.errors import BrokenRules
    from thin_assets.resources.warehouse import connect

    labels = pl.DataFrame({"row_id": [1, 2], "person_id": [9, 9], "index_date": [INDEX, INDEX]})
    splits = pl.DataFrame({"row_id": [1, 2], "split": ["train", "held_out"]})
    with pytest.raises(BrokenRules, match="1 subjects lie in several splits"):
        write_meds(tmp_path, connect(), labels, splits, late=pl.DataFrame(), outcome=(), lag=0, told={})


def test_a_population_that_nobody_knows_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no population 'x'"):
        export_population(home.lake, home.warehouse, JULY, "x", "csr", 0, tmp_path)


def test_a_matched_population_is_built_from_its_sets(home: Home) -> None:
    """Cases and controls, in one split by set; a control may be a case of a later set."""
    matched = Population(name="lung_cancer", cohort="lung_cancer", matched=True)
    home.seal(JULY, "j", *numbered([COUGH, HBA1C]))
    rows = [(1, 7, 1, NOW, True), (1, 7, 2, NOW, False), (2, 7, 2, dt.date(2024, 7, 9), True)]
    names = ["set_id", "cohort_definition_id", "person_id", "index_date", "is_case"]
    sets = pl.DataFrame(rows, schema=names, orient="row").cast({"cohort_definition_id": pl.Int32})
    home.lake.write("cohorts", "lung_cancer_matched", JULY, sets)
    done = dg.materialize(
        [first_seen, features_asset(matched)],
        partition_key=JULY.key,
        instance=dg.DagsterInstance.ephemeral(),
        resources=home.resources,
    )
    assert done.success
    labels = home.read("labels", JULY)
    assert labels.select("set_id", "person_id", "is_case").sort("set_id", "person_id").rows() == [
        (1, 1, True),
        (1, 2, False),
        (2, 2, True),
    ]
    assert home.read("splits", JULY).group_by("set_id").agg(pl.col("split").n_unique())["split"].max() == 1
