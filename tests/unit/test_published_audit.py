"""The audit record: one line for every event, chained, never silently shorter or torn."""

import json
import multiprocessing
from pathlib import Path

import pytest

from tests.products import HAND, LUNG, features, publish
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import AuditBroken, BrokenRules
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import audit_file, entries, event_of, record, spec_of, verify
from thin_assets.published.writing.publication import publish_table

GB = Snapshot.of("GB|2024-03-01")


def note(home: Path, reason: str) -> dict:
    return record(home, HAND, event_of("published", LUNG, GB, build="b1", reason=reason))


def test_a_publication_leaves_a_line_with_who_what_when_and_how_many(tmp_path: Path) -> None:
    done = publish(tmp_path, GB.key, 3, suppressed={"rare features": 2})
    begun, line = entries(tmp_path)
    assert (begun["event"], begun["partition"], begun["build"]) == ("begun", "GB|2024-03-01", "b1")
    assert len(line.pop("previous")) == 64
    assert line == {
        "number": 2,
        "who": "a tester",
        "when": "2024-04-09T12:00:00.000+00:00",
        "event": "published",
        "product": "lung_cancer_features",
        "spec": spec_of(LUNG),
        "contract": LUNG.version,
        "partition": "GB|2024-03-01",
        "build": "b1",
        "counts": {"rows": 3, "entries": 3, "version": done.version},
        "suppressed": {"rare features": 2},
        "reason": None,
    }


def test_a_refusal_leaves_a_line_that_says_why_and_names_no_value(tmp_path: Path) -> None:
    broken = features(2).with_columns(row_id=4711)
    with pytest.raises(BrokenRules):
        publish_table(broken, Shelf(tmp_path, LUNG), GB, "b1", HAND)
    _, line = entries(tmp_path)
    assert (line["event"], line["build"], line["counts"]) == ("refused", "b1", {})
    assert line["reason"].startswith("BrokenRules: lung_cancer_features breaks")
    assert "4711" not in audit_file(tmp_path).read_text(encoding="utf-8")


def test_a_fault_of_ours_is_no_refusal(tmp_path: Path) -> None:
    """A fault of ours is not recorded as if the data had been refused: what was begun has no end."""
    with pytest.raises(AttributeError):
        publish_table(None, Shelf(tmp_path, LUNG), GB, "b1", HAND)
    assert [line["event"] for line in entries(tmp_path)] == ["begun"]


def test_a_declaration_that_promises_something_else_has_another_sha() -> None:
    assert spec_of(LUNG) != spec_of(LUNG.model_copy(update={"retention_months": 25}))
    assert spec_of(LUNG) == spec_of(type(LUNG).model_validate(LUNG.model_dump()))


def test_the_chain_of_many_lines_is_whole(tmp_path: Path) -> None:
    assert verify(tmp_path) == 0
    for reason in ("first", "second", "thïrd\nwith a line break"):
        note(tmp_path, reason)
    assert verify(tmp_path) == 3
    assert [line["number"] for line in entries(tmp_path)] == [1, 2, 3]


def changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"b1", b"b2"), *lines[2:]]


@pytest.mark.parametrize(
    "spoil",
    [
        changed,
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: lines[:-1],
        lambda lines: [*lines[:-1], lines[-1].replace(b"b1", b"b2")],
        lambda lines: [b"no json\n", *lines[1:]],
        lambda lines: [],
    ],
    ids=["changed", "cut out", "swapped", "cut off", "last changed", "no line", "emptied"],
)
def test_a_line_that_was_changed_moved_or_cut_is_noticed(tmp_path: Path, spoil: object) -> None:
    for reason in ("first", "second", "third", "fourth"):
        note(tmp_path, reason)
    path = audit_file(tmp_path)
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(AuditBroken):
        verify(tmp_path)


def test_nothing_is_written_after_lines_that_were_cut_off(tmp_path: Path) -> None:
    """Else the next line would hide that they were there."""
    for reason in ("first", "second"):
        note(tmp_path, reason)
    path = audit_file(tmp_path)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(AuditBroken, match="ends with line 1, and had 2"):
        note(tmp_path, "third")


@pytest.mark.parametrize("bytes_written", [1, 40, -1])
def test_half_a_line_is_moved_aside_and_told_of(tmp_path: Path, bytes_written: int) -> None:
    note(tmp_path, "first")
    path = audit_file(tmp_path)
    half = path.read_bytes()[:bytes_written]
    with path.open("ab") as file:
        file.write(half)
    assert len(entries(tmp_path)) == 1
    assert verify(tmp_path) == 1
    note(tmp_path, "second")
    assert [line["event"] for line in entries(tmp_path)] == ["published", "torn line", "published"]
    assert entries(tmp_path)[1]["counts"] == {"bytes": len(half)}
    assert path.with_name("audit.torn.jsonl").read_bytes() == half + b"\n"
    assert verify(tmp_path) == 3


def test_a_head_that_lags_a_line_behind_is_what_a_killed_writer_leaves(tmp_path: Path) -> None:
    note(tmp_path, "first")
    head = audit_file(tmp_path).with_name("audit.head.json")
    before = head.read_bytes()
    note(tmp_path, "second")
    head.write_bytes(before)
    assert verify(tmp_path) == 2
    note(tmp_path, "third")
    assert json.loads(head.read_bytes())["number"] == 3


def _notes(home: str, writer: int) -> None:
    for number in range(20):
        note(Path(home), f"{writer}-{number}")


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_notes, [(str(tmp_path), writer) for writer in range(4)])
    told = {line["reason"] for line in entries(tmp_path)}
    assert told == {f"{writer}-{number}" for writer in range(4) for number in range(20)}
    assert verify(tmp_path) == 80
