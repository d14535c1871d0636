"""The locks of everybody who tells something to the outside, held together while it is copied."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from thin_assets.domain.zones import PUBLISHED, ZONES
from thin_assets.published.record.audit import audit_file
from thin_assets.resources.files import locked


@contextmanager
def nobody_tells(home: Path) -> Iterator[None]:
    """Wait for publications, releases, recalls and withdrawals under way, and keep new ones waiting.

    In the order in which they take their locks, so that none waits for a backup that waits for it: catalogue,
    ledgers, books of releases, tables, registers, the record of events last.
    """
    majors = sorted(path for zone in ZONES for path in (home / zone).glob("*/v*") if path.is_dir())
    catalogue = home / PUBLISHED / "catalogue"
    with ExitStack() as stack:
        for path in (
            *([catalogue] if catalogue.is_dir() else []),
            *sorted((home / "lake" / "published").glob("*/country=*")),
            *sorted({major.parent / "releases.json" for major in majors}),
            *majors,
            *sorted((home / "restricted" / "opted_out").glob("*.txt")),
            *([audit_file(home)] if audit_file(home).parent.is_dir() else []),
        ):
            stack.enter_context(locked(path))
        yield
