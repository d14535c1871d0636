"""The United Kingdom's own layouts as blocks of the THIN-like layout: the same columns, the same rules after.

A fixed-width line of another length is `wrong_field_count`, a byte that is no ASCII in a coded table is
`not_utf8`. What a layout does not say is null; what is true of all its rows (the country, general practice,
the code system) is written in.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from thin_assets.domain import layout
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.native import COUNTRY, ENCODING, LAYOUT_FIXED, NativeTable, native_tables
from thin_assets.landing.contract import DeliveredFile, Inspection
from thin_assets.raw.lines import BLOCK, Block, Format, numbered_texts, read_blocks

_CONSTANTS = {
    "practice": {"country": COUNTRY, "prac_type": "GP"},
    "lookup_diag_ref": {"code_system": "READ2"},
}
_OLD_CONSTANTS = _CONSTANTS | {"medical": {"code_system": "READ2"}}
"""Practice files end before another code system came into use."""

_DAY_FIRST = r"^(\d\d)/(\d\d)/(\d{4})$"
_STRENGTH = r"^(?P<strength_num>\d+\.?\d*) ?(?P<strength_unit>\D.*)$"
_PRACTICE = re.compile(r"[a-z][0-9]{4}")

READ_LENGTH, DRUG_LENGTH = 7, 8
"""Characters of a Read code with its term code, and of a product code of the practice system."""


def native_blocks(inspection: Inspection, file: DeliveredFile) -> Iterator[Block]:
    """The rows of a file with the columns of the THIN-like layout.

    Raises UnreadableFile when the file is damaged.
    """
    table = native_tables(inspection.layout)[file.table]
    where = inspection.where(file.name)
    if inspection.layout == LAYOUT_FIXED:
        blocks = fixed_blocks(file, table, where)
    else:
        encoding = ENCODING if _is_text(table) else "utf-8"
        blocks = read_blocks(file.path, Format(file.columns, file.delimiter, encoding=encoding), where)
    for block in blocks:
        yield Block(as_thin(block.rows, table, practice_of(file.name)), block.lines, block.faults)


def practice_of(name: str) -> str | None:
    """The practice whose file it is, from a name such as `patient.a6641`; None where all are in one file."""
    suffix = name.rpartition(".")[2]
    return suffix if _PRACTICE.fullmatch(suffix) else None


def fixed_blocks(
    file: DeliveredFile, table: NativeTable, where: str, block_size: int = BLOCK
) -> Iterator[Block]:
    """The lines of a fixed-width file cut into columns, blanks around a value taken off; line 1 is a row."""
    for text, ends, first in numbered_texts(file.path, where, block_size):
        codes = np.frombuffer(text, np.uint8)
        starts = np.concatenate(([0], ends[:-1] + 1))
        numbers = np.arange(first, first + len(ends), dtype=np.int64)
        right = ends - starts == table.width
        foreign = np.zeros(len(ends), bool)
        if not _is_text(table):
            foreign[np.searchsorted(ends, np.flatnonzero(codes >= 0x80))] = True
        kept = right & ~foreign
        letters = codes[starts[kept, None] + np.arange(table.width)]
        faults = [(int(line), "wrong_field_count") for line in numbers[~right]]
        faults += [(int(line), "not_utf8") for line in numbers[right & foreign]]
        yield Block(_cut(letters, table), numbers[kept], sorted(faults))


def _is_text(table: NativeTable) -> bool:
    """Whether the table holds descriptions, which are not all ASCII."""
    return table.name.startswith("lookup_") or table.name == "practice"


def _cut(letters: np.ndarray, table: NativeTable) -> pa.Table:
    """The columns of lines of equal length, a matrix of bytes: text each, null where blank."""
    return pa.table(
        {column.name: _texts(letters[:, column.start - 1 : column.end]) for column in table.columns}
    )


def _texts(letters: np.ndarray) -> pa.Array:
    width = letters.shape[1]
    flat = np.ascontiguousarray(letters)
    offsets = np.arange(len(letters) + 1, dtype=np.int32) * width
    if flat.size and flat.max() >= 0x80:
        text = pa.array([row.tobytes().decode(ENCODING, "replace") for row in flat], pa.string())
    else:
        text = pa.StringArray.from_buffers(len(letters), pa.py_buffer(offsets), pa.py_buffer(flat))
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def as_thin(rows: pa.Table, table: NativeTable, practice: str | None) -> pa.Table:
    """The rows of a native table with every column of the THIN-like one, all text.

    practice    key of the practice whose file it is; None where the rows say it themselves
    """
    said = {column.becomes: _as_one(rows[column.name]) for column in table.columns if column.becomes}
    told = {name: pa.array([value] * len(rows), pa.string()) for name, value in _told(table, practice)}
    derived = {
        name: derive(said) for name, derive in _DERIVED.get(table.name, {}).items() if name not in told
    }
    columns = {column.name: column.type for column in layout.tables()[table.name]}
    values = said | derived | told
    return pa.table(
        {
            name: _compact(values[name], kind) if name in values else pa.nulls(len(rows), pa.string())
            for name, kind in columns.items()
        }
    )


def _as_one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _told(table: NativeTable, practice: str | None) -> Iterator[tuple[str, str]]:
    constants = _OLD_CONSTANTS if table.layout == LAYOUT_FIXED else _CONSTANTS
    yield from constants.get(table.name, {}).items()
    if practice:
        yield "pracid", practice


def _compact(column: pa.Array, kind: str) -> pa.Array:
    """A date written dd/mm/yyyy as YYYYMMDD; whatever else stands there is judged as it is."""
    if kind not in ("date", "yob"):
        return column
    return pc.replace_substring_regex(column, _DAY_FIRST, r"\3\2\1")


def _diagnosis_system(said: dict[str, pa.Array]) -> pa.Array:
    """Digits alone are SNOMED CT, unless they are as many as in a Read code and recorded before its time."""
    since = next(coding.since for coding in COUNTRIES[COUNTRY].diagnoses if coding.system == "SNOMED")
    recorded = pc.coalesce(*(_compact(said[name], "date") for name in ("sysdate", "eventdate")), "99999999")
    before = pc.less(recorded, f"{since:%Y%m%d}")
    digits = pc.match_substring_regex(said["medcode"], r"^\d{6,18}$")
    may_be_read = pc.and_(pc.equal(pc.utf8_length(said["medcode"]), READ_LENGTH), before)
    return _one_of(pc.and_(digits, pc.invert(may_be_read)), "SNOMED", "READ2")


def _product_system(code: str) -> Callable[[dict[str, pa.Array]], pa.Array]:
    """A code longer than those of the practice system is one of the dictionary of medicines and devices."""
    return lambda said: _one_of(pc.greater(pc.utf8_length(said[code]), DRUG_LENGTH), "DMD", "MULTILEX")


def _one_of(condition: pa.Array, yes: str, no: str) -> pa.Array:
    return pc.if_else(pc.coalesce(condition, False), yes, no)


def _strength(part: str) -> Callable[[dict[str, pa.Array]], pa.Array]:
    """`20 mg` is a number and a unit; another text is neither."""
    return lambda said: pc.struct_field(pc.extract_regex(said["strength"], _STRENGTH), part)


_DERIVED: dict[str, dict[str, Callable[[dict[str, pa.Array]], pa.Array]]] = {
    "medical": {"code_system": _diagnosis_system},
    "therapy": {"drug_code_system": _product_system("drugcode")},
    "lookup_drug_ref": {
        "system": _product_system("code"),
        "strength_num": _strength("strength_num"),
        "strength_unit": _strength("strength_unit"),
    },
}
"""Columns of the THIN-like layout that follow from others."""
