"""A sealed build as one DuckDB file for OHDSI's tools."""

from pathlib import Path

import duckdb
import pytest

from tests.cdm import write_cdm, write_table, write_vocabulary
from thin_assets.cdm.spec import TABLES
from thin_assets.published import export as room
from thin_assets.published.export import export_duckdb, schema_in


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build below partition folders, as sealed ones are, with the accounts beside its tables."""
    folder = tmp_path / "country=GB" / "snapshot=2024-03-01" / "build=b1"
    write_cdm(folder, person="person_id | year_of_birth\n1 | 1950\n2 | 1960")
    (folder / "routing").mkdir()
    (folder / "routing" / "data.parquet").write_bytes((folder / "note" / "data.parquet").read_bytes())
    return folder


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    return write_vocabulary(
        tmp_path / "vocabulary", "concept_id | concept_name | domain_id\n201826 | diabetes | Condition"
    )


def tables(out: Path) -> dict[str, int]:
    with duckdb.connect(str(out), read_only=True) as con:
        names = [
            name
            for (name,) in con.sql(
                "select table_name from duckdb_tables() where schema_name = 'cdm'"
            ).fetchall()
        ]
        return {name: con.sql(f'select count(*) from cdm."{name}"').fetchall()[0][0] for name in names}


def test_every_table_of_the_standard_is_there_and_nothing_else(
    build: Path, vocabulary: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "omop.duckdb"
    export_duckdb(build, vocabulary, {}, out)
    found = tables(out)
    assert set(found) == set(TABLES)
    assert (found["person"], found["concept"], found["note"]) == (2, 5, 0)


def test_columns_have_the_types_of_the_standard_also_where_a_table_is_missing(
    build: Path, vocabulary: Path, tmp_path: Path
) -> None:
    (build / "episode" / "data.parquet").unlink()
    export_duckdb(build, vocabulary, {}, tmp_path / "omop.duckdb")
    with duckdb.connect(str(tmp_path / "omop.duckdb"), read_only=True) as con:
        for name in ("person", "episode"):
            described = con.sql(f"select column_name, column_type from (describe cdm.{name})").fetchall()
            assert dict(described) == TABLES[name].duckdb_columns()


def test_exporting_again_replaces_the_file(build: Path, vocabulary: Path, tmp_path: Path) -> None:
    out = tmp_path / "omop.duckdb"
    out.write_text("something else")
    export_duckdb(build, vocabulary, {}, out)
    assert tables(out)["person"] == 2


def test_a_crash_leaves_the_earlier_file_and_no_half_one(
    build: Path, vocabulary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "omop.duckdb"
    export_duckdb(build, vocabulary, {}, out)
    before = out.read_bytes()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "_create", crash)
    with pytest.raises(KeyboardInterrupt):
        export_duckdb(build, vocabulary, {}, out)
    assert out.read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["omop.duckdb"]


def test_a_file_named_like_its_schema_is_queried_with_the_catalogue_named(
    build: Path, vocabulary: Path, tmp_path: Path
) -> None:
    """DuckDB calls the database `cdm` too, and asks which of the two is meant."""
    out = tmp_path / "cdm.duckdb"
    export_duckdb(build, vocabulary, {}, out)
    with duckdb.connect(str(out), read_only=True) as con:
        assert con.sql(f"select count(*) from {schema_in(out)}.person").fetchone() > (0,)
        with pytest.raises(duckdb.BinderException, match="Ambiguous"):
            con.sql("select count(*) from cdm.person")


def test_cohorts_that_were_built_are_carried_along(build: Path, vocabulary: Path, tmp_path: Path) -> None:
    """All 39 tables are there, those of cohorts with the members that the cohorts room found."""
    file = tmp_path / "cohort.parquet"
    write_table(file, TABLES["cohort"], "cohort_definition_id | subject_id\n7 | 1")
    export_duckdb(build, vocabulary, {"cohort": file}, tmp_path / "omop.duckdb")
    found = tables(tmp_path / "omop.duckdb")
    assert len(found) == 39
    assert (found["cohort"], found["cohort_definition"]) == (1, 0)
