"""All countries of a month are brought together from the lake, as many as are built by then."""

from pathlib import Path

import dagster as dg
import pytest

from tests.scans import associations_of, windows_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.studies.scan_across_assets import (
    ACROSS,
    SCAN,
    WINDOWS,
    association_scan_across,
    association_scan_page,
)

MONTH = "2024-03-01"


@pytest.fixture
def lake(tmp_path) -> Lake:
    """Two countries scanned for March, and one for another month."""
    lake = Lake(home=str(tmp_path))
    for key in (f"GB|{MONTH}", f"FR|{MONTH}", "IT|2024-02-01"):
        snapshot = Snapshot.of(key)
        lake.write("studies", SCAN, snapshot, associations_of({"asthma": (40, 60)}))
        lake.write("studies", WINDOWS, snapshot, windows_of(sets=100))
    return lake


def built(lake: Lake, asset: dg.AssetsDefinition) -> dict:
    done = dg.materialize(
        [asset],
        partition_key=MONTH,
        instance=dg.DagsterInstance.ephemeral(),
        resources={"lake": lake},
    )
    return done.asset_materializations_for_node(asset.node_def.name)[0].metadata


def test_the_countries_of_the_month_are_pooled_and_no_others(lake: Lake) -> None:
    told = built(lake, association_scan_across)
    rows = lake.read_month("studies", ACROSS, Snapshot.of(f"GB|{MONTH}").month)
    assert told["countries"].data == ["FR", "GB"]
    assert (told["dagster/row_count"].value, told["replicated"].value) == (1, 1)
    assert rows["tested_in"].to_list() == ["FR GB"]


def test_building_again_writes_the_same_bytes(lake: Lake) -> None:
    built(lake, association_scan_across)
    path = lake.month_folder("studies", ACROSS, Snapshot.of(f"GB|{MONTH}").month) / "data.parquet"
    before = path.read_bytes()
    built(lake, association_scan_across)
    assert path.read_bytes() == before


def test_the_page_names_both_countries(lake: Lake) -> None:
    built(lake, association_scan_across)
    told = built(lake, association_scan_page)
    text = Path(told["path"].value).read_text(encoding="utf-8")
    assert "France" in text and "United Kingdom" in text and "Italy" not in text
