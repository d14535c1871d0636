"""The threat model cannot rot: every test that it names exists; a threat names one, or says why not."""

import ast
import re
from functools import cache

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREATS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| tries", "| sends"))
]


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_there_are_threats_of_everybody() -> None:
    heads = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert len(heads) == 7
    assert len(THREATS) >= 4 * len(heads)


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat[0][:60])
def test_a_threat_names_tests_that_exist_or_says_why_not(threat: list[str]) -> None:
    _, _, shown = threat
    named = NAMED.findall(shown)
    assert named or shown.startswith("none"), shown
    assert [f"{file}::{test}" for file, test in named if test not in names_in(file)] == []
    rest = NAMED.sub("", shown).strip(" ,;")
    assert not rest or re.search(r"none( in general)?[:,]|none, ", rest), f"what is this: {rest}"
