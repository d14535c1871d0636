"""Are the files there, all and only those promised, unaltered, whole, and as long as promised?"""

from collections.abc import Callable

from thin_assets.errors import (
    ChecksumMismatch,
    DeliveryIncomplete,
    MissingFiles,
    RowCountMismatch,
    UnreadableFile,
    WrongLayout,
)
from thin_assets.landing.arrivals import MANIFEST, MARKER
from thin_assets.landing.delivery import HOW_TO, RESEND, SHOWN, Delivery, some
from thin_assets.landing.scan import Scan, scan_parquet, scan_text


def require_files(delivery: Delivery) -> None:
    """Every listed file lies there, and no other. Raises MissingFiles or WrongLayout."""
    listed = {file.path for file in delivery.files}
    folder = delivery.folder
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if absent := sorted(listed - present):
        raise MissingFiles(
            f"{len(absent)} of {len(listed)} files absent ({some(absent)})",
            where=delivery.where(),
            remedy=RESEND,
        )
    if unlisted := sorted(present - listed - {MANIFEST, MARKER}):
        raise WrongLayout(
            f"files that the manifest does not list: {some(unlisted)}",
            where=delivery.where(),
            remedy=f"remove what is no part of the delivery, or ask for a manifest that lists it; {HOW_TO}",
        )


def require_tables(delivery: Delivery) -> None:
    """Every table that the country must deliver is listed, and none that we do not know.

    Raises WrongLayout or MissingFiles.
    """
    layout = delivery.layout
    delivered = {file.table for file in delivery.files}
    if unknown := sorted(delivered - set(layout.shapes)):
        raise WrongLayout(
            f"{layout.name} for {delivery.snapshot.country} has no table {some(unknown)}",
            where=delivery.where(MANIFEST),
            remedy=f"ask the provider to leave it out; {HOW_TO}",
        )
    if absent := sorted(layout.expected - delivered):
        raise MissingFiles(
            f"{len(absent)} of {len(layout.expected)} tables absent ({some(absent)})",
            where=delivery.where(MANIFEST),
            remedy=RESEND,
        )
    if ending := sorted(file.path for file in delivery.files if not file.path.endswith(layout.suffixes)):
        raise WrongLayout(
            f"files that do not end in {' or '.join(layout.suffixes)}: {some(ending)}",
            where=delivery.where(),
            remedy=RESEND,
        )


def scan_files(delivery: Delivery, progress: Callable[[str, int], None] | None) -> dict[str, Scan]:
    """Look through every file once, by its path in the manifest."""
    scans = {}
    for file in delivery.files:
        path = delivery.folder / file.path
        if file.path.endswith(".parquet"):
            scans[file.path] = scan_parquet(path)
        else:
            scans[file.path] = scan_text(path, has_header=file.table not in delivery.layout.widths)
        if progress:
            progress(file.path, file.rows)
    return scans


def require_intact(delivery: Delivery, scans: dict[str, Scan]) -> None:
    """Every file has the promised bytes and can be read to its end.

    Raises ChecksumMismatch or UnreadableFile.
    """
    changed = [file.path for file in delivery.files if scans[file.path].sha256 != file.sha256]
    broken = [f"{path} {scan.fault}" for path, scan in scans.items() if scan.fault]
    if changed:
        raise ChecksumMismatch(
            "; ".join([f"sha256 is not that of the manifest: {some(changed)}", *broken[:SHOWN]]),
            where=delivery.where(changed[0]),
            remedy=RESEND,
        )
    if broken:
        raise UnreadableFile("; ".join(broken[:SHOWN]), where=delivery.where(), remedy=RESEND)


def require_rows(delivery: Delivery, scans: dict[str, Scan]) -> None:
    """Every file has the promised rows, and people and places are among them.

    Raises RowCountMismatch or DeliveryIncomplete.
    """
    differ = [
        f"{file.path} holds {scans[file.path].rows} rows, the manifest promises {file.rows}"
        for file in delivery.files
        if scans[file.path].rows != file.rows
    ]
    if differ:
        raise RowCountMismatch("; ".join(differ[:SHOWN]), where=delivery.where(), remedy=RESEND)
    filled = {file.table for file in delivery.files if file.rows}
    if empty := sorted(delivery.layout.never_empty - filled):
        raise DeliveryIncomplete(f"no rows in {some(empty)}", where=delivery.where(), remedy=RESEND)
