"""A review to fill in: every unmapped code that a map may speak of, most records first, and nobody's slip."""

from pathlib import Path

from tests.mapping_account import cdm_with
from thin_assets.cli.map_template import template_lines
from thin_assets.evidence.mapping import unmapped_codes

CODES = """
    table   | kind  | system        | code  | domain    | target | records | persons
    --------+-------+---------------+-------+-----------+--------+---------+--------
    medical | event | READ2         | A     | Condition | 0      | 40      | 30
    medical | event | READ2         | B     | Condition | 0      | 90      | 50
    medical | event | READ2         | M     | Condition | 1      | 500     | 90
    therapy | event | CN            | 1234  | Drug      | 0      | 60      | 20
    ahd     | unit  | THINLIKE_UNIT | furl  | Unit      | 0      | 30      | 10
    ahd     | unit  | THINLIKE_UNIT | 21.8  | Unit      | 0      | 12      | 1
    medical | event | READ2         | RARE  | Condition | 0      | 9       | 9
    medical | event |               | X     | Condition | 0      | 90      | 40
    staff   | specialty | THINLIKE_ROLE | 77 | Provider | 0      | 15      | 0
"""


def lines(tmp_path: Path) -> list[tuple[str, str, str]]:
    con = cdm_with(tmp_path / "mapping.parquet", CODES)
    return list(template_lines(unmapped_codes(con, {}, top=25)))


def test_codes_stand_under_the_vocabulary_that_a_map_names(tmp_path: Path) -> None:
    assert [line[:2] for line in lines(tmp_path)] == [
        ("Read", "B"),
        ("THINLIKE_CN", "1234"),
        ("Read", "A"),
        ("THINLIKE_UNIT", "furl"),
        ("THINLIKE_ROLE", "77"),
    ]


def test_a_code_of_two_tables_is_asked_for_once(tmp_path: Path) -> None:
    twice = """
        table    | system | code | domain | target | records
        therapy  | DMD    | 4401 | Drug   | 0      | 30
        dispense | DMD    | 4401 | Drug   | 0      | 20
    """
    con = cdm_with(tmp_path / "mapping.parquet", twice)
    assert list(template_lines(unmapped_codes(con, {}, top=25))) == [("THINLIKE_DMD", "4401", "")]
