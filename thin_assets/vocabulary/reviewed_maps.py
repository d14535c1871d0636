"""Reviewed maps: what somebody with a role decided about a code that no vocabulary maps, and why.

One comma-delimited file per review, in any number. A file is held against the vocabulary before it is used:
a wrong map is worse than none. What is found wrong names file, line and code, and repeats no other cell.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from thin_assets.errors import MapRefused
from thin_assets.vocabulary.mappable_codes import LOOK_UPS, target_domains

NEEDED = (
    "source_vocabulary_id",
    "source_code",
    "source_code_description",
    "target_concept_id",
    "reviewer_role",
    "review_date",
    "reason",
)
OPTIONAL = ("valid_start_date", "valid_end_date")
COLUMNS = (*NEEDED, *OPTIONAL)
FOR_EVER = (dt.date(1970, 1, 1), dt.date(2099, 12, 31))
_MAY_BE_EMPTY = ("source_code_description",)
_LONGEST = {"source_vocabulary_id": 20, "source_code": 50, "source_code_description": 255}
"""Lengths that `source_to_concept_map` has room for."""

_SHOWN = 10
REMEDY = "mend the lines and check again: `thin-assets maps check FILE`; see docs/how-to/add-a-custom-map.md"


@dataclass(frozen=True)
class ReviewedMap:
    """One line of a review: a code, one concept it stands for, and who said so.

    target_concept_id   0 where the cell is no number; such a line is refused
    valid_*_date        the map is used in snapshots whose cut-off lies between them, both included
    """

    file: str
    line: int
    source_vocabulary_id: str
    source_code: str
    source_code_description: str
    target_concept_id: int
    reviewer_role: str
    review_date: dt.date | None
    reason: str
    valid_start_date: dt.date | None
    valid_end_date: dt.date | None

    @property
    def code(self) -> tuple[str, str]:
        """What is mapped."""
        return self.source_vocabulary_id, self.source_code


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line; line 0 speaks of the whole file."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


def reviewed_files(folder: Path) -> list[Path]:
    """Files of the reviews in a folder, in a fixed order; none where there is no folder."""
    return sorted(folder.glob("*.csv"))


def accepted_maps(
    files: Sequence[Path], con: duckdb.DuckDBPyConnection, *, today: dt.date
) -> list[ReviewedMap]:
    """The lines of all reviews. Raises MapRefused with the first faults, where there is any.

    con      holds the vocabulary's `concept` as a table or view
    today    a review cannot have happened later
    """
    maps, faults = judge_maps(files, con, today=today)
    if faults:
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        named = "; ".join(str(fault) for fault in faults[:_SHOWN])
        raise MapRefused(f"{len(faults)} faults: {named}{more}", where="reviewed maps", remedy=REMEDY)
    return maps


def judge_maps(
    files: Sequence[Path], con: duckdb.DuckDBPyConnection, *, today: dt.date
) -> tuple[list[ReviewedMap], list[Fault]]:
    """Every line that can be read, and everything that is wrong, in the order of files and lines."""
    maps: list[ReviewedMap] = []
    faults: list[Fault] = []
    for path in sorted(files, key=lambda path: path.name):
        for found in _read(path):
            (maps if isinstance(found, ReviewedMap) else faults).append(found)
    concepts = _concepts(con, {one.target_concept_id for one in maps})
    for one in maps:
        told = [*_faults_of_review(one, today), *_faults_of_target(one, concepts)]
        faults += [Fault(one.file, one.line, f"{_named(one)}: {what}") for what in told]
    faults += _contradictions(maps)
    return maps, sorted(faults, key=lambda fault: (fault.file, fault.line))


def _read(path: Path) -> Iterator[ReviewedMap | Fault]:
    """The lines of a file; a file of another shape is one fault."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            if told := _wrong_header(reader.fieldnames or ()):
                yield Fault(path.name, 0, told)
                return
            for row in reader:
                yield from _typed(path.name, reader.line_num, row)
    except UnicodeDecodeError:
        yield Fault(path.name, 0, "is not UTF-8: save it as `CSV UTF-8`")
    except csv.Error:
        yield Fault(path.name, 0, "is not comma-delimited with quotes in pairs")


def _wrong_header(names: Sequence[str]) -> str | None:
    if len(names) == 1 and ";" in names[0]:
        return "is delimited by semicolons: save it with commas"
    if absent := [name for name in NEEDED if name not in names]:
        return f"columns absent ({', '.join(absent)})"
    if unknown := [name for name in names if name not in COLUMNS]:
        return f"{len(unknown)} columns that nothing reads: keep {', '.join(COLUMNS)}"
    return None


def _typed(file: str, line: int, row: dict) -> Iterator[ReviewedMap | Fault]:
    """A line as a map, or what keeps it from being one."""
    if None in row or None in row.values():
        yield Fault(file, line, "has more or fewer cells than the header")
        return
    cells = {name: value.strip() for name, value in row.items()}
    empty = [name for name in NEEDED if not cells[name] and name not in _MAY_BE_EMPTY]
    faults = [f"{name} is empty" for name in empty]
    faults += [f"{name} is longer than {n}" for name, n in _LONGEST.items() if len(cells[name]) > n]
    start, end = (_date(cells.get(name) or default.isoformat()) for name, default in _validity())
    target, reviewed = cells["target_concept_id"], _date(cells["review_date"])
    if target and not (target.isascii() and target.isdigit() and 0 < int(target) < 2**31):
        faults.append("target_concept_id is no concept id; a code without a concept needs no map")
    if cells["review_date"] and reviewed is None:
        faults.append("review_date is not written as 2024-03-31")
    if start is None or end is None or start > end:
        faults.append("valid_start_date and valid_end_date are not two dates in order")
    yield from (Fault(file, line, fault) for fault in faults)
    if not faults:
        told = {name: cells[name] for name in NEEDED if name not in ("target_concept_id", "review_date")}
        yield ReviewedMap(
            file,
            line,
            **told,
            target_concept_id=int(target),
            review_date=reviewed,
            valid_start_date=start,
            valid_end_date=end,
        )


def _validity() -> Iterable[tuple[str, dt.date]]:
    return zip(OPTIONAL, FOR_EVER, strict=True)


def _date(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, in no time zone
    except ValueError:
        return None


def _concepts(con: duckdb.DuckDBPyConnection, wanted: set[int]) -> dict[int, tuple]:
    """Domain, standard flag and reason of invalidity of the wanted concepts that the vocabulary has."""
    query = """select concept_id, domain_id, standard_concept, invalid_reason
               from concept where concept_id in (select unnest(?))"""
    return {concept: told for concept, *told in con.execute(query, [sorted(wanted)]).fetchall()}


def _faults_of_review(one: ReviewedMap, today: dt.date) -> Iterator[str]:
    if one.review_date > today:
        yield "review_date is in the future"
    if one.source_vocabulary_id not in target_domains():
        yield "no delivered code is looked up in this source vocabulary"


def _faults_of_target(one: ReviewedMap, concepts: dict[int, tuple]) -> Iterator[str]:
    """The first thing wrong with the concept: the others follow from it."""
    target = f"target {one.target_concept_id}"
    if one.target_concept_id not in concepts:
        yield f"{target} is not in the vocabulary"
        return
    domain, standard, invalid = concepts[one.target_concept_id]
    allowed = target_domains().get(one.source_vocabulary_id, ())
    if invalid:
        yield f"{target} is no longer valid"
    elif standard != "S":
        yield f"{target} is no standard concept; look for what it maps to"
    elif allowed and domain not in allowed:
        yield f"{target} is of domain {domain}; allowed: {', '.join(allowed)}"


def _contradictions(maps: list[ReviewedMap]) -> Iterator[Fault]:
    """A map told twice, a code that two reviews speak of, and a look-up code with a second concept."""
    first_target: dict[tuple, ReviewedMap] = {}
    first_of_code: dict[tuple[str, str], ReviewedMap] = {}
    for one in maps:
        same = first_target.setdefault((*one.code, one.target_concept_id), one)
        first = first_of_code.setdefault(one.code, one)
        if same is not one:
            yield _against(one, same, "is mapped to the same concept")
        elif first.file != one.file:
            yield _against(one, first, "is mapped by another review")
        elif first is not one and one.source_vocabulary_id in LOOK_UPS:
            yield _against(one, first, "stands for one concept only, and is mapped")


def _against(one: ReviewedMap, other: ReviewedMap, what: str) -> Fault:
    return Fault(one.file, one.line, f"{_named(one)}: {what} in {other.file}, line {other.line}")


def _named(one: ReviewedMap) -> str:
    return f"{one.source_vocabulary_id} {one.source_code}"
