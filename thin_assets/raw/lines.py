"""A delivered text file as blocks of rows, with the exact line of each, in bounded memory.

A record is a line, so one bad line costs one row: a stray quote cannot swallow its neighbours. Whole blocks
go to Arrow's reader; only lines with quotes, strange bytes or a wrong number of fields are read one by one.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from thin_assets.errors import UnreadableFile

BLOCK = 4 << 20
"""Bytes of text read at once: some 50,000 rows."""

LONGEST_LINE = 64 << 20

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True)
class Format:
    """How a file is written.

    empty_tail    a line may end in more empty fields than the header has (spreadsheets write such files)
    encoding      of its texts, UTF-8 or one byte a character
    is_quoted     a field may stand in quotes, by RFC 4180; False: a quote is a character as any other
    """

    columns: tuple[str, ...]
    delimiter: str
    empty_tail: bool = False
    encoding: str = "utf-8"
    is_quoted: bool = True


@dataclass(frozen=True)
class Block:
    """Some consecutive lines of a file.

    rows      the lines that have the right number of fields: one text column each, null where empty
    lines     line number of each row
    faults    (line number, reason) of the others
    """

    rows: pa.Table
    lines: np.ndarray
    faults: list[tuple[int, str]]


def read_blocks(path: Path, form: Format, where: str, block_size: int = BLOCK) -> Iterator[Block]:
    """Read a file, gzipped when its name ends so. The header is line 1, and skipped.

    Raises UnreadableFile when it is damaged, `where` saying which file.
    """
    for text, ends, first in numbered_texts(path, where, block_size, form.encoding):
        if first == 1:
            text, ends, first = text[ends[0] + 1 :], ends[1:] - ends[0] - 1, 2
        if len(ends):
            yield _read(text, ends, first, form)


def numbered_texts(
    path: Path, where: str, block_size: int = BLOCK, encoding: str = "utf-8"
) -> Iterator[tuple[bytes, np.ndarray, int]]:
    """Whole lines of a file, some at a time: the text, where each line ends, and the number of the first.

    encoding    one byte a character, to be turned into UTF-8; UTF-8 leaves every byte as it is
    Raises UnreadableFile when the file, gzipped when its name ends so, is damaged.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    next_line = 1
    with opened(path, "rb") as stream:
        for text in _whole_lines(stream, where, block_size):
            if encoding != "utf-8" and not text.isascii():
                text = text.decode(encoding, "replace").encode()
            ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE)
            yield text, ends, next_line
            next_line += len(ends)


def _whole_lines(stream: BinaryIO, where: str, size: int) -> Iterator[bytes]:
    carried = b""
    while chunk := _read_some(stream, size, where):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield _unix(carried + chunk[:cut])
            carried = chunk[cut:]
        else:
            carried += chunk
        if len(carried) > LONGEST_LINE:
            raise UnreadableFile("a line never ends", where=where, remedy="ask the provider to resend")
    if carried:
        yield _unix(carried + b"\n")


def _read_some(stream: BinaryIO, size: int, where: str) -> bytes:
    try:
        return stream.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(
            "the file is cut off or damaged", where=where, remedy="ask the provider to resend"
        ) from error


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n") if b"\r" in text else text


def _read(text: bytes, ends: np.ndarray, first: int, form: Format) -> Block:
    """Split the lines of a block into those that Arrow reads at once and those to be looked at one by one."""
    odd = _odd_lines(text, ends, form)
    numbers = np.arange(first, first + len(ends), dtype=np.int64)
    if not len(odd):
        return Block(_parse(text, form), numbers, [])
    starts = np.concatenate(([0], ends[:-1] + 1))
    plain = np.ones(len(ends), bool)
    plain[odd] = False
    kept = np.repeat(plain, ends - starts + 1)
    table = _parse(np.frombuffer(text, np.uint8)[kept].tobytes(), form)
    outcomes = {
        int(number): _read_line(text[starts[i] : ends[i]], form)
        for i, number in zip(odd, numbers[odd], strict=True)
    }
    faults = [(number, outcome) for number, outcome in outcomes.items() if isinstance(outcome, str)]
    saved = {number: outcome for number, outcome in outcomes.items() if not isinstance(outcome, str)}
    return _merge(table, numbers[plain], saved, faults, form)


def _odd_lines(text: bytes, ends: np.ndarray, form: Format) -> np.ndarray:
    """Lines with the wrong number of delimiters, with quotes or lone carriage returns, or not UTF-8."""
    codes = np.frombuffer(text, np.uint8)
    delimiters = np.flatnonzero(codes == ord(form.delimiter))
    counts = np.diff(np.searchsorted(delimiters, ends), prepend=0)
    odd = counts != len(form.columns) - 1
    for code in (_QUOTE, _RETURN) if form.is_quoted else (_RETURN,):
        if code in text:
            odd[np.searchsorted(ends, np.flatnonzero(codes == code))] = True
    if not _is_utf8(text):
        odd[np.searchsorted(ends, np.flatnonzero(codes >= 0x80))] = True
    return np.flatnonzero(odd)


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_line(line: bytes, form: Format) -> list[str | None] | str:
    """The fields of one line by RFC 4180, or the reason why there are none."""
    width, quoting = len(form.columns), csv.QUOTE_MINIMAL if form.is_quoted else csv.QUOTE_NONE
    text = line.decode("latin-1")
    try:
        fields = next(csv.reader([text], delimiter=form.delimiter, strict=True, quoting=quoting), [])
    except csv.Error:
        return "wrong_field_count"
    if form.empty_tail and not any(fields[width:]):
        fields = fields[:width]
    if len(fields) != width:
        return "wrong_field_count"
    try:
        return [field.encode("latin-1").decode() or None for field in fields]
    except UnicodeDecodeError:
        return "not_utf8"


def _parse(text: bytes, form: Format) -> pa.Table:
    strings = dict.fromkeys(form.columns, pa.string())
    if not text:
        return pa.schema(strings.items()).empty_table()
    return pa_csv.read_csv(
        pa.BufferReader(text),
        pa_csv.ReadOptions(use_threads=False, column_names=form.columns, block_size=len(text) + 1),
        pa_csv.ParseOptions(delimiter=form.delimiter, quote_char=False, ignore_empty_lines=False),
        pa_csv.ConvertOptions(column_types=strings, null_values=[""], strings_can_be_null=True),
    )


def _merge(
    table: pa.Table, lines: np.ndarray, saved: dict[int, list], faults: list[tuple[int, str]], form: Format
) -> Block:
    """Put the rows that were read one by one back in their place."""
    if not saved:
        return Block(table, lines, faults)
    columns = zip(*saved.values(), strict=True)
    rescued = pa.table([pa.array(values, pa.string()) for values in columns], names=list(form.columns))
    numbers = np.concatenate((lines, np.fromiter(saved, np.int64)))
    order = np.argsort(numbers, kind="stable")
    return Block(pa.concat_tables([table, rescued]).take(order), numbers[order], faults)
