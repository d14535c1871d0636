"""A whole delivery can be spoilt, and the door finds each fault for what it is."""

import json

import pytest

from tests.synthetic_worlds import make
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ChecksumMismatch, MissingFiles, RowCountMismatch, UnreadableFile
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.synthetic.spoil import DeliveryFault

REFUSAL = {
    DeliveryFault.TRUNCATED_FILE: UnreadableFile,
    DeliveryFault.WRONG_SHA256: ChecksumMismatch,
    DeliveryFault.MISSING_FILE: MissingFiles,
    DeliveryFault.WRONG_ROWS: RowCountMismatch,
}


@pytest.mark.parametrize("fault", DeliveryFault)
def test_a_spoilt_delivery_is_refused_for_its_own_reason_and_the_truth_says_so(tmp_path, fault):
    made = make(tmp_path, "RO", "2024-03", patients=20, spoil=fault)
    with pytest.raises(REFUSAL[fault]) as refused:
        inspect_delivery(made.folder, Snapshot.named("RO", "2024-03"))
    assert type(refused.value) is REFUSAL[fault]
    assert made.truth["delivery_fault"] == fault


def test_a_sound_delivery_has_no_such_fault(tmp_path):
    made = make(tmp_path, "RO", "2024-03", patients=20)
    assert inspect_delivery(made.folder, Snapshot.named("RO", "2024-03"))
    assert made.truth["delivery_fault"] is None


def test_spoiling_changes_the_last_file_alone(tmp_path):
    sound = make(tmp_path / "sound", "RO", "2024-03", patients=20).bytes_by_path()
    spoilt = make(
        tmp_path / "spoilt", "RO", "2024-03", patients=20, spoil=DeliveryFault.TRUNCATED_FILE
    ).bytes_by_path()
    last = json.loads(sound["manifest.json"])["files"][-1]["path"]
    assert {path for path in sound if sound[path] != spoilt[path]} == {"manifest.json", last}
