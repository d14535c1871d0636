"""The table of faults says what the tests declare, row by row, and each row names a test that is there."""

import re

import pytest

from tests.fault_matrix import PAGE, table, written_table
from tests.journey.faults.declared import FAULTS
from thin_assets.domain.rooms import ROOMS

MARK = re.compile(r"""mark\.fault\(f?"([^"]+)"\)""")
ROOT = PAGE.parents[2]


def shown_by() -> dict[str, str]:
    """The file that is marked with each fault; `killed in {room}` is a mark for every room."""
    named, rooms = {}, {}
    for file in sorted((ROOT / "tests" / "journey").rglob("test_*.py")):
        for name in MARK.findall(file.read_text(encoding="utf-8")):
            path = file.relative_to(ROOT).as_posix()
            named.setdefault(name, path)
            rooms |= {name.format(room=room): path for room in ROOMS if "{room}" in name}
    return {name: path for name, path in (named | rooms).items() if name in FAULTS}


def test_every_declared_fault_is_tried_by_a_test() -> None:
    assert [name for name in FAULTS if name not in shown_by()] == []


def test_the_table_has_the_declared_faults_and_no_others() -> None:
    told = {line.split(" | ")[0] + line.split(" | ")[1] for line in written_table(PAGE).splitlines()[2:]}
    assert told == {f"| {one.fault}{one.where}" for one in FAULTS.values()}
    assert len(written_table(PAGE).splitlines()) == len(FAULTS) + 2


@pytest.mark.parametrize("name", FAULTS)
def test_a_row_says_what_is_declared(name: str) -> None:
    """If this fails: `pytest -m fault --write-fault-matrix`."""
    (row,) = table({name: shown_by()[name]}).splitlines()[2:]
    assert row.rpartition(" | ")[0] in written_table(PAGE)
