"""Whatever a file holds, each of its lines is accepted or rejected exactly once, and read by RFC 4180."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deliveries import deliver, rewrite
from tests.unpacking import unpacked
from thin_assets.errors import UnreadableFile
from thin_assets.raw.lines import Format, read_blocks

FORM = Format(("a", "b", "c"), "|")
HEADER = b"a|b|c\n"

LINE = st.one_of(
    st.binary(max_size=12),
    st.lists(
        st.sampled_from([b"", b"x", b'"', b'"y"', b"|", b"\xe9", "é".encode(), b"\r", b"\0"]), max_size=8
    ).map(b"|".join),
    st.just(b"1|2|3"),
).map(lambda line: line.replace(b"\n", b""))

VALUE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8)


def blocks_of(text: bytes, block_size: int, form: Format = FORM) -> list:
    """Read a text as a gzipped file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part-000.csv.gz"
        path.write_bytes(gzip.compress(text))
        return list(read_blocks(path, form, "here", block_size))


def by_line(blocks: list) -> dict[int, tuple | str]:
    """Fields or reason by line number; a line that occurs twice is a failure."""
    rows = [
        pair
        for block in blocks
        for pair in zip(
            block.lines.tolist(), map(tuple, map(dict.values, block.rows.to_pylist())), strict=True
        )
    ]
    pairs = rows + [fault for block in blocks for fault in block.faults]
    assert len({line for line, _ in pairs}) == len(pairs)
    return dict(pairs)


@given(lines=st.lists(LINE, max_size=12), block_size=st.integers(1, 64))
def test_every_line_is_accepted_or_rejected_exactly_once(lines, block_size):
    found = by_line(blocks_of(HEADER + b"".join(line + b"\n" for line in lines), block_size))
    assert sorted(found) == list(range(2, len(lines) + 2))


@given(lines=st.lists(LINE, max_size=12), sizes=st.tuples(st.integers(1, 64), st.integers(1, 64)))
def test_how_a_file_is_cut_into_blocks_changes_nothing(lines, sizes):
    text = HEADER + b"\n".join(lines)
    assert by_line(blocks_of(text, sizes[0])) == by_line(blocks_of(text, sizes[1]))


@given(lines=st.lists(LINE, min_size=1, max_size=8), bad=LINE, at=st.integers(0, 8))
def test_a_line_is_read_the_same_whatever_stands_beside_it(lines, bad, at):
    alone = [by_line(blocks_of(HEADER + line + b"\n", 1 << 20))[2] for line in lines]
    mixed = [*lines[:at], bad, *lines[at:]]
    found = by_line(blocks_of(HEADER + b"".join(line + b"\n" for line in mixed), 1 << 20))
    beside = [found[number] for number in range(2, len(mixed) + 2)]
    assert beside[: min(at, len(lines))] + beside[min(at, len(lines)) + 1 :] == alone


@given(rows=st.lists(st.tuples(VALUE, VALUE, VALUE), max_size=10), quoting=st.sampled_from([0, 1]))
def test_what_a_csv_writer_wrote_is_read_back(rows, quoting):
    out = io.StringIO()
    csv.writer(out, delimiter="|", lineterminator="\n", quoting=quoting).writerows(rows)
    found = by_line(blocks_of(HEADER + out.getvalue().encode(), 1 << 20))
    assert list(found.values()) == [tuple(value or None for value in row) for row in rows]


@given(cut=st.integers(1, 60))
def test_a_file_cut_off_anywhere_is_unreadable(cut):
    data = gzip.compress(HEADER + b"".join(f"{number}|x|y\n".encode() for number in range(99)), mtime=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part-000.csv.gz"
        path.write_bytes(data[:-cut])
        with pytest.raises(UnreadableFile):
            list(read_blocks(path, FORM, "here"))


@given(lines=st.lists(LINE, max_size=8))
def test_no_delivered_row_is_lost_between_landing_and_raw(lines):
    with tempfile.TemporaryDirectory() as home:
        folder = deliver(Path(home))
        header = b"pracid|staffid|roleid|specialty|sex\n"
        rewrite(folder, "staff", header + b"".join(line + b"\n" for line in lines))
        raw = unpacked(folder, Path(home))
        counts = raw.report.tables["staff"]
        assert counts.delivered == len(lines) == counts.accepted + counts.rejected_rows
        assert raw.table("staff").height == counts.accepted
        assert raw.table("rejected").height == counts.rejected_rows
