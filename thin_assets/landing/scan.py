"""One pass over a delivered file: checksum, whether it is whole, header and rows, in bounded memory."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20
INFLATED = 8 << 20
"""At most so many bytes are inflated at once, however well a chunk was compressed."""

LONGEST_HEADER = 64 << 10

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Scan:
    """What one pass over a file showed.

    header    the first line without its line end; None when the file holds nothing
    rows      lines after the header; None when they cannot be counted, for then `fault` says why
    length    bytes of a text once inflated
    """

    sha256: str
    header: bytes | None
    rows: int | None
    fault: str | None = None
    length: int = 0


class _Lines:
    """Counts the lines of a text that comes in pieces, and keeps the first."""

    def __init__(self) -> None:
        self.header, self._header_open = b"", True
        self.line_ends, self.last, self.length = 0, b"", 0

    def feed(self, piece: bytes) -> None:
        if not piece:
            return
        if self._header_open and len(self.header) < LONGEST_HEADER:
            head, end, _ = piece.partition(b"\n")
            self.header += head[:LONGEST_HEADER]
            self._header_open = not end
        self.line_ends += piece.count(b"\n")
        self.length += len(piece)
        self.last = piece[-1:]

    @property
    def lines(self) -> int:
        return self.line_ends + (self.last not in (b"", b"\n"))


def scan_text(path: Path, *, has_header: bool = True) -> Scan:
    """Look through a text file, gzipped when its name ends so; a record is a line.

    has_header    False where the first line is a record too; it is given as the header all the same
    """
    digest, lines = hashlib.sha256(), _Lines()
    inflate = _Inflate() if path.suffix.lower() == ".gz" else None
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            for piece in (chunk,) if inflate is None else inflate.pieces(chunk):
                lines.feed(piece)
    fault = inflate.fault() if inflate else None
    if fault:
        return Scan(digest.hexdigest(), None, None, fault)
    header = lines.header.rstrip(b"\r").removeprefix(b"\xef\xbb\xbf") if lines.lines else None
    return Scan(digest.hexdigest(), header, max(lines.lines - has_header, 0), length=lines.length)


class _Inflate:
    """Gunzips chunk by chunk; several gzip members one after the other are one file."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._start = b""
        self._damaged = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        self._start = self._start or chunk[: len(_GZIP)]
        while chunk and not self._damaged:
            self._member = self._member or zlib.decompressobj(wbits=31)
            try:
                yield self._member.decompress(chunk, INFLATED)
            except zlib.error:
                self._damaged = True
                return
            chunk = self._member.unconsumed_tail or self._member.unused_data
            if self._member.eof:
                self._member = None

    def fault(self) -> str | None:
        if self._damaged:
            return "is damaged inside" if self._start == _GZIP else "is not gzip"
        if self._member is not None or not self._start:
            return "ends in the middle of its gzip stream: cut off in transfer"
        return None


def scan_parquet(path: Path) -> Scan:
    """Checksum, and columns and rows from the footer; columns are given as a comma-separated header."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    try:
        footer = pq.read_metadata(path)
    except pa.ArrowInvalid:
        return Scan(digest.hexdigest(), None, None, "is not readable as Parquet")
    return Scan(digest.hexdigest(), ",".join(footer.schema.to_arrow_schema().names).encode(), footer.num_rows)
