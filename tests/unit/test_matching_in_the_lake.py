"""Controls as the lake draws them: persons who could have become a case on the same day."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import polars as pl

from tests.cdm import write_table
from tests.feature_worlds import write_build, write_words
from thin_assets.cdm.spec import table
from thin_assets.cohorts.definition import load_definitions
from thin_assets.cohorts.matching import matchings
from thin_assets.cohorts.matching_assets import matched_asset
from thin_assets.definitions import build_resources
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

GB = Snapshot.of("GB|2023-01-01")
ILL = dt.date(2020, 6, 1)
CASE, NEVER_ILL, ILL_BEFORE, ILL_THAT_DAY, ILL_LATER = range(1, 6)
FIRST = pl.Schema({"person_id": pl.Int64, "first_date": pl.Date})
PEOPLE = "person_id | gender_concept_id | year_of_birth | care_site_id"
PERIODS = "observation_period_id | person_id | observation_period_start_date | observation_period_end_date"


def write_world(folder: Path) -> Lake:
    """Five men of one age and practice: one with lung cancer, three with another cancer at some time."""
    lake = Lake(home=str(folder))
    write_words(lake.vocabulary_versions / "version=test")
    sealed = lake.sealed(GB) / "build=b"
    write_build(sealed, [])
    men = [f"{key} | 8507 | 1950 | 1" for key in range(1, 6)]
    seen = [f"{key} | {key} | 2010-01-01 | 2022-12-31" for key in range(1, 6)]
    for name, lines in {"person": [PEOPLE, *men], "observation_period": [PERIODS, *seen]}.items():
        write_table(sealed / name / "data.parquet", table(name), "\n".join(lines))
    (sealed / "build.json").write_text(json.dumps({"identity": {"vocabulary": "test"}}))
    (sealed.parent / "current.json").write_text(json.dumps({"build": "b"}))
    members = {"cohort_definition_id": [1], "subject_id": [CASE], "cohort_start_date": [ILL]}
    lake.write(
        "cohorts",
        "lung_cancer",
        GB,
        pl.DataFrame(members, schema_overrides={"cohort_definition_id": pl.Int32}),
    )
    days = {CASE: 0, ILL_BEFORE: -1000, ILL_THAT_DAY: 0, ILL_LATER: 30}
    rows = [(key, ILL + dt.timedelta(days=after)) for key, after in days.items()]
    first = pl.DataFrame(rows, schema=FIRST, orient="row")
    lake.write("cohorts", "any_cancer_first_records", GB, first)
    lake.write("cohorts", "lung_cancer_first_records", GB, first.filter(pl.col("person_id") == CASE))
    return lake


def test_who_had_another_cancer_is_no_control_of_a_first_cancer(tmp_path: Path) -> None:
    """No case may have had one: what is given for it would look as if it kept cancer away."""
    lake = write_world(tmp_path)
    done = dg.materialize(
        list(matched_asset({"lung_cancer", "any_cancer"})),
        partition_key=GB.key,
        instance=dg.DagsterInstance.ephemeral(),
        resources=build_resources(Settings(home=tmp_path)),
        selection=[dg.AssetKey(["cohorts", "lung_cancer_matched"])],
    )
    assert done.success
    rows = lake.read("cohorts", "lung_cancer_matched", GB)
    controls = rows.filter(~pl.col("is_case"))["person_id"]
    assert sorted(controls) == [NEVER_ILL, ILL_LATER]


def test_controls_are_free_of_what_cases_must_be_free_of() -> None:
    """A cohort that asks for no earlier cancer asks it of its controls."""
    asked = {
        one.name
        for one in load_definitions().values()
        if any("no earlier cancer" in rule["name"] for rule in json.loads(one.text)["InclusionRules"])
    }
    told = {name: one.free_of for name, one in matchings().items()}
    assert {name for name, free_of in told.items() if free_of == "any_cancer"} == asked & set(told)
    assert set(told.values()) <= {None, "any_cancer"}
