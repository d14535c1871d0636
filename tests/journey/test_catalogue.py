"""A real partition is published: its card and the catalogue tell what was counted, and nobody's value."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import deliver
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.catalogue.draw import folder_of
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf

pytestmark = pytest.mark.journey

GB = Snapshot.named("GB", "2024-03")
LUNG = products()["lung_cancer_features"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One partition up to what is published; the catalogue is drawn with it."""
    home = tmp_path_factory.mktemp("catalogue") / "home"
    thin_assets(home, "doctor", "--fix")
    deliver(home, GB.country, GB.folder, patients="200")
    thin_assets(home, "run", "--country", GB.country, "--snapshot", GB.folder)
    return home


def test_every_published_product_has_facts_of_its_build_and_a_card(home: Path) -> None:
    build = json.loads((home / "lake/cdm/country=GB/snapshot=2024-03-01/current.json").read_text())["build"]
    for product in products().values():
        shelf = Shelf(home, product)
        facts = json.loads(shelf.facts(GB).read_text(encoding="utf-8"))
        assert facts["build"] == facts["cdm"]["build"] == build
        assert facts["delivery"]["layout"] == "thin-v1"
        assert facts["quality"]["checks"] > 1000
        assert facts["account"]["is_balanced"]
        assert build in shelf.card.read_text(encoding="utf-8")


def test_attrition_of_the_cohort_is_among_the_facts(home: Path) -> None:
    facts = json.loads(Shelf(home, LUNG).facts(GB).read_text(encoding="utf-8"))
    assert facts["attrition"][-1]["rule"] == "in the cohort"


def test_every_page_of_the_catalogue_is_there(home: Path) -> None:
    names = {str(path.relative_to(folder_of(home))) for path in folder_of(home).rglob("*.html")}
    assert names == {
        *("index.html", "features.html", "feature.html", "changes.html", "lineage.html"),
        *(f"products/{name}.html" for name in products()),
    }


def test_no_id_of_a_person_or_an_entry_is_in_cards_and_catalogue(home: Path) -> None:
    rows = pl.read_delta(str(Shelf(home, LUNG).table))
    ids = {str(one) for name in ("person_id", "row_id") for one in rows[name].unique()}
    persons = pl.read_parquet(home / "lake/cdm/country=GB/**/person/data.parquet", hive_partitioning=False)
    ids |= {str(one) for one in persons["person_id"]}
    pages = [*folder_of(home).rglob("*.*"), *home.glob("*/*/card.html"), *home.glob("*/*/facts/**/*.json")]
    assert len(ids) > 100
    assert pages
    for page in pages:
        if page.is_file():
            found = set(re.findall(r"\d{9,}", page.read_text(encoding="utf-8")))
            assert not found & ids, page
