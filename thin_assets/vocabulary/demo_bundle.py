"""Cut the demo vocabulary out of a full bundle: `python -m thin_assets.vocabulary.demo_bundle --bundle PATH`.

Kept are the codes of the clinical dictionary, what they map to, what the model, the cohorts and the scans
need (`demo_bundle.sql`, `structural_concepts.csv`), and what the dictionaries of free text name
(`../text/symptoms.csv`). `supplement_*.csv` add rows that a bundle lacks.
The same bundle gives the same bytes. Run it again when the dictionary changes: the project's maps follow.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import duckdb

from thin_assets.errors import BrokenRules
from thin_assets.synthetic import codes
from thin_assets.vocabulary import DEMO, MAPS
from thin_assets.vocabulary.bundle import bundle_files, release_of, stage
from thin_assets.vocabulary.contract import BUNDLE_TABLES, TABLES
from thin_assets.vocabulary.own_maps import (
    CHECKED_SYSTEMS,
    disagreements,
    known_maps,
    own_rows,
    vocabularies,
    write_maps,
)

HERE = Path(__file__).parent
SYMPTOMS = HERE.parent / "text" / "symptoms.csv"


def cut(bundle: Path, demo: Path, maps: Path) -> dict[str, int]:
    """Write the demo bundle and the project's maps into their folders; return rows by table of the bundle.

    Raises BrokenRules when the bundle maps a code otherwise than the dictionary says.
    """
    con = duckdb.connect(":memory:", config={"threads": 1})
    _stage_bundle(con, bundle)
    known = known_maps(con)
    if differing := disagreements(known):
        raise BrokenRules(
            f"{len(differing)} codes mapped otherwise: {'; '.join(differing[:5])}",
            where="thin_assets/synthetic/codes",
            remedy="correct the dictionary, or give the code system a column of its own there",
        )
    rows = own_rows(known, _named_concepts(con))
    write_maps(rows, maps)
    _stage_wanted(con, {row["target_concept_id"] for found in rows.values() for row in found})
    con.execute((HERE / "demo_bundle.sql").read_text(encoding="utf-8"))
    _name_release(con, bundle)
    demo.mkdir(parents=True, exist_ok=True)
    return {table: _write(con, table, demo / f"{table.upper()}.csv") for table in BUNDLE_TABLES}


def _stage_bundle(con: duckdb.DuckDBPyConnection, bundle: Path) -> None:
    """The bundle as tables `bundle_<table>`, with the concepts it lacks."""
    for table, path in bundle_files(bundle).items():
        stage(con, table, path)
        con.execute(f"create table bundle_{table} as from {table}; drop view {table}")
    con.execute(
        f"""
        insert into bundle_concept by name
        from {_read_csv("supplement_concepts", "concept")} as extra
        where extra.concept_id not in (select concept_id from bundle_concept)
        """
    )


def _named_concepts(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str]]:
    rows = con.execute("select * from bundle_concept where standard_concept = 'S'").fetchall()
    return {concept: (name, vocabulary) for concept, name, _, vocabulary, *_ in rows}


def _stage_wanted(con: duckdb.DuckDBPyConnection, mapped: set[int]) -> None:
    """What the dictionary uses, as tables: codes by vocabulary, concepts by ATC class, wanted concepts."""
    used = {
        (vocabulary, code)
        for system in CHECKED_SYSTEMS
        for vocabulary in vocabularies(system)
        for code in codes.codes(system)
    } | {("ICD10", code) for row in codes.read("editions") for code in _shorter(row)}
    products = {(code, target) for code in codes.codes("ATC") for target in codes.targets("ATC", code)}
    exact = {
        (drug["atc"], ingredient, target)
        for drug in codes.read("drugs")
        if drug["atc"]
        for ingredient in codes.targets("ATC", drug["atc"])
        for target in codes.concepts(drug["product_concept_id"])
    }
    con.execute("create table dictionary_code (vocabulary_id varchar, code varchar)")
    con.executemany("insert into dictionary_code values (?, ?)", sorted(used))
    con.execute("create table atc_target (code varchar, concept_id integer)")
    con.executemany("insert into atc_target values (?, ?)", sorted(products))
    con.execute(
        "create table exact_product (code varchar, ingredient_concept_id integer, concept_id integer)"
    )
    con.executemany("insert into exact_product values (?, ?, ?)", sorted(exact))
    listed = (HERE / "structural_concepts.csv", HERE / "supplement_concepts.csv", SYMPTOMS)
    named = [f"'{path}'" for path in listed]
    con.execute(
        f"""
        create table wanted as
        select distinct concept_id::integer as concept_id
        from read_csv([{", ".join(named)}], header = true, union_by_name = true)
        """
    )
    con.executemany("insert into wanted values (?)", [(concept,) for concept in sorted(mapped)])
    added = HERE / "supplement_ancestors.csv"
    con.execute(f"create table supplement_ancestor as from read_csv('{added}', header = true)")


def _shorter(edition: dict[str, str]) -> Iterator[str]:
    """The codes between a code and its finer spelling in a national edition, the marks left out.

    >>> list(_shorter({"code": "E11", "spelled": "E11.90"}))
    ['E11.9', 'E11.90']
    """
    whole = edition["spelled"].rstrip("!*+")
    yield from (whole[:length] for length in range(max(len(edition["code"]), 4) + 1, len(whole) + 1))


def _read_csv(name: str, table: str) -> str:
    columns = ", ".join(f"'{column}': '{kind}'" for column, kind in TABLES[table].items())
    path = HERE / f"{name}.csv"
    return f"read_csv('{path}', columns = {{{columns}}}, header = true, dateformat = '%Y%m%d')"


def _name_release(con: duckdb.DuckDBPyConnection, bundle: Path) -> None:
    """The release says that this is a part, lest a build seem to rest on the whole."""
    con.execute(
        "update vocabulary set vocabulary_version = ? where vocabulary_id = 'None'",
        [f"demo subset of {release_of(bundle)}"],
    )


def _write(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    """One file as Athena writes it: tab-delimited, unquoted, dates as YYYYMMDD, nulls empty."""
    columns = TABLES[table]
    shown = [f"strftime({c}, '%Y%m%d')" if kind == "DATE" else f"{c}::varchar" for c, kind in columns.items()]
    rows = con.execute(f"select {', '.join(shown)} from {table} order by {', '.join(columns)}").fetchall()
    lines = ["\t".join(columns), *("\t".join(value or "" for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(rows)


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True, help="folder of an Athena bundle")
    cut(parser.parse_args().bundle, DEMO, MAPS)


if __name__ == "__main__":
    main()
