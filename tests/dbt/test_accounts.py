"""Nothing is lost uncounted, and nothing depends on the order in which rows were read."""

import datetime as dt

import pytest

from tests.dbt import stories
from tests.dbt.ascii_table import rows_of
from tests.dbt.candidate import Build, key
from thin_assets.domain.identity import derived_id

COUNTRIES = ["GB", "DE", "FR"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_delivered_rows_are_loaded_collapsed_or_rejected(builds: dict[str, Build], country: str):
    """Source rows of all fates add up to what was delivered, rows that raw rejected included."""
    tables = {
        name: rows_of(text) for name, text in stories.TABLES[country].items() if not name.startswith("lookup")
    }
    delivered = {name: len(rows) for name, rows in tables.items() if name != "rejected"}
    for row in tables.get("rejected", []):
        delivered[row["source_table"]] += 1
    counted = builds[country].query(
        "select source_table, sum(source_rows)::int from reconciliation group by 1"
    )
    assert dict(counted) == delivered


@pytest.mark.parametrize("country", COUNTRIES)
def test_loaded_rows_are_where_routing_says(builds: dict[str, Build], country: str):
    """Every row of a CDM table comes from a source table that says so; visits and eras are derived."""
    build = builds[country]
    routed = build.query("select cdm_table, sum(rows)::int from routing group by 1 order by 1")
    assert routed == [(table, build.query(f"select count(*) from {table}")[0][0]) for table, _ in routed]
    targets = build.query("select sum(target_rows)::int from reconciliation where fate = 'loaded'")
    assert targets == [(sum(rows for _, rows in routed),)]


def test_a_refused_row_has_the_first_reason_that_applies(gb: Build):
    """Reasons by table; an event of a person who is not loaded says so before anything else."""
    columns = "source_table, fate, reason, source_rows"
    refused = gb.query(f"select {columns} from reconciliation where fate <> 'loaded' order by all")
    assert refused == [
        ("consult", "collapsed", None, 1),
        ("consult", "rejected", "future_date", 1),
        ("consult", "rejected", "person_not_loaded", 2),
        ("medical", "collapsed", None, 1),
        ("medical", "rejected", "after_death", 1),
        ("medical", "rejected", "before_birth", 1),
        ("medical", "rejected", "invalid_flag", 1),
        ("medical", "rejected", "missing_date", 1),
        ("medical", "rejected", "not_a_date", 2),
        ("medical", "rejected", "person_not_loaded", 1),
        ("patient", "collapsed", None, 1),
        ("patient", "rejected", "invalid_patflag", 1),
        ("patient", "rejected", "no_observation_time", 1),
        ("patient", "rejected", "unknown_sex", 1),
        ("practice", "collapsed", "duplicate_practice", 1),
        ("staff", "collapsed", None, 1),
        ("therapy", "collapsed", None, 1),
        ("therapy", "rejected", "not_a_number", 1),
    ]


def test_rows_in_another_order_change_no_byte(builds: dict[str, Build]):
    """A second run over shuffled rows writes the same files, to the byte."""
    first, second = (
        {path.parent.name: path.read_bytes() for path in builds[name].folder.glob("*/data.parquet")}
        for name in ("GB", "shuffled")
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_ids_are_those_that_python_derives(gb: Build):
    """A record's key and concept, a person's key and day, and both name an event, a visit and an era."""
    assert gb.query("select person_id from person where person_source_value = 'P1'") == [(key("P1"),)]
    assert (derived_id(key("M1"), 320128),) in gb.query(
        "select condition_occurrence_id from condition_occurrence"
    )
    assert (derived_id(key("P1"), day=dt.date(2024, 1, 2)),) in gb.query(
        "select visit_occurrence_id from visit_occurrence"
    )
    assert (derived_id(key("P1"), 320128, dt.date(2024, 1, 2)),) in gb.query(
        "select condition_era_id from condition_era"
    )


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize(
    "table",
    ["condition_occurrence", "drug_exposure", "measurement", "observation", "visit_detail", "drug_era"],
)
def test_tables_are_sorted_by_person_date_and_id(builds: dict[str, Build], country: str, table: str):
    """Feature building walks ranges of persons."""
    columns = [name for name, *_ in builds[country].query(f"describe {table}")]
    date = next(name for name in columns if name.endswith("start_date") or name == f"{table}_date")
    rows = builds[country].query(f"select person_id, {date}, {columns[0]} from {table}")
    assert rows == sorted(rows)
    assert len({row[2] for row in rows}) == len(rows)
