"""Data files of a Delta table that no commit names: a writer was stopped before its commit."""

import re
import time
from pathlib import Path

from thin_assets.resources.files import locked
from thin_assets.resources.leftovers import SETTLED_SECONDS

_NAMED = re.compile(rb"part-[^/\"]+\.parquet")


def orphans(table: Path, settled: float = SETTLED_SECONDS) -> list[Path]:
    """Files of a table that no version holds or ever held, and that nobody wrote to for some seconds.

    Commits stay in the log (`delta.logRetentionDuration`), so that a file of any version is named there.
    """
    if not (table / "_delta_log").is_dir():
        return []
    with locked(table):
        named = {
            name.decode()
            for commit in (table / "_delta_log").glob("*.json")
            for name in _NAMED.findall(commit.read_bytes())
        }
        now = time.time()
        return sorted(
            file
            for file in table.rglob("part-*.parquet")
            if file.name not in named and now - file.stat().st_mtime >= settled
        )
