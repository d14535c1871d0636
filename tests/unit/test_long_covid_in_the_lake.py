"""The study of long COVID as assets: it reads a build, cohorts and matched sets, and no word of a note."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from tests.cdm import write_cdm, write_vocabulary
from thin_assets.definitions import build_resources
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings
from thin_assets.studies.long_covid.study import STUDY
from thin_assets.studies.study_assets import study_assets

GB = Snapshot.of("GB|2024-03-01")
SECRET = "Mrs Quillfeather"
PAIRS = 40
"""Infected persons 1, 3, 5 ..., each with the unexposed person that follows."""

DAY = dt.date(2022, 1, 1)


def build(lake: Lake) -> None:
    """A sealed build: everybody infected coughs in a note, every fourth unexposed person has a code."""
    keys = range(1, 2 * PAIRS + 1)
    tables = {
        "person": ["person_id | year_of_birth | care_site_id"]
        + [f"{key} | 1970 | {key % 5}" for key in keys],
        "observation_period": ["person_id | observation_period_start_date | observation_period_end_date"]
        + [f"{key} | 2018-01-01 | 2024-03-31" for key in keys],
        "condition_occurrence": [
            "person_id | condition_concept_id | condition_start_date | condition_type_concept_id |"
            " condition_source_value"
        ]
        + [f"{key} | 254761 | 2022-06-01 | 32858 | {SECRET}" for key in keys if key % 2]
        + [f"{key} | 254761 | 2022-07-01 | 32817 | cough" for key in keys if key % 8 == 0],
        "note": ["note_id | person_id | note_text"] + [f"{key} | {key} | {SECRET} coughs" for key in keys],
        "note_nlp": ["note_id | snippet | lexical_variant"]
        + [f"{key} | {SECRET} | {SECRET}" for key in keys],
    }
    write_vocabulary(lake.vocabulary_versions / "version=test")
    folder = lake.sealed(GB) / "build=b"
    write_cdm(folder, **{name: "\n".join(lines) for name, lines in tables.items()})
    (folder / "build.json").write_text(json.dumps({"identity": {"vocabulary": "test"}}))
    (folder.parent / "current.json").write_text(json.dumps({"build": "b"}))


def cohorts(lake: Lake) -> None:
    """What the cohorts room would have written."""
    names = pl.DataFrame(
        {"cohort_definition_id": [1, 2], "cohort_definition_name": ["covid_19", "long_covid"]},
        {"cohort_definition_id": pl.Int32, "cohort_definition_name": pl.String},
    )
    entries = pl.DataFrame({"subject_id": range(1, 25, 2)}).select(
        cohort_definition_id=pl.lit(2, pl.Int32),
        subject_id="subject_id",
        cohort_start_date=pl.lit(dt.date(2022, 6, 3)),
    )
    matched = pl.DataFrame(
        [(key // 2, key + other, DAY, not other) for key in range(1, 2 * PAIRS, 2) for other in (0, 1)],
        {"set_id": pl.Int64, "person_id": pl.Int64, "index_date": pl.Date, "is_case": pl.Boolean},
        orient="row",
    )
    for name, frame in {"cohort_definition": names, "cohort": entries, "covid_19_matched": matched}.items():
        lake.write("cohorts", name, GB, frame)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the study was materialised."""
    home = tmp_path_factory.mktemp("long_covid")
    lake = Lake(home=str(home))
    build(lake)
    cohorts(lake)
    done = dg.materialize(
        [study_assets(STUDY)],
        partition_key=GB.key,
        instance=dg.DagsterInstance.ephemeral(),
        resources=build_resources(Settings(home=home)),
    )
    assert done.success
    events = done.get_asset_materialization_events()
    (home / "metadata.txt").write_text(str([event.materialization.metadata for event in events]))
    return home


def test_every_table_is_in_the_lake_and_counts_the_matched_sets(home: Path) -> None:
    lake = Lake(home=str(home))
    tables = {name: lake.read("studies", name, GB) for name in STUDY.tables}
    told = tables["long_covid_cells"].filter(symptom="cough", source="coded_and_text").sort("exposure")
    assert told.select("exposure", "persons", "events", "persons_practices").rows() == [
        ("exposed", PAIRS, PAIRS, 5),
        ("unexposed", PAIRS, PAIRS // 4, 5),
    ]
    assert tables["long_covid_before_label"].filter(symptom="cough")["persons"].to_list() == [0, 12]


def test_no_word_of_a_note_is_in_a_table_on_the_page_or_in_metadata(home: Path) -> None:
    lake = Lake(home=str(home))
    for name in STUDY.tables:
        assert SECRET not in lake.read("studies", name, GB).write_csv()
    page = (lake.folder("studies", STUDY.page, GB) / "index.html").read_text()
    assert "Cough" in page
    assert SECRET not in page + (home / "metadata.txt").read_text()


def test_it_depends_on_the_build_its_cohorts_and_the_matched_sets() -> None:
    assets = study_assets(STUDY)
    deps = {key.to_user_string() for key in assets.asset_deps[dg.AssetKey(["studies", "long_covid_cells"])]}
    assert deps == {
        "validated/cdm",
        "cohorts/cohort",
        "cohorts/cohort_definition",
        "cohorts/covid_19_matched",
    }
