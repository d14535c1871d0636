"""The demo vocabulary hangs together, is small, and is what its script would write again."""

import csv
from pathlib import Path

import duckdb
import pytest

from thin_assets.domain.countries import VOCABULARIES
from thin_assets.errors import BrokenRules
from thin_assets.synthetic import codes
from thin_assets.synthetic.codes import products
from thin_assets.vocabulary import DEMO, MAPS, demo_bundle, load_bundle, project_maps
from thin_assets.vocabulary.contract import BUNDLE_TABLES, TABLES


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The demo vocabulary, loaded, one view per table."""
    folder = tmp_path_factory.mktemp("demo")
    load_bundle(DEMO, project_maps(), folder, duckdb.connect())
    con = duckdb.connect()
    for table in TABLES:
        con.execute(f"create view {table} as from read_parquet('{folder / table}.parquet')")
    return con


def count(con: duckdb.DuckDBPyConnection, rows: str) -> int:
    return con.execute(f"select count(*) from {rows}").fetchone()[0]


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_it_is_small(demo: duckdb.DuckDBPyConnection) -> None:
    assert 500 < count(demo, "concept") < 2000
    assert sum(path.stat().st_size for path in DEMO.glob("*.csv")) < 1_000_000


def test_a_concept_id_is_used_once(demo: duckdb.DuckDBPyConnection) -> None:
    assert count(demo, "concept") == count(demo, "(select distinct concept_id from concept)")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("concept_relationship", "concept_id_1"),
        ("concept_relationship", "concept_id_2"),
        ("concept_ancestor", "ancestor_concept_id"),
        ("concept_ancestor", "descendant_concept_id"),
        ("concept_synonym", "concept_id"),
        ("concept_synonym", "language_concept_id"),
        ("domain", "domain_concept_id"),
        ("concept_class", "concept_class_concept_id"),
        ("relationship", "relationship_concept_id"),
        ("vocabulary", "vocabulary_concept_id"),
        ("source_to_concept_map", "source_concept_id"),
        ("source_to_concept_map", "target_concept_id"),
    ],
)
def test_nothing_refers_to_a_concept_that_is_not_there(
    demo: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    assert count(demo, f"{table} anti join concept on {table}.{column} = concept.concept_id") == 0


@pytest.mark.parametrize("table", ["domain", "vocabulary", "concept_class"])
def test_every_concept_has_a_known_domain_vocabulary_and_class(
    demo: duckdb.DuckDBPyConnection, table: str
) -> None:
    assert count(demo, f"concept anti join {table} using ({table}_id)") == 0


def test_every_map_leads_to_a_standard_concept(demo: duckdb.DuckDBPyConnection) -> None:
    loose = """
        (
            select concept_id_2 as concept_id from concept_relationship where relationship_id = 'Maps to'
        ) as link
        anti join (from concept where standard_concept = 'S') as target using (concept_id)
    """
    assert count(demo, loose) == 0


def test_every_map_can_be_walked_back(demo: duckdb.DuckDBPyConnection) -> None:
    ways = {
        way: count(demo, f"concept_relationship where relationship_id = '{way}'")
        for way in ("Maps to", "Mapped from")
    }
    assert ways["Maps to"] == ways["Mapped from"] > 0


def test_a_standard_concept_maps_to_itself_and_includes_itself(demo: duckdb.DuckDBPyConnection) -> None:
    used = """
        (
            select target_concept_id as concept_id from source_to_concept_map
            union
            select concept_id_2 from concept_relationship where relationship_id = 'Maps to'
        ) as used
    """
    mapped = "(select concept_id_1 from concept_relationship where relationship_id = 'Maps to')"
    included = (
        "(select ancestor_concept_id from concept_ancestor where ancestor_concept_id = descendant_concept_id)"
    )
    assert count(demo, f"{used} where concept_id not in {mapped}") == 0
    assert count(demo, f"{used} where concept_id not in {included}") == 0


def test_a_drug_class_includes_what_its_members_map_to(demo: duckdb.DuckDBPyConnection) -> None:
    """The glucose-lowering drugs include metformin; a product class includes its ingredient."""
    included = demo.execute(
        """
        select link.descendant_concept_id
        from concept_ancestor as link
        inner join concept as class on link.ancestor_concept_id = class.concept_id
        where class.vocabulary_id = 'ATC' and class.concept_code = 'A10B'
        """
    ).fetchall()
    assert {(concept,) for concept in codes.targets("ATC", "A10BA02")} <= set(included)


@pytest.mark.parametrize(
    ("above", "below"),
    [(201820, 201826), (443392, 258369), (443388, 258369), (201826, 4193704)],
)
def test_cohorts_can_roll_up(demo: duckdb.DuckDBPyConnection, above: int, below: int) -> None:
    pair = f"ancestor_concept_id = {above} and descendant_concept_id = {below}"
    assert count(demo, f"concept_ancestor where {pair}") == 1


def test_every_code_of_lung_cancer_is_there(demo: duckdb.DuckDBPyConnection) -> None:
    known = demo.execute(
        "select concept_code from concept where concept_code like 'C34%' order by 1"
    ).fetchall()
    assert {"C34", "C34.0", "C34.1", "C34.3", "C34.9"} <= {code for (code,) in known}


def test_structural_and_added_concepts_are_all_there(demo: duckdb.DuckDBPyConnection) -> None:
    wanted = set()
    for name in ("structural_concepts", "supplement_concepts"):
        with (DEMO.parent / f"{name}.csv").open(encoding="utf-8") as handle:
            wanted |= {int(row["concept_id"]) for row in csv.DictReader(handle)}
    held = {concept for (concept,) in demo.execute("select concept_id from concept").fetchall()}
    assert wanted - held == set()


def test_the_release_says_that_it_is_a_part(demo: duckdb.DuckDBPyConnection) -> None:
    release = demo.execute(
        "select vocabulary_version from vocabulary where vocabulary_id = 'None'"
    ).fetchone()[0]
    assert release.startswith("demo subset of ")


def test_our_maps_speak_of_codes_of_the_dictionary_only() -> None:
    systems = {name: system for system, names in VOCABULARIES.items() for name in names}
    for path in project_maps():
        with path.open(encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                system = systems.get(row["source_vocabulary_id"], row["source_vocabulary_id"])
                assert int(row["target_concept_id"]) in meaning(system, row["source_code"]), row


def meaning(system: str, code: str) -> tuple[int, ...]:
    """What the dictionary says of a code or a product."""
    sold = system.removeprefix("THINLIKE_")
    return products.own_map(sold)[code] if sold in products.SYSTEMS else codes.targets(system, code)


def test_cutting_the_demo_out_of_itself_changes_nothing(tmp_path: Path) -> None:
    """Only the name of the release grows, and ATC needs no map of ours, because the demo agrees already."""
    demo_bundle.cut(DEMO, tmp_path / "demo", tmp_path / "maps")
    for table in set(BUNDLE_TABLES) - {"vocabulary"}:
        assert lines(tmp_path / "demo" / f"{table.upper()}.csv") == lines(DEMO / f"{table.upper()}.csv"), (
            table
        )
    for path in (tmp_path / "maps").glob("*.csv"):
        assert lines(path) == lines(MAPS / path.name), path.name
    assert {path.name for path in MAPS.glob("*.csv")} - {
        path.name for path in (tmp_path / "maps").iterdir()
    } == {"atc.csv"}


def test_a_bundle_that_disagrees_with_the_dictionary_is_refused(tmp_path: Path) -> None:
    """Asthma as hypertension: the code is named, and nothing is written."""
    bundle = tmp_path / "in"
    bundle.mkdir()
    for path in DEMO.glob("*.csv"):
        (bundle / path.name).write_bytes(path.read_bytes())
    links = lines(bundle / "CONCEPT_RELATIONSHIP.csv")
    asthma = next(line for line in lines(bundle / "CONCEPT.csv") if "\tICD10\t" in line and "\tJ45\t" in line)
    code = asthma.split("\t")[0]
    turned = [line.replace(f"{code}\t317009\t", f"{code}\t320128\t") for line in links]
    assert turned != links
    (bundle / "CONCEPT_RELATIONSHIP.csv").write_text("\n".join(turned) + "\n", encoding="utf-8")
    with pytest.raises(BrokenRules, match="ICD10 J45"):
        demo_bundle.cut(bundle, tmp_path / "demo", tmp_path / "maps")
    assert not (tmp_path / "demo").exists() and not (tmp_path / "maps").exists()
