"""Two months of one world, all seven countries: what did not change has the ids it had."""

import duckdb
import pytest

from tests.journey.worlds import load_vocabulary, unpack_world
from tests.spec.builds import Build, build_all
from thin_assets.cdm import spec
from thin_assets.domain.countries import COUNTRIES

pytestmark = pytest.mark.journey

MONTHS = ("2024-02", "2024-03")
PATIENTS = 120

Months = dict[str, tuple[Build, Build]]


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Months:
    """February and March of every country, built from deliveries with defects."""
    home = tmp_path_factory.mktemp("months")
    names = [f"{country}-{month}" for country in COUNTRIES for month in MONTHS]
    with duckdb.connect() as con:
        load_vocabulary(home, con)
        for name in names:
            unpack_world(home, name, con, patients=PATIENTS, seed=5)
    built = build_all(home, names)
    return {
        country: (built[f"{country}-{MONTHS[0]}"], built[f"{country}-{MONTHS[1]}"]) for country in COUNTRIES
    }


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_person_keeps_the_id(months: Months, country: str) -> None:
    """Whoever is delivered in both months is the same person in both; most are."""
    first, second = (
        dict(build.query("select person_source_value, person_id from person")) for build in months[country]
    )
    both = first.keys() & second.keys()
    assert len(both) > 0.9 * len(first)
    assert {key for key in both if first[key] != second[key]} == set()


TABLES = [table for table in spec.clinical_tables() if table.primary_key]
OF_THE_MONTH = {
    "observation_period": {"observation_period_end_date"},
    "metadata": {"metadata_date", "value_as_string", "value_as_number"},
}
"""Columns that say another thing every month of what is the same: whoever is still registered is observed
until the new cut-off, and what is told of a build, such as its rows, is told of this one."""


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_record_keeps_the_id(months: Months, country: str) -> None:
    """Records that say the same in both months, column by column, have the same ids: in every table that
    has ids. What moves with the month alone is left out.

    Records that say the same as others of their own month are compared as a group.
    """
    february, march = months[country]
    moved, kept = {}, {}
    for table in TABLES:
        before, after = (_ids_by_content(build, table) for build in (february, march))
        same = [key for key in before.keys() & after.keys() if len(before[key]) == len(after[key])]
        moved[table.name] = sum(before[key] != after[key] for key in same)
        kept[table.name] = len(same) >= 0.7 * len(before)
    assert {name: number for name, number in moved.items() if number} == {}
    assert [name for name, enough in kept.items() if not enough] == []


def _ids_by_content(build: Build, table: spec.Table) -> dict[int, list[int]]:
    """Ids of the records of each content: a hash of every column but the id and those of the month."""
    left_out = OF_THE_MONTH.get(table.name, set()) | {table.primary_key}
    content = ", ".join(f'"{name}"' for name in table.columns if name not in left_out)
    rows = build.query(
        f"select hash({content}), list({table.primary_key} order by 1) from {table.name} group by 1"
    )
    return dict(rows)
