"""A month in the United Kingdom's own files walks through every room, and every row is accounted for."""

import json
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from thin_assets.domain.native import NATIVE_LAYOUTS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey

SNAPSHOT = Snapshot.named("GB", "2024-03")
PARTITION = ("--country", SNAPSHOT.country, "--snapshot", SNAPSHOT.folder)


@pytest.fixture(scope="module", params=NATIVE_LAYOUTS)
def received(request, tmp_path_factory) -> Path:
    """A home whose only delivery was handed over as a plain folder of files."""
    home = tmp_path_factory.mktemp(request.param) / "home"
    thin_assets(home, "generate", *PARTITION, "--patients", "450", "--seed", "3", "--layout", request.param)
    source = home / "handed over"
    source.mkdir()
    for path in (home / "deliveries").rglob("*"):
        if path.is_file() and path.name not in ("manifest.json", "_COMPLETE"):
            path.rename(source / path.name)
    thin_assets(home, "receive", *PARTITION, "--source", str(source))
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "run", *PARTITION)
    return home


def test_rows_reconcile_and_equal_what_was_planted(received: Path):
    truth = json.loads((received / "truth" / "GB" / "2024-03.json").read_text())["tables"]
    report = Lake(home=str(received)).reported("validated", SNAPSHOT)
    found = {row["source_table"]: row for row in report["equations"]}
    assert truth
    for table, planted in truth.items():
        rejected = {reason: count for reason, count in found[table]["rejected"].items() if count}
        counted = {
            name: found[table][name] for name in ("delivered", "loaded", "collapsed", "multi_map_extra")
        }
        assert counted | {"rejected": rejected, "missing": found[table]["missing"]} == planted | {
            "rejected": {reason: count for reason, count in planted["rejected"].items() if count},
            "missing": 0,
        }, table


def test_most_records_find_a_standard_concept(received: Path):
    """Codes, units and products are read as well as in the THIN-like layout."""
    assert Lake(home=str(received)).reported("validated", SNAPSHOT)["mapped_percent"] > 75
