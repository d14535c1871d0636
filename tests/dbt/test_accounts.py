"""Nothing is lost uncounted, and nothing depends on the order in which rows were read."""

import pytest

from tests.spec.builds import SHUFFLED, Build
from tests.spec.raw_rows import LISTS, raw_rows
from tests.spec.story import stories_of
from tests.spec.words import DELIVERED
from thin_assets.domain.countries import COUNTRIES


@pytest.mark.parametrize("country", COUNTRIES)
def test_delivered_rows_are_loaded_collapsed_or_rejected(every_build: dict[str, Build], country: str):
    """Source rows of all fates add up to what was delivered, rows that raw rejected included."""
    stories = list(stories_of(country))
    rows = {raw: raw_rows(word, stories) for word, raw in DELIVERED.items() if word not in LISTS}
    unreadable = [row["source_table"] for row in rows.pop("rejected")]
    delivered = {table: len(found) + unreadable.count(table) for table, found in rows.items()}
    counted = every_build[country].query(
        "select source_table, sum(source_rows)::int from reconciliation group by 1"
    )
    assert dict(counted) == {table: number for table, number in delivered.items() if number}


@pytest.mark.parametrize("country", COUNTRIES)
def test_loaded_rows_are_where_routing_says(every_build: dict[str, Build], country: str):
    """Every row of a CDM table comes from a source table that says so; visits and eras are derived."""
    build = every_build[country]
    routed = build.query("select cdm_table, sum(rows)::int from routing group by 1 order by 1")
    assert routed == [(table, build.query(f"select count(*) from {table}")[0][0]) for table, _ in routed]
    targets = build.query("select sum(target_rows)::int from reconciliation where fate = 'loaded'")
    assert targets == [(sum(rows for _, rows in routed),)]


@pytest.mark.parametrize("country", COUNTRIES)
def test_rows_in_another_order_change_no_byte(every_build: dict[str, Build], country: str):
    """A second run over shuffled rows writes the same files, to the byte."""
    first, second = (
        {path.parent.name: path.read_bytes() for path in every_build[name].candidate.glob("*/data.parquet")}
        for name in (country, f"{country}{SHUFFLED}")
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize(
    "table",
    ["condition_occurrence", "drug_exposure", "measurement", "observation", "visit_detail", "drug_era"],
)
def test_tables_are_sorted_by_person_date_and_id(every_build: dict[str, Build], country: str, table: str):
    """Feature building walks ranges of persons."""
    build = every_build[country]
    columns = build.columns(table)
    date = next(name for name in columns if name.endswith("start_date") or name == f"{table}_date")
    rows = build.query(f"select person_id, {date}, {columns[0]} from {table}")
    assert rows == sorted(rows)
    assert len({row[2] for row in rows}) == len(rows)
