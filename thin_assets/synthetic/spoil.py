"""Faults of a whole delivery: what a provider's full disk or hurried hand does to files that were sound.

Faults of single rows are planted while a delivery is written (`defects.py`); these spoil what was written.
"""

import hashlib
import json
from enum import StrEnum
from pathlib import Path

from thin_assets.resources.files import write_json


class DeliveryFault(StrEnum):
    """What is wrong with the delivery as a whole; landing must refuse it."""

    TRUNCATED_FILE = "truncated_file"
    WRONG_SHA256 = "wrong_sha256"
    MISSING_FILE = "missing_file"
    WRONG_ROWS = "wrong_rows"


def spoil_delivery(folder: Path, fault: DeliveryFault) -> None:
    """Spoil the last file of a finished delivery, or what the manifest says of it.

    truncated_file   half of its bytes are gone, and the provider hashed what was left
    wrong_sha256     the manifest's checksum is that of other bytes
    missing_file     the manifest names it, and it is not there
    wrong_rows       the manifest counts a row more than there is
    """
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    entry = manifest["files"][-1]
    target = folder / entry["path"]
    match fault:
        case DeliveryFault.TRUNCATED_FILE:
            left = target.read_bytes()
            target.write_bytes(left[: len(left) // 2])
            entry["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
        case DeliveryFault.WRONG_SHA256:
            entry["sha256"] = hashlib.sha256(entry["sha256"].encode()).hexdigest()
        case DeliveryFault.MISSING_FILE:
            target.unlink()
        case DeliveryFault.WRONG_ROWS:
            entry["rows"] += 1
    write_json(path, manifest)
