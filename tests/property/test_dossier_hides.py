"""Whatever a build's accounts are, what a dossier hides cannot be solved for from what it shows."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.dossier import built
from thin_assets.evidence.dossier_accounts import LOADED, Accounts, shown_accounts

SOURCES = ("ahd", "medical", "therapy")
TABLES = ("drug_exposure", "measurement", "observation")
REASONS = ("after_death", "future_date", "missing_date")
SMALL_OR_LARGE = st.one_of(st.integers(0, 12), st.integers(20, 500))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fates and routing that fit: every source sends rows somewhere, some of them to several concepts."""
    fates, routing = [], []
    for source in draw(st.sets(st.sampled_from(SOURCES), min_size=1).map(sorted)):
        sent = {table: draw(SMALL_OR_LARGE) for table in TABLES}
        records = sum(sent.values())
        loaded = records - min(draw(SMALL_OR_LARGE), records // 2)
        fates.append((source, None, LOADED, loaded, records))
        fates += [(source, reason, "rejected", draw(SMALL_OR_LARGE), 0) for reason in REASONS]
        routing += [(source, table, rows) for table, rows in sent.items()]
    names = {"source_table": pl.String, "reason": pl.String, "fate": pl.String}
    counts = {"source_rows": pl.Int64, "target_rows": pl.Int64}
    rows = pl.DataFrame(fates, schema=names | counts, orient="row").filter(pl.col("source_rows") > 0)
    types = {"source_table": pl.String, "cdm_table": pl.String, "rows": pl.Int64}
    return rows, pl.DataFrame(routing, schema=types, orient="row").filter(pl.col("rows") > 0)


def cells(found: Accounts) -> dict[tuple, int | None]:
    """Every number of the accounts, as it is shown."""
    told = {(source, fate, reason): rows for source, reason, fate, rows in found.fates.iter_rows()}
    told |= {("sent", source, table): rows for source, table, rows in found.routing.iter_rows()}
    told |= {("built", table): rows for table, rows in found.built.items()}
    for one in found.tables:
        told |= {("delivered", one.name): one.delivered, ("records", one.name): one.records}
        told |= {("extra", one.name): one.extra}
        told.setdefault((one.name, LOADED, None), one.loaded)
    return told


def sums(found: Accounts) -> list[tuple[tuple, list[tuple]]]:
    """What everybody knows: which numbers add up to which."""
    known = []
    keys = list(cells(found))
    for one in found.tables:
        fates = [key for key in keys if key[0] == one.name]
        known.append((("delivered", one.name), fates))
        known.append((("records", one.name), [(one.name, LOADED, None), ("extra", one.name)]))
        known.append((("records", one.name), [key for key in keys if key[:2] == ("sent", one.name)]))
    for table in found.built:
        known.append((("built", table), [key for key in keys if key[0] == "sent" and key[2] == table]))
    return [(total, parts) for total, parts in known if parts]


def solvable(found: Accounts) -> set[tuple]:
    """Hidden cells with one solution only: those that no vector of the null space moves."""
    hidden = [key for key, count in cells(found).items() if count is None]
    if not hidden:
        return set()
    place = {key: number for number, key in enumerate(hidden)}
    matrix = np.zeros((len(sums(found)), len(hidden)))
    for row, (total, parts) in enumerate(sums(found)):
        for key, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if key in place:
                matrix[row, place[key]] += sign
    _, sizes, directions = np.linalg.svd(matrix)
    free = directions[int((sizes > 1e-9).sum()) :]
    return {key for key in hidden if not len(free) or np.abs(free[:, place[key]]).max() < 1e-9}


def exact(fates: pl.DataFrame, routing: pl.DataFrame) -> dict[tuple, int]:
    """Every number as it is."""
    told = {
        (row["source_table"], row["fate"], row["reason"]): row["source_rows"]
        for row in fates.rows(named=True)
    }
    told |= {("sent", source, table): rows for source, table, rows in routing.iter_rows()}
    told |= {("built", table): rows for table, rows in built(routing).items()}
    for (name,), rows in fates.group_by("source_table"):
        loaded, records = rows.filter(fate=LOADED)["source_rows"].sum(), rows["target_rows"].sum()
        told |= {("delivered", name): rows["source_rows"].sum(), ("records", name): records}
        told |= {("extra", name): records - loaded}
    return told


@given(deliveries())
def test_no_number_of_few_has_one_solution_only(delivery: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    fates, routing = delivery
    few = {key for key, count in exact(fates, routing).items() if 0 < count < 10}
    assert few & solvable(shown_accounts(fates, routing, built(routing))) == set()


@given(deliveries())
def test_no_number_of_few_is_shown(delivery: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    fates, routing = delivery
    told = cells(shown_accounts(fates, routing, built(routing)))
    assert [key for key, count in told.items() if count is not None and 0 < count < 10] == []


@given(deliveries())
def test_without_small_numbers_nothing_is_hidden(delivery: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    fates, routing = delivery
    large = fates.with_columns(
        pl.when(pl.col("target_rows") > 0).then(pl.col("target_rows")).otherwise(pl.col("source_rows") + 10)
        .alias("source_rows")
    )  # fmt: skip
    if routing["rows"].min() is not None and routing["rows"].min() >= 10:
        told = cells(shown_accounts(large, routing, built(routing)))
        assert [key for key, count in told.items() if count is None] == []
