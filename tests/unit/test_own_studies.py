"""A fifth study: the page that says how to write one is followed to the letter."""

import json
import re
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from tests.cdm import write_cdm, write_vocabulary
from tests.conftest import ROOT
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.published.declared.product import products
from thin_assets.published.reading.read import read_published
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings
from thin_assets.studies.registered import studies
from thin_assets.studies.study import Material

PAGE = (ROOT / "docs" / "how-to" / "write-your-own-study.md").read_text(encoding="utf-8")
NAME = "influenza_vaccination"
MARCH = Snapshot.of("IT|2024-03-01")
PRACTICES, VACCINE = 4, 40213158


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def write_study(home: Path) -> None:
    folder = Settings(home=home).studies_folder
    folder.mkdir(parents=True)
    for language, ending in {"python": "py", "sql": "sql", "yaml": "yml"}.items():
        (folder / f"{NAME}.{ending}").write_text(block(language), encoding="utf-8")


def write_world(home: Path, women: int, vaccinated: int) -> Lake:
    """So many women of 74, of whom so many were vaccinated in time; and those who do not count."""
    people = [(key, 8532, 1950, "2023-10-20") for key in range(1, vaccinated + 1)]
    people += [(key, 8532, 1950, "2023-03-01") for key in range(vaccinated + 1, women + 1)]
    people += [(women + 1, 8532, 1980, "2023-10-20"), (women + 2, 8521, 1950, "2023-10-20")]
    tables = {
        "person": ["person_id | gender_concept_id | year_of_birth | care_site_id"]
        + [f"{key} | {sex} | {born} | {key % PRACTICES}" for key, sex, born, _ in people],
        "observation_period": [
            "observation_period_id | person_id | observation_period_start_date | observation_period_end_date"
        ]
        + [f"{key} | {key} | 2010-01-01 | {MARCH.cutoff}" for key, *_ in people],
        "drug_exposure": ["drug_exposure_id | person_id | drug_concept_id | drug_exposure_start_date"]
        + [f"{key} | {key} | {VACCINE} | {day}" for key, _, _, day in people],
    }
    lake = Lake(home=str(home))
    write_vocabulary(lake.vocabulary_versions / "version=test")
    build = write_cdm(
        lake.sealed(MARCH) / "build=b", **{name: "\n".join(rows) for name, rows in tables.items()}
    )
    (build / "build.json").write_text(json.dumps({"identity": {"vocabulary": "test"}}))
    (build.parent / "current.json").write_text(json.dumps({"build": "b"}))
    return lake


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the study of the page was built and published for a country and month."""
    home = tmp_path_factory.mktemp("own")
    write_study(home)
    write_world(home, women=120, vaccinated=62)
    definitions = build_definitions(Settings(home=home))
    keys = [dg.AssetKey(["studies", NAME]), dg.AssetKey(["studies", f"{NAME}_page"])]
    job = definitions.resolve_implicit_global_asset_job_def()
    done = job.execute_in_process(
        partition_key=MARCH.key,
        asset_selection=[*keys, dg.AssetKey(["published", NAME])],
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert done.success
    pictures = [
        value.md_str
        for event in done.get_asset_materialization_events()
        for value in event.materialization.metadata.values()
        if isinstance(value, dg.MarkdownMetadataValue)
    ]
    (home / "pictures.json").write_text(json.dumps(pictures))
    return home


def test_its_tables_hold_exact_counts_of_those_who_were_asked_for(home: Path) -> None:
    (row,) = Lake(home=str(home)).read("studies", NAME, MARCH).iter_rows(named=True)
    assert (row["sex"], row["age_band"], row["persons"], row["vaccinated"]) == ("female", "70-79", 120, 62)
    assert row["persons_practices"] == PRACTICES


def test_its_product_is_read_like_any_other_and_shows_rounded_numbers(home: Path) -> None:
    rows = read_published(NAME, country="IT", snapshot="2024-03", home=home)
    (row,) = rows.filter(sex="female", age_band="70-79").iter_rows(named=True)
    assert (row["persons"], row["vaccinated"], row["percent_vaccinated"]) == (120, 60, 50.0)
    assert rows.filter(pl.col("sex") == "male")["is_suppressed"].all()


def test_its_page_and_its_picture_can_be_looked_at(home: Path) -> None:
    page = (Lake(home=str(home)).folder("studies", f"{NAME}_page", MARCH) / "index.html").read_text()
    assert "Influenza vaccination of persons of 60 and more" in page
    assert "51.7 %" in page
    (picture,) = json.loads((home / "pictures.json").read_text())
    assert picture.startswith("![vaccinated by age](data:image/svg+xml;base64,")


def test_a_file_without_a_study_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("ANSWER = 42\n")
    with pytest.raises(SettingsError, match="no STUDY in it"):
        studies(tmp_path)


@pytest.mark.parametrize("text", ["import nothing_of_this_name\n", "def study(:\n"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(SettingsError, match=r"it cannot be read: .*broken\.py"):
        studies(tmp_path)


def test_a_table_that_is_declared_and_not_computed_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(block("python"))
    study = replace(studies(tmp_path)[-1], compute=lambda material: {})
    with pytest.raises(SettingsError, match=f"gives no table {NAME}"):
        study.found(Material(MARCH, None, {}, f"studies/{NAME}"))


def test_a_study_or_a_product_of_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(block("python"))
    (tmp_path / "two.py").write_text(block("python"))
    with pytest.raises(SettingsError, match=f"two studies are called {NAME}"):
        studies(tmp_path)
    taken = block("yaml").replace(f"name: {NAME}\n", "name: cohort_counts\n", 1)
    (tmp_path / "one.yml").write_text(taken)
    with pytest.raises(SettingsError, match="there is a product cohort_counts already"):
        products(tmp_path)


def test_a_declaration_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(block("yaml").replace("kind: aggregate", "kind: secret"))
    with pytest.raises(SettingsError, match="declares no product: kind"):
        products(tmp_path)
