"""Deliveries without a planted defect, all seven countries, two worlds: every check that is executed passes.

A world is a seed and a month that no other test uses. What failed here was mended or tolerated with a reason.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.journey.worlds import load_vocabulary, snapshot_of, unpack_world
from tests.spec.builds import Build, build_all
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import next_month
from thin_assets.landing.inspect import Inspection
from thin_assets.validated.catalogue import kinds
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judge import judge_build
from thin_assets.validated.judgement import NOT_APPLICABLE, Judgement, summarise
from thin_assets.validated.reconcile import Reconciliation, reconcile

pytestmark = pytest.mark.journey

PATIENTS = 400
SEEDS = {"2023-08": 20_231, "2024-09": 904}
"""Seed of the world by its month."""

PARTITIONS = [f"{country}-{month}" for country in COUNTRIES for month in SEEDS]


@dataclass(frozen=True)
class Judged:
    """What was found in a clean partition."""

    judgement: Judgement
    accounts: Reconciliation


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Every partition, delivered, unpacked, built and judged."""
    home = tmp_path_factory.mktemp("clean")
    with duckdb.connect() as con:
        vocabulary = load_vocabulary(home, con)
        landed = {name: _unpack(home, name, con) for name in PARTITIONS}
        built = build_all(home, PARTITIONS)
        return {name: _judge(built[name], vocabulary, landed[name], con) for name in PARTITIONS}


def _unpack(home: Path, name: str, con: duckdb.DuckDBPyConnection) -> Inspection:
    return unpack_world(home, name, con, patients=PATIENTS, seed=SEEDS[name[3:]], defects=False)


def _judge(build: Build, vocabulary: Path, landed: Inspection, con: duckdb.DuckDBPyConnection) -> Judged:
    snapshot = snapshot_of(build.folder.name)
    calendar = Calendar(snapshot.cutoff, next_month(snapshot.month))
    found = judge_build(build.candidate, vocabulary, con, calendar=calendar, country=snapshot.country)
    return Judged(found, reconcile(build.candidate, landed.tables, con))


@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_executed_check_passes(judged: dict[str, Judged], partition: str) -> None:
    found = judged[partition].judgement
    told = {
        f"{one.check_name} {one.where}": (one.violated_rows, one.denominator_rows, one.threshold_percent)
        for one in found.failed()
    }
    assert told == {}
    assert summarise(found.results).percent_passed == 100.0


@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_row_is_loaded(judged: dict[str, Judged], partition: str) -> None:
    """Nothing was spoilt, so nothing is refused and nothing is a repeat."""
    accounts = judged[partition].accounts
    assert accounts.broken() == []
    lost = {
        one.source_table: (one.collapsed, one.rejected)
        for one in accounts.equations
        if one.collapsed or any(one.rejected.values())
    }
    assert lost == {}


def test_every_kind_of_check_is_executed_somewhere(judged: dict[str, Judged]) -> None:
    executed = {
        (one.level, one.check_name)
        for found in judged.values()
        for one in found.judgement.results
        if one.status != NOT_APPLICABLE
    }
    assert executed == set(kinds())
