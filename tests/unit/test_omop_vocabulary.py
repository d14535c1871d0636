"""The vocabulary of a delivery: its own words decide, those in use speak where it is silent."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import write_table, write_vocabulary
from thin_assets.cdm.spec import table, vocabulary_tables
from thin_assets.omop.vocabulary import complete_vocabulary, delivered_version

IN_USE = """
    concept_id | concept_name | domain_id
    1          | Asthma       | Condition
    2          | Wheeze       | Condition
    3          | Salbutamol   | Drug
"""
HEAD = "concept_id | concept_name | domain_id | standard_concept"

Complete = Callable[..., Callable[[str], pl.DataFrame]]


@pytest.fixture
def complete(tmp_path: Path) -> Complete:
    """Complete a delivered vocabulary, its tables drawn; then read a table of the result."""

    def drawn(**delivered: str) -> Callable[[str], pl.DataFrame]:
        in_use = write_vocabulary(
            tmp_path / "in_use", IN_USE, "ancestor_concept_id | descendant_concept_id\n2 | 1"
        )
        write_table(
            in_use / "concept_relationship.parquet",
            table("concept_relationship"),
            "concept_id_1 | concept_id_2 | relationship_id\n1 | 1 | Maps to\n3 | 3 | Maps to",
        )
        for each in vocabulary_tables():
            write_table(raw(each.name), each, delivered.get(each.name, ""))
        with duckdb.connect() as con:
            complete_vocabulary(lambda name: raw(name.removeprefix("omop_")), in_use, tmp_path / "out", con)
        return lambda name: pl.read_parquet(tmp_path / "out" / f"{name}.parquet")

    def raw(name: str) -> Path:
        return tmp_path / "raw" / name / "data.parquet"

    return drawn


def pairs(rows: pl.DataFrame, *names: str) -> set[tuple]:
    return set(rows.select(names).rows())


def test_the_providers_concept_wins_over_the_one_in_use(complete: Complete) -> None:
    """It says that concept 1 is an observation and no standard concept: so it is judged."""
    concepts = complete(concept=f"{HEAD}\n1 | Asthma, old | Observation | ")("concept")
    assert concepts.filter(concept_id=1).select("domain_id", "standard_concept").row(0) == (
        "Observation",
        None,
    )
    assert concepts.filter(concept_id=1).height == 1


def test_concepts_that_were_not_delivered_come_from_the_vocabulary_in_use(complete: Complete) -> None:
    concepts = complete(concept=f"{HEAD}\n9 | Of their own | Condition | S")("concept")
    assert {9, 2, 3, 8507} <= set(concepts["concept_id"])


def test_a_table_that_was_not_delivered_comes_whole_from_the_vocabulary_in_use(complete: Complete) -> None:
    ancestors = complete(concept=f"{HEAD}\n1 | Asthma | Condition | S")("concept_ancestor")
    assert (2, 1) in pairs(ancestors, "ancestor_concept_id", "descendant_concept_id")


def test_a_delivered_table_speaks_alone_for_the_delivered_concepts(complete: Complete) -> None:
    """The provider maps 1 to 9; that the vocabulary in use maps it to itself counts no more."""
    read = complete(
        concept=f"{HEAD}\n1 | Asthma | Condition | \n9 | Theirs | Condition | S",
        concept_relationship="concept_id_1 | concept_id_2 | relationship_id\n1 | 9 | Maps to",
    )
    assert pairs(read("concept_relationship"), "concept_id_1", "concept_id_2") == {(1, 9), (3, 3)}


def test_a_table_without_concepts_adds_to_what_is_in_use(complete: Complete) -> None:
    """Own maps alone are a common delivery: they need no concept table of their own."""
    maps = "source_code | source_vocabulary_id | target_concept_id | source_concept_id\nA1 | OURS | 1 | 0"
    read = complete(source_to_concept_map=maps)
    assert pairs(read("source_to_concept_map"), "source_code", "target_concept_id") == {("A1", 1)}
    assert read("concept").height == 7


def test_a_concept_delivered_twice_is_there_once(complete: Complete) -> None:
    """The first in order stays, whatever the order in which they came."""
    one, other = "1 | Asthma | Condition | S", "1 | Asthma, old | Condition | S"
    kept = [
        complete(concept=f"{HEAD}\n{first}\n{second}")("concept")
        for first, second in ((one, other), (other, one))
    ]
    assert kept[0].filter(concept_id=1).height == 1
    assert kept[0].equals(kept[1])


def test_every_table_is_typed_as_the_one_in_use(complete: Complete, tmp_path: Path) -> None:
    complete(concept=f"{HEAD}\n9 | Theirs | Condition | S")
    for each in vocabulary_tables():
        schemas = [
            pl.read_parquet_schema(tmp_path / side / f"{each.name}.parquet") for side in ("in_use", "out")
        ]
        assert schemas[0] == schemas[1]


FILES = [{"table": "concept", "sha256": "a"}, {"table": "person", "sha256": "b"}]


def test_the_version_is_named_after_the_vocabulary_files_and_the_vocabulary_in_use() -> None:
    named = delivered_version(FILES, "v1")
    assert named is not None and named.startswith("delivered-")
    assert delivered_version([FILES[0], {"table": "person", "sha256": "other"}], "v1") == named
    assert delivered_version(FILES[::-1], "v1") == named
    assert delivered_version([{"table": "concept", "sha256": "other"}], "v1") != named
    assert delivered_version(FILES, "v2") != named


def test_without_a_vocabulary_file_there_is_no_version_of_its_own() -> None:
    assert delivered_version(FILES[1:], "v1") is None
