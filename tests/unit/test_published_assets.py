"""The door of what is published: what refuses before anything is begun has its line in the record too."""

from pathlib import Path

import dagster as dg
import pytest

from tests.products import LUNG, REPORT
from thin_assets.definitions import build_resources
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ThinError
from thin_assets.published.assets import product_asset
from thin_assets.published.declared.product import Product, products
from thin_assets.published.reading.find_files import list_files
from thin_assets.published.record.audit import entries
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

GB = Snapshot.of("GB|2024-03-01")


def materialise(home: Path, product: Product) -> dg.ExecuteInProcessResult:
    """Publish a partition of a product whose source room says that it was built."""
    room = product.source.split("/")[0]
    Lake(home=str(home)).report(room, GB, {"build": "b1"})
    return dg.materialize(
        [product_asset(product, products())],
        partition_key=GB.key,
        resources=build_resources(Settings(home=home)),
        instance=dg.DagsterInstance.ephemeral(),
    )


def test_a_source_that_is_not_there_is_refused_once_in_the_name_of_the_run(tmp_path: Path) -> None:
    with pytest.raises(ThinError):
        materialise(tmp_path, LUNG)
    (line,) = [line for line in entries(tmp_path) if line["event"] == "refused"]
    assert (line["partition"], line["build"], line["product"]) == (GB.key, "b1", LUNG.name)
    assert line["who"].startswith("dagster run ")


def test_a_refusal_that_is_recorded_inside_is_not_recorded_again_outside(tmp_path: Path) -> None:
    """The folder of a page is looked for after the publication was begun."""
    with pytest.raises(ThinError):
        materialise(tmp_path, REPORT)
    assert [line["event"] for line in entries(tmp_path)] == ["begun", "refused"]


def test_a_page_is_published_and_the_lake_is_told(tmp_path: Path) -> None:
    lake = Lake(home=str(tmp_path))
    page = lake.folder("studies", "cohort_page", GB) / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>a page</p>", encoding="utf-8")
    done = materialise(tmp_path, REPORT)
    (folder,) = list_files(REPORT.name, tmp_path).values()
    assert (folder / "index.html").read_text(encoding="utf-8") == "<p>a page</p>"
    told = done.asset_materializations_for_node(f"published__{REPORT.name}")[0].metadata
    assert (told["files"].value, told["version"].value) == (1, folder.name)
    assert lake.reported("published", GB)[REPORT.name]["version"] == folder.name
