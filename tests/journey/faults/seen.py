"""What stands in a home: what readers see, the bytes of the lake, and what a run may have left behind."""

import hashlib
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.commits import partitions, rows_at
from thin_assets.published.writing.folders import current
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.leftovers import all_leftovers
from thin_assets.resources.sealed import require_undamaged


def current_build(home: Path, snapshot: Snapshot) -> str:
    """Id of the sealed build that readers see, which is whole."""
    build = Lake(home=str(home)).current_build(snapshot)
    require_undamaged(build)
    return build_id(build)


def published(home: Path, snapshot: Snapshot) -> dict[str, tuple]:
    """What readers see of each product: the build that its rows say they are of, and a digest of the rows.

    A partition with rows of two builds, or with other rows than its commit says, is a mix: it fails here.
    """
    seen = {}
    for product in products(home / "studies").values():
        shelf = Shelf(home, product)
        if not product.columns:
            ((_, kept),) = current(shelf.table)
            seen[product.name] = (kept.build, kept.version)
            continue
        commit = partitions(shelf.table)[snapshot]
        rows = rows_at(shelf.table, max(_versions(shelf.table)), snapshot)
        assert rows.height == commit.rows, product.name
        assert set(rows["build"]) <= {commit.build}, product.name
        seen[product.name] = (commit.build, hashlib.sha256(rows.write_csv().encode()).hexdigest())
    return seen


def _versions(table: Path) -> list[int]:
    return [int(file.stem) for file in (table / "_delta_log").glob("*.json")]


def lake_bytes(home: Path, *rooms: str) -> dict[str, str]:
    """SHA-256 of every table of the lake by path, those of sealed builds among them; of all rooms or some."""
    root = home / "lake"
    folders = [root / room for room in rooms] or [
        path for path in root.iterdir() if path.name not in ("omop", "vocabulary", "cohort_plans")
    ]
    files = sorted(file for folder in folders for file in folder.rglob("data.parquet"))
    return {
        file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }


def left_behind(home: Path) -> list[str]:
    """Temporaries and candidates that nobody will finish."""
    return [path.relative_to(home).as_posix() for path in all_leftovers(home, settled=0)]
