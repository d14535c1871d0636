"""A bundle with local concepts beside its own is loaded as any other, and knows both."""

import shutil
from pathlib import Path

import duckdb
import pytest

from thin_assets.errors import MissingVocabulary
from thin_assets.vocabulary import DEMO, load_bundle, project_maps, version_of
from thin_assets.vocabulary.bundle import bundle_files
from thin_assets.vocabulary.local_bundle import FIRST_LOCAL, write_local_bundle

CONCEPTS = [(FIRST_LOCAL, "F00000", "Local factor 0"), (FIRST_LOCAL + 1, "F00001", "Local factor 1")]


def written(folder: Path, bundle: Path = DEMO) -> Path:
    return write_local_bundle(bundle, folder / "bundle", "THINLIKE_FACTOR", CONCEPTS)


def loaded(bundle: Path, out: Path) -> duckdb.DuckDBPyConnection:
    load_bundle(bundle, project_maps(), out, duckdb.connect())
    con = duckdb.connect()
    for path in out.glob("*.parquet"):
        con.execute(f"create view {path.stem} as from read_parquet('{path}')")
    return con


def test_a_local_concept_is_standard_and_stands_for_itself(tmp_path: Path) -> None:
    con = loaded(written(tmp_path), tmp_path / "loaded")
    found = con.execute(
        """
        select concept_id, concept_code, domain_id, standard_concept, concept_id_2, descendant_concept_id
        from concept
        inner join concept_relationship on concept_id = concept_id_1 and relationship_id = 'Maps to'
        inner join concept_ancestor on concept_id = ancestor_concept_id
        inner join vocabulary using (vocabulary_id)
        where vocabulary_id = 'THINLIKE_FACTOR' order by concept_id
        """
    ).fetchall()
    assert found == [(one, code, "Condition", "S", one, one) for one, code, _ in CONCEPTS]


def test_what_the_bundle_held_is_still_there(tmp_path: Path) -> None:
    written(tmp_path)
    for table, path in bundle_files(DEMO).items():
        lines = (tmp_path / "bundle" / f"{table.upper()}.csv").read_text(encoding="utf-8").splitlines()
        before = path.read_text(encoding="utf-8").splitlines()
        assert lines[: len(before)] == before


def test_the_same_concepts_give_the_same_version_and_others_another(tmp_path: Path) -> None:
    one, two = written(tmp_path / "1"), written(tmp_path / "2")
    more = write_local_bundle(DEMO, tmp_path / "3", "THINLIKE_FACTOR", CONCEPTS[:1])
    assert version_of(one, []) == version_of(two, []) != version_of(more, [])


def test_columns_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(DEMO, other)
    lines = [line.split("\t") for line in (DEMO / "CONCEPT.csv").read_text(encoding="utf-8").splitlines()]
    turned = "\n".join("\t".join(reversed(line)) for line in lines) + "\n"
    (other / "CONCEPT.csv").write_text(turned, encoding="utf-8")
    con = loaded(written(tmp_path, other), tmp_path / "loaded")
    names = con.execute("select concept_name from concept where concept_id >= ?", [FIRST_LOCAL]).fetchall()
    assert sorted(names) == [("Local factor 0",), ("Local factor 1",)]


def test_an_id_below_two_thousand_million_is_not_local(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="begin at 2000000001"):
        write_local_bundle(DEMO, tmp_path / "x", "THINLIKE_FACTOR", [(201826, "F00000", "no")])


def test_a_bundle_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    with pytest.raises(MissingVocabulary):
        written(tmp_path, tmp_path / "half")
