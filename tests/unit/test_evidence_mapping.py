"""The mapping report: shares by domain and level, most frequent codes, what changed since last month."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.mapping_account import cdm_with, write_account
from thin_assets.evidence.mapping import MappingReport, build_mapping_report, unmapped_codes
from thin_assets.evidence.mapping_drift import Drift, compare

CODES = """
    table    | kind  | system        | code   | source | domain    | target | level   | records | persons
    ---------+-------+---------------+--------+--------+-----------+--------+---------+---------+--------
    medical  | event | READ2         | H33..  | 9      | Condition | 1      | exact   | 60      | 40
    medical  | event | READ2         | H3zz.  | 0      | Condition | 1      | parent  | 20      | 15
    medical  | event | READ2         | G2XX.  | 0      | Condition | 0      |         | 15      | 12
    medical  | event | READ2         | G2YY.  | 0      | Condition | 0      |         | 5       | 4
    therapy  | event | DMD           | 4401   | 0      | Drug      | 3      | atc     | 30      | 20
    therapy  | event | DMD           | 4401   | 0      | Drug      | 4      | product | 10      | 10
    dispense | event | DMD           | 4401   | 0      | Drug      | 4      | product | 10      | 10
    ahd      | unit  | THINLIKE_UNIT | g/L    | 0      | Unit      | 5      |         | 100     | 50
"""


def report(tmp_path: Path, text: str = CODES, labels: dict[str, Path] | None = None) -> MappingReport:
    return build_mapping_report(cdm_with(tmp_path / "mapping.parquet", text), labels or {}, where="test")


def cells(rows: pl.DataFrame, *columns: str, **wanted: str) -> list[tuple]:
    return rows.filter(**wanted).select(*columns).rows()


def test_shares_are_of_the_codes_and_of_the_records_of_a_domain(tmp_path: Path) -> None:
    found = report(tmp_path).coverage
    assert cells(
        found, "level", "codes", "records", "code_percent", "record_percent", domain="Condition"
    ) == [
        ("all", 4, 100, 100.0, 100.0),
        ("exact", 1, 60, 25.0, 60.0),
        ("mapped", 2, 80, 50.0, 80.0),
        ("parent", 1, 20, 25.0, 20.0),
        ("unmapped", 2, 20, 50.0, 20.0),
    ]


def test_a_code_of_two_tables_counts_once_and_its_records_twice(tmp_path: Path) -> None:
    found = report(tmp_path).coverage
    assert cells(found, "level", "codes", "records", domain="Drug") == [
        ("all", 1, 50),
        ("atc", 1, 30),
        ("mapped", 1, 50),
        ("product", 1, 20),
    ]


def test_a_kind_has_a_total_over_its_domains(tmp_path: Path) -> None:
    found = report(tmp_path).coverage
    assert cells(found, "records", "record_percent", kind="event", domain="all", level="mapped") == [
        (130, 86.667)
    ]


def test_the_most_frequent_codes_are_ranked_apart_mapped_and_unmapped(tmp_path: Path) -> None:
    found = report(tmp_path).codes
    assert cells(found, "is_mapped", "rank", "source_code", "records", domain="Condition") == [
        (False, 1, "G2XX.", 15),
        (False, 2, "G2YY.", 5),
        (True, 1, "H33..", 60),
        (True, 2, "H3zz.", 20),
    ]


def test_a_list_ends_after_twenty_five_codes(tmp_path: Path) -> None:
    head = "system | code | domain | target | records\n"
    rows = "\n".join(f"READ2 | C{n:02} | Condition | 0 | {100 - n}" for n in range(30))
    found = report(tmp_path, head + rows).codes
    assert found.height == 25
    assert found.get_column("source_code").to_list() == [f"C{n:02}" for n in range(25)]


def test_codes_have_the_words_of_the_delivery_then_of_the_vocabulary(tmp_path: Path) -> None:
    listed = tmp_path / "diag_ref.parquet"
    duckdb.sql(
        "select 'READ2' as code_system, 'G2XX.' as code, unnest(['Raised', 'Pressure']) as description"
    ).write_parquet(str(listed))
    found = report(tmp_path, labels={"lookup_diag_ref": listed}).codes
    words = {
        code: (source, target)
        for source, target, code in found.select(
            "source_description", "target_concept_name", "source_code"
        ).rows()
    }
    assert words["G2XX."] == ("Pressure", None)
    assert words["H33.."] == ("Asthma as Read says it", "Asthma")
    assert words["G2YY."] == (None, None)


def test_classes_say_how_exact_the_concepts_are(tmp_path: Path) -> None:
    found = report(tmp_path).classes
    assert cells(found, "concept_class_id", "codes", "concepts", "records", domain="Drug") == [
        ("Clinical Drug", 1, 1, 20),
        ("Ingredient", 1, 1, 30),
    ]


def test_columns_count_what_is_said_and_whose_records_are_unmapped(tmp_path: Path) -> None:
    con = cdm_with(tmp_path / "mapping.parquet", CODES)
    con.execute("insert into cdm.measurement values (1, 7, 0), (1, 7, 5), (2, 0, null), (3, 7, 5)")
    found = build_mapping_report(con, {}, where="test").columns
    assert cells(found, "cdm_field", "records", "mapped_records", "persons", "persons_with_unmapped",
                 cdm_table="measurement") == [
        ("measurement_concept_id", 4, 3, 3, 1),
        ("unit_concept_id", 3, 2, 2, 1),
    ]  # fmt: skip


def test_an_account_without_rows_gives_tables_without_rows(tmp_path: Path) -> None:
    found = report(tmp_path, "")
    assert (found.coverage.height, found.codes.height, found.classes.height) == (0, 0, 0)


def test_a_code_that_no_system_names_is_counted_like_any_other(tmp_path: Path) -> None:
    found = report(
        tmp_path, "system | code | domain | target | records\n | X1 | Drug | 3 | 12\n | | Drug | 0 | 9"
    )
    assert cells(found.codes, "code_system", "source_code") == [("", ""), ("", "X1")]


def test_the_codes_to_map_are_the_unmapped_ones_by_records(tmp_path: Path) -> None:
    con = cdm_with(tmp_path / "mapping.parquet", CODES)
    assert cells(unmapped_codes(con, {}, top=1), "source_code") == [("G2XX.",)]


NOW = """
    system | code | domain    | target | records | persons
    -------+------+-----------+--------+---------+--------
    READ2  | A    | Condition | 1      | 90      | 50
    READ2  | B    | Condition | 2      | 10      | 10
    READ2  | NEW  | Condition | 0      | 100     | 60
    READ2  | X    | Condition | 0      | 0       | 0
"""
BEFORE = """
    system | code | domain    | target | records | persons
    -------+------+-----------+--------+---------+--------
    READ2  | A    | Condition | 1      | 80      | 45
    READ2  | B    | Condition | 0      | 20      | 10
    READ2  | OLD  | Condition | 1      | 100     | 70
    READ2  | X    | Condition | 0      | 0       | 0
"""


def drift(tmp_path: Path, now: str, before: str | None, *, same_vocabulary: bool = False) -> Drift:
    earlier = None if before is None else write_account(tmp_path / "before.parquet", before)
    con = cdm_with(tmp_path / "now.parquet", now)
    return compare(con, earlier, same_vocabulary=same_vocabulary, where="test")


def test_codes_are_new_vanished_or_mapped_otherwise(tmp_path: Path) -> None:
    found = drift(tmp_path, NOW, BEFORE)
    (row,) = found.by_domain.rows(named=True)
    assert (row["codes"], row["codes_before"]) == (4, 4)
    assert (row["new_codes"], row["vanished_codes"], row["retargeted_codes"]) == (1, 1, 1)
    assert (row["records"], row["mapped_records"]) == (200, 100)
    assert (row["records_before"], row["mapped_records_before"]) == (200, 180)
    assert cells(found.changes, "change", "source_code", "targets_before", "targets", "records") == [
        ("new", "NEW", None, "0", 100),
        ("retargeted", "B", "0", "2", 10),
        ("vanished", "OLD", "1", None, 100),
    ]


@pytest.mark.parametrize(
    ("mapped_now", "mapped_before", "is_flagged"),
    [(905, 910, False), (899, 910, True), (921, 910, True), (900, 910, False)],
)
def test_a_share_that_moves_by_more_than_a_point_is_flagged(
    tmp_path: Path, mapped_now: int, mapped_before: int, is_flagged: bool
) -> None:
    def shares(mapped: int) -> str:
        return f"""system | code | domain | target | records
                   READ2 | A | Condition | 1 | {mapped}
                   READ2 | B | Condition | 0 | {1000 - mapped}"""

    found = drift(tmp_path, shares(mapped_now), shares(mapped_before))
    assert found.by_domain.get_column("is_flagged").to_list() == [is_flagged]


@pytest.mark.parametrize(("new", "is_flagged"), [(1, False), (2, False), (3, True)])
def test_more_than_a_tenth_of_new_codes_is_flagged(tmp_path: Path, new: int, is_flagged: bool) -> None:
    def codes(many: int) -> str:
        rows = "\n".join(f"READ2 | C{n:02} | Condition | 1 | 10" for n in range(many))
        return f"system | code | domain | target | records\n{rows}"

    found = drift(tmp_path, codes(20 + new), codes(20))
    assert found.by_domain.get_column("is_flagged").to_list() == [is_flagged]


def test_another_target_under_the_same_vocabulary_is_flagged(tmp_path: Path) -> None:
    one = "system | code | domain | target | records\nREAD2 | A | Condition | {} | 1000"
    for same_vocabulary in (True, False):
        found = drift(tmp_path, one.format(1), one.format(2), same_vocabulary=same_vocabulary)
        assert found.by_domain.get_column("is_flagged").to_list() == [same_vocabulary]


def test_without_a_month_before_there_is_nothing_to_compare(tmp_path: Path) -> None:
    found = drift(tmp_path, NOW, None)
    assert (found.by_domain.height, found.changes.height) == (0, 0)


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    head, rule, *rows = CODES.strip("\n").splitlines()
    turned = "\n".join([head, rule, *reversed(rows)])
    ours, theirs = report(tmp_path / "a"), report(tmp_path / "b", turned)
    for (name, one), (_, other) in zip(ours.items(), theirs.items(), strict=True):
        assert one.equals(other), name
